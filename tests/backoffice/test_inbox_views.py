"""A list of the inbox is one rule, and so is whose threads one sees: the database, the counts and the page agree."""

from itertools import product
from types import SimpleNamespace

import httpx
import pytest
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from backoffice.pages.inbox_views import VIEWS
from core.organizations.model import Organization
from core.organizations.permissions import Sight
from core.threads.model import Thread
from core.threads.queries import visible_to
from tests.backoffice.agenda_requests import book
from tests.backoffice.clinic import Clinic
from tests.core.agenda.agenda_clinic import Agenda, local


async def every_kind(clinic: Clinic, engine: AsyncEngine) -> None:
    """A thread of each state, owner, team, read or not, late or not."""
    owners = (None, clinic.members["closer"], clinic.members["doctor"])
    states = ("bot", "open", "waiting", "snoozed", "resolved")
    kinds = product(states, owners, (None, "ventas"), (0, 2), (None, "late"))
    for number, (state, owner, team, unread, told) in enumerate(kinds):
        thread = await clinic.add_thread(f"P{number}", "hola", state=state, owner_id=owner, team=team)
        async with AsyncSession(engine) as session:
            values = {"unread": unread, "promise_told": told}
            await session.execute(update(Thread).where(Thread.id == thread).values(**values))
            await session.commit()


@pytest.mark.parametrize("visibility", ["all", "team", "assigned"])
async def test_what_a_list_shows_is_what_it_counts(
    client: httpx.AsyncClient, clinic: Clinic, empty_database: AsyncEngine, visibility: str
) -> None:
    await every_kind(clinic, empty_database)
    async with AsyncSession(empty_database) as session:
        await session.execute(update(Organization).values(settings={"visibility": visibility}))
        await session.commit()
        threads = list(await session.scalars(select(Thread)))
        sight = Sight(visibility, clinic.members["closer"], ("ventas",))  # type: ignore[arg-type]
        seen = set(await session.scalars(select(Thread.id).where(visible_to(sight))))
    assert {one.id for one in threads if sight.sees(one.owner_id, one.team)} == seen
    for view in VIEWS:
        if view.mentioned:
            continue
        rows = [
            SimpleNamespace(
                owner_id=one.owner_id,
                team=one.team,
                state=one.state,
                unread=one.unread > 0,
                late=one.promise_told == "late",
            )
            for one in threads
            if one.id in seen
        ]
        held = sum(view.holds(row, clinic.members["closer"], ("ventas",)) for row in rows)
        found: list[str] = []
        cursor = None
        while True:
            asked = {**view.filters, "limit": 100, **({"cursor": cursor} if cursor else {})}
            page = (await client.get("/api/threads", params=asked, headers=clinic.as_("closer"))).json()
            found += [one["id"] for one in page["items"]]
            if (cursor := page["next"]) is None:
                break
        assert len(found) == len(set(found)) == held, (visibility, view.key)


async def test_the_list_is_narrowed_to_the_people_of_a_place(
    client: httpx.AsyncClient, agenda: Agenda, empty_database: AsyncEngine
) -> None:
    clinic = agenda.clinic
    here = await clinic.add_thread("Ana", "hola")
    await clinic.add_thread("Leo", "hola")
    async with AsyncSession(empty_database) as session:
        contact = (await session.get_one(Thread, here)).contact_id
    booked = await book(client, agenda, local(19, 9), clinic.public("contact", contact))
    assert booked.status_code == 201, booked.text
    asked = {"location": clinic.public("location", agenda.location)}
    rows = (await client.get("/api/threads", params=asked, headers=clinic.as_("owner"))).json()["items"]
    assert [row["id"] for row in rows] == [clinic.public("thread", here)]
