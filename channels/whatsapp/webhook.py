"""The one global WhatsApp endpoint: Meta sends every number of an app to the same address.

Source: Meta, "Create a webhook endpoint" (challenge, X-Hub-Signature-256 over the raw bytes).
"""

import hashlib
import hmac
from collections.abc import Callable, Iterable
from functools import partial

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from channels.webhook import Accept, DeadLetter, answer, body_or_refusal
from channels.whatsapp.parse import parse
from core.clock import Clock, system_clock

PATH = "/webhooks/whatsapp"


def routes(
    *,
    app_secrets: Callable[[], Iterable[str]],
    verify_tokens: Callable[[], Iterable[str]],
    accept: Accept,
    dead: DeadLetter,
    clock: Clock = system_clock,
) -> list[Route]:
    """The challenge (GET) and the notifications (POST).

    `app_secrets` and `verify_tokens` give what is configured now; they are asked on every request and must be quick.
    401 and nothing stored without a valid signature; 413 beyond 3 MB; 503 when `accept` or `dead` raise Transient.
    """

    async def challenge(request: Request) -> Response:
        told = request.query_params
        token = told.get("hub.verify_token", "").encode()
        if told.get("hub.mode") != "subscribe" or not _any_equal(token, verify_tokens()):
            return Response("the verify token is not one of ours", status_code=403)
        return PlainTextResponse(told.get("hub.challenge", ""))

    async def notification(request: Request) -> Response:
        raw = await body_or_refusal(request)
        if isinstance(raw, Response):
            return raw
        if not is_signed(raw, request.headers.get("x-hub-signature-256", ""), app_secrets()):
            return Response("the signature is missing or wrong", status_code=401)
        return await answer(raw, partial(parse, now=clock()), accept, dead, None)

    return [Route(PATH, challenge, methods=["GET"]), Route(PATH, notification, methods=["POST"])]


def is_signed(raw: bytes, header: str, secrets: Iterable[str]) -> bool:
    """Whether `header` is `sha256=` and the HMAC-SHA256 of the raw bytes under one of the secrets."""
    scheme, _, given = header.partition("=")
    if scheme != "sha256" or not given:
        return False
    signature = given.lower().encode("utf-8", "replace")
    return any(
        hmac.compare_digest(hmac.new(secret.encode(), raw, hashlib.sha256).hexdigest().encode(), signature)
        for secret in set(secrets)
        if secret
    )


def _any_equal(given: bytes, known: Iterable[str]) -> bool:
    """Compares with every known value, so that the time says nothing about which one was close."""
    equal = False
    for one in known:
        equal |= bool(one) and hmac.compare_digest(given, one.encode())
    return equal
