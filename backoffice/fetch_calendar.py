"""Fetching the calendar at an address somebody typed, within a size and a time."""

import asyncio
from dataclasses import dataclass

import httpx

from backoffice.public_web import Resolve, check_address, request_to, resolved
from core.agenda.ics import MOST_BYTES, too_big
from core.errors import Refused

SECONDS = 20.0
REDIRECTS = 3
LONGEST_ETAG = 200


@dataclass(frozen=True, slots=True)
class Fetched:
    """`body` None: not changed since the etag that was given."""

    body: str | None
    etag: str | None


async def fetch_calendar(
    address: str,
    etag: str | None = None,
    *,
    resolve: Resolve = resolved,
    transport: httpx.AsyncBaseTransport | None = None,
) -> Fetched:
    """The text at a public https address; raises Refused saying what is wrong with it."""
    try:
        async with asyncio.timeout(SECONDS):
            async with httpx.AsyncClient(transport=transport, trust_env=False, timeout=SECONDS) as client:
                url = check_address(address)
                for _ in range(REDIRECTS + 1):
                    found = await _once(client, url, etag, resolve)
                    if isinstance(found, Fetched):
                        return found
                    url = check_address(str(url.join(found)))
    except (OSError, TimeoutError, UnicodeError, httpx.HTTPError, httpx.InvalidURL):
        raise Refused("address", "address: ese calendario no responde: revisa la dirección.") from None
    raise Refused("address", "address: ese calendario lleva a otra dirección una y otra vez.")


async def _once(client: httpx.AsyncClient, url: httpx.URL, etag: str | None, resolve: Resolve) -> Fetched | str:
    """What is there, or where it says to go."""
    headers = {
        "Accept": "text/calendar",
        "Accept-Encoding": "identity",
        **({"If-None-Match": etag} if etag else {}),
    }
    request = await request_to(client, "GET", url, headers, resolve)
    answer = await client.send(request, stream=True)
    try:
        if answer.status_code == 304:
            return Fetched(None, etag)
        if answer.has_redirect_location:
            return answer.headers["location"]
        if answer.status_code != 200:
            raise Refused("address", f"address: ese calendario responde {answer.status_code}: revisa la dirección.")
        body = bytearray()
        async for part in answer.aiter_bytes():
            body += part
            if len(body) > MOST_BYTES:
                raise too_big()
        return Fetched(body.decode("utf-8", "replace"), _kept_etag(answer.headers.get("etag", "")))
    finally:
        await answer.aclose()


def _kept_etag(etag: str) -> str | None:
    """An etag that can be sent back; others are as good as none."""
    return etag if etag.isascii() and etag.isprintable() and 0 < len(etag) <= LONGEST_ETAG else None
