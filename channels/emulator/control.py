"""The emulator's own API under `/emulator`: accounts, people and what they do, faults, the record."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import asdict, fields
from typing import Any

import httpx
from pydantic import TypeAdapter, ValidationError
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from channels.emulator import telegram_people, template_review, whatsapp_people
from channels.emulator.acts import ActError, need
from channels.emulator.faults import parse_faults
from channels.emulator.graph_send import RANK, report
from channels.emulator.graph_templates import sample_templates
from channels.emulator.voice_sample import silent_voice
from channels.emulator.webhooks import Webhooks
from channels.emulator.whatsapp_wire import value_head
from channels.emulator.world import Account, Json, Person, TelegramAccount, WhatsAppAccount, World

Handler = Callable[[Request], Awaitable[Response]]
HEARTBEAT_SECONDS = 15.0
ACCOUNT = "/emulator/api/{channel}/{account}"
PERSON = ACCOUNT + "/people/{person}"


class MissingError(Exception):
    """No such account, person or file; answered 404."""


def control_routes(world: World, webhooks: Webhooks) -> list[Route]:
    api = Control(world, webhooks)

    def route(path: str, handler: Handler, *methods: str) -> Route:
        return Route(path, _guarded(handler), methods=list(methods))

    return [
        route("/emulator/events", api.events, "GET"),
        route("/emulator/api/state", api.state, "GET"),
        route("/emulator/api/state", api.reset, "DELETE"),
        route("/emulator/api/settings", api.settings, "PUT"),
        route("/emulator/api/faults", api.get_faults, "GET"),
        route("/emulator/api/faults", api.put_faults, "PUT"),
        route("/emulator/api/deliveries", api.deliveries, "GET"),
        route("/emulator/api/sent", api.sent, "GET"),
        route("/emulator/api/log", api.log, "GET"),
        route("/emulator/api/media/{media_id}", api.media, "GET"),
        route("/emulator/api/samples/voice.ogg", api.voice, "GET"),
        route("/emulator/api/chats/{channel}/{account}/{person}", api.chat, "GET"),
        route(PERSON, api.put_person, "PUT"),
        route(PERSON + "/messages", api.act, "POST"),
        route(PERSON + "/echo", api.echo, "POST"),
        route(PERSON + "/history", api.history, "POST"),
        route(PERSON + "/read", api.read, "POST"),
        route(ACCOUNT + "/media", api.upload, "POST"),
        route(ACCOUNT + "/webhook", api.tell, "POST"),
        route(ACCOUNT + "/templates/{name}/{language}", api.put_template, "PUT"),
        route(ACCOUNT, api.put_account, "PUT"),
    ]


def _guarded(handler: Handler) -> Handler:
    async def run(request: Request) -> Response:
        try:
            return await handler(request)
        except MissingError as error:
            return JSONResponse({"error": str(error)}, 404)
        except ValidationError as error:
            return JSONResponse({"error": error.errors(include_context=False, include_url=False)}, 422)
        except (ActError, ValueError) as error:
            return JSONResponse({"error": str(error)}, 422)

    return run


async def _object(request: Request) -> Json:
    body = json.loads(await request.body() or b"{}")
    if not isinstance(body, dict):
        raise ActError("a JSON object is expected")
    return body


def _update(target: Any, given: Json, made: Any) -> None:
    """Take the validated values of the fields that were given, in place: running tasks hold `target`."""
    for item in fields(target):
        if item.name in given:
            setattr(target, item.name, getattr(made, item.name))


class Control:
    """The handlers, sharing one world."""

    def __init__(self, world: World, webhooks: Webhooks) -> None:
        self.world = world
        self.webhooks = webhooks

    def _account(self, request: Request) -> Account:
        channel, account_id = request.path_params["channel"], request.path_params["account"]
        account = self.world.account(channel, account_id)
        if account is None:
            raise MissingError(f"no {channel} account {account_id}")
        return account

    def _whatsapp(self, request: Request) -> WhatsAppAccount:
        account = self._account(request)
        if not isinstance(account, WhatsAppAccount):
            raise ActError("only WhatsApp has this")
        return account

    def _person(self, request: Request, account: Account) -> Person:
        person_id = request.path_params["person"]
        if not person_id.removeprefix("-").isdigit():
            raise ActError("a person's id is a number: the wa_id or the Telegram user id")
        return self.world.person(account, person_id)

    async def put_account(self, request: Request) -> Response:
        """Make or change an account; `?verify=true` has Meta's GET challenge answered first."""
        channel, account_id = request.path_params["channel"], request.path_params["account"]
        given = await _object(request)
        if (url := given.get("webhook_url")) and not str(url).startswith(("http://", "https://")):
            raise ActError("webhook_url must begin with http:// or https://")
        account = self.world.account(channel, account_id)
        if channel == "whatsapp":
            made = _make(WhatsAppAccount, given | {"phone_number_id": account_id}, account)
            if not made.templates:
                made.templates = sample_templates()
            if request.query_params.get("verify") == "true":
                await _challenge(made)
            self._keep(self.world.whatsapp, account_id, given, made)
        elif channel == "telegram":
            bot = _make(TelegramAccount, given | {"bot_id": int(account_id)}, account)
            self._keep(self.world.telegram, account_id, given, bot)
            self.webhooks.wake_telegram(self.world.telegram[account_id])
        else:
            raise MissingError(f"no channel {channel}")
        self.world.publish("accounts")
        return JSONResponse(asdict(self._account(request)))

    def _keep(self, store: dict[str, Any], account_id: str, given: Json, made: Any) -> None:
        if account_id in store:
            _update(store[account_id], given, made)
        else:
            store[account_id] = made

    async def put_person(self, request: Request) -> Response:
        account = self._account(request)
        person = self._person(request, account)
        given = await _object(request)
        _update(person, given, _make(Person, given | {"id": person.id}, person))
        if isinstance(account, WhatsAppAccount) and person.hide_phone and not person.user_id:
            person.user_id = f"AR.{10**15 + int(person.id)}"
        self.world.publish("people", account, person.id)
        return JSONResponse(asdict(person))

    async def act(self, request: Request) -> Response:
        account = self._account(request)
        person, act = self._person(request, account), await _object(request)
        if isinstance(account, WhatsAppAccount):
            done = whatsapp_people.person_acts(self.world, self.webhooks, account, person, act)
        else:
            done = telegram_people.person_acts(self.world, self.webhooks, account, person, act)
        return JSONResponse(done)

    async def echo(self, request: Request) -> Response:
        account = self._whatsapp(request)
        person, act = self._person(request, account), await _object(request)
        return JSONResponse(whatsapp_people.business_phone_writes(self.world, self.webhooks, account, person, act))

    async def history(self, request: Request) -> Response:
        account = self._whatsapp(request)
        person, act = self._person(request, account), await _object(request)
        return JSONResponse(whatsapp_people.import_history(self.world, self.webhooks, account, person, act))

    async def read(self, request: Request) -> Response:
        """The person opened the chat: every delivered message gets its `read` status."""
        account = self._whatsapp(request)
        person = self._person(request, account)
        unread = [
            m
            for m in self.world.chat(account, person.id).messages
            if m.direction == "out" and RANK.get(m.status, 9) == RANK["delivered"]
        ]
        for message in unread:
            message.status = "read"
            self.webhooks.spawn(report(self.world, self.webhooks, account, person, message, "read"))
        return JSONResponse({"read": [message.id for message in unread]})

    async def tell(self, request: Request) -> Response:
        """Any webhook: {"field", "value"} for WhatsApp (its head is added when absent), {"kind", "payload"}
        for Telegram: template and account events, preferences, system messages, errors, unknown shapes."""
        account, given = self._account(request), await _object(request)
        if isinstance(account, WhatsAppAccount):
            value = value_head(account) | dict(need(given, "value"))
            self.webhooks.whatsapp(account, value, to=str(need(given, "field")))
        else:
            self.webhooks.telegram(account, str(need(given, "kind")), dict(need(given, "payload")))
        return JSONResponse({"told": True})

    async def put_template(self, request: Request) -> Response:
        """Meta changes its mind: {"status", "reason", "rejection_info"}, {"quality"} or {"category"}, each told."""
        account, given = self._whatsapp(request), await _object(request)
        name, language = request.path_params["name"], request.path_params["language"]
        template = next((t for t in account.templates if (t["name"], t["language"]) == (name, language)), None)
        if template is None:
            raise MissingError(f"no template {name} in {language}")
        template_review.changed(self.webhooks, account, template, given)
        return JSONResponse(template)

    async def upload(self, request: Request) -> Response:
        """A file from the person's phone: multipart `file`; `type` overrides the part's media type."""
        account = self._account(request)
        async with request.form(max_part_size=128 * 2**20) as form:
            file = form.get("file")
            if not isinstance(file, UploadFile):
                raise ActError("multipart field 'file' is required")
            mime_type = str(form.get("type") or file.content_type or "application/octet-stream")
            media = self.world.store_media(account, await file.read(), mime_type, file.filename or "archivo")
        return JSONResponse({"id": media.id, "mime_type": media.mime_type, "file_size": len(media.data)})

    async def media(self, request: Request) -> Response:
        """The bytes for the page; PDFs and the like are downloaded, never shown as a page of this origin."""
        media = self.world.media.get(request.path_params["media_id"])
        if media is None:
            raise MissingError("no such file")
        if not media.data and media.filename.startswith(("http://", "https://")):
            return RedirectResponse(media.filename)
        shown = media.mime_type.startswith(("image/", "audio/", "video/")) and "svg" not in media.mime_type
        kind = media.mime_type if shown else "application/octet-stream"
        headers = {"Cache-Control": "max-age=3600", "X-Content-Type-Options": "nosniff"}
        return Response(media.data, media_type=kind, headers=headers)

    async def voice(self, request: Request) -> Response:
        return Response(silent_voice(), media_type="audio/ogg; codecs=opus")

    async def chat(self, request: Request) -> Response:
        account = self._account(request)
        person = self._person(request, account)
        chat = self.world.chat(account, person.id)
        return JSONResponse(
            {
                "person": asdict(person),
                "window_open": self.world.window_is_open(person),
                "typing_seconds": max(0.0, round(chat.typing_until - self.world.now(), 1)),
                "keyboard": chat.keyboard,
                "messages": [asdict(message) for message in chat.messages],
            }
        )

    async def state(self, request: Request) -> Response:
        world = self.world
        people = [{"account": key, **asdict(person)} for (key, _), person in world.people.items()]
        return JSONResponse(
            {
                "whatsapp": [_public(a) for a in world.whatsapp.values()],
                "telegram": [_public(a) for a in world.telegram.values()],
                "people": people,
                "faults": {key: faults.model_dump() for key, faults in world.faults.items()},
                "retry_base_seconds": world.retry_base_seconds,
                "retry_cap_seconds": world.retry_cap_seconds,
            }
        )

    async def reset(self, request: Request) -> Response:
        self.webhooks.forget()
        self.world.reset()
        return JSONResponse({"reset": True})

    async def settings(self, request: Request) -> Response:
        given = await _object(request)
        for name in ("retry_base_seconds", "retry_cap_seconds"):
            if name in given:
                setattr(self.world, name, max(0.01, float(given[name])))
        return await self.state(request)

    async def get_faults(self, request: Request) -> Response:
        key = request.query_params.get("account", "*")
        faults = self.world.faults.get(key)
        return JSONResponse((faults or parse_faults({})).model_dump())

    async def put_faults(self, request: Request) -> Response:
        """Replaces the faults of `?account=whatsapp:<id>`, or of all accounts; `{}` ends them."""
        key = request.query_params.get("account", "*")
        given = await _object(request)
        faults = parse_faults(given)
        if given or key == "*":
            self.world.faults[key] = faults
        else:
            self.world.faults.pop(key, None)
        self.world.publish("faults")
        return JSONResponse(faults.model_dump())

    async def deliveries(self, request: Request) -> Response:
        state = request.query_params.get("state")
        return JSONResponse([d.as_json() for d in self.webhooks.deliveries if state in (None, d.state)])

    async def sent(self, request: Request) -> Response:
        account, to = request.query_params.get("account"), request.query_params.get("to")
        found = [s for s in self.world.sent if account in (None, s.account) and to in (None, s.to)]
        return JSONResponse([asdict(s) for s in found])

    async def log(self, request: Request) -> Response:
        return JSONResponse(list(self.world.log))

    async def events(self, request: Request) -> Response:
        queue = self.world.listen()

        async def stream() -> AsyncIterator[str]:
            try:
                yield "retry: 1000\n\n"
                while True:
                    try:
                        event = await asyncio.wait_for(queue.get(), HEARTBEAT_SECONDS)
                        if event["type"] == "closing":
                            return
                        yield f"data: {json.dumps(event)}\n\n"
                    except TimeoutError:
                        yield ": still here\n\n"
            finally:
                self.world.forget_listener(queue)

        return StreamingResponse(stream(), media_type="text/event-stream", headers={"Cache-Control": "no-cache"})


def _make(kind: Any, given: Json, before: Any) -> Any:
    """The dataclass from what is given over what was there. Unknown names are refused."""
    known = {item.name for item in fields(kind)}
    if unknown := sorted(given.keys() - known):
        raise ActError(f"unknown fields: {', '.join(unknown)}")
    base = asdict(before) if before else {}
    return TypeAdapter(kind).validate_python(base | given)


def _public(account: Account) -> Json:
    """The account without its secrets: the page shows this."""
    hidden = {"app_secret", "access_token", "verify_token", "token", "secret_token"}
    return {name: value for name, value in asdict(account).items() if name not in hidden}


async def _challenge(account: WhatsAppAccount) -> None:
    """Meta's subscription check: GET with hub.* must echo the challenge.

    https://developers.facebook.com/docs/graph-api/webhooks/getting-started#verification-requests
    """
    query = {"hub.mode": "subscribe", "hub.challenge": "1158201444", "hub.verify_token": account.verify_token}
    try:
        async with httpx.AsyncClient(trust_env=False, timeout=10) as client:
            answer = await client.get(need({"webhook_url": account.webhook_url}, "webhook_url"), params=query)
    except httpx.HTTPError as error:
        raise ActError(f"the webhook could not be verified: {error}") from None
    if answer.status_code != 200 or answer.text != query["hub.challenge"]:
        raise ActError(f"the webhook did not echo the challenge: {answer.status_code} {answer.text[:200]}")
