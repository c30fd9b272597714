"""Fetching an address somebody typed, without letting it reach what only this machine can: https, public addresses,
a size and a time. The name is looked up once and that very address is connected to: it cannot change in between."""

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import httpx

from core.agenda.ics import MOST_BYTES, too_big
from core.errors import Refused

SECONDS = 20.0
REDIRECTS = 3
UNICAST = ipaddress.ip_network("2000::/3")
"""All of IPv6 that is given out. Elsewhere lie translators and mappings, whose IPv4 address may be a private one."""
LONGEST_LABEL, LONGEST_NAME, LONGEST_ETAG = 63, 253, 200
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
    labels = _name(url).removesuffix(".").split(".")
    if len(_name(url)) > LONGEST_NAME or not all(0 < len(label) <= LONGEST_LABEL for label in labels):
        raise Refused("address", "address: el nombre del sitio está mal escrito: copia de nuevo la dirección.")
    return url


def _name(url: httpx.URL) -> str:
    """The host as the network knows it: «ñandú.example» is «xn--and-6ma2c.example»."""
    return url.raw_host.decode("ascii")


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
    addresses = await resolve(_name(url))
    if not addresses or not all(is_public(one) for one in addresses):
        raise Refused("address", "address: esa dirección no es pública.")
    headers = {
        "Host": url.netloc.decode("ascii"),
        "Accept": "text/calendar",
        "Accept-Encoding": "identity",
        **({"If-None-Match": etag} if etag else {}),
    }
    request = client.build_request(
        "GET", url.copy_with(host=addresses[0]), headers=headers, extensions={"sni_hostname": _name(url)}
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
                raise too_big()
        return Fetched(body.decode("utf-8", "replace"), _kept_etag(answer.headers.get("etag", "")))
    finally:
        await answer.aclose()


def _kept_etag(etag: str) -> str | None:
    """An etag that can be sent back; others are as good as none."""
    return etag if etag.isascii() and etag.isprintable() and 0 < len(etag) <= LONGEST_ETAG else None


def is_public(address: str) -> bool:
    """Whether anybody on the Internet could reach it as well."""
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address) and (found not in UNICAST or found.sixtofour or found.teredo):
        return False
    return found.is_global and not found.is_multicast
