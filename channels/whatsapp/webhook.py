"""The one global WhatsApp endpoint: Meta sends every number of an app to the same address.

Source: Meta, "Create a webhook endpoint" (challenge, X-Hub-Signature-256 over the raw bytes).
"""

import hashlib
import hmac
from collections.abc import Awaitable, Callable, Iterable, Sequence
from functools import partial

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from channels.webhook import DeadLetter, answer, body_or_refusal, try_later
from channels.whatsapp.parse import parse
from core.clock import Clock, system_clock
from core.errors import Transient
from core.threads.inbound import Accepted, AnyItem

PATH = "/webhooks/whatsapp"

AcceptSigned = Callable[[str, Sequence[AnyItem]], Awaitable[Sequence[Accepted]]]
"""As Accept, told which app secret signed the body: one app must not speak for another one's numbers."""


def routes(
    *,
    app_secrets: Callable[[], Iterable[str]],
    verify_tokens: Callable[[], Iterable[str]],
    accept: AcceptSigned,
    dead: DeadLetter,
    look_again: Callable[[], Awaitable[None]],
    verified: Callable[[str], Awaitable[None]],
    clock: Clock = system_clock,
) -> list[Route]:
    """The challenge (GET) and the notifications (POST).

    `app_secrets` and `verify_tokens` give what is configured now; they are asked on every request and must be quick.
    `look_again` reads them anew where none fits: a number connected a moment ago must work. `verified` is told the
    token of a challenge that was answered. 401 and nothing stored without a valid signature; 413 beyond 3 MB; 503 when
    one of these functions raises Transient.
    """

    async def challenge(request: Request) -> Response:
        told = request.query_params
        token = told.get("hub.verify_token", "")
        try:
            if not _any_equal(token.encode(), verify_tokens()):
                await look_again()
            if told.get("hub.mode") != "subscribe" or not _any_equal(token.encode(), verify_tokens()):
                return Response("the verify token is not one of ours", status_code=403)
            await verified(token)
        except Transient as transient:
            return try_later(transient)
        return PlainTextResponse(told.get("hub.challenge", ""))

    async def notification(request: Request) -> Response:
        raw = await body_or_refusal(request)
        if isinstance(raw, Response):
            return raw
        header = request.headers.get("x-hub-signature-256", "")
        secret = signed_by(raw, header, app_secrets())
        if secret is None:
            try:
                await look_again()
            except Transient as transient:
                return try_later(transient)
            secret = signed_by(raw, header, app_secrets())
        if secret is None:
            return Response("the signature is missing or wrong", status_code=401)
        return await answer(raw, partial(parse, now=clock()), partial(accept, secret), dead, None)

    return [Route(PATH, challenge, methods=["GET"]), Route(PATH, notification, methods=["POST"])]


def signed_by(raw: bytes, header: str, secrets: Iterable[str]) -> str | None:
    """The secret under which `header` is `sha256=` and the HMAC-SHA256 of the raw bytes; None: nobody we know."""
    scheme, _, given = header.partition("=")
    if scheme != "sha256" or not given:
        return None
    signature = given.lower().encode("utf-8", "replace")
    for secret in set(secrets):
        digest = hmac.new(secret.encode(), raw, hashlib.sha256).hexdigest().encode()
        if secret and hmac.compare_digest(digest, signature):
            return secret
    return None


def _any_equal(given: bytes, known: Iterable[str]) -> bool:
    """Compares with every known value, so that the time says nothing about which one was close."""
    equal = False
    for one in known:
        equal |= bool(one) and hmac.compare_digest(given, one.encode())
    return equal
