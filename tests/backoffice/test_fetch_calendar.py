"""Fetching an address somebody typed reaches nothing that only this machine can."""

from collections.abc import Sequence

import httpx
import pytest

from backoffice.fetch_calendar import MOST_BYTES, fetch_calendar
from backoffice.public_web import is_public
from core.errors import Refused

PUBLIC = "93.184.216.34"


async def anywhere(_host: str) -> Sequence[str]:
    return [PUBLIC]


def test_private_addresses_are_not_public() -> None:
    private = (
        *("127.0.0.1", "10.0.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1"),
        *("::1", "fe80::1%eth0", "fd00::1", "::ffff:127.0.0.1", "2002:7f00:1::", "64:ff9b::7f00:1"),
        *("64:ff9b:1::7f00:1", "::7f00:1", "::ffff:0:127.0.0.1", "fec0::1", "2001:0:7f00:1::", "ff0e::1"),
    )
    assert [one for one in private if is_public(one)] == []
    assert is_public(PUBLIC) and is_public("2606:2800:220:1:248:1893:25c8:1946")


@pytest.mark.parametrize(
    "address",
    [
        "http://x.example/a.ics",
        "ftp://x.example",
        "https://u:p@x.example/a",
        "https://x.example:22/a",
        "x",
        "",
        "https://a..b/",
        f"https://{'a' * 64}.example/",
    ],
)
async def test_only_plain_https_addresses_are_fetched(address: str) -> None:
    with pytest.raises(Refused) as refused:
        await fetch_calendar(address, resolve=anywhere)
    assert refused.value.code == "address"


async def test_a_name_of_a_private_address_is_refused_also_after_a_redirect() -> None:
    asked: list[httpx.Request] = []

    async def names(host: str) -> Sequence[str]:
        return ["10.0.0.5"] if host == "inside.example" else [PUBLIC]

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(302, headers={"location": "https://inside.example/secret"})

    for address in ("https://inside.example/a.ics", "https://outside.example/a.ics"):
        with pytest.raises(Refused, match="no es pública"):
            await fetch_calendar(address, resolve=names, transport=httpx.MockTransport(answer))
    assert [(one.url.host, one.headers["host"]) for one in asked] == [(PUBLIC, "outside.example")]
    assert asked[0].extensions["sni_hostname"] == "outside.example"


async def test_what_has_not_changed_is_not_read_again_and_what_is_too_big_is_refused() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.headers.get("if-none-match") == '"1"':
            return httpx.Response(304)
        big = request.url.path == "/big"
        return httpx.Response(200, content=b"x" * (MOST_BYTES + 1) if big else b"BEGIN", headers={"etag": '"1"'})

    transport = httpx.MockTransport(answer)
    first = await fetch_calendar("webcal://x.example/a.ics", resolve=anywhere, transport=transport)
    assert (first.body, first.etag) == ("BEGIN", '"1"')
    again = await fetch_calendar("https://x.example/a.ics", '"1"', resolve=anywhere, transport=transport)
    assert (again.body, again.etag) == (None, '"1"')
    with pytest.raises(Refused) as refused:
        await fetch_calendar("https://x.example/big", resolve=anywhere, transport=transport)
    assert refused.value.code == "calendar_too_big"


async def test_a_name_of_any_alphabet_is_looked_up_as_the_network_knows_it() -> None:
    looked: list[str] = []

    async def names(host: str) -> Sequence[str]:
        looked.append(host)
        return [PUBLIC]

    def answer(request: httpx.Request) -> httpx.Response:
        looked.append(request.headers["host"])
        return httpx.Response(200, content=b"BEGIN", headers=[(b"etag", b'"\xe9"')])

    found = await fetch_calendar("https://ñandú.example/a.ics", resolve=names, transport=httpx.MockTransport(answer))
    assert looked == ["xn--and-6ma2c.example"] * 2
    assert found.etag is None  # one that cannot be sent back is as good as none


async def test_a_name_or_a_redirect_that_is_none_is_refused() -> None:
    async def nobody(_host: str) -> Sequence[str]:
        raise UnicodeError("label too long")

    with pytest.raises(Refused, match="no responde"):
        await fetch_calendar("https://x.example/a.ics", resolve=nobody)
    away = httpx.MockTransport(lambda _: httpx.Response(302, headers={"location": "https://[x/"}))
    with pytest.raises(Refused):
        await fetch_calendar("https://x.example/a.ics", resolve=anywhere, transport=away)
