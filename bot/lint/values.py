"""What a variable can hold, as far as its flow says: who gives it a value, its fields, the values it can be."""

import types
from collections.abc import Iterator
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel

from bot.action_specs import SPECS
from bot.language.compiled import Act, Assign, Flow, Question, Value

Writer = Question | Act | Value
Sure = Literal["yes", "maybe", "no"]
MEDIA = ("type", "attachment", "provider_ref", "filename", "caption")
FIELDS = {"money": ("amount", "currency"), "when": ("kind", "start", "end", "hours", "text"), "media": MEDIA}
"""The fields of answers that are more than one value, by kind."""
SURE = {"money": ("amount", "currency"), "when": ("kind", "start", "text"), "media": ("type",)}
"""Those that are always there."""
NUMBERS = frozenset({"number", "age", "scale"})


def writers_of(flow: Flow, path: str) -> list[Writer] | None:
    """What gives the variable its values; None when others do as well (a caller, another flow) or `path` is a field."""
    if path not in flow.vars or path in flow.params or path in flow.remembered:
        return None
    return written(flow, path)


def written(flow: Flow, name: str) -> list[Writer]:
    """The steps and values of this flow that give a variable its value."""
    found: list[Writer] = []
    for step in flow.steps.values():
        if isinstance(step, (Question, Act)) and step.into == name:
            found.append(step)
        elif isinstance(step, Assign):
            found += [value for key, value in step.values if key == name]
    return found


def kind_of(writer: Question | Act) -> str:
    """The type of variable that holds what a step gives."""
    return "ref" if isinstance(writer, Act) else "list" if writer.multi else writer.kind


def is_number(flow: Flow, name: str) -> bool:
    writers = writers_of(flow, name)
    return bool(writers) and all(isinstance(one, Question) and one.kind in NUMBERS for one in writers or ())


def values_of(flow: Flow, name: str) -> frozenset[Any] | None:
    """Every value a variable can have; None when that is not known. Of a `multi` question, those it can contain."""
    if name in flow.params and flow.vars[name].type == "yes_no":
        return frozenset({True, False})
    writers = writers_of(flow, name)
    if not writers:
        return None
    found: set[Any] = set()
    for writer in writers:
        if isinstance(writer, Question) and writer.kind == "yes_no":
            found |= {True, False}
        elif isinstance(writer, Question) and writer.kind == "choice" and writer.rows is None:
            found |= {option.id for option in writer.options}
        elif isinstance(writer, Value) and isinstance(writer.source, (str, bool)) and not _holes(writer):
            found.add(writer.source)
        else:
            return None
    return frozenset(found)


def _holes(value: Value) -> bool:
    return value.template is not None and bool(value.template.holes)


def models_of(writer: Act) -> list[type[BaseModel]]:
    """What an action may leave in its variable."""
    spec = SPECS.get(writer.action)
    return list(spec.outcomes.values()) if spec else []


def fields_of(writer: Writer) -> Iterator[tuple[str, Any]]:
    """(name, type) of the fields of what a writer gives; nothing when it has none."""
    if isinstance(writer, Act):
        for model in models_of(writer):
            yield from ((name, field.annotation) for name, field in model.model_fields.items())
    elif isinstance(writer, Question) and not writer.multi:
        takes_files = bool(writer.answer and writer.answer.media)
        yield from ((name, Any) for name in (MEDIA if takes_files else FIELDS.get(writer.kind, ())))
    elif isinstance(writer, Value) and writer.fields is not None:
        yield from ((name, Any) for name, _ in writer.fields)


def opaque(writer: Writer) -> bool:
    """Whether anything may be in what this writer gives: the value of another variable, an action not known."""
    if isinstance(writer, Act):
        return writer.action not in SPECS
    return isinstance(writer, Value) and (_holes(writer) or writer.items is not None)


def has(kind: Any, fields: list[str]) -> Sure:
    """Whether a value of this type has these fields, one inside the other."""
    kind, sure = _present(kind)
    if not fields:
        return sure
    inner: Sure = "no"
    if kind is Any or get_origin(kind) is dict or kind is dict:
        inner = "maybe"
    elif get_origin(kind) is list and fields[0].isdigit():
        inner = "no" if has(get_args(kind)[0], fields[1:]) == "no" else "maybe"
    elif isinstance(kind, type) and issubclass(kind, BaseModel) and fields[0] in kind.model_fields:
        inner = has(kind.model_fields[fields[0]].annotation, fields[1:])
    return "maybe" if inner == "yes" and sure == "maybe" else inner


def _present(kind: Any) -> tuple[Any, Sure]:
    """A type without its None, and whether it is sure to be there."""
    if get_origin(kind) in (Union, types.UnionType):
        rest = [one for one in get_args(kind) if one is not type(None)]
        return (rest[0] if len(rest) == 1 else Any), "maybe" if len(rest) < len(get_args(kind)) else "yes"
    return kind, "yes"


def at(kind: Any, fields: list[str]) -> Any:
    """The type at these fields of a type that has them; Any when it is not known."""
    kind, _ = _present(kind)
    if not fields:
        return kind
    if get_origin(kind) is list:
        return at(get_args(kind)[0], fields[1:])
    if isinstance(kind, type) and issubclass(kind, BaseModel) and fields[0] in kind.model_fields:
        return at(kind.model_fields[fields[0]].annotation, fields[1:])
    return Any


def sure_paths(name: str, writer: Writer, outcome: str) -> frozenset[str]:
    """The paths into a variable that are there once `writer` has given it its value (an action: by this outcome)."""
    if isinstance(writer, Act):
        spec = SPECS.get(writer.action)
        model = spec.outcomes.get(outcome) if spec else None
        return frozenset({name, *(_sure_inside(name, model) if model else ())})
    if isinstance(writer, Question):
        return frozenset({name, *(f"{name}.{field}" for field in SURE.get(writer.kind, ()))})
    literal = [field for field, value in writer.fields or () if value.source is not None and not _holes(value)]
    return frozenset({name, *(f"{name}.{field}" for field in literal)})


def _sure_inside(path: str, model: type[BaseModel]) -> Iterator[str]:
    for name, field in model.model_fields.items():
        kind, sure = _present(field.annotation)
        if sure == "yes" and field.is_required():
            yield f"{path}.{name}"
            if isinstance(kind, type) and issubclass(kind, BaseModel):
                yield from _sure_inside(f"{path}.{name}", kind)
