"""Flow files: YAML without surprises, and errors that say where and what to do."""

import json

import pytest

from bot.language import FlowsBroken, compile_revision, make_library, read_flow, read_globals
from bot.language.source import read_yaml

SMALL = "flow: f\nstart: a\nsteps:\n  a: {end: done}\n"


def problems(text: str) -> list[tuple[int, int, str]]:
    with pytest.raises(FlowsBroken) as broken:
        read_flow(text, "f.flow.yaml")
    return [(problem.line, problem.column, problem.code) for problem in broken.value.problems]


def test_on_off_yes_no_and_hours_stay_text() -> None:
    data = read_yaml("on: off\nno: yes\nhour: 15:30\ndate: 2026-01-02\nold: 010\nbig: 1_000\n", "f").data
    assert data == {"on": "off", "no": "yes", "hour": "15:30", "date": "2026-01-02", "old": "010", "big": "1_000"}


def test_numbers_truth_and_nothing_are_what_they_look_like() -> None:
    assert read_yaml("[1, -2, 1.5, true, false, null, ~, '7', \"true\"]", "f").data == [
        1, -2, 1.5, True, False, None, "~", "7", "true",
    ]  # fmt: skip


def test_a_key_given_twice_is_an_error_at_its_second_place() -> None:
    assert problems("flow: f\nstart: a\nstart: b\n") == [(3, 1, "duplicate")]


def test_aliases_and_tags_are_refused() -> None:
    assert problems("a: &x [1]\nb: *x\n")[0][2] == "alias"
    assert problems("a: !!python/object:os.system x\n")[0][2] == "tag"


def test_a_yaml_bomb_is_refused_quickly() -> None:
    lines = ["a0: &a0 [x, x]"] + [f"a{i}: &a{i} [*a{i - 1}, *a{i - 1}]" for i in range(1, 40)]
    assert {code for _, _, code in problems("\n".join(lines))} == {"alias"}


def test_broken_yaml_says_where() -> None:
    assert problems("flow: f\n  start: [")[0][:1] == (2,)


def test_an_unknown_key_names_its_place_and_the_key_meant() -> None:
    with pytest.raises(FlowsBroken) as broken:
        read_flow("flow: f\nstart: a\nsteps:\n  a:\n    ask: x\n    as: {type: text}\n    intoo: b\n", "f.flow.yaml")
    told = str(broken.value)
    assert told.startswith("f.flow.yaml:7:5: 'intoo' is not known here")
    assert "Did you mean 'into'?" in told


@pytest.mark.parametrize(
    ("step", "place", "told"),
    [
        ("{choose: x, options: {a: {label: A, alias: b}}}", "4:42", "Did you mean 'aliases'?"),
        ("{chose: x}", "4:7", "Did you mean 'choose'?"),
        ("{ask: x, as: {type: nubmer}}", "4:20", "Did you mean 'number'?"),
        ("{ask: x, as: {type: number, maxx: 3}}", "4:34", "Did you mean 'max'?"),
        ("{ask: x, as: {type: media, media: [imagen]}}", "4:41", "Did you mean 'image'?"),
        ("{ask: x, as: {type: text}, expire: {afte: 2h, to: a}}", "4:42", "Did you mean 'after'?"),
        ("{ask: x, as: {type: text}, expire: 20h}", "4:33", "Write expire: {key: value}"),
        ("{ask: x, as: {type: text}, soft: si}", "4:33", "Write true or false"),
        ("{branch: [{wen: {a: 1}, to: x}]}", "4:17", "Did you mean 'when'?"),
        ("{branch: [{when: {a: {ltt: 3}}, to: x}]}", "4:17", "Did you mean 'lt'?"),
        ("{handover: x, resume: {after_relase: a}}", "4:29", "Did you mean 'after_release'?"),
        ("{handover: x, resume: {if_silent: 5}}", "4:29", "Write it as 90s, 20m, 6h or 2d"),
        ("{say: '{x|frist}'}", "4:7", "Did you mean 'first'?"),
    ],
)
def test_a_slip_is_told_at_its_place_with_the_name_meant(step: str, place: str, told: str) -> None:
    with pytest.raises(FlowsBroken) as broken:
        read_flow(f"flow: f\nstart: a\nsteps:\n  a: {step}\n", "f.flow.yaml")
    assert (place, told) in [(f"{one.line}:{one.column}", one.fix) for one in broken.value.problems]


def test_every_problem_is_told_at_once() -> None:
    steps = "  a: {say: '{x|nope}'}\n  b: {say: 'a { b'}\n  c: {foo: 1}\n  d: {say: x, set: {}}\n"
    text = f"flow: f\nstart: a\nsteps:\n{steps}"
    assert [(line, code) for line, _, code in problems(text)] == [
        (4, "template"), (5, "template"), (6, "step-kind"), (7, "step-kind"),
    ]  # fmt: skip


def test_an_unknown_key_is_told_with_those_that_are_known() -> None:
    with pytest.raises(FlowsBroken) as broken:
        read_flow("flow: f\nstart: a\ndefaults: {intentos: 3}\nsteps:\n  a: {end: listo}\n")
    [problem] = broken.value.problems
    assert problem.fix == "Remove it; here stand tries, give_up, nudges, expire, cancel"


def test_what_is_wrong_at_the_top_does_not_hide_what_is_wrong_below() -> None:
    text = (
        "flow: f\nstart: a\ndefaults: {intentos: 3}\nsteps:\n  a: {end: listo, opciones: 1}\n  b: {say: '{x|nope}'}\n"
    )
    assert [(line, code) for line, _, code in problems(text)] == [
        (3, "unknown-key"), (5, "unknown-key"), (6, "template"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("step", "code"),
    [
        ("{ask: x, as: {type: hunch}}", "value"),
        ("{ask: x, as: {type: email, min: 3}}", "unknown-key"),
        ("{ask: x, as: {type: media}}", "missing-key"),
        ("{ask: x, as: {type: scale}}", "missing-key"),
        ("{ask: x, as: {type: text}, no_to: a}", "unknown-key"),
        ("{choose: x}", "missing-key"),
        ("{ask: x, as: {type: text}, nudges: {20: hi}}", "value"),
        ("{ask: x, as: {type: text}, expire: {after: 20 min, to: a}}", "value"),
        ("{branch: [{when: {a: 1}}]}", "case"),
        ("{branch: [{when: {a: {like: 1}}, to: a}]}", "condition"),
        ("{branch: [{when: {all: 1}, to: a}]}", "condition"),
    ],
)
def test_a_step_that_makes_no_sense_is_refused(step: str, code: str) -> None:
    assert problems(f"flow: f\nstart: a\nsteps:\n  a: {step}\n")[0][2] == code


def test_end_and_handover_may_say_something() -> None:
    flow = read_flow("flow: f\nstart: a\nsteps:\n  a: {handover: x, say: hi}\n  b: {end: y, say: [one, two]}\n")
    assert [type(step).__name__ for step in flow.steps.values()] == ["Handover", "End"]


def test_the_order_of_the_file_is_the_default_way_on() -> None:
    flow = read_flow("flow: f\nstart: a\nsteps:\n  a: {say: x}\n  b: {say: y, next: a}\n  c: {set: {z: 1}}\n")
    assert [getattr(step, "next", "-") for step in flow.steps.values()] == ["b", "a", None]


def test_a_revision_survives_being_stored_and_changes_with_any_word() -> None:
    flow = read_flow(SMALL)
    assert compile_revision(flow.canonical).revision == flow.revision
    assert json.loads(flow.canonical)["flow"] == "f"
    assert read_flow(SMALL + "# a comment\n").revision == flow.revision
    assert read_flow(SMALL.replace("done", "over")).revision != flow.revision


def test_two_flows_of_one_name_are_refused() -> None:
    with pytest.raises(FlowsBroken, match="is also in"):
        make_library([read_flow(SMALL), read_flow(SMALL.replace("done", "over"))], read_globals("start: f\n"))


def test_global_words_mean_one_thing_each() -> None:
    with pytest.raises(FlowsBroken, match="already means"):
        read_globals("start: f\nwords:\n  back: {words: [volver]}\n  menu: {words: [Volver]}\n")


def test_the_engines_texts_can_be_replaced_but_not_invented() -> None:
    words = read_globals("start: f\ntexts: {courtesy: 'De nada'}\n")
    assert words.texts["es"]["courtesy"].source == "De nada"
    with pytest.raises(FlowsBroken, match="the engine says no"):
        read_globals("start: f\ntexts: {nope: x}\n")
    with pytest.raises(FlowsBroken, match=r"2:9: .*Did you mean 'human'"):
        read_globals("start: f\nwords: {humann: {words: [x]}}\n")
