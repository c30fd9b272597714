"""`hilo understand`: lines of JSON in, as many out and in order, whatever is wrong with one; or one text, explained."""

import json
from typing import Any

import pytest

from backoffice.cli_understand import Kind, lines, understand
from core.errors import Refused

NOW = {"now": "2026-03-11T10:20:00", "tz": "America/Argentina/Buenos_Aires"}


def read(*raw: str, kind: Kind = "when") -> list[dict[str, Any]]:
    return [json.loads(line) for line in lines(raw, kind)]


def one(text: str, kind: Kind = "when", **given: str) -> dict[str, Any]:
    return read(json.dumps({"text": text, **NOW, **given}), kind=kind)[0]


@pytest.mark.parametrize(
    ("text", "kind", "expected"),
    [
        ("el juevs a las 5 y media d la tarde", "when", {"kind": "datetime", "value": "2026-03-12T17:30"}),
        ("mañana", "when", {"kind": "date", "value": "2026-03-12"}),
        ("5pm", "when", {"kind": "time", "value": "17:00"}),
        ("en abril", "when", {"kind": "month", "value": "2026-04"}),
        (
            "mañana entre las 3 y las 5 de la tarde",
            "when",
            {"kind": "range", "value": None, "start": "2026-03-12T15:00", "end": "2026-03-12T17:00"},
        ),
        ("cuando puedas", "when", {"kind": "none", "value": None, "reason": "nothing"}),
        ("quinientos mil", "number", {"kind": "number", "value": 500000}),
        ("👍", "yes_no", {"kind": "yes", "value": True}),
        ("nop", "yes_no", {"kind": "no", "value": False}),
        ("sí pero no", "yes_no", {"kind": "unclear", "value": None}),
        ("+54 9 11 2345-6789", "phone", {"kind": "text", "value": "+5491123456789"}),
        ("soy Caro Pérez, gracias", "name", {"kind": "text", "value": "Caro Pérez"}),
    ],
)
def test_a_line_says_what_was_understood(text: str, kind: Kind, expected: dict[str, Any]) -> None:
    found = one(text, kind)
    assert {"kind", "value", "start", "end", "alternatives", "ms"} <= found.keys()
    assert expected.items() <= found.items()


def test_what_else_it_may_mean_is_told() -> None:
    assert one("mañana a las 7")["alternatives"] == ["2026-03-12T07:00"]


def test_the_moment_is_the_local_time_of_the_zone() -> None:
    assert one("hoy", now="2026-03-12T02:00:00Z", tz="America/Bogota")["value"] == "2026-03-11"


@pytest.mark.parametrize(
    ("bad", "told"),
    [
        ("no json", "this is not JSON"),
        ("", "this is not JSON"),
        ("[]", 'an object with a "text"'),
        ('{"text": 5}', 'an object with a "text"'),
        ('{"text": "hoy", "tz": "Mars/Base"}', "use an IANA name such as America/Bogota"),
        ('{"text": "hoy", "tz": "../../etc/passwd"}', "use an IANA name such as America/Bogota"),
        ('{"text": "hoy", "now": "ayer"}', "write it as 2026-03-11T10:20"),
    ],
)
def test_a_bad_line_says_what_to_write_and_costs_the_others_nothing(bad: str, told: str) -> None:
    good = json.dumps({"text": "mañana", **NOW})
    first, wrong, last = read(good, bad, good)
    assert first["value"] == last["value"] == "2026-03-12"
    assert (wrong["kind"], wrong["ms"]) == ("none", 0)
    assert told in wrong["error"]


def test_a_file_that_begins_with_a_byte_order_mark_is_read() -> None:
    assert read("\ufeff" + json.dumps({"text": "mañana", **NOW}) + "\r\n")[0]["value"] == "2026-03-12"


@pytest.mark.parametrize(
    ("text", "kind", "told"),
    [
        ("el viernes 15", "when", "El bot pregunta cuál."),
        ("ayer", "when", "Nada: ya pasó."),
        ("luego te digo", "yes_no", "No queda claro (lo deja para después): el bot vuelve a preguntar."),
        ("más de 20", "number", "No se entiende: pone un límite, no una cantidad."),
        ("unos 30", "number", "30"),
    ],
)
def test_one_text_is_explained(text: str, kind: Kind, told: str, capsys: pytest.CaptureFixture[str]) -> None:
    understand(text, kind=kind, now=NOW["now"], tz=NOW["tz"])
    assert capsys.readouterr().out.strip().endswith(told)


def test_without_a_text_or_with_an_odd_zone_it_says_what_to_do() -> None:
    with pytest.raises(Refused, match="Give a text"):
        understand()
    with pytest.raises(Refused, match="use an IANA name"):
        understand("hoy", tz="UTC-3")
