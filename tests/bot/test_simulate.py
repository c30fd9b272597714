"""Talking to a pack in the terminal, and keeping the talk as a transcript that passes."""

import pytest
from flow_factory import LEAD, NOW, pack
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.facts import Facts
from bot.tooling import Player, Screen, run_transcript, simulate
from bot.transcript import parse_transcript
from core.threads.content import Content, Prompt

FACTS = Facts({"name": "Lumina", "privacy_url": "p", "country": "MX"}, {"phone": "525512345678"})


def talk(*lines: str, channel: str = "whatsapp", screen: Screen = Screen()) -> tuple[str, Player, str]:
    """What was written, the player, and the transcript kept at the end."""
    written: list[str] = []
    kept: dict[str, str] = {}
    given = iter([*lines, "?save a.chat", "?quit", "never read"])
    facts = Facts(FACTS.org, FACTS.contact, channel)
    player = simulate(pack(LEAD), facts, NOW, lambda: next(given, None), written.append, screen, kept.__setitem__)
    return "\n".join(written), player, kept["a.chat"]


def holds(text: str, channel: str = "whatsapp") -> bool:
    result = run_transcript(parse_transcript(text), pack(LEAD), channel, FACTS)
    assert result.failures == (), text
    return result.passed


def test_a_talk_is_kept_with_the_bots_lines_variables_effects_time_and_stubs() -> None:
    _, player, kept = talk(
        "hola", "+20m", "Caro", "[Botox]", "34", "! leads.capture -> error", "no", "hola", "! release"
    )
    assert kept.splitlines() == [
        "flow: inicio  channel: whatsapp  now: 2026-03-11T10:20+00:00",
        "",
        "> hola", "< Hola de Lumina. p", "< ¿Nombre?",
        "+ 20m", "< ¿Sigues ahí?",
        "> Caro", "< ¿Qué te interesa, Caro? [Botox | Depilación láser | Limpieza facial]", "= nombre: Caro",
        "> [Botox]", "< ¿Edad?", "= servicio: botox",
        "> 34", "< ¿Embarazo? [Sí | No]", "= edad: 34",
        "! leads.capture -> error",
        "> no", "@silent", "@handover ventas", "= salud: •••",
        "> hola", "@silent",
        "! release", "@ended inicio atendida",
    ]  # fmt: skip
    assert holds(kept)
    assert player.vars["servicio"] == "botox"


@settings(max_examples=60)
@given(
    st.lists(
        st.sampled_from(
            ["hola", "Caro", "[Botox]", "[^Limpieza facial]", "34", "no", "👎", "volver", "cambiar nombre", "baja",
             "+20m", "+3h", "+2d", "! taken", "! release", "! leads.capture -> error", "asesora", "precio",
             "(voice)", "(sticker)", "(location)", "(contact +525512345678)", "menu", "cancelar", "gracias", "[Nada]",
             '"+20m"', "a  # b", "~", "[]", '~ touch {"kind": "ctwa"}', "! start precios", "x" * 1200, "true", "?undo"]
        ),
        max_size=15,
    ),
    st.sampled_from(["whatsapp", "telegram", "plain"]),
)  # fmt: skip
@example(["hola", '~ touch {"kind": "ctwa"}', "[]", "hola"], "whatsapp")
def test_whatever_was_said_the_kept_transcript_passes(lines: list[str], channel: str) -> None:
    assert holds(talk(*lines, channel=channel)[2], channel)


def test_time_says_what_fell_due_in_order_and_what_comes_next() -> None:
    told, _, _ = talk("hola", "+3h", "+1m", "+2d")
    first, second, third = (told.index(part) for part in ("reminder 1 of 2", "reminder 2 of 2", "on to callado"))
    assert first < second < third
    assert "Wed 11, 10:40  reminder 1 of 2 (inicio.nombre)\n¿Sigues ahí?" in told
    assert "nothing fell due; next in 16h 59m: nobody answered: on to callado" in told
    assert told.rstrip().splitlines()[-1] == "  · end of inicio: callado"


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("[Nada]", "no option 'Nada' was shown: [Botox] [Depilación láser] [Limpieza facial]"),
        ("+20", "such as 20m"),
        ("! leads.capture -> nope", "has no outcome nope: it ends with ok, error"),
        ("! leads.nope -> ok", "there is no action leads.nope: there are agenda.add_patient"),
        ('! leads.qualify -> warm {"score', 'is not a JSON object: write it like {"score": 50}'),
        ("! start nope", "there is no flow 'nope': there are inicio"),
        ("! what", "! takes an action and ->, release, taken or start"),
        ("~ what", "~ takes touch and JSON"),
        ("?what", "there is no ?what; ? shows what there is"),
        ("?save", "say under which name: ?save precios.chat"),
        ("?", "[Botox]           tap an option"),
        ("?vars", "nombre = \"Caro\"\n  next in 20m: reminder 1 of 2"),
    ],
)  # fmt: skip
def test_what_cannot_be_done_says_what_to_write_and_is_not_kept(line: str, told: str) -> None:
    written, _, kept = talk("hola", "Caro", line)
    assert told in written
    assert kept == talk("hola", "Caro")[2]


def test_a_phone_number_is_no_time_and_quotes_say_anything() -> None:
    _, player, kept = talk("+525512345678", '"?"')
    assert "> +525512345678" in kept
    assert '> "?"' in kept
    assert player.state is not None and player.state.stack[-1].wait is not None
    assert player.state.stack[-1].wait.tries == 1


def test_undo_takes_the_last_line_back_with_its_time_and_variables() -> None:
    told, player, kept = talk("hola", "Caro", "+20m", "[Botox]", "?undo", "?undo")
    assert player.now == NOW
    assert player.place == "inicio.servicio"
    assert "servicio" not in player.vars and "+ 20m" not in kept
    assert "taken back: > [Botox]" in told
    assert talk("?undo")[0].endswith("nothing has been said yet")


def test_the_next_page_is_tapped_by_what_the_channel_calls_it() -> None:
    def pages(content: Content) -> dict[str, str]:
        return {"Ver más": "+1"} if isinstance(content, Prompt) else {}

    _, player, kept = talk("hola", "Caro", "[Ver más]", screen=Screen(pages=pages))
    assert "> [+1]" in kept
    assert holds(kept)
    assert player.state is not None and player.state.stack[-1].wait is not None
    assert player.state.stack[-1].wait.offset == 1


def test_telegram_does_not_know_a_number_by_itself() -> None:
    assert "phone" not in talk("hola", channel="telegram")[1].facts.contact
    assert talk("hola", channel="whatsapp")[1].facts.contact["phone"] == "525512345678"
