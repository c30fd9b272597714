"""What flows may ask to be done, as data: names, arguments, outcomes and their values. Needs no database.

The linter checks flows against this table, the simulator answers from its samples, and `bot.actions` binds each
name to the function that does it. Every action has the outcome `error`, with {message}, besides those listed.
"""

from typing import Any

from bot.action_spec import ActionSpec, Args, ErrorValue, NoArgs, Nothing, Value
from bot.agenda_specs import AGENDA_SPECS


class CaptureLead(Args):
    """What is known of the lead. `answers` are the answers to the flow's own questions, by variable name."""

    name: str | None = None
    interest: str | None = None
    phone: str | None = None
    answers: dict[str, Any] = {}


class LeadValue(Value):
    """`lead` is the lead's public id."""

    lead: str


class QualifyLead(Args):
    """What the score is made of. `interest` and `timing` are option ids; `excluded`: care must not be offered."""

    interest: str | None = None
    timing: str | None = None
    age: float | None = None
    excluded: bool | None = None
    answers: dict[str, Any] = {}


class ScoreValue(Value):
    """`score` from 0 to 100."""

    score: int


class AssignLead(Args):
    """`speciality` is the option id of the interest; without one, or with nobody for it, it goes round all closers."""

    speciality: str | None = None


class AssignedValue(Value):
    """`name` is what the person is told: the member's first name."""

    name: str


class SavePartial(Args):
    """What was answered before the person went away; `step` is where they stopped."""

    name: str | None = None
    interest: str | None = None
    step: str | None = None
    answers: dict[str, Any] = {}


class Consent(Args):
    """`source` says what it was given or withdrawn by."""

    source: str = "word"


class RateThread(Args):
    """`survey` as the flow was started with it; `score` from 1 to 5."""

    survey: str
    score: float
    comment: str | None = None


class Prices(Args):
    """One service by its id, or all of them."""

    service: str | None = None


class Service(Value):
    """`price` is the text people read; `about` one line."""

    id: str
    name: str
    price: str
    about: str | None = None


class PricesValue(Value):
    """`text` is the list as it is said, one service a line."""

    services: list[Service]
    text: str


class PlaceValue(Value):
    """Degrees WGS 84; `address` and `maps_url` as people read them."""

    latitude: float
    longitude: float
    name: str
    address: str
    maps_url: str | None = None


_PRICES = [
    {"id": "botox", "name": "Botox", "price": "desde $3.500"},
    {"id": "laser", "name": "Depilación láser", "price": "desde $900 por sesión"},
]

SPECS: dict[str, ActionSpec] = {
    spec.name: spec
    for spec in (
        *AGENDA_SPECS,
        ActionSpec(
            "leads.capture",
            "Create the contact's open lead, or complete it with what is new; its touches become its source.",
            CaptureLead,
            {"ok": LeadValue},
            ("ok", {"lead": "lead_demo"}),
        ),
        ActionSpec(
            "leads.qualify",
            "Score the contact's open lead and move it to the qualified stage when it is hot or warm.",
            QualifyLead,
            {"hot": ScoreValue, "warm": ScoreValue, "not_fit": ScoreValue},
            ("hot", {"score": 80}),
        ),
        ActionSpec(
            "leads.assign",
            "Give the contact's open lead an owner: who has the speciality, in turn; a lead with an owner keeps it.",
            AssignLead,
            {"assigned": AssignedValue, "nobody": Nothing},
            ("assigned", {"name": "Paula"}),
        ),
        ActionSpec(
            "leads.save_partial",
            "Keep what a person answered who went away before the end.",
            SavePartial,
            {"ok": Nothing},
            ("ok", {}),
        ),
        ActionSpec(
            "consent.opt_out",
            "Record that the contact wants no more messages; all non-essential sends stop.",
            Consent,
            {"ok": Nothing},
            ("ok", {}),
        ),
        ActionSpec(
            "consent.opt_in", "Record that the contact wants messages again.", Consent, {"ok": Nothing}, ("ok", {})
        ),
        ActionSpec(
            "threads.rate",
            "What the person says of a conversation with the staff, from 1 to 5; `gone` when it was not asked of them.",
            RateThread,
            {"ok": Nothing, "gone": Nothing},
            ("ok", {}),
        ),
        ActionSpec(
            "catalog.prices",
            "The organization's services and prices; `none` when it has listed none.",
            Prices,
            {"found": PricesValue, "none": Nothing},
            (
                "found",
                {"services": _PRICES, "text": "• Botox: desde $3.500\n• Depilación láser: desde $900 por sesión"},
            ),
        ),
        ActionSpec(
            "org.location",
            "Where the organization is; `none` when it has set no point.",
            NoArgs,
            {"found": PlaceValue, "none": Nothing},
            (
                "found",
                {
                    "latitude": 19.4326,
                    "longitude": -99.1332,
                    "name": "Clínica Demo",
                    "address": "Av. Reforma 100, CDMX",
                },
            ),
        ),
    )
}

__all__ = ["SPECS", "ActionSpec", "Args", "ErrorValue", "NoArgs", "Nothing", "Value"]
