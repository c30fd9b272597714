"""What each step reads and writes, with its place in the file."""

from collections.abc import Iterator

from bot.action_specs import SPECS
from bot.carriers import carriers_of
from bot.language.compiled import Act, Assign, Branch, Call, End, Flow, Handover, Question, Say, Step, Value
from bot.language.edges import nudge_path
from bot.language.library import Library
from bot.language.source import Path
from bot.language.template import Hole, Template
from bot.lint.conditions import cases_of


def writes(step: Step) -> Iterator[tuple[Path, str]]:
    """Variables a step names as variables: those it gives a value, those it sums up for the staff."""
    at: Path = ("steps", step.id)
    if isinstance(step, (Question, Act)) and step.into:
        yield (*at, "into"), step.into
    if isinstance(step, Question) and step.elsewhere:
        yield (*at, "elsewhere", "into"), step.elsewhere.into
    if isinstance(step, Assign):
        yield from (((*at, "set", name), name) for name, _ in step.values)
    if isinstance(step, Handover):
        yield from (((*at, "summary", index), name) for index, name in enumerate(step.summary))


def reads(flow: Flow, step: Step) -> Iterator[tuple[Path, str]]:
    """Every path a step reads; fields of a list's rows are left out."""
    for path, text in dict.fromkeys((*texts(flow, step), *_values(step))):
        yield from ((path, hole.path) for hole in text.holes)
    if isinstance(step, Branch):
        yield from ((path, name) for path, name, _ in cases_of(step))
    if isinstance(step, Question) and step.rows is not None:
        yield ("steps", step.id, "options_from", "list"), step.rows.list


def texts(flow: Flow, step: Step) -> Iterator[tuple[Path, Template]]:
    """The texts that break when a value is missing."""
    at: Path = ("steps", step.id)
    if isinstance(step, (Say, End, Handover)):
        yield from (((*at, "say", index), text) for index, text in enumerate(step.texts))
    if isinstance(step, Say) and step.pin is not None:
        for name in ("latitude", "longitude", "name", "address"):
            part = getattr(step.pin, name)
            if part is not None:
                yield (*at, "location", name), part
    if isinstance(step, Handover) and step.waiting is not None:
        yield (*at, "resume", "waiting"), step.waiting
    if isinstance(step, Question):
        yield from _question_texts(flow, step, at)
    yield from (((*path, "text"), carrier.text) for _, carrier, path in carriers_of(flow, step))
    # a value that is one hole may be empty; one with words around it may not
    yield from ((path, text) for path, text in _values(step) if len(text.parts) > 1)


def _question_texts(flow: Flow, step: Question, at: Path) -> Iterator[tuple[Path, Template]]:
    yield (*at, "choose" if step.kind == "choice" else "ask"), step.text
    if step.again is not None:
        yield (*at, "again"), step.again
    yield from (((*at, "retry", index), text) for index, text in enumerate(step.retry))
    yield from ((nudge_path(flow, step, due.after), due.nudge) for due in step.dues if due.nudge is not None)
    for option in step.options:
        yield (*at, "options", option.id, "label"), option.label
        if option.description is not None:
            yield (*at, "options", option.id, "description"), option.description


def row_texts(step: Question) -> Iterator[tuple[Path, Template]]:
    """The texts read in each row of a list."""
    if step.rows is not None:
        yield ("steps", step.id, "options_from", "label"), step.rows.label
        if step.rows.short is not None:
            yield ("steps", step.id, "options_from", "short"), step.rows.short
        if step.rows.description is not None:
            yield ("steps", step.id, "options_from", "description"), step.rows.description


def _values(step: Step) -> Iterator[tuple[Path, Template]]:
    if isinstance(step, (Act, Call)):
        yield from _inside(step.arguments, ("steps", step.id, "with"))
    elif isinstance(step, Assign):
        yield from _inside(step.values, ("steps", step.id, "set"))
    elif isinstance(step, Say) and step.file is not None:
        yield ("steps", step.id, "file"), step.file


def _inside(values: tuple[tuple[str, Value], ...], at: Path) -> Iterator[tuple[Path, Template]]:
    for name, value in values:
        yield from _inside_one(value, (*at, name))


def _inside_one(value: Value, at: Path) -> Iterator[tuple[Path, Template]]:
    if value.template is not None:
        yield at, value.template
    if value.fields is not None:
        yield from _inside(value.fields, at)
    for index, item in enumerate(value.items or ()):
        yield from _inside_one(item, (*at, index))


def needed_values(step: Step, library: Library) -> Iterator[tuple[Path, str, Hole]]:
    """(place, argument, hole) of the arguments that must have a value and are one variable."""
    needed: frozenset[str] = frozenset()
    if isinstance(step, Call) and step.flow in library.flows:
        needed = library.flows[step.flow].required
    elif isinstance(step, Act) and step.action in SPECS:
        fields = SPECS[step.action].args.model_fields
        needed = frozenset(name for name, field in fields.items() if field.is_required())
    if needed and isinstance(step, (Call, Act)):
        for name, value in step.arguments:
            if name in needed and (hole := one_hole(value.template)) is not None:
                yield ("steps", step.id, "with", name), name, hole


def one_hole(template: Template | None) -> Hole | None:
    """The hole of a text that is nothing but one: it may be empty without breaking anything."""
    if template is not None and len(template.parts) == 1 and isinstance(template.parts[0], Hole):
        return template.parts[0]
    return None
