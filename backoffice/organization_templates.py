"""An organization's WhatsApp message templates: those its pack speaks with, its own, and what Meta says of each."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from backoffice.connect_channel import refusal
from bot.language.library import Library
from bot.tooling.templates import templates_of
from channels.whatsapp import templates as at_meta
from channels.whatsapp.send import WhatsAppClients
from channels.whatsapp.templates import TemplateFacts
from core.errors import HiloError, Missing, Refused
from core.organizations.model import Organization
from core.threads.message_templates import MessageTemplate, locked_rows
from core.threads.model import Channel
from core.threads.outbound import AccountBroken, ChannelAccount, SendRefused

AT_ONCE = 4
"""Requests to Meta at one time."""
SPANISH = {"tu": "es", "vos": "es-vos", "usted": "es-usted"}

Key = tuple[str, str]
"""(name, language)."""


@dataclass(frozen=True, slots=True)
class Text:
    """A template's text, of whatever origin."""

    name: str
    language: str
    category: str
    components: list[dict[str, Any]]

    @property
    def key(self) -> Key:
        return self.name, self.language


@dataclass(frozen=True, slots=True)
class Wanted:
    """A text to be reviewed: its id at Meta when it has one, and what was known of it: (as of when, status)."""

    text: Text
    provider_id: str | None
    known: tuple[datetime | None, str]


@dataclass(frozen=True, slots=True)
class Submitted:
    """What became of one: what Meta answered, or why it did not take it."""

    wanted: Wanted
    facts: TemplateFacts | None
    problem: str | None


def pack_texts(library: Library | None, register: str) -> dict[Key, Text]:
    """What the organization's flows need approved, with people addressed as its bot does."""
    if library is None:
        return {}
    found = (
        Text(one["name"], one["language"], one["category"], one["components"])
        for one in templates_of(library, SPANISH.get(register, "es"))
    )
    return {text.key: text for text in found}


async def whatsapp_channel(session: AsyncSession, organization: Organization, channel_id: int | None) -> Channel:
    """The number whose account's templates are meant: the one named, or the first. Raises Missing or Refused."""
    statement = select(Channel).where(
        Channel.organization_id == organization.id, Channel.kind == "whatsapp", Channel.removed_at.is_(None)
    )
    if channel_id is not None:
        statement = statement.where(Channel.id == channel_id)
    found: Channel | None = await session.scalar(statement.order_by(Channel.active.desc(), Channel.id).limit(1))
    if found is not None and found.settings.get("waba_id"):
        return found
    if channel_id is not None and found is None:
        raise Missing("channel")
    raise Refused("no_whatsapp", "Las plantillas son de WhatsApp: conecta primero un número en Ajustes → Canales.")


def says(components: Sequence[dict[str, Any]]) -> tuple[str, str, str, tuple[str, ...]]:
    """(header, body, footer, buttons) of a template, to see whether two say the same."""
    parts = {str(part.get("type")).upper(): part for part in components}
    buttons = parts.get("BUTTONS", {}).get("buttons") or []
    header, body, footer = (str(parts.get(kind, {}).get("text") or "") for kind in ("HEADER", "BODY", "FOOTER"))
    return header, body, footer, tuple(str(one.get("text")) for one in buttons)


async def read_from_meta(clients: WhatsAppClients, account: ChannelAccount) -> list[TemplateFacts]:
    """Everything Meta lists. Raises Refused with words."""
    try:
        return await at_meta.list_templates(clients, account)
    except HiloError as error:
        raise refusal("whatsapp", error) from None


async def keep_list(
    session: AsyncSession, organization_id: int, waba: str, listed: Sequence[TemplateFacts], now: datetime
) -> None:
    """Store the list just read; what is known here and not listed is not at Meta any more. Never commits."""
    gone = await locked_rows(session, organization_id, waba, [(facts.name, facts.language) for facts in listed])
    for facts in listed:
        row = gone.pop((facts.name, facts.language), None)
        if row is not None and (row.checked_at is None or row.checked_at <= now):  # else a webhook came meanwhile
            keep_facts(row, facts, now)
    for row in gone.values():
        if row.status != "not_submitted":
            row.status, row.provider_id, row.reason, row.words, row.checked_at = "not_submitted", None, None, None, now
    await session.execute(
        update(Channel)
        .where(Channel.organization_id == organization_id, Channel.settings["waba_id"].astext == waba)
        .values(templates_read_at=now)
    )
    await session.flush()


def keep_facts(row: MessageTemplate, facts: TemplateFacts, now: datetime) -> None:
    """Meta's word on one, as of now. Its own explanation of a refusal stays: only a webhook brings it."""
    if (row.status, row.reason) != (facts.status, facts.reason):
        row.words = None
    row.status, row.reason, row.category = facts.status, facts.reason, facts.category
    row.provider_id, row.components, row.checked_at = facts.provider_id, facts.components, now
    row.quality = facts.quality or row.quality


async def keep_submitted(
    session: AsyncSession, organization_id: int, waba: str, submitted: Sequence[Submitted], now: datetime
) -> None:
    """Store what became of those submitted. Where Meta's verdict came before its answer was stored, that stands."""
    taken = [one for one in submitted if one.facts is not None]
    rows = await locked_rows(session, organization_id, waba, [one.wanted.text.key for one in taken])
    for one in taken:
        assert one.facts is not None
        row = rows[one.wanted.text.key]
        if (row.checked_at, row.status) == one.wanted.known:
            keep_facts(row, one.facts, now)
        else:
            row.components, row.provider_id = one.facts.components, one.facts.provider_id
    await session.flush()


async def submit_all(clients: WhatsAppClients, account: ChannelAccount, wanted: Sequence[Wanted]) -> list[Submitted]:
    """Have Meta review each text; with the id it has there already it is edited. Raises Refused for a bad token."""
    free = asyncio.Semaphore(AT_ONCE)

    async def one(wanted: Wanted) -> Submitted:
        async with free:
            try:
                return Submitted(wanted, await _submit(clients, account, wanted.text, wanted.provider_id), None)
            except SendRefused as refused:
                return Submitted(wanted, None, f"Meta no la tomó: {refused.message}")
            except AccountBroken as broken:
                raise refusal("whatsapp", broken) from None
            except HiloError as error:
                return Submitted(wanted, None, refusal("whatsapp", error).message)

    ended = await asyncio.gather(*[one(each) for each in wanted], return_exceptions=True)
    done = [each for each in ended if isinstance(each, Submitted)]
    broken = [each for each in ended if isinstance(each, BaseException)]
    if broken and not done:
        raise broken[0]
    failed = [one for one, each in zip(wanted, ended, strict=True) if isinstance(each, BaseException)]
    return [*done, *(Submitted(one, None, str(broken[0])) for one in failed)]


async def _submit(
    clients: WhatsAppClients, account: ChannelAccount, text: Text, provider_id: str | None
) -> TemplateFacts:
    if provider_id is None:
        given = {"name": text.name, "language": text.language, "category": text.category}
        return await at_meta.submit(clients, account, {**given, "components": text.components})
    await at_meta.edit(clients, account, provider_id, text.components)
    return TemplateFacts(provider_id, text.name, text.language, text.category, "pending", None, None, text.components)
