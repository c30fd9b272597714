"""The demo clinic's agenda: a place, two professionals, two rooms, a machine, and what can be booked."""

from datetime import date

from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.ext.asyncio import AsyncSession

from core.agenda.model import Location, Resource, Schedule, Service, ServiceNeed, ServicePool

MORNINGS = {day: [["09:00", "13:00"]] for day in ("mon", "tue", "wed", "thu", "fri", "sat")}
EVALUATION = "valoracion"
"""What the closers book."""
SERVICES = (
    # key, name, minutes, price in pesos, whether the machine is needed
    ("botox", "Botox", 45, 650_000, False),
    ("relleno", "Ácido hialurónico", 60, 890_000, False),
    ("laser", "Depilación láser", 30, 120_000, True),
    ("facial", "Limpieza facial", 60, 180_000, False),
    ("corporal", "Tratamiento corporal", 60, 250_000, False),
    (EVALUATION, "Valoración", 30, 0, False),
)


async def add_agenda(session: AsyncSession, organization_id: int, zone: str) -> None:
    """One professional works the clinic's hours, the other in the mornings; the rest keeps the clinic's hours too."""
    place = Location(
        organization_id=organization_id,
        name="Clínica Demo",
        zone=zone,
        address="Calle 93 # 13-24, piso 2, Bogotá",
        latitude=4.6765,
        longitude=-74.0482,
    )
    session.add(place)
    await session.flush()

    def resource(kind: str, name: str, **more: int) -> Resource:
        made = Resource(organization_id=organization_id, kind=kind, name=name, **more)
        session.add(made)
        return made

    doctors = [resource("professional", name) for name in ("Dra. Julia Mora", "Dr. Andrés Cano")]
    rooms = [resource("room", f"Consultorio {number}", buffer_after=10) for number in (1, 2)]
    machine = resource("equipment", "Láser")
    await session.flush()
    session.add(
        Schedule(
            organization_id=organization_id,
            resource_id=doctors[1].id,
            location_id=place.id,
            valid=Range(date(2020, 1, 1), None),
            weekly=MORNINGS,
        )
    )
    for key, name, minutes, price, needs_machine in SERVICES:
        service = Service(organization_id=organization_id, key=key, name=name, minutes=minutes, price_minor=price * 100)
        service.evaluation = key == EVALUATION
        session.add(service)
        await session.flush()
        pools = [("professional", doctors), ("room", rooms), *([("equipment", [machine])] if needs_machine else [])]
        for position, (kind, pool) in enumerate(pools):
            need = ServiceNeed(organization_id=organization_id, service_id=service.id, position=position, kind=kind)
            session.add(need)
            await session.flush()
            session.add_all(
                ServicePool(organization_id=organization_id, need_id=need.id, resource_id=one.id) for one in pool
            )
    await session.flush()
