"""How well days and hours are read, family by family, over what people type when asked for them.

Each line of `when_*.jsonl` is a text, the moment and zone it was written in, what it most likely means and what else
may be meant by it. Right is the likeliest meaning, or, leniently, any of the accepted ones. Silently wrong is a reading
nobody meant that is neither said back as one of several nor asked about.
"""

import json
import time
from collections import defaultdict
from datetime import datetime
from pathlib import Path
from statistics import median
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.understanding.when import When, WhenContext, understand_when

Row = dict[str, Any]
SETS: dict[str, list[Row]] = {
    file.stem: [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    for file in sorted(Path(__file__).parent.glob("when_*.jsonl"))
}
FLOOR = 0.97
SILENT = 0.005
NOW = datetime(2026, 3, 11, 10, 20)


def read(row: Row) -> When:
    context = WhenContext(**row.get("context", {}))
    return understand_when(row["text"], datetime.fromisoformat(row["now"]), row["tz"], row.get("locale", ""), context)


def meanings(row: Row) -> list[Row]:
    return [row["expect"], *row["accept"]]


def is_right(row: Row, when: When) -> bool:
    return when.best.as_json() in meanings(row) if when else row["expect"] == {"kind": "none"}


def is_silent(row: Row, when: When) -> bool:
    if not when or is_right(row, when):
        return False
    known = any(one.as_json() in meanings(row) for one in when.choices)
    return not (known and (when.chosen or when.ambiguous))


def test_there_are_enough_texts_to_tell() -> None:
    assert sum(map(len, SETS.values())) >= 800


@pytest.mark.parametrize("name", sorted(SETS))
def test_days_and_hours_are_read_right_or_asked_about(name: str) -> None:
    families: dict[str, list[bool]] = defaultdict(list)
    wrong, silent = [], []
    for row in SETS[name]:
        when = read(row)
        right = is_right(row, when)
        families[row["family"]].append(right)
        if not right:
            wrong.append(f"{row['text']!r}: {when.best.as_json()}, not {row['expect']}")
        if is_silent(row, when):
            silent.append(wrong[-1])
    for family, results in families.items():
        print(f"{name:12} {family:22} {sum(results):4}/{len(results)}")
    rows = len(SETS[name])
    print(f"{name:12} {1 - len(wrong) / rows:.1%} right, {len(silent)} silently wrong\n  " + "\n  ".join(wrong))
    assert len(silent) <= SILENT * rows, silent
    assert len(wrong) <= (1 - FLOOR) * rows, wrong


def test_reading_takes_no_time() -> None:
    spent = []
    for row in (row for rows in SETS.values() for row in rows):
        start = time.perf_counter()
        read(row)
        spent.append(time.perf_counter() - start)
    print(f"when: {median(spent) * 1000:.2f} ms median, {max(spent) * 1000:.1f} ms at most")
    assert median(spent) < 0.002


WORDS = sorted({word for rows in SETS.values() for row in rows for word in row["text"].split()})


@given(st.one_of(st.text(max_size=300), st.lists(st.sampled_from(WORDS), max_size=25).map(" ".join)))
def test_nothing_anybody_writes_breaks_the_reading_of_it(text: str) -> None:
    when = understand_when(text, NOW, "America/Bogota")
    assert text[slice(*when.span)] == when.source
    assert bool(when) == (not when.reason)
