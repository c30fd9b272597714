"""The demo clinic: an organization with people, hours, prices and two emulated channels; made once."""

from typing import Any

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from backoffice.passwords import hash_password
from backoffice.runtime import load_packs
from backoffice.seed_agenda import add_agenda
from backoffice.settings import Settings
from bot.tooling.templates import templates_of
from core.clock import Clock
from core.db import enter_organization
from core.organizations.founding import found_organization
from core.organizations.members import add_member
from core.threads.model import CannedResponse, Channel
from core.vault import Vault

SLUG = "demo"
PASSWORD = "hilo-demo"  # noqa: S105 printed at every start of the demo, on this machine only
OWNER = "duena@demo.hilo"

WHATSAPP: dict[str, str] = {"phone_number_id": "100000000000001", "waba_id": "200000000000001"}
TELEGRAM: dict[str, Any] = {"bot_id": 7000000001, "username": "hilo_demo_bot"}

MEMBERS: tuple[tuple[str, str, str, list[str], list[str]], ...] = (
    (OWNER, "Elena Márquez", "owner", [], []),
    ("paula@demo.hilo", "Paula Ríos", "closer", ["ventas"], ["botox", "relleno"]),
    ("tomas@demo.hilo", "Tomás Vera", "closer", ["ventas"], ["laser", "facial", "corporal"]),
    ("rosa@demo.hilo", "Rosa Gil", "receptionist", ["recepcion"], []),
)

SETTINGS = {
    "phone": "+57 601 555 0100",
    "address": "Calle 93 # 13-24, piso 2, Bogotá",
    "latitude": 4.6765,
    "longitude": -74.0482,
    "maps_url": "https://www.openstreetmap.org/?mlat=4.6765&mlon=-74.0482#map=17/4.6765/-74.0482",
    "parking": {
        "es": "Hay parqueadero en el edificio.",
        "pt": "Há estacionamento no prédio.",
        "en": "There is parking in the building.",
    },
    "payment_methods": "efectivo, tarjeta y transferencia",
    "privacy_url": "https://clinica-demo.example/privacidad",
    "services": [
        {"id": "botox", "name": "Botox", "price": "desde $650.000"},
        {"id": "relleno", "name": "Ácido hialurónico", "price": "desde $890.000"},
        {"id": "laser", "name": "Depilación láser", "price": "desde $120.000 la sesión"},
        {"id": "facial", "name": "Limpieza facial", "price": "desde $180.000"},
        {"id": "corporal", "name": "Tratamiento corporal", "price": "desde $250.000 la sesión"},
    ],
}

CANNED = (
    ("hola", "¡Hola! Soy {member} de Clínica Demo. ¿Cómo te ayudo?"),
    ("pago", "Puedes pagar en efectivo, con tarjeta o por transferencia."),
    ("gracias", "¡Gracias a ti! Aquí estamos para lo que necesites."),
)


def approved_templates(settings: Settings) -> list[dict[str, Any]]:
    """The pack's message templates as the emulated provider lists them."""
    pack = load_packs(settings.flows_dir)["estetica"]
    return [
        {"id": str(number), "status": "APPROVED", "parameter_format": "POSITIONAL", **template}
        for number, template in enumerate(templates_of(pack), 2001)
    ]


async def seed_demo(owner: AsyncEngine, vault: Vault, clock: Clock, emulator_url: str) -> int:
    """Make the demo clinic if it is not there; point its channels at the emulator. Returns the organization's id."""
    async with AsyncSession(owner, expire_on_commit=False) as session:
        organization_id = await session.scalar(text("SELECT id FROM organization WHERE slug = :slug"), {"slug": SLUG})
        if organization_id is None:
            organization_id = await _found(session, vault, clock)
        await enter_organization(session, organization_id)
        for channel in await session.scalars(select(Channel).where(Channel.organization_id == organization_id)):
            channel.settings = {**channel.settings, "api_base": emulator_url}
        await session.commit()
    return int(organization_id)


async def _found(session: AsyncSession, vault: Vault, clock: Clock) -> int:
    (email, name, _, _, _), *others = MEMBERS
    organization_id, _ = await found_organization(
        session,
        clock,
        slug=SLUG,
        name="Clínica Demo",
        licence="clinic",
        country="CO",
        zone="America/Bogota",
        currency="COP",
        owner_email=email,
        owner_name=name,
        owner_password_hash=hash_password(PASSWORD),
        settings=SETTINGS,
    )
    for email, name, role, teams, specialities in others:
        await add_member(
            session,
            organization_id,
            licence="clinic",
            email=email,
            name=name,
            role=role,
            password_hash=hash_password(PASSWORD),
            teams=teams,
            specialities=specialities,
        )
    for shortcut, words in CANNED:
        session.add(CannedResponse(organization_id=organization_id, shortcut=shortcut, text=words))
    session.add(
        Channel(
            organization_id=organization_id,
            kind="whatsapp",
            account=WHATSAPP["phone_number_id"],
            name="WhatsApp de la clínica",
            settings={"waba_id": WHATSAPP["waba_id"], "display_phone_number": "+57 601 555 0100"},
            secrets=vault.seal(
                {
                    "access_token": "demo-access-token",
                    "app_secret": "demo-app-secret",
                    "verify_token": "demo-verify-token",
                }
            ),
        )
    )
    session.add(
        Channel(
            organization_id=organization_id,
            kind="telegram",
            account=str(TELEGRAM["bot_id"]),
            name="Bot de Telegram",
            settings={"username": TELEGRAM["username"]},
            secrets=vault.seal(
                {"token": f"{TELEGRAM['bot_id']}:demo-token-of-the-emulated-bot-000000", "secret": "demo-secret"}
            ),
        )
    )
    await add_agenda(session, organization_id, "America/Bogota")
    await session.flush()
    return organization_id
