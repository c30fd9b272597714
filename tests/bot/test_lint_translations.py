"""Every rule about translations, tripped once, with its place in the translation's file."""

import pytest
from flow_factory import pack

from bot.language import FlowsBroken, make_library, read_flow, read_globals
from bot.language.readable import short_hash
from bot.language.translation import read_globals_translation, read_translation
from bot.lint import lint
from core.threads.outbound import Limits

WHATSAPP = Limits("whatsapp", 4096, 1024, 1024, 3, 20, 10, 24, 72, 20, 200, 24)
HEAD = """flow: inicio
start: a
entry: {menu: a}
vars: {x: {type: text}}
defaults: {give_up: fin, expire: {after: 20h, to: fin}}
steps:
"""
END = "  fin: {end: listo}\n"
TRANSLATED = HEAD.replace("vars: {x: {type: text}}", "vars: {x: {type: text, label: Equis}}")
STEPS = """  a:
    choose: "¿Cuál, {org.name}?"
    options:
      o: {label: Uno, aliases: [primero]}
      p: {label: Dos}
    next: fin
"""
HASHES = {text: short_hash(text) for text in ("Equis", "¿Cuál, {org.name}?", "Uno", "Dos")}
ENGLISH = f"""flow: inicio
lang: en
vars:
  x: {{of: {HASHES["Equis"]}, text: Ex}}
steps:
  a:
    choose: {{of: {HASHES["¿Cuál, {org.name}?"]}, text: "Which, {{org.name}}?"}}
    o.label: {{of: {HASHES["Uno"]}, text: First}}
    p.label: {{of: {HASHES["Dos"]}, text: Second}}
"""


def found_in_english(old: str = "", new: str = "", tag: str = "en") -> list[tuple[str, int, int]]:
    """(code, line, column) of what lint finds in the translation, with one change made to it."""
    assert old in ENGLISH
    translation = read_translation(ENGLISH.replace(old, new).replace("lang: en", f"lang: {tag}"), "inicio.en.yaml")
    flow = read_flow(f"{TRANSLATED}{STEPS}{END}", "0.flow.yaml", translation)
    others = pack(f"{TRANSLATED}{STEPS}{END}")
    library = make_library([flow, *(one for one in others.flows.values() if one.name != "inicio")], others.globals)
    problems = [problem for problem in lint(library, [WHATSAPP]) if problem.file == "inicio.en.yaml"]
    assert all(problem.fix for problem in problems)
    return [(problem.code, problem.line, problem.column) for problem in problems]


def test_a_whole_translation_has_no_problems() -> None:
    assert found_in_english() == []


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("text: First", 'text: ""', ("untranslated", 8, 5)),
        (f"    p.label: {{of: {HASHES['Dos']}, text: Second}}\n", "", ("untranslated", 6, 3)),
        (f"  x: {{of: {HASHES['Equis']}, text: Ex}}", "  y: {text: Why}", ("gone", 4, 3)),
        ("    p.label", "    q.aliases: [one]\n    p.label", ("gone", 9, 5)),
        (f"of: {HASHES['Uno']}", "of: 00000000", ("stale", 8, 5)),
        ("Which, {org.name}?", "Which, {contact.name}?", ("unknown-hole", 7, 28)),
        ("text: First", "text: This is the very first of them", ("long-label", 8, 5)),
        ("text: Second", "text: Firsts", ("alias-collision", 9, 5)),
        ("text: Second", "text: Primero", ("alias-collision", 9, 5)),
        ("    p.label", "    p.aliases: [uno]\n    p.label", ("alias-collision", 9, 5)),
        ("    p.label", "    p.aliases: [volver]\n    p.label", ("alias-collision", 9, 5)),
    ],
)  # fmt: skip
def test_a_problem_of_a_translation_is_found_in_its_file(old: str, new: str, problem: tuple[str, int, int]) -> None:
    assert problem in found_in_english(old, new)


def test_a_register_need_not_say_everything() -> None:
    assert found_in_english(f"    p.label: {{of: {HASHES['Dos']}, text: Second}}\n", "", tag="es-vos") == []


def test_a_pack_that_speaks_a_language_speaks_it_in_every_flow() -> None:
    flow = read_flow(f"{TRANSLATED}{STEPS}{END}", "0.flow.yaml", read_translation(ENGLISH))
    others = pack(f"{TRANSLATED}{STEPS}{END}")
    library = make_library([flow, *(one for one in others.flows.values() if one.name != "inicio")], others.globals)
    untranslated = [problem for problem in lint(library, [WHATSAPP]) if problem.code == "untranslated"]
    assert {problem.fix for problem in untranslated} == {
        "hilo flow translate humano en",
        "hilo flow translate baja en",
        "hilo flow translate precios en",
    }


@pytest.mark.parametrize(
    ("english", "problem"),
    [
        ("lang: en\nwords: {human: [agent]}\n", ("untranslated", 1)),
        ("lang: en\nwords: {human: [agent]}\ntexts:\n  courtesy: {of: 00000000, text: Sure}\n", ("stale", 4)),
        ("lang: en\nwords: {human: [agent]}\ntexts:\n  cancelled: {text: Sure}\n", ("gone", 4)),
        ("lang: en\ntexts:\n  courtesy: {text: Sure}\n", ("untranslated", 1)),
        ("lang: en\ntexts:\n  offer.human: {text: A person from the whole team}\n", ("long-label", 3)),
    ],
)
def test_a_problem_of_the_globals_translation_is_found_in_its_file(english: str, problem: tuple[str, int]) -> None:
    own = "start: inicio\nwords: {human: {words: [humano], flow: humano}}\ntexts: {courtesy: Claro}\n"
    words = read_globals(own, "_globals.yaml", [read_globals_translation(english, "_globals.en.yaml")])
    library = make_library(pack(f"{HEAD}  a: {{say: hi}}\n{END}").flows.values(), words)
    problems = [one for one in lint(library, [WHATSAPP]) if one.file == "_globals.en.yaml"]
    assert problem in [(one.code, one.line) for one in problems]


def test_words_of_a_language_for_what_the_pack_does_not_have_are_refused() -> None:
    english = read_globals_translation("lang: en\nwords: {human: [agent]}\n", "_globals.en.yaml")
    with pytest.raises(FlowsBroken, match=r"_globals.en.yaml:2:9: _globals.yaml has no words 'human'"):
        read_globals("start: inicio\n", "_globals.yaml", [english])


def test_a_translation_that_drops_the_way_out_of_a_missing_value_is_found() -> None:
    text = "{x|or:'nada'} dijo"
    steps = f'  a: {{say: "{text}"}}\n'
    english = f"flow: inicio\nlang: en\nsteps:\n  a:\n    say: {{of: {short_hash(text)}, text: 'said {{x}}'}}\n"
    flow = read_flow(f"{HEAD}{steps}{END}", "0.flow.yaml", read_translation(english, "inicio.en.yaml"))
    others = [one for one in pack(f"{HEAD}{steps}{END}").flows.values() if one.name != "inicio"]
    problems = lint(make_library([flow, *others], read_globals("start: inicio\n")), [WHATSAPP])
    assert [(one.code, one.line) for one in problems if one.file == "inicio.en.yaml"] == [("unset", 5)]
