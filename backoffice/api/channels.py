"""The numbers and bots people write to: how each is, connecting one, changing its keys, pausing and removing it.

What is secret goes in and never comes out again, except a verify token at the moment it is made.
"""

from contextlib import suppress
from dataclasses import replace
from typing import Annotated, Any, Literal

from fastapi import Body, Depends, Query
from pydantic import BaseModel, Field, SecretStr
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from backoffice import channel_check
from backoffice.api.access import Needs, Staff
from backoffice.api.channel_views import LAST_IN, ChannelView, find_channel, known_as, link_of, view_channel, view_found
from backoffice.api.document import staff_router
from backoffice.api.words import Given, Line, MaybeLine, Word, Yes
from backoffice.connect_channel import (
    Clients,
    address_of_api,
    ask_provider,
    check_meta_id,
    keep,
    new_secret,
    opened,
    telegram_account,
    tell_provider,
    tell_provider_no_more,
    webhook_address,
    whatsapp_account,
)
from backoffice.qr_picture import picture_of
from core.db import enter_organization
from core.errors import HiloError, Refused
from core.organizations.audit import audit
from core.threads.dead_letters import adopt
from core.threads.model import Channel
from core.threads.outbound import ChannelAccount

router = staff_router("channels")

Reads = Annotated[Staff, Depends(Needs("channels.read"))]
Writes = Annotated[Staff, Depends(Needs("channels.write"))]
Secret = Annotated[SecretStr, Field(min_length=1, max_length=1000)]


class TokenIn(Given):
    token: Secret


class BotView(BaseModel):
    """A bot before it is connected."""

    account: str
    username: str
    name: str
    connected: bool


class TelegramIn(Given):
    kind: Literal["telegram"]
    token: Secret = Field(description="As @BotFather gave it.")
    name: Word | None = Field(default=None, description="What the staff calls it; the bot's own name if left out.")


class WhatsAppIn(Given):
    kind: Literal["whatsapp"]
    phone_number_id: Line
    waba_id: Line
    access_token: Secret = Field(description="A permanent one, of a system user.")
    app_secret: Secret
    name: Word | None = Field(default=None, description="What the staff calls it; the number's own name if left out.")


ChannelIn = Annotated[TelegramIn | WhatsAppIn, Body(discriminator="kind")]


class ChannelChange(Given):
    """What is given changes; a key is tried with the provider before it is kept."""

    name: Word | None = None
    active: Yes | None = None
    token: Secret | None = None
    access_token: Secret | None = None
    app_secret: Secret | None = None
    waba_id: Line | None = None
    new_verify_token: Yes = False


class ChangedChannel(BaseModel):
    channel: ChannelView
    webhook: str
    """Where the provider is to tell us what happens. Telegram is told by us, Meta by its app's owner."""
    verify_token: str | None
    """Made just now, to paste at Meta; shown this once."""
    waited: int
    """Messages that came for it while it was not connected: they lie among the dead letters, to be read again."""


class CheckIn(Given):
    mend: Yes = Field(default=False, description="Set the webhook, or subscribe the app, anew before looking.")


class StepView(BaseModel):
    key: str
    state: channel_check.State
    title: str
    detail: str
    todo: str
    """What to do when it is not well, in Spanish."""
    mends: bool


class CheckView(BaseModel):
    well: bool
    steps: list[StepView]


class LinkView(BaseModel):
    address: str
    picture: str
    """A data: address of an SVG that a phone reads."""


@router.get("/channels")
async def list_channels(staff: Reads) -> list[ChannelView]:
    """The connected numbers and bots, and what is wrong with each."""
    statement = select(Channel, LAST_IN).where(Channel.removed_at.is_(None)).order_by(Channel.id)
    return [view_channel(staff, row, last) for row, last in await staff.session.execute(statement)]


@router.get("/channels/{channel_id}")
async def read_channel(staff: Reads, channel_id: str) -> ChannelView:
    """One number or bot."""
    return await view_found(staff, await find_channel(staff, channel_id))


def _clients(staff: Staff) -> Clients:
    return Clients(staff.runtime.whatsapp, staff.runtime.telegram)


async def _outside(staff: Staff) -> None:
    """No HTTP inside a transaction."""
    await staff.session.commit()


async def _addressed(staff: Staff, account: ChannelAccount) -> ChannelAccount:
    base = await address_of_api(staff.session, staff.organization.id, account.kind)
    return replace(account, settings={**account.settings, "api_base": base}) if base else account


@router.post("/channels/telegram-bot")
async def look_at_telegram_bot(staff: Writes, given: TokenIn) -> BotView:
    """Whose token this is, as Telegram says. Nothing is kept."""
    asked = await _addressed(staff, telegram_account(given.token.get_secret_value()))
    mine = select(Channel.id).where(
        Channel.kind == "telegram", Channel.account == asked.account, Channel.removed_at.is_(None)
    )
    connected = await staff.session.scalar(mine) is not None
    await _outside(staff)
    known, name = await ask_provider(_clients(staff), asked)
    return BotView(account=known.account, username=known.settings["username"], name=name, connected=connected)


@router.post("/channels", status_code=201)
async def connect_channel(staff: Writes, given: ChannelIn) -> ChangedChannel:
    """Connect a number or a bot once its provider has taken its keys; the same again stores the new ones.

    Telegram is told where to send its updates, and Meta's app is subscribed to the account where the token may.
    """
    verify_token = new_secret() if isinstance(given, WhatsAppIn) else None
    asked = await _addressed(staff, _asked(given, verify_token or ""))
    await _outside(staff)
    known, name = await ask_provider(_clients(staff), asked)
    await enter_organization(staff.session, staff.organization.id)
    row = await keep(staff.session, staff.runtime.vault, staff.organization.id, known, given.name or name or known.kind)
    _tell_audit(staff, "channel.connected", row)
    return await _kept(staff, row, verify_token)


def _asked(given: TelegramIn | WhatsAppIn, verify_token: str) -> ChannelAccount:
    if isinstance(given, TelegramIn):
        return telegram_account(given.token.get_secret_value())
    access_token, app_secret = given.access_token.get_secret_value(), given.app_secret.get_secret_value()
    return whatsapp_account(given.phone_number_id, given.waba_id, access_token, app_secret, verify_token)


def _tell_audit(staff: Staff, action: str, row: Channel, **details: Any) -> None:
    told = {"name": row.name, "account": row.account, **details}
    audit(staff.session, staff.member, action, f"{row.kind} {known_as(row)}", staff.now, **told)


async def _kept(staff: Staff, row: Channel, verify_token: str | None, *, tell: bool = True) -> ChangedChannel:
    """Commit, have this process know it at once, tell the provider (the check says if it would not hear), answer."""
    runtime = staff.runtime
    account = opened(runtime.vault, row)
    view = await view_found(staff, row)
    await staff.session.commit()
    waited = 0
    if row.active:
        async with AsyncSession(runtime.loops) as session:  # what belonged to nobody only the spine sees
            waited = await adopt(session, row.kind, row.account, row.organization_id)
            await session.commit()
    runtime.directory.forget_notes(row.id)
    await runtime.directory.refresh(force=True)
    address = webhook_address(runtime.settings.public_url, runtime.ids, account)
    with suppress(HiloError):
        if tell and row.active:
            await tell_provider(_clients(staff), account, address)
        elif tell and row.kind == "telegram":
            await tell_provider_no_more(_clients(staff), account)
    return ChangedChannel(channel=view, webhook=address, verify_token=verify_token, waited=waited)


@router.patch("/channels/{channel_id}")
async def change_channel(staff: Writes, channel_id: str, given: ChannelChange) -> ChangedChannel:
    """Its name, its keys, or whether it is paused. Telegram keeps what is written to a paused bot for a day."""
    row = await find_channel(staff, channel_id)
    asked, verify_token = _changed_keys(staff, row, given)
    if asked is not None:
        await _outside(staff)
        asked, _ = await ask_provider(_clients(staff), asked)
        await enter_organization(staff.session, staff.organization.id)
    row = await find_channel(staff, channel_id, lock=True)
    if asked is not None:
        if asked.settings.get("waba_id") != row.settings.get("waba_id"):
            row.templates_read_at = None  # another account's list, of which nothing is known yet
        row.settings, row.secrets, row.problem = asked.settings, staff.runtime.vault.seal(asked.secrets), None
    if given.name is not None:
        row.name = given.name
    if given.active is not None:
        row.active = given.active
    changed = sorted(given.model_fields_set)
    _tell_audit(staff, "channel.changed", row, changed=changed, active=row.active)
    await staff.session.flush()
    return await _kept(staff, row, verify_token, tell=changed != ["name"])


def _changed_keys(staff: Staff, row: Channel, given: ChannelChange) -> tuple[ChannelAccount | None, str | None]:
    """The account with its new keys (None: none is given), and the verify token made. Raises Refused."""
    account = opened(staff.runtime.vault, row)
    keys = ("token",) if row.kind == "telegram" else ("access_token", "app_secret")
    wrong = {"token", "access_token", "app_secret"} - set(keys)
    if any(getattr(given, name) is not None for name in wrong) or (
        row.kind == "telegram" and (given.waba_id or given.new_verify_token)
    ):
        raise Refused("value", "Esa clave no es de este tipo de canal.")
    told = {name: getattr(given, name).get_secret_value().strip() for name in keys if getattr(given, name) is not None}
    verify_token = new_secret() if given.new_verify_token else None
    if verify_token:
        told["verify_token"] = verify_token
    settings = dict(account.settings)
    if given.waba_id is not None:
        check_meta_id(given.waba_id, "de la cuenta de WhatsApp (WABA)")
        settings["waba_id"] = given.waba_id
    if "token" in told and telegram_account(told["token"]).account != row.account:
        raise Refused("other_account", "Ese token es de otro bot: conéctalo como un canal nuevo.")
    changed = bool(told) or settings != account.settings
    return replace(account, settings=settings, secrets={**account.secrets, **told}) if changed else None, verify_token


@router.delete("/channels/{channel_id}", status_code=204)
async def remove_channel(staff: Writes, channel_id: str) -> None:
    """Disconnect it and forget its keys. Its conversations stay; connecting it again brings them back to life."""
    row = await find_channel(staff, channel_id, lock=True)
    account = opened(staff.runtime.vault, row)
    row.removed_at, row.active, row.secrets, row.problem = staff.now, False, b"", None
    _tell_audit(staff, "channel.removed", row)
    await staff.session.flush()
    await staff.session.commit()
    waba = Channel.settings["waba_id"].astext
    async with AsyncSession(staff.runtime.loops) as session:  # another organization may have a number of it
        others = row.kind == "whatsapp" and await session.scalar(
            select(Channel.id).where(waba == str(row.settings.get("waba_id")), Channel.removed_at.is_(None)).limit(1)
        )
    await staff.runtime.directory.refresh(force=True)
    if not others:
        with suppress(HiloError):
            await tell_provider_no_more(_clients(staff), account)


@router.post("/channels/{channel_id}/check")
async def check_channel(staff: Writes, channel_id: str, given: CheckIn) -> CheckView:
    """Ask the provider, step by step, whether it works, and what to do where it does not."""
    row = await find_channel(staff, channel_id)
    runtime, account = staff.runtime, opened(staff.runtime.vault, row)
    await _outside(staff)
    address = webhook_address(runtime.settings.public_url, runtime.ids, account)
    if given.mend and row.active:
        with suppress(HiloError):
            await tell_provider(_clients(staff), account, address)
    steps = await channel_check.check(_clients(staff), account, row, address)
    await _note_problem(staff, row, steps)
    views = [StepView(**{name: getattr(step, name) for name in StepView.model_fields}) for step in steps]
    return CheckView(well=all(step.state == "ok" for step in steps), steps=views)


async def _note_problem(staff: Staff, row: Channel, steps: list[channel_check.Step]) -> None:
    """Tell everybody of keys that do not work, and that they work again."""
    asked = [step for step in steps if step.key in ("token", "number")]
    if all(step.state == "ok" for step in asked):
        if row.problem:
            await staff.runtime.directory.mark_problem(row.id, None)
    elif any(step.state == "wrong" and step.todo != channel_check.TODO["away"] for step in asked):
        wrong = next(step for step in asked if step.state == "wrong")
        await staff.runtime.directory.mark_problem(row.id, f"{wrong.title}. {wrong.todo}")


@router.get("/channels/{channel_id}/link")
async def read_link(
    staff: Reads,
    channel_id: str,
    payload: Annotated[str, Query(pattern=r"^[A-Za-z0-9_-]{0,64}$", description="Telegram: kept as a touch.")] = "",
    text: Annotated[MaybeLine, Query(description="WhatsApp: what is written already when the chat opens.")] = "",
) -> LinkView:
    """Where people begin to chat with it, also as a picture to print."""
    row = await find_channel(staff, channel_id)
    address = link_of(row, payload, text)
    if address is None:
        raise Refused("no_link", "Todavía no se sabe cómo se llama: comprueba el canal primero.")
    return LinkView(address=address, picture=picture_of(address))
