"""Fetching an address somebody typed, without letting it reach what only this machine can: https, public addresses,
a size and a time. The name is looked up once and that very address is connected to: it cannot change in between."""

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import httpx

from core.agenda.ics import MOST_BYTES
from core.errors import Refused

SECONDS = 20.0
REDIRECTS = 3
NAT64 = ipaddress.ip_network("64:ff9b::/96")
"""Any IPv4 address, private ones too, by way of a translator."""
Resolve = Callable[[str], Awaitable[Sequence[str]]]


@dataclass(frozen=True, slots=True)
class Fetched:
    """`body` None: not changed since the etag that was given."""

    body: str | None
    etag: str | None


async def resolved(host: str) -> Sequence[str]:
    """Every address of a name; raises OSError."""
    rows = await asyncio.get_running_loop().getaddrinfo(host, 443, type=socket.SOCK_STREAM)
    return [str(row[4][0]) for row in rows]


def check_address(address: str) -> httpx.URL:
    """An https address without a password in it; `webcal:` is https. Raises Refused."""
    try:
        url = httpx.URL(address.replace("webcal://", "https://", 1))
    except httpx.InvalidURL:
        url = httpx.URL("")
    if url.scheme != "https" or not url.host or url.userinfo or url.port not in (None, 443):
        raise Refused("address", "address: debe ser una dirección https://… del calendario, sin puerto ni contraseña.")
    return url


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
    except (OSError, TimeoutError, httpx.HTTPError):
        raise Refused("address", "address: ese calendario no responde: revisa la dirección.") from None
    raise Refused("address", "address: ese calendario lleva a otra dirección una y otra vez.")


async def _once(client: httpx.AsyncClient, url: httpx.URL, etag: str | None, resolve: Resolve) -> Fetched | str:
    """What is there, or where it says to go."""
    addresses = await resolve(url.host)
    if not addresses or not all(is_public(one) for one in addresses):
        raise Refused("address", "address: esa dirección no es pública.")
    headers = {
        "Host": url.host,
        "Accept": "text/calendar",
        "Accept-Encoding": "identity",
        **({"If-None-Match": etag} if etag else {}),
    }
    request = client.build_request(
        "GET", url.copy_with(host=addresses[0]), headers=headers, extensions={"sni_hostname": url.host}
    )
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
                raise Refused("calendar_too_big", "El calendario pesa demasiado: comparte uno con menos historia.")
        return Fetched(body.decode("utf-8", "replace"), answer.headers.get("etag"))
    finally:
        await answer.aclose()


def is_public(address: str) -> bool:
    """Whether anybody on the Internet could reach it as well."""
    found = ipaddress.ip_address(address.partition("%")[0])
    if found.version == 6 and found in NAT64:
        return False
    mapped = getattr(found, "ipv4_mapped", None) or getattr(found, "sixtofour", None)
    return (mapped or found).is_global and not found.is_multicast
