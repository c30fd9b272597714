"""Is a channel connected, step by step: the provider is asked, and what came from it is looked at.

Every step has a title, what was found (a name, a number, the provider's own words) and, where it is not well, a todo.
"""

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Literal, TypeVar

from backoffice.connect_channel import PROVIDERS, Clients
from channels.whatsapp.account import NumberFacts, is_of_waba, is_subscribed, number_of, secret_fits
from core.errors import HiloError
from core.threads.model import Channel
from core.threads.outbound import AccountBroken, ChannelAccount, OutcomeUnknown, SendLater

State = Literal["ok", "waiting", "wrong"]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Step:
    """`mends`: asking for it to be mended may help."""

    key: str
    state: State
    title: str
    detail: str = ""
    todo: str = ""
    mends: bool = False


@dataclass(frozen=True, slots=True)
class Failed:
    """A request to the provider that was refused, or not answered."""

    error: HiloError

    @property
    def is_token(self) -> bool:
        return isinstance(self.error, AccountBroken) and self.error.code in ("190", "0", "401", "token")

    @property
    def is_away(self) -> bool:
        return isinstance(self.error, (SendLater, OutcomeUnknown))


QUALITY = {"GREEN": "Calidad alta", "YELLOW": "Calidad media", "RED": "Calidad baja"}
SAID_BY_US = ("100", "190", "401")
"""Refusals whose own words say no more than our title does: no such thing for this token, no such token."""
LATER = "Se mira cuando la clave valga"
TODO = {
    "away": "Prueba otra vez en un momento.",
    "telegram_token": "Pídele otro a @BotFather con /token y ponlo en «Cambiar la clave».",
    "telegram_webhook": "Toca «Arreglar»: Telegram nos avisará a nosotros.",
    "unreachable": "Revisa que nuestra dirección se alcance desde internet por https.",
    "telegram_first": "Escríbele «hola» al bot desde tu Telegram: esto se pone en verde.",
    "whatsapp_token": "Crea otra en Meta para el usuario del sistema, con los permisos whatsapp_business_messaging y "
    "whatsapp_business_management, y ponla en «Cambiar la clave».",
    "number": "Revisa en Meta que el usuario del sistema tenga asignada la cuenta de WhatsApp de ese número.",
    "waba": "Revisa el identificador de la cuenta (WABA) en WhatsApp → Configuración de la API.",
    "secret": "Cópiala de Meta (Configuración de la app → Básica) y ponla en «Cambiar la clave».",
    "subscribed": "Toca «Arreglar». Si Meta no lo permite, la clave necesita el permiso whatsapp_business_management.",
    "verified": "En Meta (WhatsApp → Configuración → Webhook) pega la dirección y el código, toca «Verificar y "
    "guardar» y suscribe los campos «messages» y los de plantillas.",
    "whatsapp_first": "Escribe «hola» a este número desde tu WhatsApp: esto se pone en verde.",
}


async def check(clients: Clients, account: ChannelAccount, channel: Channel, address: str) -> list[Step]:
    """Every step, in the order to mend them. `address`: where the provider should tell us what happens."""
    if account.kind == "telegram":
        return [*await _telegram(clients, account, address), _first(channel)]
    return [*await _whatsapp(clients, account), _verified(channel), _first(channel)]


async def _telegram(clients: Clients, account: ChannelAccount, address: str) -> list[Step]:
    bot, hook = await asyncio.gather(
        _asked(clients.telegram.bot_of(account)), _asked(clients.telegram.webhook_of(account))
    )
    if isinstance(bot, Failed):
        return [
            _refused("token", bot, account, "Telegram no acepta el token", "telegram_token"),
            Step("webhook", "waiting", LATER),
        ]
    token = Step("token", "ok", "El token vale", f"@{bot.username} · {bot.name}")
    if isinstance(hook, Failed):
        return [token, _refused("webhook", hook, account, "Telegram no dice a dónde avisa", "away")]
    if hook.url != address:
        title = "Telegram avisa a otra dirección" if hook.url else "Telegram no avisa a ninguna dirección"
        return [token, Step("webhook", "wrong", title, "", TODO["telegram_webhook"], mends=True)]
    if hook.trouble:
        title = "Telegram no logra entregarnos los mensajes"
        return [token, Step("webhook", "wrong", title, hook.trouble, TODO["unreachable"])]
    return [token, Step("webhook", "ok", "Telegram nos avisa de cada mensaje")]


async def _whatsapp(clients: Clients, account: ChannelAccount) -> list[Step]:
    number = await _asked(number_of(clients.whatsapp, account))
    if isinstance(number, Failed) and (number.is_token or number.is_away):
        token = _refused("token", number, account, "Meta no acepta la clave de acceso", "whatsapp_token")
        return [token, *(Step(key, "waiting", LATER) for key in ("number", "waba", "secret", "subscribed"))]
    waba, secret, subscribed = await asyncio.gather(
        _asked(is_of_waba(clients.whatsapp, account)),
        _asked(secret_fits(clients.whatsapp, account)),
        _asked(is_subscribed(clients.whatsapp, account)),
    )
    return [
        Step("token", "ok", "La clave de acceso vale"),
        _number(number, account),
        _told("waba", waba, account, "El número es de esa cuenta de WhatsApp", "El número no está en esa cuenta"),
        _told("secret", secret, account, "La clave secreta es la de la app", "La clave secreta no es la de la app"),
        _told("subscribed", subscribed, account, "La app oye a la cuenta", "La app no está suscrita a la cuenta"),
    ]


def _number(number: NumberFacts | Failed, account: ChannelAccount) -> Step:
    if isinstance(number, Failed):
        return _refused("number", number, account, "Meta no muestra ese número con esta clave", "number")
    shown = (number.number, number.name, QUALITY.get(number.quality, ""))
    return Step("number", "ok", "El número se puede leer", " · ".join(one for one in shown if one))


def _told(key: str, found: bool | Failed, account: ChannelAccount, well: str, ill: str) -> Step:
    if isinstance(found, Failed):
        return _refused(key, found, account, ill, key)
    return Step(key, "ok", well) if found else Step(key, "wrong", ill, "", TODO[key], mends=key == "subscribed")


def _refused(key: str, failed: Failed, account: ChannelAccount, title: str, todo: str) -> Step:
    if failed.is_away:
        return Step(key, "wrong", f"No hay conexión con {PROVIDERS[account.kind]}", "", TODO["away"])
    told = "" if getattr(failed.error, "code", "") in SAID_BY_US else str(failed.error)
    return Step(key, "wrong", title, told, TODO[todo], mends=key == "subscribed")


def _verified(channel: Channel) -> Step:
    if channel.verified_at or channel.heard_at:
        return Step("verified", "ok", "Meta comprobó nuestra dirección")
    return Step("verified", "waiting", "Falta que Meta compruebe nuestra dirección", "", TODO["verified"])


def _first(channel: Channel) -> Step:
    if channel.heard_at:
        return Step("first", "ok", "Llegan los mensajes")
    return Step("first", "waiting", "Falta el primer mensaje", "", TODO[f"{channel.kind}_first"])


async def _asked(request: Awaitable[T]) -> T | Failed:
    try:
        return await request
    except HiloError as error:
        return Failed(error)
