"""What of the agenda a flow may offer to be booked."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.actions import ActionContext
from bot.agenda_finding import services
from bot.agenda_specs import BookableServices
from core.agenda.model import Service
from core.contacts.model import Contact
from core.db import create_engine, tenant_session
from core.organizations.model import Organization
from tests.core.agenda.agenda_clinic import NOW, Agenda, make_agenda


@pytest.fixture
async def app(database_url: str) -> AsyncIterator[AsyncEngine]:
    engine = create_engine(database_url, "hilo_app")
    yield engine
    await engine.dispose()


@pytest.fixture
async def agenda(empty_database: AsyncEngine, app: AsyncEngine) -> Agenda:
    return await make_agenda(empty_database, app)


@pytest.mark.parametrize(
    ("asked", "outcome", "keys"),
    [(None, "found", ["botox", "laser"]), ("laser", "found", ["laser"]), ("facial", "none", []), ("otro", "none", [])],
)
async def test_a_service_can_be_booked_when_somebody_gives_it(
    agenda: Agenda, asked: str | None, outcome: str, keys: list[str]
) -> None:
    await agenda.add_service("laser", agenda.professionals)
    await agenda.add_service("facial")  # nobody gives it
    who = (await agenda.add_patient()).contact_id
    async with tenant_session(agenda.app, agenda.organization) as session:
        context = ActionContext(session, agenda.organization, 1, who, NOW, "key")
        found = await services(context, BookableServices(service=asked))
    assert (found.name, [one["id"] for one in found.value.get("services", [])]) == (outcome, keys)


@pytest.mark.parametrize(
    ("currency", "language", "about"),
    [
        ("COP", None, "60 min · COP 650.000"),
        ("COP", "en", "60 min · COP 650,000"),
        ("CLP", None, "60 min · CLP 65.000.000"),  # pesos of Chile have no hundredths
    ],
)
async def test_a_price_is_written_as_its_currency_and_language_do(
    agenda: Agenda, currency: str, language: str | None, about: str
) -> None:
    who = (await agenda.add_patient()).contact_id
    async with tenant_session(agenda.app, agenda.organization) as session:
        (await session.get_one(Organization, agenda.organization)).currency = currency
        (await session.get_one(Contact, who)).language = language
        (await session.get_one(Service, agenda.services["botox"])).price_minor = 65_000_000
        context = ActionContext(session, agenda.organization, 1, who, NOW, "key")
        found = await services(context, BookableServices())
    assert found.value["services"][0]["about"] == about
