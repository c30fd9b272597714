"""One flow in several languages: what the person reads, what the staff reads, and asking for another."""

import json
from pathlib import Path

import pytest
from flow_factory import GLOBALS, Talk

from bot.effects import LanguageSet, RunAction
from bot.facts import Facts, spoken_to
from bot.language import FlowsBroken, Library, compile_revision, load_pack, make_library, read_flow, read_globals
from bot.language.readable import short_hash
from bot.language.texts import ENGINE
from bot.language.tongues import TAGS
from bot.language.translation import read_globals_translation, read_translation

FLOW = """
flow: inicio
start: nombre
vars:
  nombre: {type: name, label: Nombre, scope: contact}
  color: {type: choice, label: Color}
  seguro: {type: yes_no, label: Seguro}
  animo: {type: scale, label: Ánimo}
  cosas: {type: list, label: Cosas}
defaults: {give_up: pasar, expire: {after: 20h, to: fin}}
steps:
  nombre: {ask: "¿Cómo te llamas?", as: {type: name}, into: nombre, skip: [omitir]}
  color:
    choose: "{nombre|first|or:'Hola'}, ¿qué color quieres?"
    again: "¿Qué color?"
    into: color
    options: {rojo: {label: Rojo, aliases: [colorado]}, verde: {label: Verde}}
  cosas:
    choose: "¿Qué cosas?"
    into: cosas
    multi: true
    options: {mesa: {label: Mesa}, silla: {label: Silla}}
  seguro: {ask: "¿Seguro?", as: {type: yes_no}, into: seguro}
  animo: {ask: "¿Cómo vas?", as: {type: scale, min: 1, labels: [Mal, Bien]}, into: animo}
  decir: {say: "Anoté {color|label}, {cosas|label} y {seguro|yes_no}."}
  guardar:
    action: leads.capture
    with: {interest: "Quiere {color|label}", answers: {cosas: "{cosas|label}", seguro: "{seguro|yes_no}"}}
    outcomes: {ok: pasar, error: pasar}
  pasar: {handover: ventas, summary: [color, seguro], resume: {after_release: fin}}
  fin: {end: listo, say: "Gracias."}
"""
ENGLISH = """
flow: inicio
lang: en
vars:
  color: {text: Colour}
steps:
  nombre:
    ask: {text: "What's your name?"}
    skip: [skip]
  color:
    choose: {text: "{nombre|first|or:'Hi'}, which colour do you want?"}
    again: {text: "Which colour?"}
    rojo.label: {text: Red}
    rojo.aliases: [scarlet]
    verde.label: {text: Green}
  cosas:
    choose: {text: "Which things?"}
    mesa.label: {text: Table}
    silla.label: {text: Chair}
  seguro:
    ask: {text: "Sure?"}
  animo:
    ask: {text: "How are you?"}
    labels.0: {text: Bad}
    labels.1: {text: Good}
  decir:
    say: {text: "I noted {color|label}, {cosas|label} and {seguro|yes_no}."}
  fin:
    say: {text: "Thanks."}
"""
VOS = 'flow: inicio\nlang: es-vos\nsteps:\n  color:\n    choose: {text: "¿Qué color querés?"}\n'


def library(*translations: str) -> Library:
    flow = read_flow(FLOW, "inicio.flow.yaml", *(read_translation(text) for text in translations))
    words = GLOBALS.replace("flow: baja, ", "").replace("flow: humano", "").replace(", entry: menu", "")
    return make_library([flow], read_globals(words.split("soft:")[0]))


def talk(tag: str, *translations: str) -> Talk:
    found = Talk(library(*translations or (ENGLISH, VOS)))
    found.facts = spoken_to(found.facts, tag)
    return found


def options(person: Talk) -> list[str]:
    return [one.label for one in person.prompts[-1].options]


def test_the_person_reads_their_language_and_the_staff_the_flows_own() -> None:
    person = talk("en")
    assert person.say("hello") == ["What's your name?"]
    assert person.say("Ana") == ["Ana, which colour do you want?"]
    assert options(person) == ["Red", "Green"]
    assert person.say("red") == ["Which things?\n\n1. Table\n2. Chair\n\n" + ENGINE["en"].texts["choice.several"]]
    assert person.say("both") == ["Sure?"]
    assert options(person) == ["Yes", "No"]
    person.say("yes")
    assert options(person) == ["Bad", "Good"]
    assert person.say("good") == ["I noted Red, Table and Chair and yes."]
    run = next(effect for effect in person.effects if isinstance(effect, RunAction))
    assert run.args == {"interest": "Quiere Rojo", "answers": {"cosas": "Mesa y Silla", "seguro": "sí"}}
    person.done("ok")
    assert person.handover is not None
    assert person.handover.summary == (("Color", "Rojo"), ("Seguro", "sí"))


@pytest.mark.parametrize("said", ["rojo", "Red", "colorado", "scarlet", "1"])
@pytest.mark.parametrize("tag", ["es", "en", "es-vos"])
def test_the_words_of_every_language_are_understood_in_each(tag: str, said: str) -> None:
    person = talk(tag)
    person.say("hola", "Ana", said)
    assert person.vars["color"] == "rojo"


@pytest.mark.parametrize(("tag", "said"), [("es", "skip"), ("en", "omitir")])
def test_a_question_is_skipped_in_any_language(tag: str, said: str) -> None:
    person = talk(tag)
    person.say("hola", said)
    assert person.at == "inicio.color"


def test_buttons_and_labels_of_another_language_are_answers_too() -> None:
    person = talk("es")
    person.say("hola", "Ana", "rojo", "mesa", "yes", "good")
    assert person.vars["seguro"] is True
    assert person.vars["animo"] == 2


def test_a_register_says_only_what_it_says_differently() -> None:
    person = talk("es-vos")
    assert person.say("hola") == ["¿Cómo te llamas?"]
    assert person.say("Ana") == ["¿Qué color querés?"]
    assert person.say("xyz") == [ENGINE["es-vos"].texts["choice.nothing"]]


def test_a_language_the_pack_does_not_have_falls_back_to_its_own() -> None:
    person = talk("pt")
    assert person.say("oi") == ["¿Cómo te llamas?"]


def test_another_language_is_spoken_from_when_it_is_asked_for() -> None:
    person = talk("es")
    person.say("hola", "Ana", "zzz")
    tries = person.state.stack[-1].wait  # type: ignore[union-attr]
    assert person.say("English, please!") == ["Of course! Let's go on in English.", "Which colour?"]
    assert LanguageSet("en") in person.effects
    after = person.state.stack[-1].wait  # type: ignore[union-attr]
    assert after is not None and tries is not None
    assert (after.tries, after.token) == (tries.tries, tries.token)
    assert person.say("green")[0].startswith("Which things?")


def test_a_button_of_before_still_counts_after_the_language_changed() -> None:
    person = talk("es")
    person.say("hola", "Ana", "do you speak english?")
    person.tap("rojo", prompt=0)
    assert person.vars["color"] == "rojo"


def test_a_language_that_is_not_there_is_refused_in_it_and_nothing_is_lost() -> None:
    person = talk("es")
    person.say("hola", "Ana")
    assert person.say("em português") == ["Desculpe, por aqui só consigo escrever em espanhol e inglês.", "¿Qué color?"]
    assert person.say("en francés") == ["Perdona, por aquí solo puedo escribirte en español e inglés.", "¿Qué color?"]
    assert not any(isinstance(effect, LanguageSet) for effect in person.effects)


def test_what_was_offered_is_offered_again_in_the_new_language() -> None:
    person = talk("es")
    person.say("hola", "Ana", "rojo")
    assert person.say("mesa y banco")[-1].startswith("Anoté *Mesa*")
    assert person.say("english please")[-1] == "Did you mean *Table*?"
    assert options(person) == ["Yes, like that", "See all"]
    person.say("yes")
    assert person.vars["cosas"] == ["mesa"]


def test_a_stored_revision_speaks_every_language() -> None:
    flow = library(ENGLISH, VOS).flows["inicio"]
    stored = compile_revision(flow.canonical)
    assert stored.revision == flow.revision
    assert json.loads(stored.canonical) == json.loads(flow.canonical)
    assert stored.variants.keys() == flow.variants.keys() == {"en", "es-vos"}
    assert stored.variants["en"].steps == flow.variants["en"].steps


def test_a_translation_makes_another_revision() -> None:
    assert library(ENGLISH).flows["inicio"].revision != library().flows["inicio"].revision


def test_a_flow_that_no_longer_compiles_in_a_language_is_named_at_its_translation() -> None:
    wrong = ENGLISH.replace("Which colour?", "Which {colour")
    with pytest.raises(FlowsBroken, match=r"en\.yaml:12:5: a stray '\{'"):
        read_flow(FLOW, "f", read_translation(wrong, "inicio.en.yaml"))


def test_a_flow_is_not_translated_to_its_own_language() -> None:
    with pytest.raises(FlowsBroken, match="is written in es already"):
        read_flow(FLOW, "f", read_translation("flow: inicio\nlang: es\n"))


def test_a_pack_reads_its_translations_and_names_what_is_misplaced(tmp_path: Path) -> None:
    folder = tmp_path
    (folder / "i18n").mkdir()
    (folder / "_globals.yaml").write_text("start: inicio\nwords: {human: {words: [humano]}}\n")
    (folder / "inicio.flow.yaml").write_text(FLOW)
    (folder / "i18n" / "inicio.en.yaml").write_text(ENGLISH)
    (folder / "i18n" / "_globals.en.yaml").write_text("lang: en\nwords: {human: [agent]}\n")
    found = load_pack(folder)
    assert found.languages == {"es", "en"}
    assert found.globals.by_word == {"humano": "human", "agent": "human"}
    assert (found.globals.human_word["en"], found.globals.human_word["es-vos"]) == ("agent", "humano")
    (folder / "i18n" / "otro.en.yaml").write_text("flow: otro\nlang: en\n")
    (folder / "i18n" / "inicio.pt.yaml").write_text("flow: inicio\nlang: en\n")
    with pytest.raises(FlowsBroken) as broken:
        load_pack(folder)
    assert [problem.code for problem in broken.value.problems] == ["file-name", "missing-flow"]


def test_globals_say_the_packs_own_texts_in_each_language() -> None:
    english = read_globals_translation("lang: en\ntexts: {courtesy: {text: 'Cheers'}}\n")
    words = read_globals("start: f\ntexts: {courtesy: 'De nada'}\n", "g", [english])
    assert {tag: words.texts[tag]["courtesy"].source for tag in TAGS} == {
        "es": "De nada",
        "es-vos": "De nada",
        "es-usted": "De nada",
        "pt": ENGINE["pt"].texts["courtesy"],
        "en": "Cheers",
    }


@pytest.mark.parametrize("tag", TAGS)
def test_the_engine_says_everything_in_every_language(tag: str) -> None:
    spanish, said = ENGINE["es"], ENGINE[tag]
    for part in ("texts", "things", "accepts", "words"):
        assert getattr(said, part).keys() == getattr(spanish, part).keys()
    globals_ = read_globals("start: f\n")
    for key, template in globals_.texts[tag].items():
        own = {hole.path for hole in globals_.texts["es"][key].holes}
        assert {hole.path for hole in template.holes} == own, key


def test_facts_may_be_written_once_per_language() -> None:
    flow = read_flow("flow: f\nstart: a\nsteps:\n  a: {end: x, say: '{org.hours}'}\n")
    person = Talk(make_library([flow], read_globals("start: f\n")))
    person.facts = Facts({"hours": {"es": "lun a vie", "en": "Mon to Fri"}})
    assert person.say("hola") == ["lun a vie"]


def test_amounts_and_lists_are_written_as_the_language_does() -> None:
    flow = """
flow: f
start: a
vars: {p: {type: any}, l: {type: list}}
steps:
  a: {set: {p: 123456, l: [a, b, c]}}
  b: {end: x, say: "De {p|money} a {l}"}
"""
    english = read_translation('flow: f\nlang: en\nsteps: {b: {say: {text: "From {p|money} to {l}"}}}\n')
    person = Talk(make_library([read_flow(flow, "f", english)], read_globals("start: f\n")))
    assert person.say("hola") == ["De 1.234,56 a a, b y c"]
    person.facts = spoken_to(person.facts, "en")
    assert person.say("hi") == ["From 1,234.56 to a, b and c"]


def test_the_language_in_which_it_ended_is_the_contacts_own_to_change() -> None:
    person = talk("es")
    person.say("hola", "english please", "cancel", "cancelar")
    assert person.state is not None and person.state.language is None


def test_while_a_person_has_the_thread_the_language_is_noted_in_silence() -> None:
    person = talk("es")
    person.say("hola", "Ana", "rojo", "mesa", "sí", "bien")
    person.done("ok")
    assert person.handover is not None
    assert person.say("in english please") == []
    assert person.effects == [LanguageSet("en")]


def test_hashes_are_of_the_text_alone() -> None:
    assert short_hash("¿Qué color?") == short_hash("¿Qué color?") != short_hash("¿Que color?")
    assert len(short_hash("")) == 8
