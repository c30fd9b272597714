"""What can be booked: how long, what it needs and from whose pools, by which rules; and the organization's policy."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated, Any, Literal

from fastapi import Depends
from pydantic import BaseModel, Field
from sqlalchemy import delete, select

from backoffice.api.access import Needs, Staff
from backoffice.api.agenda_openings import Reads
from backoffice.api.agenda_places import Kind
from backoffice.api.agenda_stranded import Strands, strands
from backoffice.api.agenda_views import find_resource, find_service
from backoffice.api.document import staff_router
from backoffice.api.organization import locked_organization
from backoffice.api.views import Named
from backoffice.api.words import Given, Line, Money, Plain, Word, Yes, told
from core.agenda.checks import check_service, longest_block
from core.agenda.model import Resource, Schedule, Service, ServiceNeed, ServicePool
from core.agenda.policy import policy_from, policy_of
from core.errors import Refused
from core.organizations.audit import audit

router = staff_router("agenda")

Settles = Annotated[Staff, Depends(Needs("agenda.settings"))]
Minutes = Annotated[int, Field(ge=0, le=10_080, strict=True)]
Length = Annotated[int, Field(ge=1, le=720, strict=True)]
Consent = Literal["procedure", "health_data", "photos_clinical", "photos_marketing", "no_show_policy"]


class PoolView(Named):
    minutes: int | None
    price_minor: int | None


class NeedView(BaseModel):
    kind: str
    offset_minutes: int
    minutes: int | None
    """Null: until the end of the service."""
    pool: list[PoolView]


class ServiceView(BaseModel):
    id: str
    key: str
    name: str
    minutes: int
    buffer_before: int
    buffer_after: int
    step: int
    notice_minutes: int
    horizon_days: int
    horizon_unit: str
    daily_limit: int | None
    price_minor: int | None
    deposit_minor: int
    consents: list[str]
    needs_approval: bool
    evaluation: bool
    """A first look: the only services those who sell may book."""
    active: bool
    needs: list[NeedView]


class PoolIn(Given):
    """One who can give it; a professional may take another time or ask another price."""

    resource: Line
    minutes: Length | None = None
    price_minor: Money | None = None


class NeedIn(Given):
    """A stretch of the service that any one of the pool gives."""

    kind: Kind
    offset_minutes: Minutes = 0
    minutes: Length | None = Field(default=None, description="Until the end of the service if left out.")
    pool: Annotated[list[PoolIn], Field(min_length=1, max_length=200)]


class ServiceChange(Given):
    """What is given changes; `needs` are replaced whole, and the first is always the professional's."""

    name: Line | None = None
    minutes: int | None = None
    buffer_before: int | None = None
    buffer_after: int | None = None
    step: int | None = Field(default=None, description="Of the starts: 5, 10, 15, 20, 30 or 60 minutes.")
    notice_minutes: Annotated[int, Field(ge=0, le=525_600, strict=True)] | None = None
    horizon_days: Annotated[int, Field(ge=0, le=730, strict=True)] | None = None
    horizon_unit: Literal["calendar_days", "business_days"] | None = None
    daily_limit: Annotated[int, Field(ge=0, le=10_000, strict=True)] | None = None
    price_minor: Money | None = None
    deposit_minor: Money | None = None
    consents: Annotated[list[Consent], Field(max_length=5)] | None = None
    needs_approval: Yes | None = Field(default=None, description="What patients book waits for the staff's yes.")
    evaluation: Yes | None = None
    active: Yes | None = None
    needs: Annotated[list[NeedIn], Field(min_length=1, max_length=8)] | None = None
    reschedule: Yes = Field(default=False, description="Have the bot write to those whose appointment is stranded.")


class ServiceIn(ServiceChange):
    key: Annotated[Word, Field(pattern="^[a-z0-9_]+$", description="By which flows know it.")]
    name: Line
    minutes: int
    needs: Annotated[list[NeedIn], Field(min_length=1, max_length=8)]


class ChangedService(Strands):
    service: ServiceView


class PolicyView(BaseModel):
    """What is not set has its default; durations are in the unit their name says, money in minor units."""

    policy: dict[str, Any]
    set: list[str]
    """The names of what the organization has set itself."""


async def view_services(staff: Staff, services: Sequence[Service]) -> list[ServiceView]:
    """Two queries however many."""
    ids = [one.id for one in services]
    needs: dict[int, list[ServiceNeed]] = defaultdict(list)
    for need in await staff.session.scalars(
        select(ServiceNeed).where(ServiceNeed.service_id.in_(ids)).order_by(ServiceNeed.position)
    ):
        needs[need.service_id].append(need)
    pools: dict[int, list[PoolView]] = defaultdict(list)
    rows = await staff.session.execute(
        select(ServicePool, Resource.name)
        .join(Resource, Resource.id == ServicePool.resource_id)
        .where(ServicePool.need_id.in_([need.id for some in needs.values() for need in some]))
        .order_by(ServicePool.id)
    )
    for pool, name in rows:
        key = staff.public("resource", pool.resource_id)
        pools[pool.need_id].append(PoolView(id=key, name=name, minutes=pool.minutes, price_minor=pool.price_minor))
    return [
        ServiceView(
            id=staff.public("service", one.id),
            needs=[
                NeedView(kind=need.kind, offset_minutes=need.offset_minutes, minutes=need.minutes, pool=pools[need.id])
                for need in needs[one.id]
            ],
            **{name: getattr(one, name) for name in ServiceView.model_fields if name not in ("id", "needs")},
        )
        for one in services
    ]


@router.get("/services")
async def list_services(staff: Reads) -> list[ServiceView]:
    """What can be booked, also what is no longer offered."""
    return await view_services(staff, list(await staff.session.scalars(select(Service).order_by(Service.id))))


@router.post("/services", status_code=201)
async def add_service(staff: Settles, given: ServiceIn) -> ServiceView:
    """A new service."""
    if await staff.session.scalar(select(Service.id).where(Service.key == given.key)):
        raise Refused("key_taken", f"key: ya hay un servicio «{given.key}»: usa otra clave, o cambia ese.")
    service = Service(organization_id=staff.organization.id, key=given.key)
    staff.session.add(service)
    await _write(staff, service, given)
    audit(staff.session, staff.member, "service.added", given.key, staff.now, **told(given))
    (view,) = await view_services(staff, [service])
    await staff.session.commit()
    return view


@router.patch("/services/{service_id}")
async def change_service(staff: Settles, service_id: str, given: ServiceChange) -> ChangedService:
    """Change it; what is booked keeps its time. Answers with the appointments that lose who or what gave them."""
    service = await find_service(staff, service_id)
    await _write(staff, service, given)
    audit(staff.session, staff.member, "service.changed", service.key, staff.now, **told(given))
    found = await strands(staff, None, reschedule=given.reschedule)
    (view,) = await view_services(staff, [service])
    await staff.session.commit()
    return ChangedService(service=view, **dict(found))


MAY_BE_EMPTY = ("daily_limit", "price_minor")


async def _write(staff: Staff, service: Service, given: ServiceChange) -> None:
    for name in given.model_fields_set - {"key", "needs", "reschedule"}:
        value = getattr(given, name)
        if value is not None or name in MAY_BE_EMPTY:
            setattr(service, name, value)
    limits = ("minutes", "step", "buffer_before", "buffer_after")
    checked = {name: value for name in limits if (value := getattr(service, name)) is not None}
    check_service(checked)
    await staff.session.flush()
    if given.needs is not None:
        await _replace_needs(staff, service, given.needs)
    await _check_stretches(staff, service, "minutes" if given.needs is None else None)
    check_service(checked, await _longest(staff, service))
    await staff.session.refresh(service)


async def _replace_needs(staff: Staff, service: Service, needs: Sequence[NeedIn]) -> None:
    if needs[0].kind != "professional":
        raise Refused("needs", "needs.0.kind: lo primero que necesita un servicio es quien lo da: «professional».")
    mine = select(ServiceNeed.id).where(ServiceNeed.service_id == service.id)
    await staff.session.execute(delete(ServicePool).where(ServicePool.need_id.in_(mine)))
    await staff.session.execute(delete(ServiceNeed).where(ServiceNeed.service_id == service.id))
    for position, given in enumerate(needs):
        need = ServiceNeed(
            organization_id=service.organization_id,
            service_id=service.id,
            position=position,
            kind=given.kind,
            offset_minutes=given.offset_minutes,
            minutes=given.minutes,
        )
        staff.session.add(need)
        await staff.session.flush()
        seen = set()
        for place, one in enumerate(given.pool):
            resource = await find_resource(staff, one.resource)
            where = f"needs.{position}.pool.{place}.resource"
            if resource.kind != given.kind:
                raise Refused("needs", f"{where}: «{resource.name}» no es de esa clase ({given.kind}).")
            if resource.id in seen:
                raise Refused("needs", f"{where}: «{resource.name}» está dos veces.")
            seen.add(resource.id)
            staff.session.add(
                ServicePool(
                    organization_id=service.organization_id,
                    need_id=need.id,
                    resource_id=resource.id,
                    minutes=one.minutes,
                    price_minor=one.price_minor,
                )
            )
    await staff.session.flush()


async def _check_stretches(staff: Staff, service: Service, field: str | None) -> None:
    """Every stretch lies within the service, also with whoever takes least time. `field`: what was changed."""
    needs = list(
        await staff.session.scalars(
            select(ServiceNeed).where(ServiceNeed.service_id == service.id).order_by(ServiceNeed.position)
        )
    )
    first = [need.id for need in needs if need.position == 0]
    own = await staff.session.scalars(select(ServicePool.minutes).where(ServicePool.need_id.in_(first)))
    shortest = min([service.minutes, *(minutes for minutes in own if minutes)])
    for need in needs:
        if need.offset_minutes + (need.minutes or 1) > shortest:
            where = field or f"needs.{need.position}.minutes"
            words = f"{where}: el tramo {need.position + 1} termina después del servicio, que dura {shortest} minutos."
            raise Refused("needs", words)


async def _longest(staff: Staff, service: Service) -> int | None:
    """Minutes of the longest stretch anybody who gives it works; None when nobody has hours yet."""
    first = select(ServiceNeed.id).where(ServiceNeed.service_id == service.id, ServiceNeed.position == 0)
    givers = set(await staff.session.scalars(select(ServicePool.resource_id).where(ServicePool.need_id.in_(first))))
    rows = list(await staff.session.scalars(select(Schedule).where(Schedule.resource_id.in_(givers))))
    weeks = [row.weekly for row in rows]
    if givers - {row.resource_id for row in rows}:
        weeks.append(staff.organization.hours)
    return longest_block(weeks) or None


@router.get("/agenda/policy")
async def read_policy(staff: Reads) -> PolicyView:
    """How the organization deals with reminders, lateness and no-shows."""
    own = staff.organization.settings.get("agenda") or {}
    return PolicyView(policy=asdict(policy_of(staff.organization)), set=sorted(own))


@router.patch("/agenda/policy")
async def change_policy(staff: Settles, given: Plain) -> PolicyView:
    """What is given changes; null goes back to the default."""
    organization = await locked_organization(staff)
    merged = {**(organization.settings.get("agenda") or {}), **given}
    own = {name: value for name, value in merged.items() if value is not None}
    policy = policy_from(own)
    organization.settings = {**organization.settings, "agenda": own}
    organization.revision += 1
    audit(staff.session, staff.member, "agenda.policy_changed", organization.slug, staff.now, **given)
    await staff.session.commit()
    return PolicyView(policy=asdict(policy), set=sorted(own))
