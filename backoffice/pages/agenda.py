"""The agenda: its days as lists and as a calendar, what waits for the staff beside it, one appointment in a panel."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any, get_args
from zoneinfo import ZoneInfo

from fastapi import Depends
from starlette.requests import Request
from starlette.responses import Response

from backoffice.api.access import Needs, Staff
from backoffice.api.agenda_patients import StandingView, read_the_patient
from backoffice.api.agenda_places import LocationView, ResourceView, list_locations, list_resources
from backoffice.api.agenda_reads import list_the_requests, list_the_unanswered
from backoffice.api.agenda_services import ServiceView, list_services
from backoffice.api.agenda_views import AppointmentView, shown, view_appointment
from backoffice.api.agenda_waitlist import EntryView, list_waitlist
from backoffice.api.contacts import ConsentIn, WholeContact, read_the_contact
from backoffice.pages.agenda_diary import Asked, asked_of, look_of, read_diary
from backoffice.pages.agenda_rights import Rights, rights_of
from backoffice.pages.render import Clockface, Page
from backoffice.pages.routes import page_router
from core.agenda.model import TO_COME
from core.agenda.reasons import CANCEL_REASONS
from core.agenda.visits import CONSENT_NAMES
from core.currencies import decimals
from core.organizations.permissions import allows

router = page_router()

Reads = Annotated[Staff, Depends(Needs("agenda.read"))]
SOON = 48
"""Hours ahead in which an appointment nobody confirmed is worth a call."""

NEAR = timedelta(hours=3)
"""How near a visit must be for its patient to be running late."""
TOLD_TO_STAFF = get_args(ConsentIn.model_fields["kind"].annotation)
"""Consents a person may give to the staff; the others are signed."""


@dataclass(frozen=True, slots=True)
class Clinic:
    """What every part of the page chooses among."""

    resources: list[ResourceView]
    places: list[LocationView]
    services: list[ServiceView]
    rights: Rights


async def _clinic(staff: Staff) -> Clinic:
    services = await list_services(staff)
    places, rights = await list_locations(staff), await rights_of(staff, services)
    if staff.sight.locations is not None:  # who works at some places alone sees no others
        seen = {staff.public("location", one) for one in staff.sight.locations}
        places = [one for one in places if one.id in seen]
    return Clinic(await list_resources(staff), places, services, rights)


def _asked(clinic: Clinic, request: Request) -> Asked:
    """The address, without filters by what does not exist."""
    asked = asked_of(request.query_params)
    known = {one.id for one in clinic.resources} | {one.id for one in clinic.places}
    for name in [name for name, value in asked.filters.items() if value not in known]:
        del asked.filters[name]
    return asked


@router.get("/agenda")
async def agenda(staff: Reads, request: Request) -> Response:
    """The whole page; `?appointment=` opens one."""
    page = Page(request, staff)
    clinic = await _clinic(staff)
    asked = _asked(clinic, request)
    opened = request.query_params.get("appointment")
    given = await _panel(page, clinic, opened) if opened else {"appointment": None}
    diary = await _diary(page, clinic, asked)
    side = await _side(page, asked, diary["diary"].zone)
    return page.html("agenda.html", clinic=clinic, asked=asked, **{**diary, **side, **given})


@router.get("/agenda/booking")
async def agenda_booking(staff: Annotated[Staff, Depends(Needs("agenda.write"))], request: Request) -> Response:
    """The form one books by, for pages that are not the agenda."""
    return Page(request, staff).html("agenda/booking.html", clinic=await _clinic(staff))


@router.get("/agenda/diary")
async def agenda_diary(staff: Reads, request: Request) -> Response:
    """The days the address asks for."""
    page, clinic = Page(request, staff), await _clinic(staff)
    return page.html("agenda/diary.html", clinic=clinic, **await _diary(page, clinic, _asked(clinic, request)))


@router.get("/agenda/side")
async def agenda_side(staff: Reads, request: Request) -> Response:
    """What waits for the staff: requests, confirmations, those for whom there was no time."""
    page, clinic = Page(request, staff), await _clinic(staff)
    asked = _asked(clinic, request)
    place = next((one for one in clinic.places if one.id == asked.filters.get("location")), None)
    zone = ZoneInfo(place.zone if place else staff.organization.zone)
    return page.html("agenda/side.html", clinic=clinic, **await _side(page, asked, zone))


@router.get("/agenda/appointments/{appointment_id}")
async def agenda_appointment(staff: Reads, request: Request, appointment_id: str) -> Response:
    """The panel of one appointment."""
    page, clinic = Page(request, staff), await _clinic(staff)
    return page.html("agenda/appointment.html", clinic=clinic, **await _panel(page, clinic, appointment_id))


async def _diary(page: Page, clinic: Clinic, asked: Asked) -> dict[str, Any]:
    diary = await read_diary(page.staff, asked, clinic.resources, clinic.places)
    today = page.staff.now.astimezone(diary.zone).date()
    return {"diary": diary, "today": today, "wall": Clockface(diary.zone, page.staff.now, page.language)}


async def _side(page: Page, asked: Asked, zone: ZoneInfo) -> dict[str, Any]:
    staff = page.staff
    soon = await list_the_unanswered(staff, hours=SOON, limit=50)
    day = asked.day or staff.now.astimezone(zone).date()
    begins = datetime.combine(day, datetime.min.time(), zone)
    waiting = [one for one in await list_waitlist(staff) if _wants(one, begins, begins + timedelta(days=1))]
    return {
        "requests": (await list_the_requests(staff, limit=50)).items,
        "unanswered": [one for one in soon.items if one.status == "confirmed"],
        "waiting": waiting,
        "waiting_day": day,
        "wall": Clockface(zone, staff.now, page.language),
        "today": staff.now.astimezone(zone).date(),
    }


def _wants(entry: EntryView, since: datetime, until: datetime) -> bool:
    return any((one.since or since) < until and (one.until or until) > since for one in entry.wanted)


async def _panel(page: Page, clinic: Clinic, appointment_id: str) -> dict[str, Any]:
    staff = page.staff
    view = view_appointment(staff, await shown(staff, staff.inside("appointment", appointment_id)))
    contact = await read_the_contact(staff, view.contact.id) if page.may("contacts.read") else None
    standing: StandingView | None = None
    if page.may("patients.read"):
        standing = await read_the_patient(staff, view.patient.id)
    service = next(one for one in clinic.services if one.id == view.service.id)
    zone = ZoneInfo(view.zone)
    return {
        "appointment": view,
        "contact": contact,
        "standing": standing,
        "missing": _missing(service, contact) if contact else [],
        "look": look_of(view, staff.now),
        "changes": clinic.rights.changes(view),
        "acts": acts_of(staff, view),
        "reasons": CANCEL_REASONS,
        "consents": CONSENT_NAMES,
        "told_to_staff": TOLD_TO_STAFF,
        "there": Clockface(zone, staff.now, page.language),
        "starts": view.starts_at.astimezone(zone),
        "ends": view.ends_at.astimezone(zone),
        "money": lambda minor: money(minor, staff.organization.currency, page.language),
    }


def acts_of(staff: Staff, view: AppointmentView) -> set[str]:
    """What may follow by its status and the hour, of what the role may do at all."""
    to_come, begun = view.status in TO_COME, view.starts_at <= staff.now
    acts = {
        "approve": view.status == "requested",
        "decline": view.status == "requested",
        "confirm": view.status == "confirmed" and view.answered_at is None and not begun,
        "running-late": to_come and view.running_late_at is None and abs(view.starts_at - staff.now) < NEAR,
        "move": to_come,
        "cancel": to_come,
    }
    if allows(staff.member.role, "agenda.visits"):
        acts["check-in"] = to_come
        acts["attend"] = view.status in ("checked_in", "no_show") or (view.status == "confirmed" and begun)
        acts["no-show"] = view.status == "confirmed" and begun
    return {name for name, may in acts.items() if may}


def _missing(service: ServiceView, contact: WholeContact) -> list[str]:
    """The consents the service needs that are not in force: the newest word about each counts."""
    said: dict[str, bool] = {}
    for one in contact.consents:
        said.setdefault(one.kind, one.granted)
    return [kind for kind in service.consents if not said.get(kind, False)]


def money(minor: int, currency: str, language: str) -> str:
    """Minor units as people write amounts: «COP 650.000»."""
    places = decimals(currency)
    whole, rest = divmod(minor, 10**places)
    written = f"{whole:,}" + (f".{rest:0{places}d}" if rest else "")
    return f"{currency} {written if language == 'en' else written.translate(str.maketrans('.,', ',.'))}"
