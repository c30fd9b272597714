"""`hilo org …`, `member …`, `token …`, `channel …`: setting an installation up from the command line."""

import asyncio
import getpass
import os
import sys
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any, Literal

from cyclopts import App
from rich.console import Console
from rich.table import Table
from sqlalchemy import select, true
from sqlalchemy.ext.asyncio import AsyncSession

from backoffice.auth import issue_token
from backoffice.connect_channel import (
    Clients,
    address_of_api,
    ask_provider,
    keep,
    opened,
    telegram_account,
    tell_provider,
    webhook_address,
    whatsapp_account,
)
from backoffice.database import installation
from backoffice.doctor import examine
from backoffice.passwords import hash_password
from backoffice.settings import Settings
from channels.telegram.late import LateTelegramClients
from channels.whatsapp.send import WhatsAppClients
from core.clock import system_clock
from core.db import create_engine, enter_organization
from core.errors import Missing, Refused
from core.organizations.founding import found_organization
from core.organizations.members import add_member, find_member
from core.organizations.model import Login, Organization
from core.public_id import PublicIds
from core.threads.dead_letters import adopt
from core.threads.model import Channel
from core.threads.outbound import ChannelAccount
from core.threads.queues import DeadLetter
from core.vault import Vault

org = App(name="org", help="Organizations.")
member = App(name="member", help="The people who work in an organization.")
channel = App(name="channel", help="WhatsApp numbers and Telegram bots.")
token = App(name="token", help="Bearer tokens for programs.")


LISTED = 200

Work = Callable[[Settings], Coroutine[Any, Any, None]]


def _on_installation(work: Work) -> None:
    """Do it on the configured installation, or on the demo's, running or not."""
    with installation(Settings(), share=True) as settings:
        asyncio.run(work(settings))


@asynccontextmanager
async def _as_owner(settings: Settings) -> AsyncIterator[AsyncSession]:
    engine = create_engine(settings.owner_database_url or settings.require_database(), "owner", pool_size=1)
    try:
        async with AsyncSession(engine, expire_on_commit=False) as session:
            yield session
    finally:
        await engine.dispose()


async def _organization(session: AsyncSession, slug: str) -> Organization:
    found = await session.scalar(select(Organization).where(Organization.slug == slug))
    if found is None:
        raise Refused("no_organization", f"There is no organization {slug!r}: create it with `hilo org create`.")
    await enter_organization(session, found.id)
    return found


@org.command
def create(
    slug: str,
    name: str,
    *,
    country: str,
    zone: str,
    currency: str,
    owner_email: str,
    owner_name: str,
    licence: Literal["clinic", "individual"] = "clinic",
    pack: str = "estetica",
) -> None:
    """Create an organization with its owner, the default lead stages, usual hours and its country's holidays.

    Asks for the owner's password when the login is new (or reads HILO_NEW_PASSWORD).

    Parameters
    ----------
    slug
        Its short name in commands, e.g. clinica-sol.
    country
        ISO 3166, e.g. CO.
    zone
        IANA time zone, e.g. America/Bogota.
    currency
        ISO 4217, e.g. COP.
    pack
        The folder of flows its bot speaks.
    """
    flows = Settings().flows_dir
    if not (flows / pack / "_globals.yaml").exists():
        raise Refused("no_pack", f"There is no pack of flows {pack!r} in {flows}.")

    async def work(settings: Settings) -> None:
        async with _as_owner(settings) as session:
            await found_organization(
                session,
                system_clock,
                slug=slug,
                name=name,
                licence=licence,
                country=country.upper(),
                zone=zone,
                currency=currency,
                owner_email=owner_email,
                owner_name=owner_name,
                owner_password_hash=await _password_hash(session, owner_email),
                pack=pack,
            )
            await session.commit()
        print(f"Created {slug}. Next: hilo channel add-whatsapp {slug} …, or hilo channel add-telegram {slug}")

    _on_installation(work)


@member.command
def add(
    organization: str,
    email: str,
    name: str,
    *,
    role: str = "receptionist",
    team: list[str] | None = None,
    speciality: list[str] | None = None,
) -> None:
    """Let somebody into an organization. Asks for a password when the login is new (or reads HILO_NEW_PASSWORD)."""

    async def work(settings: Settings) -> None:
        async with _as_owner(settings) as session:
            found = await _organization(session, organization)
            await add_member(
                session,
                found.id,
                licence=found.licence,
                email=email,
                name=name,
                role=role,
                password_hash=await _password_hash(session, email),
                teams=team or [],
                specialities=speciality or [],
            )
            await session.commit()
        print(f"{name} may log in to {organization} as {email} ({role}).")

    _on_installation(work)


async def _password_hash(session: AsyncSession, email: str) -> str | None:
    """For a login that is new; None for one that has a password."""
    if await session.scalar(select(Login.id).where(Login.email == email.strip().lower())):
        return None
    return hash_password(_new_password())


def _new_password() -> str:
    given = os.environ.get("HILO_NEW_PASSWORD") or _asked("Password for the new login", "HILO_NEW_PASSWORD")
    if len(given) < 10:
        raise Refused("password", "The password needs at least 10 characters.")
    return given


@token.command(name="create")
def create_token(organization: str, email: str, name: str) -> None:
    """Make a bearer token for a program that acts as a member. It is shown once.

    Parameters
    ----------
    email
        Of the member it acts as.
    name
        What it is for.
    """

    async def work(settings: Settings) -> None:
        async with _as_owner(settings) as session:
            found = await _organization(session, organization)
            try:
                bearer = await find_member(session, found.id, email)
            except Missing:
                bearer = None
            if bearer is None or not bearer.active:
                raise Refused("no_member", f"{email} does not work in {organization}.")
            _, plain = await issue_token(session, bearer, name)
            await session.commit()
        print(plain)

    _on_installation(work)


@channel.command(name="add-whatsapp")
def add_whatsapp(organization: str, phone_number_id: str, waba_id: str, *, name: str = "WhatsApp") -> None:
    """Connect a WhatsApp number. Asks for its secrets, or reads them from the HILO_WHATSAPP_ variables."""
    access_token, app_secret, verify_token = (
        _secret(f"HILO_WHATSAPP_{secret}", words)
        for secret, words in (
            ("ACCESS_TOKEN", "Access token of the system user"),
            ("APP_SECRET", "App secret"),
            ("VERIFY_TOKEN", "Verify token (your own choice; give the same to Meta)"),
        )
    )
    account = whatsapp_account(phone_number_id, waba_id, access_token, app_secret, verify_token)

    async def work(settings: Settings) -> None:
        async with _clients() as clients:
            _, known_as = await _connect(settings, organization, clients, account, name)
        print(f"Meta knows it as {known_as}.")
        print(f"In Meta's app set the webhook to {settings.public_url}/webhooks/whatsapp with your verify token.")

    _on_installation(work)


@channel.command(name="add-telegram")
def add_telegram(organization: str, *, name: str = "Telegram") -> None:
    """Connect a Telegram bot and set its webhook. Asks for its token (or reads HILO_TELEGRAM_TOKEN)."""
    account = telegram_account(_secret("HILO_TELEGRAM_TOKEN", "Token from @BotFather"))

    async def work(settings: Settings) -> None:
        async with _clients() as clients:
            kept, known_as = await _connect(settings, organization, clients, account, name)
            print(f"Telegram knows it as @{kept.settings['username']}, {known_as}.")
            ids = PublicIds(settings.require_secret())
            await tell_provider(clients, kept, webhook_address(settings.public_url, ids, kept))
        print("Its webhook is set: write to the bot.")

    _on_installation(work)


def _asked(words: str, variable: str) -> str:
    """What is typed, unseen; raises Refused where nobody can type."""
    try:
        return getpass.getpass(f"{words}: ")
    except EOFError:
        raise Refused("nobody_to_ask", f"{words}: there is no terminal to ask on; set {variable}.") from None


def _secret(variable: str, words: str) -> str:
    given = (os.environ.get(variable) or _asked(words, variable)).strip()
    if not given:
        raise Refused("secret", f"{words} is needed.")
    return given


@asynccontextmanager
async def _clients() -> AsyncIterator[Clients]:
    clients = Clients(WhatsAppClients(), LateTelegramClients())
    try:
        yield clients
    finally:
        await clients.whatsapp.close()
        await clients.telegram.close()


async def _connect(
    settings: Settings, slug: str, clients: Clients, account: ChannelAccount, name: str
) -> tuple[ChannelAccount, str]:
    """Ask the provider, then store the channel, or new secrets for one that is there already."""
    vault = Vault(settings.require_secret())
    async with _as_owner(settings) as session:
        organization_id = (await _organization(session, slug)).id
        base = await address_of_api(session, organization_id, account.kind)
    if base:
        account = replace(account, settings={**account.settings, "api_base": base})
    known, known_as = await ask_provider(clients, account)
    async with _as_owner(settings) as session:
        await enter_organization(session, organization_id)
        kept = opened(vault, await keep(session, vault, organization_id, known, name))
        adopted = await adopt(session, kept.kind, kept.account, organization_id)
        await session.commit()
    if adopted:
        print(f"{adopted} dead letters of this account came before it was connected: see them in the API.")
    return kept, known_as


@channel.command(name="list")
def list_channels(organization: str | None = None) -> None:
    """Every connected channel, or an organization's, and whether it can send."""

    async def work(settings: Settings) -> None:
        table = Table("organization", "kind", "account", "name", "state")
        async with _as_owner(settings) as session:
            rows = await session.execute(
                select(Organization.slug, Channel)
                .join(Channel, Channel.organization_id == Organization.id)
                .where(Organization.slug == organization if organization else true())
                .order_by(Channel.id)
            )
            for slug, found in rows:
                state = found.problem or ("works" if found.active else "removed" if found.removed_at else "inactive")
                table.add_row(slug, found.kind, found.account, found.name, state)
        Console().print(table)

    _on_installation(work)


def dead_letters() -> None:
    """What was signed but not understood, or came for an account nobody has connected; newest first."""

    async def work(settings: Settings) -> None:
        table = Table("received", "channel", "account", "organization", "reason", "replayed")
        async with _as_owner(settings) as session:
            rows = await session.execute(
                select(DeadLetter, Organization.slug)
                .outerjoin(Organization, Organization.id == DeadLetter.organization_id)
                .order_by(DeadLetter.id.desc())
                .limit(LISTED)
            )
            for letter, slug in rows:
                table.add_row(
                    f"{letter.received_at:%Y-%m-%d %H:%M}",
                    letter.channel,
                    letter.account or "",
                    slug or "",
                    letter.reason,
                    "yes" if letter.replayed_at else "",
                )
        Console().print(table)

    _on_installation(work)


def doctor() -> None:
    """Check configuration, database, Redis, tokens and reachability; say what to do. Fails when something is wrong."""

    async def work(settings: Settings) -> None:
        ill = 0
        async for finding in examine(settings):
            ill += not finding.well
            print(f"{'ok   ' if finding.well else 'WRONG'} {finding.what}: {finding.words}")
        if ill:
            print(f"{ill} to mend.", file=sys.stderr)
            raise SystemExit(1)

    _on_installation(work)


async def accounts_of(settings: Settings, kind: str) -> list[ChannelAccount]:
    """The connected accounts of a kind with their secrets, the demo's first. Raises Missing when there is none."""
    vault = Vault(settings.require_secret())
    async with _as_owner(settings) as session:
        rows = list(
            await session.scalars(select(Channel).where(Channel.kind == kind, Channel.active).order_by(Channel.id))
        )
    if not rows:
        raise Missing(f"a {kind} channel")
    return [opened(vault, row) for row in rows]
