"""A small grammar: rules over marked words, tried at a place of the text, each part of the text read once.

A pattern is words apart by spaces: `MARK` one word with that mark, `A|B` either, `?` after it optional, `=` before it
hands the mark's value to the rule's function; `<name>` is what the rules called `name` make, always handed over
(`<name>?` as None when it is not there). `make` returning None refuses the match.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from bot.understanding.when.tokens import Token


@dataclass(frozen=True, slots=True)
class _Part:
    marks: tuple[str, ...]
    rule: str | None
    optional: bool
    captured: bool


@dataclass(frozen=True, slots=True)
class _Rule:
    name: str
    parts: tuple[_Part, ...]
    make: Callable[..., Any]


def _part(written: str) -> _Part:
    optional = written.endswith("?")
    body = written.removesuffix("?")
    if body.startswith("<"):
        return _Part((), body[1:-1], optional, True)
    return _Part(tuple(body.removeprefix("=").split("|")), None, optional, body.startswith("="))


class Grammar:
    """The rules, in order of preference where two read the same words. Built once; `Parse` holds one text's work."""

    def __init__(self) -> None:
        self.rules: dict[str, list[_Rule]] = {}
        self._firsts: dict[str, frozenset[str]] = {}
        self._rule_firsts: dict[int, frozenset[str]] = {}

    def rule(self, name: str, make: Callable[..., Any], *patterns: str) -> None:
        for pattern in patterns:
            parts = tuple(_part(written) for written in pattern.split())
            self.rules.setdefault(name, []).append(_Rule(name, parts, make))

    def firsts(self, name: str) -> frozenset[str]:
        """The marks a text read by the rules called `name` can begin with."""
        if name not in self._firsts:
            self._firsts[name] = frozenset().union(*(self.rule_firsts(rule) for rule in self.rules[name]))
        return self._firsts[name]

    def rule_firsts(self, rule: _Rule) -> frozenset[str]:
        found = self._rule_firsts.get(id(rule))
        if found is None:
            marks: set[str] = set()
            for part in rule.parts:
                marks |= self.firsts(part.rule) if part.rule else set(part.marks)
                if not part.optional:
                    break
            found = self._rule_firsts[id(rule)] = frozenset(marks)
        return found


class Parse:
    """One text being read."""

    def __init__(self, grammar: Grammar, words: list[Token]) -> None:
        self._grammar = grammar
        self._words = words
        self._read: dict[tuple[str, int], list[tuple[int, Any]]] = {}

    def at(self, name: str, place: int) -> list[tuple[int, Any]]:
        """(end, value) of every way to read `name` from `place`; one per end, longest first."""
        known = self._read.get((name, place))
        if known is not None:
            return known
        self._read[name, place] = []  # a rule that begins with itself finds nothing
        if place >= len(self._words):
            return []
        marks = self._words[place].marks.keys()
        by_end: dict[int, Any] = {}
        if not self._grammar.firsts(name).isdisjoint(marks):
            for rule in self._grammar.rules[name]:
                if self._grammar.rule_firsts(rule).isdisjoint(marks):
                    continue
                for end, captured in self._match(rule.parts, 0, place):
                    if end not in by_end and (value := rule.make(*captured)) is not None:
                        by_end[end] = value
        found = sorted(by_end.items(), key=lambda item: -item[0])
        self._read[name, place] = found
        return found

    def _match(self, parts: tuple[_Part, ...], index: int, place: int) -> Iterator[tuple[int, tuple[Any, ...]]]:
        if index == len(parts):
            yield place, ()
            return
        part = parts[index]
        if part.rule:
            for end, value in self.at(part.rule, place):
                for last, captured in self._match(parts, index + 1, end):
                    yield last, (value, *captured)
        elif place < len(self._words):
            marks = self._words[place].marks
            for mark in part.marks:
                if mark in marks:
                    for last, captured in self._match(parts, index + 1, place + 1):
                        yield last, (marks[mark], *captured) if part.captured else captured
                    break
        if part.optional:
            for last, captured in self._match(parts, index + 1, place):
                yield last, (None, *captured) if part.captured else captured
