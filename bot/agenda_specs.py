"""What flows may ask of the agenda. Moments are local ISO 8601 values of the place; ids are only passed on."""

from collections.abc import Mapping
from typing import Any

from pydantic import model_validator

from bot.action_spec import ActionSpec, Args, NoArgs, Nothing, Value


class PatientValue(Value):
    id: str
    name: str


class PatientsValue(Value):
    patients: list[PatientValue]


class AddPatient(Args):
    name: str


class ServiceValue(Value):
    """`about` is how long it takes and what it costs, as people read it."""

    id: str
    name: str
    about: str
    aliases: list[str] = []
    """Other words people use for it."""


class ServicesValue(Value):
    services: list[ServiceValue]


class BookableServices(Args):
    """`service`: that one alone."""

    service: str | None = None


class MoneyValue(Value):
    """As the answer to a question about money: hundredths, whatever the currency."""

    amount: int
    currency: str


class FindOpenings(Args):
    """`when` is an answer to a question about days and hours; `appointment` the one that is to be moved."""

    service: str | None = None
    when: dict[str, Any] | None = None
    patient: str | None = None
    appointment: str | None = None


class OpeningValue(Value):
    """A time that can be booked. `place` only where there are several."""

    id: str
    start: str
    professional: str
    place: str | None = None


class OpeningsValue(Value):
    """`deposit`: what is asked for in advance, if anything is."""

    openings: list[OpeningValue]
    deposit: MoneyValue | None = None


class BlockedValue(Value):
    """`no_shows`: how many visits were missed; 0 when it is because of somebody else they write for."""

    no_shows: int


class TakeOpening(Args):
    """Keep or book a time for somebody."""

    opening: str
    service: str
    patient: str | None = None


class FileValue(Value):
    type: str
    attachment: int
    filename: str
    mime: str


class AppointmentValue(Value):
    """A booking. `status` is `requested` until the staff confirms it, where the service needs that, else `confirmed`;
    `contact` is who is written to, `other` the patient where that is somebody else;
    `deposit` is asked for in advance, `penalty` would be owed if it were cancelled now; `calendar` is a file for the
    person's own calendar, where one was made."""

    id: str
    status: str = "confirmed"
    service: str
    service_id: str
    start: str
    professional: str
    patient: str
    contact: str
    other: str | None = None
    place: str
    address: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    deposit: MoneyValue | None = None
    penalty: MoneyValue | None = None
    calendar: FileValue | None = None

    @model_validator(mode="before")
    @classmethod
    def _own(cls, given: Any) -> Any:
        """Where nothing else is said, as in most transcripts, who is written to is the patient."""
        return {"contact": given["patient"], **given} if isinstance(given, dict) and "patient" in given else given


class OneAppointment(Value):
    appointment: AppointmentValue


class AppointmentsValue(Value):
    appointments: list[AppointmentValue]


class MyAppointments(Args):
    """`today`: only those of today, one that has begun within two hours among them."""

    today: bool = False


class OfAppointment(Args):
    appointment: str


class CancelAppointment(Args):
    """`penalty`: what the person was told it costs; who was told nothing owes nothing."""

    appointment: str
    penalty: dict[str, Any] | None = None


class ExplainCancellation(Args):
    appointment: str
    reason: str


class OfferValue(Value):
    """A freed time that is kept for somebody who waits, for `minutes` from now; `last`: they are asked no more."""

    id: str
    service: str
    start: str
    professional: str
    place: str
    minutes: int
    last: bool = False
    deposit: MoneyValue | None = None


class MoveAppointment(Args):
    appointment: str
    opening: str


class CancelledValue(Value):
    """`late`: too late for the clinic to fill the time."""

    late: bool


class JoinWaitlist(Args):
    service: str
    when: dict[str, Any] | None = None
    patient: str | None = None


class OfOffer(Args):
    offer: str


class RateVisit(Args):
    appointment: str
    score: float
    comment: str | None = None


class RatedValue(Value):
    """`review_url`: where to tell others, for those who were happy; None otherwise."""

    review_url: str | None = None


_OPENINGS = [
    {"id": f"o{number}", "start": f"2026-03-{day}T{hour}:00", "professional": "Dra. Paula Ríos"}
    for number, (day, hour) in enumerate(((12, "10"), (12, "16"), (13, "10"), (16, "17")), start=1)
]
_VISIT: Mapping[str, Any] = {
    "id": "c1",
    "service": "Botox",
    "service_id": "botox",
    "start": "2026-03-12T16:00",
    "professional": "Dra. Paula Ríos",
    "patient": "Caro Pérez",
    "contact": "Caro Pérez",
    "place": "Centro",
    "address": "Calle 85 # 12-34, Bogotá",
    "latitude": 4.6683,
    "longitude": -74.0524,
}
_SERVICES = [
    {"id": "botox", "name": "Botox", "about": "45 min · desde $3.500", "aliases": ["toxina"]},
    {"id": "laser", "name": "Depilación láser", "about": "30 min", "aliases": []},
    {"id": "limpieza", "name": "Limpieza facial", "about": "60 min", "aliases": []},
    {"id": "relleno", "name": "Ácido hialurónico", "about": "45 min", "aliases": ["relleno", "labios", "ojeras"]},
]

AGENDA_SPECS: tuple[ActionSpec, ...] = (
    ActionSpec(
        "agenda.services",
        "What can be booked, or whether `service` can; `none` where nothing can.",
        BookableServices,
        {"found": ServicesValue, "none": Nothing},
        ("found", {"services": _SERVICES}),
    ),
    ActionSpec(
        "agenda.patients",
        "Whom this contact books for: `one` is mostly themselves, `many` where there are children or parents.",
        NoArgs,
        {"one": PatientValue, "many": PatientsValue},
        ("one", {"id": "p1", "name": "Caro Pérez"}),
    ),
    ActionSpec(
        "agenda.add_patient",
        "One more person this contact books for.",
        AddPatient,
        {"ok": PatientValue},
        ("ok", {"id": "p2", "name": "Tomás Pérez"}),
    ),
    ActionSpec(
        "agenda.find",
        "Up to six times of what was asked for; `other` are the next ones where that has none; `blocked`: only the "
        "staff books for this person.",
        FindOpenings,
        {"found": OpeningsValue, "other": OpeningsValue, "none": Nothing, "blocked": BlockedValue},
        ("found", {"openings": _OPENINGS}),
    ),
    ActionSpec(
        "agenda.hold",
        "Keep a time for five minutes, while the person confirms; `taken` when somebody was faster.",
        TakeOpening,
        {"ok": OpeningValue, "taken": Nothing},
        ("ok", _OPENINGS[0]),
    ),
    ActionSpec(
        "agenda.book",
        "Book a time; the same step of the same conversation books once.",
        TakeOpening,
        {"booked": AppointmentValue, "taken": Nothing},
        ("booked", _VISIT),
    ),
    ActionSpec(
        "agenda.mine",
        "The contact's appointments to come, or those of today.",
        MyAppointments,
        {"one": OneAppointment, "many": AppointmentsValue, "none": Nothing},
        ("one", {"appointment": _VISIT}),
    ),
    ActionSpec(
        "agenda.get",
        "One of the contact's appointments, as it stands now; `gone` when it has begun, is cancelled or not theirs.",
        OfAppointment,
        {"found": AppointmentValue, "gone": Nothing},
        ("found", _VISIT),
    ),
    ActionSpec(
        "agenda.visit",
        "One of the contact's visits, whatever became of it.",
        OfAppointment,
        {"found": AppointmentValue, "gone": Nothing},
        ("found", _VISIT),
    ),
    ActionSpec(
        "agenda.move",
        "The appointment at another time; it stays as it was when that is `taken`, or when it has begun (`gone`).",
        MoveAppointment,
        {"moved": AppointmentValue, "taken": Nothing, "gone": Nothing},
        ("moved", {**_VISIT, "start": "2026-03-13T10:00"}),
    ),
    ActionSpec(
        "agenda.cancel",
        "Give the time back; whoever waits for it is offered it.",
        CancelAppointment,
        {"cancelled": CancelledValue, "gone": Nothing},
        ("cancelled", {"late": False}),
    ),
    ActionSpec(
        "agenda.explain",
        "Why an appointment was cancelled.",
        ExplainCancellation,
        {"ok": Nothing, "gone": Nothing},
        ("ok", {}),
    ),
    ActionSpec(
        "agenda.coming",
        "The patient says they come.",
        OfAppointment,
        {"ok": AppointmentValue, "gone": Nothing},
        ("ok", _VISIT),
    ),
    ActionSpec(
        "agenda.late",
        "The patient is on their way, late, up to two hours after it began; the staff is told. `other_day`: it is not "
        "today.",
        OfAppointment,
        {"ok": AppointmentValue, "other_day": AppointmentValue, "gone": Nothing},
        ("ok", _VISIT),
    ),
    ActionSpec(
        "waitlist.join",
        "Wait for a time that somebody gives back.",
        JoinWaitlist,
        {"ok": Nothing},
        ("ok", {}),
    ),
    ActionSpec(
        "waitlist.get",
        "The freed time that was offered; `gone` when the offer is over.",
        OfOffer,
        {"found": OfferValue, "gone": Nothing},
        (
            "found",
            {"id": "e1", "minutes": 15, **{key: _VISIT[key] for key in ("service", "start", "professional", "place")}},
        ),
    ),
    ActionSpec(
        "waitlist.claim",
        "Take the freed time that was offered; `gone` when the offer is over.",
        OfOffer,
        {"booked": AppointmentValue, "gone": Nothing},
        ("booked", _VISIT),
    ),
    ActionSpec(
        "waitlist.decline",
        "Let a freed time pass; the patient goes on waiting, unless it was the last offer.",
        OfOffer,
        {"ok": Nothing},
        ("ok", {}),
    ),
    ActionSpec(
        "visits.rate",
        "What the patient says of a visit, from 1 to 5.",
        RateVisit,
        {"ok": RatedValue},
        ("ok", {"review_url": "https://g.page/clinica-demo/review"}),
    ),
)
