"""The organization itself: name, zone, hours, settings."""

import re
from typing import Annotated, Any

from fastapi import Depends
from pydantic import BaseModel, Field

from backoffice.api.access import Needs, Staff
from backoffice.api.agenda_stranded import Strands, strands
from backoffice.api.document import staff_router
from backoffice.api.words import Given, Line, Plain, Yes
from core.agenda.policy import policy_from
from core.errors import Refused
from core.organizations.actions import check_zone, set_hours
from core.organizations.audit import audit
from core.organizations.model import Organization
from core.organizations.permissions import VISIBILITIES

router = staff_router("organization")

Reads = Annotated[Staff, Depends(Needs("organization.read"))]
Owns = Annotated[Staff, Depends(Needs("organization.write"))]
Opens = Annotated[Staff, Depends(Needs("hours.write"))]

Clock = Annotated[str, Field(max_length=5)]
Interval = Annotated[list[Clock], Field(min_length=2, max_length=2)]
Intervals = Annotated[list[Interval], Field(max_length=12)]
Hours = Annotated[dict[str, Intervals], Field(max_length=7)]


class OrganizationView(BaseModel):
    id: str
    slug: str
    name: str
    licence: str
    country: str
    zone: str
    language: str
    register_: str = Field(alias="register")
    currency: str
    pack: str
    hours: dict[str, list[list[str]]]
    settings: dict[str, Any]


class OrganizationIn(Given):
    """What is given changes. `settings` are merged in; a null in them removes one, or one language of a text."""

    name: Line | None = None
    zone: Line | None = None
    language: Annotated[str, Field(pattern="^(es|pt|en)$")] | None = Field(
        default=None, description="What the bot speaks with people whose own language is not known."
    )
    register_: Annotated[str, Field(pattern="^(tu|vos|usted)$")] | None = Field(
        default=None, alias="register", description="How the bot addresses people in Spanish."
    )
    settings: Plain | None = None


class HoursIn(Given):
    """By day (mon … sun), any number of intervals; a day left out is closed. 24:00 is the next midnight."""

    hours: Hours
    reschedule: Yes = Field(default=False, description="Have the bot write to those whose appointment is stranded.")


class ChangedHours(Strands):
    organization: OrganizationView


def _view(staff: Staff, organization: Organization) -> OrganizationView:
    names = [field.alias or name for name, field in OrganizationView.model_fields.items()]
    return OrganizationView(
        id=staff.public("organization", organization.id),
        **{name: getattr(organization, name) for name in names if name != "id"},
    )


@router.get("/organization")
async def read_organization(staff: Reads) -> OrganizationView:
    """The organization of whoever asks."""
    return _view(staff, staff.organization)


async def locked_organization(staff: Staff) -> Organization:
    return await staff.session.get_one(
        Organization, staff.organization.id, with_for_update={"key_share": True}, populate_existing=True
    )


def check_agenda(value: Any) -> None:
    """Raises Refused naming what is wrong with the agenda's settings."""
    if value is not None and not isinstance(value, dict):
        raise Refused("wrong_setting", 'agenda: son ajustes con nombre, como {"late_cancel_hours": 12}.')
    policy_from(value or {})


def _kept(value: Any) -> Any:
    """A text written once per language without those left empty; none when all are."""
    if isinstance(value, dict) and value and value.keys() <= {"es", "pt", "en"}:
        return {language: words for language, words in value.items() if words is not None} or None
    return value


def _audited(organization: Organization) -> dict[str, Any]:
    """What of it the owner changes, under the names the record has for it."""
    own = {name: getattr(organization, name) for name in ("name", "zone", "language", "register")}
    return own | {f"settings.{name}": value for name, value in organization.settings.items()}


def check_payment(value: Any) -> None:
    """Raises Refused for what is no link people can be sent."""
    if value is None:
        return
    if not isinstance(value, str) or not re.fullmatch(r"https://[^\s/]+\S*", value) or len(value) > 500:
        raise Refused("wrong_setting", "payment_url: el enlace de pago es una dirección que empieza con https://.")


@router.patch("/organization")
async def change_organization(staff: Owns, given: OrganizationIn) -> OrganizationView:
    """Name, zone, language, register, settings.

    `settings.visibility` (all, team, assigned) says whose threads closers see. `settings.payment_url` is the link the
    staff puts into messages; {contact} and {amount} in it stand for the person's name and what they owe.
    """
    organization = await locked_organization(staff)
    before = _audited(organization)
    if given.zone is not None:
        check_zone(given.zone)
        organization.zone = given.zone
    if given.name is not None:
        organization.name = given.name
    if given.language is not None:
        organization.language = given.language
    if given.register_ is not None:
        organization.register = given.register_
    if given.settings is not None:
        if (wanted := given.settings.get("visibility", "all")) not in (*VISIBILITIES, None):
            raise Refused("visibility", f"«visibility» es una de: {', '.join(VISIBILITIES)}; no «{wanted}».")
        merged = {**organization.settings, **{name: _kept(value) for name, value in given.settings.items()}}
        check_agenda(merged.get("agenda"))
        check_payment(given.settings.get("payment_url"))
        organization.settings = {name: value for name, value in merged.items() if value is not None}
    organization.revision += 1
    after = _audited(organization)
    names = [name for name in {**before, **after} if before.get(name) != after.get(name)]
    if changed := {name: [before.get(name), after.get(name)] for name in names}:
        audit(staff.session, staff.member, "organization.changed", organization.name, staff.now, **changed)
    await staff.session.flush()
    await staff.session.commit()
    return _view(staff, organization)


@router.put("/organization/hours")
async def set_opening_hours(staff: Opens, given: HoursIn) -> ChangedHours:
    """Replace the opening hours; answers with the appointments that strands."""
    organization = await locked_organization(staff)
    before = organization.hours
    await set_hours(staff.session, organization, given.hours)
    audit(staff.session, staff.member, "hours.changed", organization.slug, staff.now, before=before, after=given.hours)
    found = await strands(staff, None, reschedule=given.reschedule)
    await staff.session.commit()
    return ChangedHours(organization=_view(staff, organization), **dict(found))
