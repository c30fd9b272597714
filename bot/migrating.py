"""Conversations of an older revision of a flow, moved to the newest where that one says `migrate`. Pure.

A conversation moves as a whole or not at all, and only where nothing can break by it: each of its steps is there,
under its name or the one `migrate` gives, with the same kind (a question, where the old revision is lost), its callers
answer every outcome, and every variable that the new flow counts on at that step has a value. Who cannot move finishes
on the revision they began with.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import pairwise
from typing import Any

from bot.language.compiled import Call, End, Flow, Handover, Question, Step
from bot.language.library import Library
from bot.language.template import dig
from bot.lint.flowing import known_before
from bot.state import Answered, Frame, State, Wait, base36


def migrated(library: Library, state: State) -> tuple[State, bool]:
    """The state on the newest revisions, and whether its open question must be put again; the same object if unmoved.

    A question with the same name, kind and options keeps its token, so that its buttons go on meaning it. Any other
    gets a new one: what was tapped or typed was meant for the old question.
    """
    flows = [_newer(library, frame) for frame in state.stack]
    if state.handed or not any(flows) or _acting(state):
        return state, False
    seq, again = state.seq, False
    memory, frames = dict(state.memory), list[Frame]()
    for frame, flow in zip(state.stack, flows, strict=True):
        if flow is None:
            frames.append(frame)
            continue
        old = library.revision(frame.revision)
        step = flow.steps.get(new_name(flow, frame.step))
        if step is None or not (same_kind(old.steps[frame.step], step) if old else isinstance(step, Question)):
            return state, False
        wait = frame.wait
        if wait is not None and not (old and same_question(old.steps[frame.step], step)):
            seq += 1
            wait = Wait(base36(seq), armed=wait.armed, since=wait.since)
            again = True
        values = _values(old.remembered if old else frozenset(), flow, frame, memory)
        if not _has_all(flow, step, values, memory):
            return state, False
        frames.append(
            replace(
                frame, revision=flow.revision, step=step.id, vars=values, wait=wait and replace(wait, due=0), kept={}
            )
        )
    if not _outcomes_fit(library, frames):
        return state, False
    trail, seq = _trail(library, state, frames, seq)
    top = frames[-1].wait
    again = again and top is not None and state.stack[-1].wait is not None and top.token != state.stack[-1].wait.token
    return replace(state, stack=tuple(frames), trail=trail, memory=memory, seq=seq), again


def _newer(library: Library, frame: Frame) -> Flow | None:
    """The flow a frame is to move to."""
    current = library.current(frame.flow)
    if current is None or current.migrate is None or current.revision == frame.revision:
        return None
    return current


def _acting(state: State) -> bool:
    """Whether an action's result is awaited: it comes back to the step that asked for it."""
    return any(frame.wait is not None and frame.wait.action for frame in state.stack)


def new_name(flow: Flow, step: str) -> str:
    """What a step of an older revision is called now."""
    return (flow.migrate or {}).get(step, step)


def same_kind(old: Step, new: Step) -> bool:
    """Whether somebody who waits at the one can wait at the other."""
    if isinstance(old, Question) and isinstance(new, Question):
        return old.kind == new.kind and old.multi == new.multi
    if isinstance(old, Call) and isinstance(new, Call):
        return old.flow == new.flow
    return isinstance(old, Handover) and isinstance(new, Handover)


def same_question(old: Step, new: Step) -> bool:
    """Whether an answer meant for the one can be taken as one to the other: the same name, kind and options."""
    if not isinstance(old, Question) or not isinstance(new, Question):
        return True
    return old.id == new.id and same_kind(old, new) and _options(old) == _options(new)


def _options(question: Question) -> Any:
    scale = question.answer if question.kind == "scale" else None
    bounds = (scale.min, scale.max, tuple(scale.labels)) if scale else ()
    return tuple(option.id for option in question.options), question.rows and question.rows.model, bounds


def _values(shared: frozenset[str], new: Flow, frame: Frame, memory: dict[str, Any]) -> dict[str, Any]:
    """A frame's variables in the new flow: one no longer declared is left, one whose scope changed is carried over.

    `shared` are those that were of scope contact.
    """
    values = {name: value for name, value in frame.vars.items() if name in new.vars}
    for name in new.remembered & values.keys():
        memory[name] = values.pop(name)
    for name in (shared - new.remembered) & new.vars.keys() & memory.keys():
        values[name] = memory[name]
    return values


def _has_all(flow: Flow, step: Step, values: Mapping[str, Any], memory: Mapping[str, Any]) -> bool:
    """Whether every variable (and field) that the flow counts on at this step has a value."""
    known = {**{name: memory[name] for name in flow.remembered & memory.keys()}, **values}
    return all(dig(known, path.split(".")) is not None for path in known_before(flow).get(step.id, ()))


def _outcomes_fit(library: Library, frames: list[Frame]) -> bool:
    """Whether each flow that waits for a call answers all that the flow above it may end with."""
    for below, above in pairwise(frames):
        caller, called = library.revision(below.revision), library.revision(above.revision)
        step = caller.steps.get(below.step) if caller else None
        if isinstance(step, Call) and called is not None and not outcomes_of(called) <= step.outcomes.keys():
            return False
    return True


def outcomes_of(flow: Flow) -> set[str]:
    """What a flow may end with."""
    return {step.outcome for step in flow.steps.values() if isinstance(step, End)}


def _trail(library: Library, state: State, frames: list[Frame], seq: int) -> tuple[tuple[Answered, ...], int]:
    """The answers as the new flows know them. Of one whose question is gone the answer before takes the undoing."""
    trail: list[Answered] = []
    for answer in state.trail:
        before, frame = state.stack[answer.depth], frames[answer.depth]
        old, new = library.revision(before.revision), library.revision(frame.revision)
        if new is None or old is new:
            trail.append(answer)
            continue
        step = new.steps.get(new_name(new, answer.step))
        asked = old.steps.get(answer.step) if old else None
        if step is None or asked is None or not same_kind(asked, step):
            if trail:
                trail[-1] = replace(trail[-1], undo={**answer.undo, **trail[-1].undo})
            continue
        token = answer.token
        if not same_question(asked, step):
            seq += 1
            token = base36(seq)
        trail.append(replace(answer, step=step.id, token=token))
    return _undoable(trail, frames, library), seq


def _undoable(trail: Iterable[Answered], frames: list[Frame], library: Library) -> tuple[Answered, ...]:
    """The answers without what they would put back into variables that are no longer there, or live elsewhere."""

    def stays(key: str) -> bool:
        if key.startswith("@"):
            return True
        depth, _, name = key.partition(".")
        flow = library.revision(frames[int(depth)].revision) if int(depth) < len(frames) else None
        return flow is None or (name in flow.vars and name not in flow.remembered)

    return tuple(replace(answer, undo={key: old for key, old in answer.undo.items() if stays(key)}) for answer in trail)
