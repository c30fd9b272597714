"""What a change of flows means for people in the middle of a conversation, in plain sentences."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from bot.language.compiled import Call, Flow, Globals, Handover, Question, Step
from bot.language.library import load_pack, read_flow
from bot.language.template import Template
from bot.lint.flowing import known_before
from bot.migrating import new_name, outcomes_of, same_kind, same_question
from core.errors import Refused

_UNITS = ((86400, "d"), (3600, "h"), (60, "m"), (1, "s"))


def differences(old: Path, new: Path) -> list[str]:
    """Sentences, flow by flow. Both are packs or both are flow files; raises Refused otherwise, and FlowsBroken."""
    if old.is_dir() and new.is_dir():
        before, after = load_pack(old), load_pack(new)
        lines = list(flow_differences(before.flows, after.flows))
        lines += _word_differences(before.globals, after.globals)
    elif old.is_file() and new.is_file():
        flows = [read_flow(path.read_text(encoding="utf-8"), str(path)) for path in (old, new)]
        lines = list(flow_differences(*({flow.name: flow} for flow in flows)))
    else:
        raise Refused("not_alike", f"{old} and {new} must be two packs or two flow files that exist.")
    return lines or ["Nothing changes for people in the middle of a conversation."]


def flow_differences(before: Mapping[str, Flow], after: Mapping[str, Flow]) -> Iterator[str]:
    """Of flows by name."""
    for name in (*before, *(name for name in after if name not in before)):
        old, new = before.get(name), after.get(name)
        if new is None:
            yield f"{name} is gone: who is in it finishes it; nobody begins it any more."
        elif old is None:
            yield f"{name} is new: nobody is in it."
        elif old.revision != new.revision:
            told = [*_waits(old, new), *_new_questions(old, new), *_outcomes(old, new, after), *_variables(old, new)]
            if not told:
                when = "for who begins from now on" if new.migrate is None else "from the next message on"
                yield f"{name}: only what is said in passing changes, {when}."
            elif new.migrate is None:
                yield f"{name}: Who is in it finishes as it was; who begins from now on sees this:"
            else:
                yield f"{name}: Who is in it goes on in the new one at their next message, where that can be:"
            yield from (f"  {line}" for line in told)


def _waits(old: Flow, new: Flow) -> Iterator[str]:
    """What is the same of several steps (a default that changed) is one sentence."""
    steps: dict[str, list[str]] = {}
    for step, line in _wait_lines(old, new):
        steps.setdefault(line, []).append(step)
    yield from (f"{', '.join(names)}: {line}" for line, names in steps.items())


def _wait_lines(old: Flow, new: Flow) -> Iterator[tuple[str, str]]:
    for step in old.steps.values():
        if not isinstance(step, (Question, Handover, Call)):
            continue
        now = new.steps.get(new_name(new, step.id))
        if now is None:
            yield step.id, f"is gone.{_left(new)}"
            continue
        if now.id != step.id:
            yield step.id, f"is called {now.id} now."
        if not same_kind(step, now):
            yield step.id, f"was {_kind(step)}, is {_kind(now)}.{_left(new)}"
        elif isinstance(step, Question) and isinstance(now, Question):
            yield from ((step.id, line) for line in _question(step, now))
            if new.migrate is not None:
                yield from ((step.id, line) for line in _moving(step, now, old, new))
        elif isinstance(step, Handover) and isinstance(now, Handover):
            yield from ((step.id, line) for line in _handover(step, now))


def _left(new: Flow) -> str:
    return "" if new.migrate is None else " Who waits there stays in the old one."


def _kind(step: Step) -> str:
    if isinstance(step, Question):
        return "several choices" if step.multi else f"a question of kind {step.kind}"
    return f"a call of {step.flow}" if isinstance(step, Call) else f"a {type(step).__name__.lower()}"


def _moving(step: Question, now: Question, old: Flow, new: Flow) -> Iterator[str]:
    """What happens to who waits here when the new flow takes them over."""
    if not same_question(step, now):
        yield "who waits there is asked again before an answer is taken."
    had = {path.partition(".")[0] for path in known_before(old).get(step.id, frozenset())} | old.remembered
    missing = {path.partition(".")[0] for path in known_before(new).get(now.id, frozenset())} - had
    if missing:
        names = ", ".join(sorted(missing))
        yield f"who waits there without a value for {names} stays in the old one."


def _question(old: Question, new: Question) -> Iterator[str]:
    if old.text.source != new.text.source:
        yield f"asks «{_short(old.text)}» no more, but «{_short(new.text)}»."
    yield from _options(old, new)
    if old.answer is not None and new.answer is not None:
        before, after = old.answer.model_dump(), new.answer.model_dump()
        for name, value in before.items():
            if value != after[name]:
                yield f"{name} was {_said(value)}, is {_said(after[name])}."
    for name, one, other in (
        ("the tries", old.tries, new.tries),
        ("who is not understood", old.give_up, new.give_up),
        ("a no", _no(old), _no(new)),
        ("an answer", old.next, new.next),
    ):
        if one != other:
            sense = "went to" if name != "the tries" else "were"
            yield f"{name} {sense} {_said(one)}, now {_said(other)}."
    if old.skip != new.skip:
        yield _added("the words that skip it", old.skip, new.skip)
    if old.into != new.into:
        yield f"the answer was kept as {_said(old.into)}, now as {_said(new.into)}."
    yield from _silence(_dues(old), _dues(new))


def _no(question: Question) -> str | None:
    return "what can be changed" if question.no_edits else question.no_to


def _silence(old: list[str], new: list[str]) -> Iterator[str]:
    parts = [f"no more {', '.join(gone)}"] if (gone := [due for due in old if due not in new]) else []
    parts += [f"now {', '.join(come)}"] if (come := [due for due in new if due not in old]) else []
    if parts:
        yield f"silence: {'; '.join(parts)}."


def _options(old: Question, new: Question) -> Iterator[str]:
    before, after = ({option.id: option for option in one.options} for one in (old, new))
    for name in before:
        if name not in after:
            yield f"the option «{before[name].label.source}» ({name}) is gone."
        elif before[name].label.source != after[name].label.source:
            yield f"the option {name} was «{before[name].label.source}», is «{after[name].label.source}»."
    for name in after:
        if name not in before:
            yield f"the option «{after[name].label.source}» ({name}) is new."
        elif before[name].to != after[name].to:
            yield f"the option {name} led to {_said(before[name].to)}, now to {_said(after[name].to)}."
    same = [name for name in before if name in after]
    if same != [name for name in after if name in before]:
        yield "the options come in another order: a number typed means another one."
    if (old.rows and old.rows.model) != (new.rows and new.rows.model):
        yield "the options are made from a list in another way."


def _dues(question: Question) -> list[str]:
    return [
        f"after {_time(due.after)} it goes to {due.to}" if due.to else f"after {_time(due.after)} «{_short(due.nudge)}»"
        for due in question.dues
    ]


def _handover(old: Handover, new: Handover) -> Iterator[str]:
    if old.team != new.team:
        yield f"goes to {new.team}, not {old.team}."
    if old.if_silent != new.if_silent:
        yield f"the team is reminded after {_time(old.if_silent)}, now after {_time(new.if_silent)}."
    if old.after_release != new.after_release:
        yield f"given back it went to {_said(old.after_release)}, now to {_said(new.after_release)}."


def _new_questions(old: Flow, new: Flow) -> Iterator[str]:
    known = {new_name(new, name) for name in old.steps}
    for step in new.steps.values():
        if isinstance(step, (Question, Handover)) and step.id not in known:
            yield f"{step.id}: is new. Who is past its place does not come to it."


def _outcomes(old: Flow, new: Flow, flows: Mapping[str, Flow]) -> Iterator[str]:
    before, after = outcomes_of(old), outcomes_of(new)
    for outcome in sorted(after - before):
        callers = [
            f"{flow.name}.{step.id}"
            for flow in flows.values()
            for step in flow.steps.values()
            if isinstance(step, Call) and step.flow == new.name
        ]
        who = f": {', '.join(callers)} must answer it" if callers else ""
        yield f"it may now end with {outcome!r}{who}."
    for outcome in sorted(before - after):
        yield f"it no longer ends with {outcome!r}; who finishes the old one may, so callers keep answering it a while."


def _variables(old: Flow, new: Flow) -> Iterator[str]:
    for name, var in old.vars.items():
        now = new.vars.get(name)
        if now is None:
            yield f"the variable {name!r} is gone{', with what was answered' if new.migrate is not None else ''}."
        elif now.type != var.type:
            yield f"the variable {name!r} was of type {var.type}, is of type {now.type}."
        elif now.scope != var.scope:
            outlives = "outlives the flow now" if now.scope == "contact" else "is forgotten with the flow now"
            yield f"the variable {name!r} {outlives}."


def _word_differences(old: Globals, new: Globals) -> list[str]:
    """Words are not pinned: they change for everybody at once."""
    told: list[str] = []
    for name in (*old.words, *(name for name in new.words if name not in old.words)):
        before, after = (set(one.words[name].words) if name in one.words else set() for one in (old, new))
        if before != after:
            told.append(_added(f"the words for {name}", frozenset(before), frozenset(after)))
    asked = {one.id for one in old.soft} ^ {one.id for one in new.soft}
    told += [
        f"the question in between {name!r} is {'gone' if name in old.soft_models else 'new'}." for name in sorted(asked)
    ]
    return ["Words that work everywhere change for everybody at once:", *(f"  {line}" for line in told)] if told else []


def _added(what: str, old: frozenset[str], new: frozenset[str]) -> str:
    parts = [f"no more {', '.join(sorted(old - new))}"] if old - new else []
    parts += [f"now also {', '.join(sorted(new - old))}"] if new - old else []
    return f"{what}: {'; '.join(parts)}."


def _short(text: Template | None) -> str:
    line = " ".join(text.source.split()) if text else ""
    return line if len(line) <= 60 else f"{line[:59]}…"


def _said(value: object) -> str:
    if value is None or value in ([], ""):
        return "nothing"
    return (
        ", ".join(map(str, value))
        if isinstance(value, list)
        else f"{value:g}"
        if isinstance(value, float)
        else str(value)
    )


def _time(seconds: int | None) -> str:
    if seconds is None:
        return "nothing"
    size, unit = next((size, unit) for size, unit in _UNITS if seconds % size == 0)
    return f"{seconds // size}{unit}"
