"""A YAML text changed at some of its parts, with everything else as its author left it: comments, order, spaces.

What the text says afterwards is compared with what it should say; where a part cannot be changed in place, the whole
is written anew, which keeps the data and loses the comments.
"""

import copy
import json
from collections.abc import Mapping, Sequence
from typing import Any

import yaml

from bot.language.problem import FlowsBroken
from bot.language.source import Path, read_yaml

Splice = tuple[int, int, str]
Entry = tuple[yaml.Node, yaml.Node]


def rewritten(text: str, texts: Mapping[Path, str | None], orders: Mapping[Path, Sequence[str]]) -> str:
    """The text with these values at their paths (None takes the key out, a new key comes after the first of its
    mapping) and the keys of these mappings in this order. Raises FlowsBroken for what is no YAML.
    """
    data = read_yaml(text, "").data
    found = _applied(text, data, texts, _set)
    return _applied(found, read_yaml(found, "").data, orders, _order)


def _applied(text: str, data: Any, changes: Mapping[Path, Any], change: Any) -> str:
    if not changes:
        return text
    wanted = copy.deepcopy(data)
    for path, value in changes.items():
        change(wanted, path, value)
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    assert root is not None, "there are keys to change"
    splices: list[Splice] = []
    for path, value in changes.items():
        splices += _ordered(text, root, path, value) if change is _order else _put(text, root, path, value)
    found = text
    for start, end, put in sorted(splices, key=lambda one: one[:2], reverse=True):
        found = found[:start] + put + found[end:]
    try:
        if json.dumps(read_yaml(found, "").data) == json.dumps(wanted):
            return found
    except FlowsBroken:
        pass
    return str(yaml.safe_dump(wanted, allow_unicode=True, sort_keys=False, width=1000))


def _set(data: Any, path: Path, value: str | None) -> None:
    for part in path[:-1]:
        data = data[part]
    key: Any = path[-1]
    if value is None:
        data.pop(key, None)
    elif isinstance(data, list) or key in data:
        data[key] = value
    else:
        first, *rest = data.items()
        data.clear()
        data.update([first, (key, value), *rest])


def _order(data: Any, path: Path, keys: Sequence[str]) -> None:
    for part in path:
        data = data[part]
    assert sorted(data) == sorted(keys)
    entries = dict(data)
    data.clear()
    data.update((key, entries[key]) for key in keys)


def _node(root: yaml.Node, path: Path) -> yaml.Node | None:
    """The value at a path, or None."""
    node: yaml.Node | None = root
    for part in path:
        if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
        elif isinstance(node, yaml.MappingNode):
            node = next((value for key, value in node.value if key.value == str(part)), None)
        else:
            return None
    return node


def _end(text: str, node: yaml.Node) -> int:
    """Where a value ends, without the space after it."""
    start, end = int(node.start_mark.index), int(node.end_mark.index)
    return start + len(text[start:end].rstrip())


def _put(text: str, root: yaml.Node, path: Path, value: str | None) -> list[Splice]:
    node, around = _node(root, path), _node(root, path[:-1])
    if value is None:
        return _taken_out(text, around, str(path[-1])) if node is not None else []
    quoted = json.dumps(value, ensure_ascii=False)
    if node is not None:
        return [(int(node.start_mark.index), _end(text, node), quoted)]
    if not isinstance(around, yaml.MappingNode) or not around.value:
        return []
    key, first = around.value[0]
    gap = ", " if around.flow_style else "\n" + " " * key.start_mark.column
    at = _end(text, first)
    return [(at, at, f"{gap}{path[-1]}: {quoted}")]


def _taken_out(text: str, around: yaml.Node | None, key: str) -> list[Splice]:
    entries: list[Entry] = around.value if isinstance(around, yaml.MappingNode) else []
    place = next((index for index, (name, _) in enumerate(entries) if name.value == key), None)
    if place is None or len(entries) < 2:
        return []
    if place:
        return [(_end(text, entries[place - 1][1]), _end(text, entries[place][1]), "")]
    return [(int(entries[0][0].start_mark.index), int(entries[1][0].start_mark.index), "")]


def _ordered(text: str, root: yaml.Node, path: Path, keys: Sequence[str]) -> list[Splice]:
    """Each entry as it is written, put where another stood."""
    node = _node(root, path)
    entries: list[Entry] = node.value if isinstance(node, yaml.MappingNode) else []
    spans = {key.value: (int(key.start_mark.index), _end(text, value)) for key, value in entries}
    return [
        (start, end, text[slice(*spans[wanted])])
        for (start, end), wanted in zip(spans.values(), keys, strict=True)
        if spans[wanted] != (start, end)
    ]
