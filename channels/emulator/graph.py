"""The fake Graph API: `/{version}/…` as pywa and Meta's own examples call it, errors in Meta's words."""

import hashlib
import hmac
import json
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from channels.emulator import template_review
from channels.emulator.dropped import DroppedReply
from channels.emulator.faults import ErrorFault
from channels.emulator.graph_errors import TITLES, GraphError, unknown_object
from channels.emulator.graph_limits import check_upload
from channels.emulator.graph_send import accept_send, mark_read
from channels.emulator.webhooks import Webhooks
from channels.emulator.world import Json, WhatsAppAccount, World

Handler = Callable[[Request], Awaitable[Response]]
DOWNLOAD_PATH = "/whatsapp_business/attachments/"


def graph_routes(world: World, webhooks: Webhooks) -> list[Route]:
    """Routes under `/{version}`, where version looks like v26.0."""
    api = GraphApi(world, webhooks)

    def route(path: str, handler: Handler, methods: list[str]) -> Route:
        return Route(path, api.guarded(handler), methods=methods)

    return [
        route("/{version:graph_version}/{phone_id}/messages", api.messages, ["POST"]),
        route("/{version:graph_version}/{phone_id}/media", api.upload, ["POST"]),
        route("/{version:graph_version}/{waba_id}/message_templates", api.templates, ["GET", "POST", "DELETE"]),
        route("/{version:graph_version}/{waba_id}/phone_numbers", api.phone_numbers, ["GET"]),
        route(
            "/{version:graph_version}/{waba_id}/subscribed_apps",
            api.subscribed_apps,
            ["GET", "POST", "DELETE"],
        ),
        route("/{version:graph_version}/{object_id}", api.read_object, ["GET"]),
        route("/{version:graph_version}/{object_id}", api.edit_object, ["POST"]),
        route("/{version:graph_version}/{object_id}", api.delete_object, ["DELETE"]),
        route(DOWNLOAD_PATH, api.download, ["GET"]),
    ]


def error_from_fault(fault: ErrorFault) -> GraphError:
    code = fault.code if fault.code is not None else (130429 if fault.status == 429 else 131000)
    message = f"(#{code}) {fault.title or TITLES.get(code, 'Something went wrong')}"
    return GraphError(code, fault.details or "", status=fault.status, message=message)


class GraphApi:
    """The handlers, sharing one world. Each raises GraphError; `guarded` turns it into Meta's body."""

    def __init__(self, world: World, webhooks: Webhooks) -> None:
        self.world = world
        self.webhooks = webhooks

    def guarded(self, handler: Handler) -> Handler:
        async def run(request: Request) -> Response:
            try:
                return await handler(request)
            except GraphError as error:
                body = error.body(self.world.trace_id())
                self._log(request, error.status, body, await _logged_body(request))
                return JSONResponse(body, error.status)

        return run

    def _log(self, request: Request, status: int, answer: Json, body: Any) -> None:
        phone_id = request.path_params.get("phone_id", "")
        self.world.record_exchange(
            kind="request",
            account=f"whatsapp:{phone_id}" if phone_id else "",
            summary=f"{request.method} {request.url.path}",
            status=status,
            error=None,
            request=body,
            response=answer,
        )

    def _accounts(self, request: Request) -> list[WhatsAppAccount]:
        """The accounts the bearer token opens. Raises GraphError 190; 100 for a proof of another app's secret.

        https://developers.facebook.com/docs/graph-api/guides/secure-requests (appsecret_proof)
        """
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        found = [a for a in self.world.whatsapp.values() if a.access_token == token]
        if scheme.lower() != "bearer" or not found:
            raise GraphError(190, status=401, message="Invalid OAuth access token - Cannot parse access token")
        proof = request.query_params.get("appsecret_proof")
        if proof is not None and proof not in {_proof(a.app_secret, token) for a in found}:
            words = "Invalid appsecret_proof provided in the API argument"
            raise GraphError(100, message=words, type_="GraphMethodException")
        return found

    def _account(self, request: Request) -> WhatsAppAccount:
        phone_id = request.path_params["phone_id"]
        for account in self._accounts(request):
            if account.phone_number_id == phone_id:
                return account
        raise unknown_object(phone_id, request.method.lower())

    async def messages(self, request: Request) -> Response:
        account = self._account(request)
        body = await _json(request)
        if isinstance(body, dict) and body.get("status") == "read":
            return JSONResponse(mark_read(self.world, account, body))
        faults = self.world.faults_of(account)
        if fault := faults.take_error("graph_error"):
            raise error_from_fault(fault)
        answer = accept_send(self.world, self.webhooks, account, body)
        dropped = faults.take_drop()
        self._log(request, 0 if dropped else 200, {"dropped": answer} if dropped else answer, body)
        return DroppedReply() if dropped else JSONResponse(answer)

    async def upload(self, request: Request) -> Response:
        account = self._account(request)
        form = await request.form(max_part_size=128 * 2**20)
        file = form.get("file")
        if form.get("messaging_product") != "whatsapp":
            raise GraphError(100, message="(#100) The parameter messaging_product is required.")
        if not isinstance(file, UploadFile):
            raise GraphError(100, message="(#100) The parameter file is required.")
        data = await file.read()
        mime_type = str(form.get("type") or file.content_type or "")
        check_upload(data, mime_type)
        media = self.world.store_media(account, data, mime_type, file.filename or "file")
        return JSONResponse({"id": media.id})

    async def templates(self, request: Request) -> Response:
        """Listing (in pages, by name), submitting, deleting."""
        found = self._of_waba(request)
        if request.method == "GET":
            return JSONResponse(template_review.listed(found, request.query_params))
        if request.method == "DELETE":
            return JSONResponse(template_review.deleted(found, request.query_params))
        body = await _json(request)
        answer = template_review.submitted(self.world, self.webhooks, found, body)
        self._log(request, 200, answer, body)
        return JSONResponse(answer)

    async def edit_object(self, request: Request) -> Response:
        """Editing a template, the only object that is edited here."""
        accounts, template_id = self._accounts(request), request.path_params["object_id"]
        template = next((t for a in accounts for t in a.templates if t["id"] == template_id), None)
        if template is None:
            raise unknown_object(template_id, "post")
        return JSONResponse(template_review.edited(self.world, self.webhooks, accounts, template, await _json(request)))

    def _of_waba(self, request: Request) -> list[WhatsAppAccount]:
        """The numbers of the business account the path names, as far as the token opens them."""
        waba_id = request.path_params["waba_id"]
        found = [account for account in self._accounts(request) if account.waba_id == waba_id]
        if not found:
            raise unknown_object(waba_id, request.method.lower())
        return found

    async def phone_numbers(self, request: Request) -> Response:
        numbers = [_phone_number(account) for account in self._of_waba(request)]
        return JSONResponse({"data": numbers, "paging": {"cursors": {"before": "MAZDZD", "after": "MAZDZD"}}})

    async def subscribed_apps(self, request: Request) -> Response:
        found = self._of_waba(request)
        if request.method == "GET":
            app = {"id": "1000000000000001", "name": "Emulator", "link": "https://example.org"}
            on = any(account.subscribed for account in found)
            return JSONResponse({"data": [{"whatsapp_business_api_data": app}] if on else []})
        for account in found:
            account.subscribed = request.method == "POST"
        return JSONResponse({"success": True})

    async def read_object(self, request: Request) -> Response:
        object_id = request.path_params["object_id"]
        accounts = self._accounts(request)
        for account in accounts:
            if account.phone_number_id == object_id:
                return JSONResponse(_phone_number(account))
            if account.waba_id == object_id:
                return JSONResponse({"id": account.waba_id, "name": account.name, "currency": "USD"})
        media = self.world.media.get(object_id)
        if media is None or media.account not in {account.key for account in accounts}:
            raise unknown_object(object_id)
        url = request.url.replace(path=DOWNLOAD_PATH, query=f"mid={media.id}&ext=0&hash={media.sha256_hex[:16]}")
        return JSONResponse(
            {
                "url": str(url),
                "mime_type": media.mime_type,
                "sha256": media.sha256_hex,
                "file_size": len(media.data),
                "id": media.id,
                "messaging_product": "whatsapp",
            }
        )

    async def delete_object(self, request: Request) -> Response:
        object_id = request.path_params["object_id"]
        media = self.world.media.get(object_id)
        if media is None or media.account not in {account.key for account in self._accounts(request)}:
            raise unknown_object(object_id, "delete")
        del self.world.media[object_id]
        return JSONResponse({"success": True})

    async def download(self, request: Request) -> Response:
        media = self.world.media.get(request.query_params.get("mid", ""))
        keys = {account.key for account in self._accounts(request)}
        if media is None or media.account not in keys:
            return Response(status_code=404)
        headers = {"Content-Disposition": "inline"}
        return Response(media.data, media_type=media.mime_type, headers=headers)


async def _json(request: Request) -> Any:
    try:
        return json.loads(await request.body())
    except ValueError:
        raise GraphError(100, message="(#100) Invalid parameter") from None


async def _logged_body(request: Request) -> Any:
    if "multipart" in request.headers.get("content-type", ""):
        return "multipart"
    try:
        return json.loads(await request.body() or b"null")
    except ValueError:
        return "not JSON"


def _proof(app_secret: str, token: str) -> str:
    return hmac.new(app_secret.encode(), token.encode(), hashlib.sha256).hexdigest()


def _phone_number(account: WhatsAppAccount) -> Json:
    return {
        "verified_name": account.name,
        "code_verification_status": "VERIFIED",
        "display_phone_number": account.display_phone_number,
        "quality_rating": "GREEN",
        "platform_type": "CLOUD_API",
        "throughput": {"level": "STANDARD"},
        "id": account.phone_number_id,
    }
