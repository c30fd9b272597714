"""What is wrong with schedules, dates and services somebody typed: raises Refused, naming the field and the reason."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from core.agenda.wall import minute_of
from core.errors import Refused
from core.organizations.hours import WEEKDAYS

STEPS = (5, 10, 15, 20, 30, 60)


def check_date(value: str, field: str) -> date:
    """A date of the calendar: 29 February only in a leap year."""
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise Refused("no_date", f"{field}: «{value}» no existe en el calendario. Ejemplo: 2026-11-19.") from None


def check_blocks(blocks: Sequence[Sequence[str]], field: str) -> None:
    """Blocks of one day: each ends after it begins, and none overlaps another."""
    last, before = -1, ""
    for place, block in enumerate(sorted(blocks, key=lambda one: one[0] if one else "")):
        where = f"{field}.{place}"
        if len(block) != 2:
            raise Refused("block", f"{where}: cada tramo es [desde, hasta], como [«09:00», «13:00»].")
        try:
            start, end = minute_of(block[0]), minute_of(block[1])
        except ValueError:
            raise Refused("block", f"{where}: escribe las horas como 09:00, hasta 24:00.") from None
        if end <= start:
            raise Refused("block_order", f"{where}: el tramo {block[0]}–{block[1]} termina antes de empezar.")
        if start < last:
            raise Refused("block_overlap", f"{where}: el tramo {block[0]}–{block[1]} se superpone con {before}.")
        last, before = end, f"{block[0]}–{block[1]}"


def check_weekly(weekly: Mapping[str, Sequence[Sequence[str]]], field: str = "weekly") -> None:
    for day, blocks in weekly.items():
        if day not in WEEKDAYS:
            raise Refused("weekday", f"{field}.{day}: los días son {', '.join(WEEKDAYS)}.")
        check_blocks(blocks, f"{field}.{day}")


def check_validity(since: date | None, until: date | None) -> None:
    if since is not None and until is not None and until <= since:
        raise Refused("validity", "valid_until: la vigencia termina antes de empezar.")


def check_overlap(
    weekly: Mapping[str, Sequence[Sequence[str]]], other: Mapping[str, Sequence[Sequence[str]]], place: str
) -> None:
    """Nobody works in two places at once: `other` is their week at `place`."""
    for day, blocks in weekly.items():
        for start, end in blocks:
            for begin, finish in other.get(day, ()):
                if minute_of(start) < minute_of(finish) and minute_of(begin) < minute_of(end):
                    raise Refused(
                        "schedule_overlap",
                        f"weekly.{day}: el tramo {start}–{end} se superpone con {begin}–{finish} en {place}.",
                    )


def check_service(service: Mapping[str, Any], longest_opening: int | None = None) -> None:
    """`longest_opening`: minutes of the longest stretch anybody who gives it is open."""
    if service.get("step", 15) not in STEPS:
        raise Refused("step", f"step: los turnos empiezan cada {', '.join(map(str, STEPS))} minutos.")
    minutes = service.get("minutes", 0)
    if not 1 <= minutes <= 720:
        raise Refused("minutes", "minutes: la duración va de 1 a 720 minutos.")
    for field in ("buffer_before", "buffer_after"):
        if not 0 <= service.get(field, 0) <= 240:
            raise Refused(field, f"{field}: el tiempo libre alrededor va de 0 a 240 minutos.")
    if longest_opening is not None and minutes > longest_opening:
        raise Refused(
            "too_long",
            f"minutes: dura {minutes} minutos y el horario más largo de quienes lo atienden es de {longest_opening}.",
        )


def longest_block(weeks: Sequence[Mapping[str, Sequence[Sequence[str]]]]) -> int:
    """Minutes of the longest stretch of these weeks; what touches counts as one."""
    longest = 0
    for weekly in weeks:
        for blocks in weekly.values():
            begin = end = -1
            for start, stop in sorted((minute_of(one[0]), minute_of(one[1])) for one in blocks):
                begin, end = (begin, stop) if start == end else (start, stop)
                longest = max(longest, end - begin)
    return longest
