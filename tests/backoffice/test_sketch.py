"""What an author sees of a message: the real widgets, how full they are, and what had to change to fit."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backoffice.draw import draw
from backoffice.screen import CHANNELS, show
from backoffice.sketch import Sketch, pages, sketch
from core.threads.content import Content, Location, Option, Prompt, Template, Text


def prompt(*labels: str, short: str | None = None, **fields: str) -> Prompt:
    options = tuple(Option(f"o{number}", label, short) for number, label in enumerate(labels, start=1))
    return Prompt("¿Qué te hacemos?", "t", options, **fields)  # type: ignore[arg-type]


def test_buttons_say_how_full_they_are() -> None:
    assert sketch("whatsapp", prompt("Botox", "Limpieza de cara", "Otra")) == [
        Sketch(
            "¿Qué te hacemos?",
            ("[ Botox ]", "[ Limpieza de cara ]", "[ Otra ]"),
            ("buttons 3/3, longest label 16/20",),
        )
    ]


def test_a_short_label_says_what_it_stands_for() -> None:
    (one,) = sketch("whatsapp", prompt("Depilación láser de cuerpo", short="Láser"))
    assert one.widget == ("[ Láser ]",)
    assert one.notes[-1] == "«Depilación láser de cuerpo» 26/20 is shown by its short, «Láser»"


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (prompt("A", "B", "C", "D"), "a list: 4 options, there is room for 3 buttons"),
        (prompt("Una etiqueta de veintidós"[:22]), "a list: «Una etiqueta de veinti» 22/20 fits no button"),
        (
            Prompt("¿Qué?", "t", (Option("a", "A", None, "lo primero"),)),
            "a list: buttons have no descriptions",
        ),
    ],
)
def test_a_list_says_why_it_is_no_row_of_buttons(content: Prompt, why: str) -> None:
    (one,) = sketch("whatsapp", content)
    assert one.widget[0] == "[ Elegir ▾ ]" and one.widget[1].startswith("  ○ ")
    assert one.notes[0].startswith("list ") and one.notes[0].endswith("opener 6/20")
    assert one.notes[1] == why


def test_a_page_says_which_options_it_holds_and_what_shows_the_next() -> None:
    many = prompt(*(f"Opción {number}" for number in range(1, 15)))
    (one,) = sketch("whatsapp", many)
    assert one.widget[-1] == "  ○ Ver más"
    assert one.notes[-1] == "a page: options 1 to 9 of 14"
    assert pages("whatsapp", many) == {"Ver más": "+9"}
    assert pages("telegram", many) == {} == pages("plain", many)


def test_numbered_text_says_why_there_is_no_widget() -> None:
    long = "Una etiqueta que no cabe en ninguna parte"
    (one,) = sketch("whatsapp", prompt(long))
    assert (one.widget, one.notes) == ((), (f"numbered text: «{long}» 41/24 needs a short",))
    (one,) = sketch("plain", prompt("A"))
    assert one.notes == ("numbered text: this channel has no widgets",)


def test_telegram_shows_its_keys_and_what_is_only_a_number() -> None:
    (one,) = sketch("telegram", prompt("Sí", "No", "x" * 49))
    assert one.widget == ("[ Sí ] [ No ]", "[ 3 ]")
    assert one.notes == ("keyboard 3/20, longest label 2/48", f"«{'x' * 49}» 49/48 is shown by its number, «3»")
    (one,) = sketch("telegram", Prompt("¿Tu número?", "t", request="phone", request_label="Compartir"))
    assert (one.widget, one.notes) == (("[ Compartir ]",), ("keys below the text field",))


def test_a_text_near_its_limit_says_so_and_a_longer_one_is_several_messages() -> None:
    assert [one.notes for one in sketch("whatsapp", Text("a" * 3500))] == [("text 3500/4096",)]
    first, second = sketch("telegram", Text("palabra " * 600))
    assert first.notes[0] == "message 1 of 2" and second.notes == ("message 2 of 2",)


def test_pins_and_templates_are_named() -> None:
    assert sketch("whatsapp", Location(1, 2, "Lumina"))[0].text == "(location) Lumina"
    assert sketch("telegram", Location(1, 2, "Lumina"))[0].text == "(venue) Lumina"
    (one,) = sketch("whatsapp", Template("aviso", "es", "Tu cita es mañana"))
    assert one == Sketch("Tu cita es mañana", (), ("sent as the approved template aviso (es)",))


CONTENTS: list[Content] = [Text("Hola 👋"), prompt("Botox", "Láser", "Facial", "Otra cosa")]


def test_a_wide_terminal_shows_the_channels_beside_each_other() -> None:
    lines = show(CONTENTS, list(CHANNELS), 110).splitlines()
    assert lines[0].split("  ")[0] == "WhatsApp" and "Telegram" in lines[0] and "Plain text" in lines[0]
    (row,) = [line for line in lines if "○ Botox" in line]
    assert "[ Facial ] [ Otra cosa ]" in row or "1. Botox" in row


def test_a_narrow_one_below_each_other() -> None:
    told = show(CONTENTS, list(CHANNELS), 60)
    places = [
        told.index(part)
        for part in ("── WhatsApp", "[ Elegir ▾ ]", "── Telegram", "keyboard 4/20", "── Plain", "4. Otra")
    ]
    assert places == sorted(places)
    assert "──" not in show(CONTENTS, ["whatsapp"], 60)


labels = st.lists(
    st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=60), max_size=25, unique=True
)


@settings(max_examples=80)
@given(labels, st.sampled_from(list(CHANNELS)), st.integers(0, 25), st.integers(20, 200))
def test_whatever_the_options_the_sketch_shows_every_widget_the_renderer_made(
    names: list[str], channel: str, offset: int, width: int
) -> None:
    content = Prompt("¿?", "t", tuple(Option(str(n), name) for n, name in enumerate(names)), offset)
    drawn = draw(channel, content)
    sketches = sketch(channel, content)
    assert all(one.text.strip() or one.widget for one in sketches)
    assert bool(sketches[-1].widget) == ("[buttons: " in drawn or "[list: " in drawn or "[keyboard: " in drawn)
    assert all(len(line) <= 2 * width for line in show([content], [channel], width).splitlines())
