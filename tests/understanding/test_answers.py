"""How well answers are read, family by family, over sets of texts as people type them.

Each line of `<kind>.jsonl` is a text, what it means (null: it must be asked again) and its family. Wrong twice over is
a text read as something it is not: those are counted apart, and for yes or no there may be none at all.
"""

import json
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from statistics import median
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.understanding.age import understand_age
from bot.understanding.birth_date import understand_birth_date
from bot.understanding.choice import make_choices, understand_choice
from bot.understanding.email import understand_email
from bot.understanding.money import CURRENCIES, understand_money
from bot.understanding.name import understand_name
from bot.understanding.number import understand_number
from bot.understanding.phone import understand_phone
from bot.understanding.several_choices import understand_choices
from bot.understanding.understood import Reading, Unclear, Understood
from bot.understanding.yes_no import understand_yes_no

TODAY = date(2026, 3, 11)
SERVICES = make_choices(
    [
        ("botox", ["Botox", "toxina", "arrugas", "wrinkles"]),
        ("relleno", ["Ácido hialurónico", "labios", "ojeras"]),
        ("laser", ["Depilación láser", "depilar", "vello", "depilação"]),
        ("facial", ["Limpieza facial", "limpieza", "acné", "limpeza de pele"]),
        ("otro", ["Otra cosa"]),
    ]
)
DAYPARTS = make_choices([("m", ["Mañana"]), ("t", ["Tarde"]), ("n", ["Noche"])])

Row = dict[str, Any]
SETS: dict[str, list[Row]] = {
    file.stem: [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    for file in sorted(Path(__file__).parent.glob("*.jsonl"))
    if not file.stem.startswith("when")
}


def read_choice(row: Row) -> Reading:
    if row["question"] == "many":
        return understand_choices(row["text"], SERVICES)
    return understand_choice(row["text"], SERVICES if row["question"] == "services" else DAYPARTS)


def read_age(row: Row) -> Reading:
    read = understand_birth_date if row.get("kind") == "birth_date" else understand_age
    return read(row["text"], today=TODAY)


READ: dict[str, Callable[[Row], Reading]] = {
    "age": read_age,
    "choice": read_choice,
    "email": lambda row: understand_email(row["text"]),
    "money": lambda row: understand_money(row["text"], currency=CURRENCIES[row["country"]], country=row["country"]),
    "name": lambda row: understand_name(row["text"]),
    "number": lambda row: understand_number(row["text"]),
    "phone": lambda row: understand_phone(row["text"], region=row["region"], own=row.get("own")),
    "yes_no": lambda row: understand_yes_no(row["text"]),
}
FLOORS = dict.fromkeys(READ, 0.97)
SILENT = {"age": 0, "choice": 0, "email": 0, "money": 0, "name": 0, "number": 0, "phone": 0, "yes_no": 0}
"""Texts of each set that may be read as something they are not."""


def meant(kind: str, row: Row) -> Any:
    if kind == "yes_no":
        return {"yes": True, "no": False}.get(row["expect"])
    return row["expect"]


def is_right(kind: str, row: Row, reading: Reading) -> bool:
    if isinstance(reading, Understood):
        return bool(reading.value == meant(kind, row))
    if kind == "yes_no":
        return row["expect"] == ("none" if reading.reason == "nothing" else "unclear")
    if "suggest" in row:
        offered = list(reading.alternatives)
        return offered == row["suggest"] if isinstance(row["suggest"], list) else offered[:1] == [row["suggest"]]
    return row["expect"] is None


def test_every_set_is_read_here() -> None:
    assert set(SETS) == set(READ)
    assert all(len(rows) >= (150 if kind in ("yes_no", "number") else 80) for kind, rows in SETS.items())


@pytest.mark.parametrize("kind", sorted(READ))
def test_answers_are_read_right_or_asked_again(kind: str) -> None:
    families: dict[str, list[bool]] = {}
    silent: list[str] = []
    wrong: list[str] = []
    for row in SETS[kind]:
        reading = READ[kind](row)
        right = is_right(kind, row, reading)
        families.setdefault(row["family"], []).append(right)
        if not right:
            wrong.append(f"{row['text']!r}: {reading}")
            if isinstance(reading, Understood):
                silent.append(f"{row['text']!r} was read as {reading.value!r}")
    for family, results in families.items():
        print(f"{kind:8} {family:22} {sum(results):4}/{len(results)}")
    share = 1 - len(wrong) / len(SETS[kind])
    print(f"{kind:8} {'all':22} {share:.1%}, {len(silent)} silently wrong\n  " + "\n  ".join(wrong))
    assert len(silent) <= SILENT[kind], silent
    assert share >= FLOORS[kind], wrong


def test_what_is_unclear_is_never_a_yes_nor_a_no() -> None:
    unclear = [row for row in SETS["yes_no"] if row["expect"] in ("unclear", "none")]
    for around in ("{}", "{}!!", "hola, {}", "{} 🙏", "{} gracias"):
        for row in unclear:
            text = around.format(row["text"])
            assert isinstance(understand_yes_no(text), Unclear), text


def test_a_no_is_never_a_yes_whatever_stands_around_it() -> None:
    for row in SETS["yes_no"]:
        if row["expect"] not in ("yes", "no"):
            continue
        for around in ("{}, gracias", "{} por favor", "jaja {}", "Hola. {}"):
            reading = understand_yes_no(around.format(row["text"]))
            assert isinstance(reading, Unclear) or reading.value == (row["expect"] == "yes"), around.format(row["text"])


def test_reading_takes_no_time() -> None:
    for kind, rows in SETS.items():
        spent = []
        for row in rows:
            start = time.perf_counter()
            READ[kind](row)
            spent.append(time.perf_counter() - start)
        assert median(spent) < 0.002, kind


WORDS = sorted({word for rows in SETS.values() for row in rows for word in row["text"].split()})
ANY = st.one_of(st.text(max_size=300), st.lists(st.sampled_from(WORDS), max_size=25).map(" ".join))


@given(ANY)
def test_nothing_anybody_writes_breaks_the_reading_of_it(text: str) -> None:
    for reading in (
        understand_age(text, today=TODAY), understand_birth_date(text, today=TODAY), understand_choice(text, SERVICES),
        understand_choices(text, SERVICES), understand_email(text), understand_money(text, currency="ARS"),
        understand_name(text), understand_number(text), understand_phone(text, region="AR", own="549112345"),
        understand_yes_no(text),
    ):  # fmt: skip
        assert isinstance(reading, Understood | Unclear)


@given(ANY)
def test_a_birth_date_is_never_in_the_future_and_an_age_never_negative(text: str) -> None:
    born, age = understand_birth_date(text, today=TODAY), understand_age(text, today=TODAY)
    assert not isinstance(born, Understood) or date.fromisoformat(born.value) <= TODAY
    assert not isinstance(age, Understood) or 0 <= age.value <= 120


@pytest.mark.parametrize(
    "text", ["9" * 5000, "a" * 5000, "si " * 3000, "1,2," * 2000, "@" * 5000, "mil " * 2000, "y " * 3000]
)
def test_a_very_long_text_is_read_in_no_time(text: str) -> None:
    start = time.perf_counter()
    for kind in READ:
        READ[kind]({"text": text, "question": "many", "country": "AR", "region": "AR"})
    assert time.perf_counter() - start < 0.5
