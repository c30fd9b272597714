"""Transcripts, the simulator, the graph and replay."""

from datetime import timedelta
from pathlib import Path

import pytest
from flow_factory import LEAD, NOW, pack

from bot.events import Said
from bot.facts import Facts
from bot.tooling import replay, rewrite_transcript, run_transcript, run_transcripts
from bot.tooling.player import Player
from bot.transcript import TranscriptWrong, parse_transcript
from core.threads.content import Content, Text

FACTS = Facts({"name": "Lumina", "privacy_url": "p", "country": "MX"})
GOOD = """
# what it is about
flow: inicio  channel: whatsapp, telegram  now: 2026-03-11T10:20-05:00
contact: {"phone": "525512345678"}
> hola
< Hola de *
< ¿Nombre?
> Caro
< *interesa, Caro? [Botox | Depilación láser | …]
= nombre: Caro
> (voice)
< Recibí tu nota de voz*
< *
> [Botox]  # a comment
= servicio: botox
< ¿Edad?
+ 20m
< ¿Sigues ahí?
> volver
< ¿Qué te interesa? [list: Botox | Depilación láser | Limpieza facial]
= servicio: ~
> [^Depilación láser]
< ¿Edad?
> 34
< ¿Embarazo? [Sí | No]
! leads.capture -> error
> 👎
@action leads.capture {"answers": {"edad": 34}}
@handover ventas
> hola
@silent
! release
@ended inicio atendida
"""


def failures(text: str) -> list[tuple[int, str]]:
    result = run_transcript(parse_transcript(text), pack(LEAD), "whatsapp", FACTS)
    return [(failure.line, failure.message) for failure in result.failures]


def test_a_transcript_that_tells_the_truth_passes() -> None:
    transcript = parse_transcript(GOOD)
    assert transcript.channels == ("whatsapp", "telegram")
    assert transcript.now == NOW + timedelta(hours=5)
    for channel in transcript.channels:
        assert run_transcript(transcript, pack(LEAD), channel, FACTS).failures == ()


@pytest.mark.parametrize(
    ("old", "new", "line", "told"),
    [
        ("< Hola de *\n", "", 5, "the bot also said: ¿Nombre?"),
        ("< ¿Nombre?", "< ¿Apellido?", 7, "the bot said: ¿Nombre?"),
        ("< ¿Sigues ahí?", "< ¿Sigues ahí?\n< más", 19, "the bot said nothing more"),
        ("[Botox | Depilación láser | …]", "[Botox | Otro]", 9, "offered Botox | Depilación láser"),
        ("= servicio: botox", "= servicio: laser", 15, "servicio is 'botox', not 'laser'"),
        ("@handover ventas", "@handover otra", 29, "no @handover otra; there was"),
        ("@silent", "@alert", 31, "no @alert"),
        ("> [Botox]", "> [Nada]", 14, "no option 'Nada' was shown"),
        ("! leads.capture -> error", "! leads.capture -> nope", 26, "has no outcome nope"),
        ('{"answers": {"edad": 34}}', '{"answers": {"edad": 35}}', 28, "no @action"),
    ],
)
def test_a_transcript_that_does_not_says_where(old: str, new: str, line: int, told: str) -> None:
    found = failures(GOOD.replace(old, new, 1))
    assert any(number in (line, line - 1) and told in message for number, message in found), found


@pytest.mark.parametrize(
    "text", ["nope: 1\n", "flow: f\n> hola\nsin marca\n", "flow: f  now: yesterday\n", "contact: {\n"]
)
def test_a_transcript_that_cannot_be_read_says_so(text: str) -> None:
    with pytest.raises(TranscriptWrong):
        parse_transcript(text)


def test_a_transcript_can_begin_at_any_step() -> None:
    text = 'from: inicio.edad  with: {"nombre": "Ana"}\n< ¿Edad?\n> 34\n< ¿Embarazo?\n'
    assert failures(text) == []


def test_what_a_channel_cannot_show_is_a_failure() -> None:
    def render(channel: str, content: Content) -> str:
        raise ValueError("21 characters")

    result = run_transcript(parse_transcript("flow: inicio\n> hola\n< *\n< *\n"), pack(LEAD), "whatsapp", FACTS, render)
    assert {failure.message for failure in result.failures} == {"cannot be shown on whatsapp: 21 characters"}


def test_a_widget_is_checked_where_the_channel_draws_it() -> None:
    def render(channel: str, content: Content) -> str:
        return "drawn [buttons: …]"

    text = "flow: inicio\n> hola\n< *\n< *\n> Caro\n< * [list: Botox | Depilación láser | Limpieza facial]\n"
    transcript = parse_transcript(text)
    assert run_transcript(transcript, pack(LEAD), "whatsapp", FACTS).passed
    assert not run_transcript(transcript, pack(LEAD), "whatsapp", FACTS, render).passed


def test_rewriting_writes_what_is_said_now_and_keeps_what_still_holds(tmp_path: Path) -> None:
    chat = tmp_path / "a.chat"
    chat.write_text("flow: inicio\n> hola\n< Hola de *\n< ¿Nombre?\n> Caro\n< antes decía esto\n= nombre: Caro\n")
    assert rewrite_transcript(chat, pack(LEAD), FACTS)
    assert chat.read_text().splitlines() == [
        "flow: inicio", "> hola", "< Hola de *", "< ¿Nombre?", "> Caro",
        "< ¿Qué te interesa, Caro? [Botox | Depilación láser | Limpieza facial]", "= nombre: Caro",
    ]  # fmt: skip
    assert not rewrite_transcript(chat, pack(LEAD), FACTS)


def test_a_folder_of_transcripts_is_run_and_a_bad_file_is_a_failure(tmp_path: Path) -> None:
    (tmp_path / "_facts.yaml").write_text("org: {name: Lumina, privacy_url: p}\n")
    (tmp_path / "good.chat").write_text("flow: inicio\n> hola\n< Hola de Lumina*\n< ¿Nombre?\n")
    (tmp_path / "bad.chat").write_text("what\n")
    report = run_transcripts([tmp_path], pack(LEAD))
    assert [(Path(result.file).name, result.passed) for result in report.results] == [
        ("bad.chat", False),
        ("good.chat", True),
    ]
    assert not report.passed


def test_replay_gives_the_state_after_every_event() -> None:
    library = pack(LEAD)
    events = [(NOW, "bot", Said(Text("hola"))), (NOW, "bot", Said(Text("Caro")))]
    results = replay(library, FACTS, events)
    assert [result.state.stack[-1].step for result in results] == ["nombre", "servicio"]
    player = Player(library, FACTS, NOW)
    for _, _, event in events:
        player.feed(event)
    assert player.state == results[-1].state


def test_replay_is_silent_while_people_had_the_thread_and_begins_anew_after_a_resolve() -> None:
    library = pack(LEAD)
    events = [
        (NOW, "bot", Said(Text("hola"))),
        (NOW, "open", Said(Text("Caro"))),
        (NOW, "resolved", Said(Text("hola"))),
    ]
    first, silent, anew = replay(library, FACTS, events)
    assert silent.effects == ()
    assert anew.state.stack[-1].step == first.state.stack[-1].step
    assert anew.state.seq > first.state.seq


MOMENT = """
flow: inicio
start: decir
vars: {cuando: {type: when}, hora: {type: when}}
steps:
  pedir: {ask: "¿Cuándo?", as: {type: when}, into: cuando, next: decir}
  decir: {ask: "¿El {cuando}?", as: {type: when}, into: hora}
  fin: {end: listo}
"""


def test_a_moment_is_given_by_its_start_and_checked_by_its_fields() -> None:
    head = (
        'from: inicio.decir  now: 2026-03-11T10:20  with: {"cuando": {"kind": "datetime", "start": "2026-03-13T17:00"}}'
    )
    text = f"{head}\n< ¿El el viernes 13 de marzo a las 17:00?\n> mañana\n= hora.start: 2026-03-12\n= hora.end: ~\n"
    result = run_transcript(parse_transcript(text), pack(MOMENT), "whatsapp", FACTS)
    assert result.failures == ()
    wrong = run_transcript(parse_transcript(text.replace("03-12", "03-14")), pack(MOMENT), "whatsapp", FACTS)
    assert [failure.message for failure in wrong.failures] == ["hora.start is '2026-03-12', not '2026-03-14'"]
