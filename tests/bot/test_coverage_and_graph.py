"""What transcripts pass through: the coverage report and the chart."""

from flow_factory import LEAD, NOW, pack

from bot.conversation import Passed
from bot.facts import Facts
from bot.tooling import coverage, graph, run_transcript
from bot.tooling.player import Player
from bot.transcript import parse_transcript

FACTS = Facts({"name": "Lumina", "privacy_url": "p", "country": "MX"})


def passed(text: str) -> frozenset[Passed]:
    return run_transcript(parse_transcript(text), pack(LEAD), "whatsapp", FACTS).passed_through


TALK = "flow: inicio\n> hola\n< *\n< *\n> Caro\n< *\n> botox\n< *\n> 34\n< *\n> sí\n< *\n"


def test_steps_count_also_when_nobody_waits_there() -> None:
    went = passed(TALK)
    assert ("inicio", "saludo", ()) in went
    assert ("inicio", "guardar", ("outcomes", "ok")) in went
    assert ("inicio", "servicio", ("options", "botox")) in went
    assert ("inicio", "fin", ()) in went


def test_what_was_never_passed_is_listed_with_its_line() -> None:
    found = {one.flow: one for one in coverage(pack(LEAD), passed(TALK))}
    lead = found["inicio"]
    assert (lead.steps, lead.steps_passed) == (10, 7)
    assert (lead.ways, lead.ways_passed) == (7, 3)
    lines = LEAD.splitlines()
    told = [(one.what, lines[one.line - 1].strip()[:40]) for one in lead.missed]
    assert told == [
        ("servicio: the option 'laser'", 'laser: {label: "Depilación láser"}'),
        ("servicio: the option 'facial'", 'facial: {label: "Limpieza facial"}'),
        ("salud: the answer 'no'", 'salud: {ask: "¿Embarazo?", as: {type: ye'),
        ("guardar: the outcome 'error'", "outcomes: {ok: fin, error: pasar}"),
        ("the step 'callado'", "callado: {end: callado}"),
        ("the step 'pasar'", "pasar: {handover: ventas, summary: [nomb"),
        ("the step 'fin_corto'", "fin_corto: {end: atendida}"),
    ]  # fmt: skip
    assert lead.percent == 70
    assert found["precios"].steps_passed == 0


def test_silence_giving_up_cancelling_and_skipping_are_ways_as_well() -> None:
    went = passed("flow: inicio\n> hola\n< *\n< *\n+ 21h\n< *\n< *\n")
    assert ("inicio", "nombre", ("expire", "to")) in went
    went = passed("flow: inicio\n> hola\n< *\n< *\n> 1\n< *\n> 2\n< *\n> 3\n< *\n")
    assert ("inicio", "nombre", ("give_up",)) in went
    skips = LEAD.replace("as: {type: name}, into: nombre}", "as: {type: name}, into: nombre, skip: [paso]}")
    player = Player(pack(skips), FACTS, NOW)
    player.begin_at("inicio", "nombre", {})
    assert ("inicio", "nombre", ()) in player.passed


def test_the_chart_shows_waits_rounded_actions_as_hexagons_and_ends_as_circles() -> None:
    drawn = graph(pack(LEAD).flows["inicio"])
    assert 'nombre("¿Nombre?")' in drawn
    assert 'guardar{{"leads.capture"}}' in drawn
    assert 'fin(("listo"))' in drawn
    assert 'pasar(["persona: ventas"])' in drawn
    assert 'ENTRY_menu(("menu")) --> servicio' in drawn
    assert 'guardar -->|"error"| pasar' in drawn, "without transcripts nothing is known to be untested"
    assert "linkStyle" not in drawn


def test_what_transcripts_pass_through_is_green_and_what_they_never_took_is_dashed_and_grey() -> None:
    drawn = graph(pack(LEAD).flows["inicio"], passed(TALK)).splitlines()
    assert '    guardar -->|"ok"| fin' in drawn
    assert '    guardar -.->|"error"| pasar' in drawn
    tested = next(line for line in drawn if line.startswith("    class "))
    assert tested == "    class saludo,nombre,servicio,edad,salud,guardar,fin tested"
    grey = next(line for line in drawn if line.startswith("    linkStyle"))
    arrows = [line for line in drawn if "-->" in line or "-.->" in line]
    numbers = [int(number) for number in grey.split()[1].split(",")]
    assert [arrows[number] for number in numbers] == [line for line in arrows if "-.->" in line]


def test_what_mermaid_would_read_as_its_own_is_written_otherwise() -> None:
    flow = """
flow: inicio
start: end
steps:
  end: {say: '1. "Hola" #1 <b> a|b `x`'}
  class: {say: "{org.name}", next: graph}
  graph: {end: listo}
"""
    drawn = graph(pack(flow).flows["inicio"], {("inicio", "end", ())})
    assert "    START((inicio)) --> end_\n" in drawn
    assert "    end_[\"1.\u00a0#quot;Hola#quot; #35;1 #lt;b#gt; a·b 'x'\"]\n" in drawn
    assert '    class_["‹org.name›"]\n    class_ -.-> graph_\n' in drawn
