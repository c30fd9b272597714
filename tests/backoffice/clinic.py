"""A clinic for the API's tests: organization, people, channels, and somebody who wrote. All by real rows."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from backoffice.api.access import CSRF_COOKIE, CSRF_HEADER
from backoffice.auth import issue_token
from backoffice.passwords import hash_password
from core.contacts.model import Contact, ContactIdentity
from core.leads.actions import add_default_stages
from core.organizations.actions import create_organization
from core.organizations.model import Login, Member
from core.public_id import PublicIds
from core.threads.content import Text, to_json
from core.threads.model import Channel, Episode, Message, Thread, ThreadChannel
from core.threads.queues import Outbox
from core.vault import Vault

SECRET = "a secret for tests, long enough to be taken"
PASSWORD = "una clave larga"
HASH = hash_password(PASSWORD)
IDS = PublicIds(SECRET)
VAULT = Vault(SECRET)
NOON = datetime(2026, 11, 18, 15, 0, tzinfo=UTC)


@dataclass
class FixedClock:
    """A clock the test moves."""

    now: datetime = NOON

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **by: float) -> None:
        self.now += timedelta(**by)


@dataclass
class Clinic:
    """One organization; `members` and `tokens` by role."""

    engine: AsyncEngine
    organization_id: int
    members: dict[str, int] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    whatsapp: int = 0
    telegram: int = 0

    def as_(self, role: str) -> dict[str, str]:
        """The headers of a program of that role."""
        return {"Authorization": f"Bearer {self.tokens[role]}"}

    def email(self, role: str) -> str:
        return f"{role}@{self.organization_id}.example"

    def public(self, kind: str, inside: int) -> str:
        return IDS.encode(kind, inside)

    async def add_member(self, role: str, name: str, *, key: str | None = None, teams: tuple[str, ...] = ()) -> int:
        key = key or role
        async with AsyncSession(self.engine, expire_on_commit=False) as session:
            login = Login(email=self.email(key), password_hash=HASH)
            session.add(login)
            await session.flush()
            member = Member(
                organization_id=self.organization_id, login_id=login.id, name=name, role=role, teams=list(teams)
            )
            session.add(member)
            await session.flush()
            _, self.tokens[key] = await issue_token(session, member, "pruebas")
            self.members[key] = member.id
            await session.commit()
            return member.id

    async def add_thread(self, name: str, *said: str, at: datetime = NOON, state: str = "bot", **columns: Any) -> int:
        """Somebody who wrote these texts, a minute apart, ending at `at`. Returns the thread's id."""
        async with AsyncSession(self.engine, expire_on_commit=False) as session:
            contact = Contact(organization_id=self.organization_id, name=name, phone=columns.pop("phone", None))
            session.add(contact)
            await session.flush()
            number = f"57300{contact.id:07d}"
            session.add(
                ContactIdentity(
                    organization_id=self.organization_id,
                    contact_id=contact.id,
                    kind="whatsapp",
                    value=columns.pop("number", number),
                    verified=True,
                )
            )
            thread = Thread(
                organization_id=self.organization_id,
                contact_id=contact.id,
                state=state,
                channel_id=self.whatsapp,
                last_seq=len(said),
                last_at=at,
                last_text=said[-1] if said else "",
                last_author="contact" if said else "",
                unread=len(said),
                **columns,
            )
            session.add(thread)
            await session.flush()
            session.add(
                ThreadChannel(
                    thread_id=thread.id,
                    channel_id=self.whatsapp,
                    organization_id=self.organization_id,
                    address={"to": number},
                    last_inbound_at=at if said else None,
                )
            )
            session.add(Episode(organization_id=self.organization_id, thread_id=thread.id, started_at=at))
            for seq, words in enumerate(said, 1):
                session.add(
                    Message(
                        organization_id=self.organization_id,
                        thread_id=thread.id,
                        seq=seq,
                        channel_id=self.whatsapp,
                        direction="in",
                        author="contact",
                        provider_id=f"wamid.{thread.id}.{seq}",
                        content=to_json(Text(words)),
                        text=words,
                        at=at - timedelta(minutes=len(said) - seq),
                    )
                )
            await session.commit()
            return thread.id

    async def queue_bot_message(self, thread_id: int, words: str, *, state: str = "queued", epoch: int = 0) -> int:
        """Something the bot said that has not left yet. Returns the message's id."""
        async with AsyncSession(self.engine, expire_on_commit=False) as session:
            thread = await session.get_one(Thread, thread_id)
            thread.last_seq += 1
            message = Message(
                organization_id=self.organization_id,
                thread_id=thread_id,
                seq=thread.last_seq,
                channel_id=self.whatsapp,
                direction="out",
                author="bot",
                content=to_json(Text(words)),
                text=words,
                status="failed" if state == "failed" else "queued",
                at=NOON,
            )
            session.add(message)
            await session.flush()
            session.add(
                Outbox(
                    organization_id=self.organization_id,
                    thread_id=thread_id,
                    seq=message.seq,
                    message_id=message.id,
                    channel_id=self.whatsapp,
                    epoch=epoch,
                    due_at=NOON,
                    state=state,
                )
            )
            await session.commit()
            return message.id


ROLE_NAMES = {
    "owner": "Elena Márquez",
    "manager": "Marta Soler",
    "doctor": "Diego Paz",
    "closer": "Paula Ríos",
    "receptionist": "Rosa Gil",
    "assistant": "Ana Luz",
}


async def make_clinic(engine: AsyncEngine, slug: str = "clinica") -> Clinic:
    async with engine.begin() as connection:
        organization_id = await create_organization(
            connection,
            slug=slug,
            name=f"Clínica {slug}",
            licence="clinic",
            country="CO",
            zone="America/Bogota",
            currency="COP",
            pack="estetica",
            settings={"phone": "+57 601 555 0199"},
        )
    clinic = Clinic(engine, organization_id)
    async with AsyncSession(engine, expire_on_commit=False) as session:
        await add_default_stages(session, organization_id)
        channels = [
            Channel(
                organization_id=organization_id,
                kind=kind,
                account=f"{account}{organization_id}",
                name=kind.title(),
                settings={"waba_id": f"9{organization_id}"} if kind == "whatsapp" else {"username": "bot"},
                secrets=VAULT.seal(secrets),
            )
            for kind, account, secrets in (
                ("whatsapp", "10", {"access_token": "t", "app_secret": "s", "verify_token": "v"}),
                ("telegram", "70", {"token": "70:t", "secret": "s"}),
            )
        ]
        session.add_all(channels)
        await session.commit()
        clinic.whatsapp, clinic.telegram = (channel.id for channel in channels)
    for role, name in ROLE_NAMES.items():
        await clinic.add_member(role, name, teams=("ventas",) if role == "closer" else ())
    return clinic


async def log_in(client: httpx.AsyncClient, clinic: Clinic, role: str, password: str = PASSWORD) -> dict[str, str]:
    """Come in like a browser: the cookies stay in the client; returns the header unsafe requests need."""
    answer = await client.post("/api/login", json={"email": clinic.email(role), "password": password})
    assert answer.status_code == 200, answer.text
    return {CSRF_HEADER: client.cookies[CSRF_COOKIE]}
