"""Reaching an address somebody typed, without letting it reach what only this machine can: https and public addresses.
The name is looked up once and that very address is connected to: it cannot change in between."""

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable, Mapping, Sequence

import httpx

from core.errors import Refused

UNICAST = ipaddress.ip_network("2000::/3")
"""All of IPv6 that is given out. Elsewhere lie translators and mappings, whose IPv4 address may be a private one."""
LONGEST_LABEL, LONGEST_NAME = 63, 253
Resolve = Callable[[str], Awaitable[Sequence[str]]]


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
        raise Refused("address", "address: debe ser una dirección https://…, sin puerto ni contraseña.")
    labels = _name(url).removesuffix(".").split(".")
    if len(_name(url)) > LONGEST_NAME or not all(0 < len(label) <= LONGEST_LABEL for label in labels):
        raise Refused("address", "address: el nombre del sitio está mal escrito: copia de nuevo la dirección.")
    return url


def _name(url: httpx.URL) -> str:
    """The host as the network knows it: «ñandú.example» is «xn--and-6ma2c.example»."""
    return url.raw_host.decode("ascii")


async def request_to(
    client: httpx.AsyncClient,
    method: str,
    url: httpx.URL,
    headers: Mapping[str, str],
    resolve: Resolve,
    content: bytes | None = None,
) -> httpx.Request:
    """A request to the one address its name has now; raises Refused when that is not everybody's, OSError for none."""
    addresses = await resolve(_name(url))
    if not addresses or not all(is_public(one) for one in addresses):
        raise Refused("address", "address: esa dirección no es pública.")
    return client.build_request(
        method,
        url.copy_with(host=addresses[0]),
        headers={"Host": url.netloc.decode("ascii"), **headers},
        content=content,
        extensions={"sni_hostname": _name(url)},
    )


def is_public(address: str) -> bool:
    """Whether anybody on the Internet could reach it as well."""
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address) and (found not in UNICAST or found.sixtofour or found.teredo):
        return False
    return found.is_global and not found.is_multicast
