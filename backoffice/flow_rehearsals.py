"""A pack's example conversations played with an edited flow: which of them would go otherwise, and how."""

import re
from collections import OrderedDict
from dataclasses import dataclass, replace
from pathlib import Path

from backoffice.draw import draw
from bot.language.library import Library
from bot.tooling.transcripts import TranscriptResult, run_transcripts

_KEPT = 8
_BASES: OrderedDict[tuple[str, ...], dict[tuple[str, str], TranscriptResult]] = OrderedDict()
"""What each library makes of the examples, the latest few: which flows they pass through, where they fail already."""
_SAID = re.compile(r"the bot said: (.*); expected: (.*)\Z", re.DOTALL)
_MORE = re.compile(r"the bot also said: (.*)\Z", re.DOTALL)
_LESS = re.compile(r"the bot said nothing more; expected: (.*)\Z", re.DOTALL)
_OFFERED = re.compile(r"offered (.*), not (.*)\Z", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Otherwise:
    """What was said, and what would be, in this line (from 1) of an example, the first of so many `times`."""

    example: str
    line: int
    before: str
    now: str
    times: int = 1


def otherwise(folder: Path, base: Library, changed: Library, flow: str, most: int) -> tuple[list[Otherwise], int]:
    """What would go otherwise first in each example, told once each, the most frequent `most`; and how many."""
    results = _base(folder, base)
    touched = sorted({file for (file, _), one in results.items() if any(way[0] == flow for way in one.passed_through)})
    found: dict[tuple[str, str], Otherwise] = {}
    counted: set[tuple[str, str, str]] = set()
    for result in run_transcripts([Path(file) for file in touched], changed, draw).results:
        known = results.get((result.file, result.channel))
        already = {(one.line, one.message) for one in known.failures} if known else set()
        new = [one for one in result.failures if (one.line, one.message) not in already]
        if not new:
            continue
        before, now = _told(new[0].message)
        one = found.setdefault((before, now), Otherwise(Path(result.file).stem, new[0].line, before, now, 0))
        if (result.file, before, now) not in counted:
            counted.add((result.file, before, now))
            found[before, now] = replace(one, times=one.times + 1)
    told = sorted(found.values(), key=lambda one: -one.times)
    return told[:most], len(told)


def _base(folder: Path, base: Library) -> dict[tuple[str, str], TranscriptResult]:
    key = (str(folder), *sorted(flow.revision for flow in base.flows.values()))
    if key not in _BASES:
        _BASES[key] = {(one.file, one.channel): one for one in run_transcripts([folder], base, draw).results}
        while len(_BASES) > _KEPT:
            _BASES.popitem(last=False)
    return _BASES[key]


def _told(message: str) -> tuple[str, str]:
    """(before, now) of what the transcripts' runner says."""
    if match := _SAID.match(message):
        return match[2], match[1]
    if match := _OFFERED.match(message):
        return match[2], match[1]
    if match := _MORE.match(message):
        return "", match[1]
    if match := _LESS.match(message):
        return match[1], ""
    return "", message
