"""Flow files are YAML, read without its surprises.

A plain `on`, `no`, `yes` or `15:30` stays text; only `true`, `false`, `null`, integers and decimals are more than
text. A key given twice, an alias, a tag and a key that is not text are errors. Every key and value keeps its place.
"""

import re
from dataclasses import dataclass
from typing import Any

import yaml

from bot.language.problem import FlowsBroken, Problem

Path = tuple[str | int, ...]

_INTEGER = re.compile(r"-?(0|[1-9][0-9]*)\Z")
_DECIMAL = re.compile(r"-?(0|[1-9][0-9]*)\.[0-9]+\Z")
_WORDS: dict[str, Any] = {"true": True, "false": False, "null": None, "": None}
_DEPTH = 20


@dataclass(frozen=True, slots=True)
class Source:
    """A file's data and where each part of it stands: path → (line, column), from 1."""

    file: str
    data: Any
    places: dict[Path, tuple[int, int]]

    def problem(self, path: Path, code: str, message: str, fix: str) -> Problem:
        """A problem at `path`, or at the nearest part around it that has a place."""
        for length in range(len(path), -1, -1):
            if place := self.places.get(path[:length]):
                return Problem(self.file, *place, code, message, fix)
        return Problem(self.file, 0, 0, code, message, fix)


def read_yaml(text: str, file: str) -> Source:
    """The data of a YAML text; raises FlowsBroken with every problem found."""
    loader = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader
    try:
        _refuse_depth(text, file, loader)
        node = yaml.compose(text, Loader=loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        problem = Problem(
            file, line, column, "yaml", f"this is not YAML: {error.problem}", "Mend the indentation or quotes"
        )
        raise FlowsBroken([problem]) from error
    except yaml.YAMLError as error:
        raise FlowsBroken(
            [Problem(file, 1, 1, "yaml", f"this is not YAML: {error}", "Save it as UTF-8 text")]
        ) from error
    reader = _Reader(file)
    data = reader.value(node, ()) if node is not None else None
    if reader.problems:
        raise FlowsBroken(reader.problems)
    return Source(file, data, reader.places)


def _refuse_depth(text: str, file: str, loader: type) -> None:
    """What is nested without end would exhaust the stack of the composer."""
    depth = 0
    for event in yaml.parse(text, Loader=loader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > 2 * _DEPTH:
            mark = event.start_mark
            line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
            raise FlowsBroken([Problem(file, line, column, "depth", "this is nested too deeply", "Flatten it")])


class _Reader:
    def __init__(self, file: str) -> None:
        self.file = file
        self.places: dict[Path, tuple[int, int]] = {}
        self.problems: list[Problem] = []
        self.seen: set[int] = set()

    def wrong(self, node: yaml.Node, code: str, message: str, fix: str) -> None:
        mark = node.start_mark
        self.problems.append(Problem(self.file, mark.line + 1, mark.column + 1, code, message, fix))

    def value(self, node: yaml.Node, path: Path) -> Any:
        self.places.setdefault(path, (node.start_mark.line + 1, node.start_mark.column + 1))
        if id(node) in self.seen:
            self.wrong(node, "alias", "aliases (*name) are not allowed", "Write the value out")
            return None
        self.seen.add(id(node))
        if len(path) > _DEPTH:
            self.wrong(node, "depth", "this is nested too deeply", "Flatten it")
            return None
        if isinstance(node, yaml.MappingNode):
            return self.mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return [self.value(item, (*path, index)) for index, item in enumerate(node.value)]
        assert isinstance(node, yaml.ScalarNode)
        return self.scalar(node)

    def mapping(self, node: yaml.MappingNode, path: Path) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, item in node.value:
            if not isinstance(key, yaml.ScalarNode):
                self.wrong(key, "key", "a key must be text", "Use a plain word")
                continue
            name = str(key.value)
            if name in found:
                self.wrong(key, "duplicate", f"{name!r} is given twice", "Keep one of them")
                continue
            self.places[(*path, name)] = (key.start_mark.line + 1, key.start_mark.column + 1)
            found[name] = self.value(item, (*path, name))
        return found

    def scalar(self, node: yaml.ScalarNode) -> Any:
        text = str(node.value)
        if node.tag not in _PLAIN_TAGS:
            self.wrong(node, "tag", f"the tag {node.tag} is not allowed", "Remove it")
            return None
        if node.style:  # quoted or block text says it is text
            return text
        if text in _WORDS:
            return _WORDS[text]
        if _INTEGER.match(text):
            return int(text)
        return float(text) if _DECIMAL.match(text) else text


_PLAIN_TAGS = {
    f"tag:yaml.org,2002:{name}" for name in ("str", "int", "float", "bool", "null", "timestamp", "merge", "value")
}
