"""Every rule of the linter, tripped once, with its place; and a pack that trips none."""

import re
from pathlib import Path

import pytest
from flow_factory import LEAD, pack

from bot.language import FlowsBroken
from bot.lint import lint
from core.threads.outbound import Limits

WHATSAPP = Limits("whatsapp", 4096, 1024, 1024, 3, 20, 10, 24, 72, 20, 200, 24)
BUTTONS_ONLY = Limits("tiny", 100, 100, 60, 3, 20, 0, 0, 0, 0, 14, 0)

HEAD = """flow: inicio
start: a
entry: {menu: a}
vars: {x: {type: text}, lista: {type: ref}, o: {type: choice}, s: {type: yes_no}, n: {type: number}, m: {type: money}}
defaults: {give_up: fin, expire: {after: 20h, to: fin}}
steps:
"""
END = "  fin: {end: listo}\n"
ASKS = "flow: pide\nstart: a\nparams: {y: {type: text}}\nsteps:\n  a: {say: '{y}'}\n  b: {end: hecho}\n"
"""Another flow, which needs a parameter."""


def found(
    steps: str, *, head: str = HEAD, others: tuple[str, ...] = (), limits: Limits = WHATSAPP
) -> list[tuple[str, int]]:
    problems = lint(pack(f"{head}{steps}{END}", *others), [limits])
    return [(problem.code, problem.line) for problem in problems if problem.file == "0.flow.yaml"]


def test_a_sound_pack_has_no_problems() -> None:
    assert lint(pack(LEAD.replace("{menu: servicio}", "{menu: saludo}")), [WHATSAPP]) == []


def wrong_steps() -> list[tuple[str, list[str]]]:
    text = (Path(__file__).parent / "lint_problems.txt").read_text(encoding="utf-8")
    blocks = [
        block.strip("\n").splitlines() for block in re.split(r"\n\n+", re.sub(r"(?m)^#.*\n", "", text)) if block.strip()
    ]
    return [
        (
            "\n".join(line for line in lines if not line.startswith("=>")),
            [line.removeprefix("=> ") for line in lines if line.startswith("=>")],
        )
        for lines in blocks
    ]


@pytest.mark.parametrize(("steps", "told"), wrong_steps())
def test_a_problem_is_found_at_its_place_with_what_to_write(steps: str, told: list[str]) -> None:
    text = re.sub(r"%(\d+)", lambda match: "x" * int(match[1]), steps)
    problems = lint(pack(f"{HEAD}{text}\n{END}", ASKS), [WHATSAPP])
    own = [problem for problem in problems if problem.file == "0.flow.yaml"]
    assert [f"{one.line}:{one.column} {one.code}: {one.fix}" for one in own] == told


def test_a_wait_needs_a_way_out() -> None:
    head = "flow: inicio\nstart: a\nentry: {menu: a}\nsteps:\n"
    codes = [code for code, _ in found("  a: {ask: q, as: {type: text}}\n", head=head)]
    assert codes == ["no-give-up", "no-expire"]


def test_the_last_step_must_lead_somewhere() -> None:
    problems = lint(pack("flow: inicio\nstart: a\nentry: {menu: a}\nsteps:\n  a: {say: hi}\n"), [WHATSAPP])
    assert [problem.code for problem in problems] == ["no-next"]


def test_an_end_must_be_within_reach() -> None:
    head = HEAD.replace("give_up: fin", "give_up: a").replace("to: fin", "to: a")
    assert ("no-end", 7) in found("  a: {ask: q, as: {type: text}, next: a}\n", head=head)


def test_flows_may_not_call_one_another_in_a_circle() -> None:
    other = "flow: otro\nstart: a\nsteps:\n  a: {call: inicio, outcomes: {listo: b}}\n  b: {end: x}\n"
    assert ("call-circle", 7) in found("  a: {call: otro, outcomes: {x: fin}}\n", others=(other,))


def test_a_loop_of_questions_is_no_endless_loop() -> None:
    assert (
        found("  a: {ask: q, as: {type: yes_no}, no_to: b}\n  c: {say: hi, next: fin}\n  b: {say: again, next: a}\n")
        == []
    )


def test_a_channel_without_lists_limits_the_options() -> None:
    options = ", ".join(f"o{name}: {{label: {name * 5}}}" for name in "abcd")
    codes = [code for code, _ in found(f"  a: {{choose: q, options: {{{options}}}}}\n", limits=BUTTONS_ONLY)]
    assert "too-many-options" in codes


def test_an_option_id_must_fit_on_the_wire() -> None:
    assert ("long-label", 7) in found("  a: {choose: q, options: {muy_largo: {label: X}}}\n", limits=BUTTONS_ONLY)


def test_health_is_asked_after_the_privacy_notice() -> None:
    head = HEAD.replace("x: {type: text}", "x: {type: yes_no, sensitive: health}")
    ask = "  {0}: {{ask: q, as: {{type: yes_no}}, into: x}}\n"
    assert ("privacy", 7) in found(ask.format("a"), head=head)
    assert found("  a: {say: '{org.privacy_url}'}\n" + ask.format("b"), head=head) == []


def test_what_a_branch_proves_is_known_afterwards() -> None:
    head = HEAD.replace("vars: {x: {type: text}, ", "params: {x: {type: text, optional: true}}\nvars: {")
    for condition, holds in (
        ("{x: {is: set}}", True),
        ("{x: hi}", True),
        ("{not: {x: {is: unset}}}", True),
        ("{any: [{x: hi}, {x: {is: set}, channel: telegram}]}", True),
        ("{x: {is: unset}}", False),
        ("{not: {x: {is: set}}}", False),
        ("{any: [{channel: telegram}, {x: {is: unset}}]}", False),
    ):
        way, other = ("b", "fin") if holds else ("fin", "b")
        branch = f"  a: {{branch: [{{when: {condition}, to: {way}}}, {{else: {other}}}]}}\n"
        assert found(branch + "  b: {say: '{x}'}\n", head=head) == [], condition
    for condition in ("{x: {is: unset}}", "{any: [{x: hi}, {channel: telegram}]}", "{not: {x: {is: set}}}"):
        branch = f"  a: {{branch: [{{when: {condition}, to: b}}, {{else: fin}}]}}\n"
        assert found(branch + "  b: {say: '{x}'}\n", head=head) == [("unset", 9)], condition


def test_what_a_step_sets_is_known_afterwards() -> None:
    assert found("  a: {set: {x: hi}}\n  b: {say: '{x}'}\n") == []
    prices = "  a: {action: catalog.prices, into: lista, outcomes: {found: b, none: fin, error: fin}}\n"
    assert found(prices + "  b: {say: '{lista.text}'}\n") == []
    rows = "{list: lista.services, id: id, label: '{name}: {price}', description: \"{about|or:''}\"}"
    assert found(f"{prices}  b: {{choose: q, options_from: {rows}}}\n") == []


def test_a_value_only_some_ways_give_may_be_unset() -> None:
    steps = "  a: {branch: [{when: {channel: telegram}, to: b}, {else: c}]}\n  b: {set: {x: hi}}\n  c: {say: '{x}'}\n"
    assert ("unset", 9) in found(steps)


def test_the_notice_counts_on_the_way_to_the_question_and_not_somewhere_else() -> None:
    head = HEAD.replace("x: {type: text}", "x: {type: yes_no, sensitive: health}, quien: {type: name, scope: contact}")
    ask = "  c: {ask: q, as: {type: yes_no}, into: x}\n"
    ways = "  a: {{branch: [{{when: {}, to: c}}, {{else: b}}]}}\n  b: {{say: '{{org.privacy_url}}'}}\n"
    assert ("privacy", 9) in found(ways.format("{channel: telegram}") + ask, head=head)
    known = found(ways.format("{quien: {is: set}}") + ask, head=head)
    assert "privacy" not in [code for code, _ in known], "who is known was told in an earlier conversation"


def test_a_called_flow_is_told_by_its_caller() -> None:
    called = """flow: salud
start: b
vars: {s: {type: yes_no, sensitive: health}}
defaults: {give_up: fin, expire: {after: 20h, to: fin}}
steps:
  b: {ask: q, as: {type: yes_no}, into: s}
  fin: {end: hecho}
"""
    for told, expected in (("{org.privacy_url}", []), ("Hola", [("privacy", 6)])):
        steps = f"  a: {{say: '{told}'}}\n  c: {{call: salud, outcomes: {{hecho: fin}}}}\n"
        problems = lint(pack(f"{HEAD}{steps}{END}", called), [WHATSAPP])
        assert [(problem.code, problem.line) for problem in problems if problem.file == "1.flow.yaml"] == expected


def test_a_loop_through_a_flow_that_may_not_wait_is_endless() -> None:
    asks = """flow: otra
start: a
defaults: {give_up: fin, expire: {after: 20h, to: fin}}
steps:
  a: {branch: [{when: {channel: telegram}, to: b}, {else: nada}]}
  b: {ask: q, as: {type: text}}
  fin: {end: hecho}
  nada: {end: nada}
"""
    assert found("  a: {call: otra, outcomes: {hecho: a, nada: fin}}\n", others=(asks,)) == []
    assert found("  a: {call: otra, outcomes: {hecho: fin, nada: a}}\n", others=(asks,)) == [("endless", 7)]


def test_what_the_defaults_say_is_told_once_and_there() -> None:
    head = HEAD.replace("give_up: fin", "give_up: finn, nudges: {30h: hey}")
    steps = "  a: {ask: q, as: {type: text}}\n  b: {ask: q, as: {type: text}}\n"
    problems = lint(pack(f"{head}{steps}{END}"), [WHATSAPP])
    assert [(problem.code, problem.line, problem.column) for problem in problems if problem.file == "0.flow.yaml"] == [
        ("missing-target", 5, 12), ("late-nudge", 5, 36), ("window", 5, 36),
    ]  # fmt: skip


def test_a_late_expiry_also_reaches_the_callers_texts() -> None:
    asks = """flow: otra
start: a
defaults: {give_up: fin, expire: {after: 2d, to: fin}}
steps:
  a: {ask: q, as: {type: text}}
  fin: {end: hecho}
"""
    library = pack(f"{HEAD}  a: {{call: otra, outcomes: {{hecho: b}}}}\n  b: {{say: tarde}}\n{END}", asks)
    told = [problem for problem in lint(library, [WHATSAPP]) if problem.code == "window"]
    assert [(problem.file, problem.line, problem.column) for problem in told] == [("1.flow.yaml", 3, 35)]
    assert "'inicio.b' is sent" in told[0].message


def test_global_words_must_lead_to_flows_entries_and_actions() -> None:
    words = "start: inicio\nwords:\n  menu: {words: [menu], entry: men}\n  human: {words: [x], flow: humani}\n"
    words += "  opt_out: {words: [baja], flow: baja, action: consent.optout}\n"
    words += "soft:\n  p: {call: inicio, phrases: [y]}\n  q: {call: precio, phrases: [z y]}\n"
    library = pack(f"{HEAD}  a: {{say: hi}}\n{END}", words=words)
    told = [problem for problem in lint(library, []) if "globals" in problem.file]
    assert [(one.code, f"{one.line}:{one.column}", one.fix) for one in told] == [
        ("missing-entry", "3:25", "Did you mean 'menu'?"),
        ("missing-flow", "4:23", "Did you mean 'humano'?"),
        ("unknown-action", "5:40", "Did you mean 'consent.opt_out'?"),
        ("missing-flow", "8:7", "Did you mean 'precios'?"),
        ("phrase-collision", "8:31", "Remove it, or put this one first"),
    ]


def test_the_engines_own_buttons_must_fit_as_well() -> None:
    words = (
        "start: inicio\ntexts: {offer.human: 'Hablar con una persona del equipo', choice.near: '" + "x" * 1025 + "'}\n"
    )
    library = pack(f"{HEAD}  a: {{say: hi}}\n{END}", words=words)
    told = [problem.code for problem in lint(library, [WHATSAPP]) if "globals" in problem.file]
    assert told == ["long-label", "too-long"]


def test_an_unknown_filter_never_gets_as_far_as_the_linter() -> None:
    with pytest.raises(FlowsBroken, match=r"there is no filter 'frist'.*Did you mean 'first'"):
        pack(f"{HEAD}  a: {{say: '{{x|frist}}'}}\n{END}")


def test_migrate_names_a_step_of_this_revision() -> None:
    head = HEAD.replace("start: a\n", "start: a\nmigrate: {b: fni}\n")
    problems = lint(pack(f"{head}  a: {{say: hi}}\n{END}"), [WHATSAPP])
    told = [(one.code, f"{one.line}:{one.column}", one.fix) for one in problems if one.file == "0.flow.yaml"]
    assert told == [("missing-target", "3:11", "Did you mean 'fin'?")]


def test_no_choice_among_several_is_an_empty_list_that_can_be_branched_on() -> None:
    head = HEAD.replace("lista: {type: ref}", "lista: {type: list}")
    steps = """  a: {choose: q, multi: true, into: lista, options: {x: {label: X}}}
  b: {branch: [{when: {lista: {eq: []}}, to: a}, {when: {lista: {eq: [y]}}, to: a}, {else: fin}]}
"""
    assert found(steps, head=head) == [("never-holds", 8)]
