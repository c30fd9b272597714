"""What the webhooks of every channel share: reading a body with a limit, handing over its items, answering."""

import json
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence

import orjson
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from channels.lenient import MAX_DEPTH
from core.errors import Transient
from core.threads.inbound import Accepted, AnyItem

MAX_BODY = 3 * 1024 * 1024
"""Bytes; Meta's own ceiling for one webhook body."""

Accept = Callable[[Sequence[AnyItem]], Awaitable[Sequence[Accepted]]]
"""Stores the items and says what became of each, in the same order. Raises Transient when it cannot store now."""

DeadLetter = Callable[[bytes, str, str | None], Awaitable[None]]
"""Stores a signed body nobody could read: its bytes, the reason, and the account when known. May raise Transient."""

_RETRY_AFTER = 5.0


class BadBody(ValueError):
    """The bytes are not JSON we can keep; the text says why."""


class TooLarge(Exception):
    """The body is longer than MAX_BODY."""


async def read_body(request: Request) -> bytes:
    """The raw bytes; raises TooLarge without reading past the limit."""
    declared = request.headers.get("content-length", "")
    if declared.isascii() and declared.isdecimal() and (len(declared) > 12 or int(declared) > MAX_BODY):
        raise TooLarge
    chunks: list[bytes] = []
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > MAX_BODY:
            raise TooLarge
        chunks.append(chunk)
    return b"".join(chunks)


def read_json(raw: bytes) -> object:
    """The JSON of a body; raises BadBody.

    Providers cut texts in the middle of an emoji, which leaves half a surrogate pair: orjson refuses that, so the
    slower standard parser reads it and the half is replaced. NaN and Infinity are refused by both.
    """
    try:
        body: object = orjson.loads(raw)
    except orjson.JSONDecodeError as refused:
        body = _read_slowly(raw, str(refused))
    try:
        orjson.dumps(body)
    except orjson.JSONEncodeError:
        _check_depth(body)
    return body


def _read_slowly(raw: bytes, refused: str) -> object:
    if b"\\ud" not in raw.lower():
        raise BadBody(f"the body is not valid JSON: {refused}")
    try:
        return json.loads(raw.decode("utf-8"), parse_constant=_no_constants)
    except RecursionError:
        raise BadBody("the body is nested too deeply") from None
    except ValueError as error:
        raise BadBody(f"the body is not valid JSON: {error}") from None


def _no_constants(name: str) -> object:
    raise ValueError(f"{name} is not a JSON value")


def _check_depth(body: object) -> None:
    level: list[object] = [body]
    for _ in range(MAX_DEPTH):
        deeper: list[object] = []
        for value in level:
            if isinstance(value, dict):
                deeper.extend(item for item in value.values() if isinstance(item, (dict, list)))
            elif isinstance(value, list):
                deeper.extend(item for item in value if isinstance(item, (dict, list)))
        if not deeper:
            return
        level = deeper
    raise BadBody("the body is nested too deeply")


async def answer(
    raw: bytes, parse: Callable[[object], Sequence[AnyItem]], accept: Accept, dead: DeadLetter, account: str | None
) -> Response:
    """Parse, have it stored, and only then say 200; 503 when storing must wait, so that the provider sends again."""
    try:
        try:
            body = read_json(raw)
        except BadBody as bad:
            await dead(raw, str(bad), account)
            return _told([Accepted("dead", str(bad))])
        items = parse(body)
        return _told(await accept(items) if items else [])
    except Transient as transient:
        return try_later(transient)


def try_later(transient: Transient) -> Response:
    """503: nothing was stored, the provider sends it again."""
    wait = transient.retry_after or _RETRY_AFTER
    return Response(status_code=503, headers={"Retry-After": str(max(1, round(wait)))})


async def body_or_refusal(request: Request) -> bytes | Response:
    """The raw bytes, or the answer to give instead: 413 when too long, 400 when the sender went away."""
    try:
        return await read_body(request)
    except TooLarge:
        return Response("the body is larger than 3 MB", status_code=413)
    except ClientDisconnect:
        return Response(status_code=400)


def _told(accepted: Sequence[Accepted]) -> Response:
    counts = Counter(one.outcome for one in accepted)
    told = {
        "items": len(accepted),
        "stored": counts["stored"],
        "known": counts["known"],
        "ignored": counts["ignored"],
        "dead": counts["dead"],
        "reasons": [one.reason for one in accepted if one.reason],
    }
    return Response(orjson.dumps(told), media_type="application/json")
