"""A clinic with an agenda: a place, professionals, rooms, services, patients. All by real rows."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from core.agenda.calendars import Asking, Offer, load_offer
from core.agenda.model import (
    Location,
    Patient,
    Resource,
    Schedule,
    Service,
    ServiceNeed,
    ServicePool,
)
from core.agenda.openings import openings
from core.contacts.model import Contact
from core.db import tenant_session
from tests.backoffice.clinic import Clinic, make_clinic

ZONE = ZoneInfo("America/Bogota")
MORNINGS = {day: [["09:00", "13:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}
NOW = datetime(2026, 11, 18, 12, 0, tzinfo=ZONE)  # a Wednesday


def local(day: int, hour: int, minute: int = 0) -> datetime:
    """A moment of November 2026 in Bogotá."""
    return datetime(2026, 11, day, hour, minute, tzinfo=ZONE)


@dataclass
class Agenda:
    """Ids of what was made; every read and write goes through a session of the organization."""

    clinic: Clinic
    app: AsyncEngine
    location: int = 0
    professionals: list[int] = field(default_factory=list)
    services: dict[str, int] = field(default_factory=dict)

    @property
    def organization(self) -> int:
        return self.clinic.organization_id

    async def add(self, row: Any) -> Any:
        async with AsyncSession(self.clinic.engine, expire_on_commit=False) as session:
            row.organization_id = self.organization
            session.add(row)
            await session.commit()
            return row.id

    async def add_resource(self, kind: str, name: str, weekly: dict[str, Any] | None = MORNINGS, **columns: Any) -> int:
        """`weekly` None: it keeps the organization's hours."""
        resource: int = await self.add(Resource(kind=kind, name=name, **columns))
        if weekly is not None:
            await self.add_hours(resource, weekly)
        return resource

    async def add_hours(self, resource: int, weekly: dict[str, Any]) -> None:
        """Its week at the place the agenda is at."""
        valid = Range(date(2026, 1, 1), None)
        await self.add(Schedule(resource_id=resource, location_id=self.location, valid=valid, weekly=weekly))

    async def add_service(self, key: str, *pools: list[int], **columns: Any) -> int:
        """A service with one need for each pool; the first is its professionals'."""
        columns.setdefault("minutes", 60)
        columns.setdefault("step", 30)
        service: int = await self.add(Service(key=key, name=key.capitalize(), **columns))
        self.services[key] = service
        for position, pool in enumerate(pools):
            kind = "professional" if position == 0 else "room"
            need = await self.add(ServiceNeed(service_id=service, position=position, kind=kind))
            for resource in pool:
                await self.add(ServicePool(need_id=need, resource_id=resource))
        return service

    async def add_patient(self, name: str = "Julia") -> Patient:
        async with AsyncSession(self.clinic.engine, expire_on_commit=False) as session:
            contact = Contact(organization_id=self.organization, name=name)
            session.add(contact)
            await session.flush()
            patient = Patient(organization_id=self.organization, contact_id=contact.id, name=name, own=True)
            session.add(patient)
            await session.commit()
            return patient

    async def offer(self, session: AsyncSession, key: str) -> Offer:
        service = await session.get(Service, self.services[key])
        location = await session.get(Location, self.location)
        assert service is not None and location is not None
        return await load_offer(session, service, location)

    async def times(self, key: str, since: datetime, until: datetime, **asking: Any) -> list[str]:
        """Local starts that can be booked."""
        async with tenant_session(self.app, self.organization) as session:
            offer = await self.offer(session, key)
            asked = Asking(asking.pop("now", NOW), **asking)
            bounds = (int(since.timestamp()), int(until.timestamp()))
            return [f"{one.at(ZONE):%d %H:%M}" async for one in openings(session, offer, asked, *bounds)]

    async def count(self, query: str, **values: Any) -> int:
        async with self.clinic.engine.connect() as connection:
            return int(await connection.scalar(text(query), values) or 0)


async def make_agenda(engine: AsyncEngine, app: AsyncEngine, professionals: int = 1) -> Agenda:
    """A place in Bogotá where these work on weekday mornings, and the service «botox» of an hour with any of them."""
    clinic = await make_clinic(engine)
    agenda = Agenda(clinic, app)
    agenda.location = await agenda.add(Location(name="Centro", zone=ZONE.key))
    agenda.professionals = [await agenda.add_resource("professional", f"Dra. {n}") for n in range(1, professionals + 1)]
    await agenda.add_service("botox", agenda.professionals)
    return agenda
