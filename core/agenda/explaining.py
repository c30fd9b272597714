"""Why a time is not offered: the rule that refuses it, and for each resource whether it is closed or taken.

Asks the very function that lists; what it answers is for the staff, in Spanish.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from core.agenda.calendars import Asking, Offer, load_needs
from core.agenda.openings import grid_of, groups_of, limits_of
from core.agenda.rules import Refusal
from core.agenda.starts import Calendar, Need, givers, starts
from core.agenda.wall import local_day

DAY = 86_400
Rule = Refusal | Literal["not_given", "closed", "busy", "patient", "grid"]


@dataclass(frozen=True, slots=True)
class Reason:
    """`message` says what stands in the way and what to do; `resource`: whose calendar it is, if it is one's."""

    rule: Rule
    message: str
    resource: int | None = None


async def why_not(session: AsyncSession, offer: Offer, asking: Asking, start: int) -> list[Reason]:
    """What refuses a start (seconds since the epoch) to a patient; nothing when it is offered."""
    found: list[Reason] = []
    limits = await limits_of(session, offer, asking, start, start + 1)
    if refusal := limits.refusal(start):
        found.append(Reason(refusal, _of_rule(offer, refusal)))
    groups = list(groups_of(offer, asking))
    if not groups:
        who = "ese profesional" if asking.professionals else "nadie"
        return [
            *found,
            Reason(
                "not_given",
                f"professional: {who} da «{offer.service.name}» en {offer.location.name}: "
                "elige otro, o agrégalo al servicio.",
            ),
        ]
    free, on_grid, blocked = False, False, list[Reason]()
    shut: Shut = {}
    for group in groups:
        needs = await load_needs(session, offer, group, start - DAY, start + DAY)
        if givers(needs, start):
            free = True
            on_grid = on_grid or start in starts(needs, grid_of(offer), start, start + 1)
        else:
            shut = await _shut(session, offer, start) if not blocked else shut
            blocked += _missing(offer, needs, start, shut)
    if not free:
        return [*found, *dict.fromkeys(blocked)]
    if not on_grid:
        step = offer.service.step
        found.append(
            Reason("grid", f"start: los turnos empiezan cada {step} minutos; a esa hora agenda solo el equipo.")
        )
    return found


def _of_rule(offer: Offer, refusal: Refusal) -> str:
    service = offer.service
    return {
        "past": "start: ese horario ya pasó: elige uno por venir.",
        "notice": f"start: se agenda con {service.notice_minutes} minutos de anticipación; antes, solo el equipo.",
        "horizon": f"start: se agenda hasta {service.horizon_days} días por delante; más lejos, solo el equipo.",
        "daily_limit": f"start: ese día ya tiene {service.daily_limit} citas de «{service.name}»: elige otro día.",
    }[refusal]


_CLOSURES = text("""
    SELECT resource_id, kind, reason FROM closure
    WHERE (resource_id = ANY(:resources) OR location_id = :location OR resource_id IS NULL AND location_id IS NULL)
      AND during @> to_timestamp(:start) ORDER BY lower(during)
""")
_HOLIDAY = text("""
    SELECT name FROM holiday WHERE organization_id = :organization AND day = :day
      AND (location_id IS NULL OR location_id = :location) ORDER BY location_id NULLS LAST LIMIT 1
""")
Shut = Mapping[int | None, str]
"""Resource (None: the whole place) → why it is closed at the time asked about."""


async def _shut(session: AsyncSession, offer: Offer, start: int) -> Shut:
    place = {"location": offer.location.id}
    rows = await session.execute(_CLOSURES, {**place, "resources": list(offer.resources), "start": start})
    found: dict[int | None, str] = {}
    for resource, kind, reason in rows:
        found.setdefault(resource, f"{KINDS[kind]}{f' ({reason})' if reason and kind != 'external' else ''}")
    asked = {**place, "organization": offer.service.organization_id, "day": local_day(start, offer.zone)}
    if holiday := await session.scalar(_HOLIDAY, asked):
        found.setdefault(None, f"es feriado ({holiday})")
    return found


KINDS = {"closure": "está cerrado", "time_off": "está de permiso", "external": "tiene algo en su otro calendario"}


def _missing(offer: Offer, needs: Sequence[Need], start: int, shut: Shut) -> list[Reason]:
    found = [reason for need in needs if not need.able(start) for reason in _blocking(offer, need, start, shut)]
    few = f"«{offer.service.name}» necesita varios a la vez (profesionales, salas o equipos) y no quedan tantos libres."
    return found or [Reason("busy", few)]


def _blocking(offer: Offer, need: Need, start: int, shut: Shut) -> Iterator[Reason]:
    begin, end = start + need.offset, start + need.offset + need.seconds
    if not need.any_of:
        yield Reason("not_given", f"«{offer.service.name}» necesita algo que no hay en {offer.location.name}.")
    for calendar in need.any_of:
        if calendar.resource not in offer.resources:
            yield Reason("patient", "patient: ya tiene otra cita a esa hora: muévela o elige otra hora.")
        elif not any(opens <= begin and end <= closes for opens, closes in calendar.open):
            why = shut.get(calendar.resource) or shut.get(None) or "está fuera de su horario"
            words = f"{calendar.id} no atiende a esa hora: {why}."
            yield Reason("closed", words, calendar.resource)
        else:
            yield Reason("busy", _taken(offer, calendar, begin, end), calendar.resource)


def _taken(offer: Offer, calendar: Calendar, begin: int, end: int) -> str:
    since, until = begin - calendar.before, end + calendar.after
    spans = [f"{_wall(offer, a)}–{_wall(offer, b)}" for a, b in calendar.busy if a < until and since < b]
    return f"{calendar.id} está ocupado de {', '.join(spans)}: elige otra hora, u otra persona o sala."


def _wall(offer: Offer, instant: int) -> str:
    return datetime.fromtimestamp(instant, offer.zone).strftime("%H:%M")


def said(reasons: Sequence[Reason]) -> str:
    """All of it in one text."""
    return " ".join(reason.message for reason in reasons)
