"""Connecting a number or a bot: what the command line and the staff's API share.

The provider is asked first and by its answer it is known whose the account is; only then anything is kept. No HTTP
happens inside a transaction: callers ask, keep and commit, then tell.
"""

import secrets as random
from dataclasses import dataclass, replace
from typing import Any, Literal

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from channels.telegram.late import LateTelegramClients
from channels.whatsapp.account import number_of, subscribe, unsubscribe
from channels.whatsapp.send import WhatsAppClients
from core.errors import HiloError, Refused
from core.public_id import PublicIds
from core.threads.model import Channel
from core.threads.outbound import AccountBroken, ChannelAccount, OutcomeUnknown, SendLater, SendRefused
from core.vault import Vault

Kind = Literal["whatsapp", "telegram"]
PROVIDERS = {"whatsapp": "Meta", "telegram": "Telegram"}
NO_TOKEN = "Eso no es el token de un bot: se parece a 123456789:AAH… y lo da @BotFather con /token."  # noqa: S105 words
BAD_TOKEN = {
    "telegram": "Telegram no conoce ese token: cópialo entero de @BotFather, o pide otro con /token.",
    "whatsapp": "Meta no acepta esa clave de acceso: crea otra para el usuario del sistema y pégala entera.",
}
NOT_READABLE = (
    "Con esa clave Meta no muestra ese número: revisa su identificador (WhatsApp → Configuración de la API) y que el "
    "usuario del sistema tenga asignada la cuenta de WhatsApp."
)


@dataclass(frozen=True, slots=True)
class Clients:
    """The providers' clients of this process."""

    whatsapp: WhatsAppClients
    telegram: LateTelegramClients


def telegram_account(token: str) -> ChannelAccount:
    """The bot a token is of, not asked about yet, with a new secret for its webhook. Raises Refused."""
    given = token.strip()
    bot_id, colon, rest = given.partition(":")
    if not colon or not (bot_id.isascii() and bot_id.isdecimal() and rest.isascii() and rest) or " " in rest:
        raise Refused("token", NO_TOKEN)
    return ChannelAccount(0, 0, "telegram", bot_id, {}, {"token": given, "secret": new_secret()})


def whatsapp_account(
    phone_number_id: str, waba_id: str, access_token: str, app_secret: str, verify_token: str
) -> ChannelAccount:
    """The number, not asked about yet. Raises Refused."""
    for given, what in ((phone_number_id, "del número"), (waba_id, "de la cuenta de WhatsApp (WABA)")):
        check_meta_id(given, what)
    kept = {"access_token": access_token.strip(), "app_secret": app_secret.strip(), "verify_token": verify_token}
    return ChannelAccount(0, 0, "whatsapp", phone_number_id, {"waba_id": waba_id}, kept)


def check_meta_id(given: str, what: str) -> None:
    """Raises Refused for anything but digits."""
    if not (given.isascii() and given.isdecimal()):
        words = f"«{given}» no es el identificador {what}: son sólo cifras (WhatsApp → Configuración de la API)."
        raise Refused("meta_id", words)


def new_secret() -> str:
    """For a webhook or to verify it: 48 characters anybody's form takes."""
    return random.token_hex(24)


async def address_of_api(session: AsyncSession, organization_id: int, kind: Kind) -> str | None:
    """Where the provider's API is, when it is not the provider's own: where the organization's last channel of the
    kind goes (the demo's emulator, a Bot API server of one's own). It is never asked of whoever connects."""
    return await session.scalar(
        select(Channel.settings["api_base"].astext)
        .where(Channel.organization_id == organization_id, Channel.kind == kind)
        .order_by(Channel.id.desc())
        .limit(1)
    )


async def ask_provider(clients: Clients, account: ChannelAccount) -> tuple[ChannelAccount, str]:
    """The account with what the provider tells of it in its settings, and the name it has there. Raises Refused."""
    try:
        if account.kind == "telegram":
            bot = await clients.telegram.bot_of(account)
            if str(bot.id) != account.account:
                raise Refused("token", BAD_TOKEN["telegram"])
            return replace(account, settings={**account.settings, "username": bot.username}), bot.name
        number = await number_of(clients.whatsapp, account)
    except HiloError as error:
        raise refusal(account.kind, error) from None
    return replace(account, settings={**account.settings, "display_phone_number": number.number}), number.name


def refusal(kind: Kind, error: HiloError) -> Refused:
    """Why the provider did not answer as hoped, for the staff."""
    match error:
        case Refused():
            return error
        case AccountBroken(code="190" | "0" | "401" | "token"):
            return Refused("token", BAD_TOKEN[kind])
        case AccountBroken() | SendRefused() if kind == "whatsapp":
            return Refused("not_readable", NOT_READABLE, provider=error.message)
        case SendLater() | OutcomeUnknown():
            return Refused("no_answer", f"{PROVIDERS[kind]} no responde ahora: prueba otra vez en un momento.")
    return Refused("provider_refused", f"{PROVIDERS[kind]} no lo acepta: {error}", provider=str(error))


async def keep(
    session: AsyncSession, vault: Vault, organization_id: int, account: ChannelAccount, name: str
) -> Channel:
    """Store the account as a channel, or with new secrets where the organization has or had it; never commits.

    Raises Refused when it is connected to another organization.
    """
    known = await session.scalar(
        select(Channel)
        .where(
            Channel.kind == account.kind,
            Channel.account == account.account,
            Channel.organization_id == organization_id,
        )
        .order_by(Channel.removed_at.desc().nulls_first())
        .limit(1)
        .with_for_update()
    )
    if known is None:
        known = Channel(organization_id=organization_id, kind=account.kind, account=account.account, settings={})
        session.add(known)
    known.name = name
    if known.settings.get("waba_id") != account.settings.get("waba_id"):
        known.templates_read_at = None  # another account's list, of which nothing is known yet
    known.settings = {**known.settings, **account.settings}
    known.secrets = vault.seal(account.secrets)
    known.active, known.problem, known.removed_at = True, None, None
    known.heard_at = known.verified_at = None
    try:
        await session.flush()
    except IntegrityError:
        raise Refused("taken", "Esa cuenta ya está conectada a otra organización: hay que quitarla allí.") from None
    return known


def opened(vault: Vault, row: Channel) -> ChannelAccount:
    """The account of a stored channel. Raises Refused when HILO_SECRET is another one."""
    kind: Kind = "whatsapp" if row.kind == "whatsapp" else "telegram"
    sealed: dict[str, Any] = vault.open(row.secrets) if row.secrets else {}
    return ChannelAccount(row.id, row.organization_id, kind, row.account, row.settings, sealed)


def webhook_address(public_url: str, ids: PublicIds, account: ChannelAccount) -> str:
    """Where the provider tells us what happens: one address for all numbers, one for each bot."""
    base = f"{public_url.rstrip('/')}/webhooks/{account.kind}"
    return f"{base}/{ids.encode('channel', account.id)}" if account.kind == "telegram" else base


async def tell_provider(clients: Clients, account: ChannelAccount, address: str) -> None:
    """Have the provider tell us of what happens. Raises the errors of `core.threads.outbound`."""
    if account.kind == "telegram":
        await clients.telegram.set_webhook(account, address, account.secrets["secret"])
    else:
        await subscribe(clients.whatsapp, account)


async def tell_provider_no_more(clients: Clients, account: ChannelAccount) -> None:
    """Have the provider tell us no more. Raises the errors of `core.threads.outbound`."""
    if account.kind == "telegram":
        await clients.telegram.drop_webhook(account)
    else:
        await unsubscribe(clients.whatsapp, account)
