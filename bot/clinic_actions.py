"""The actions of `bot.action_specs` about consent, what the organization offers, and how people found it."""

from sqlalchemy.ext.asyncio import AsyncSession

from bot.action_specs import Consent, NoArgs, Prices, RateThread
from bot.actions import ActionContext, Outcome, action
from core.contacts.actions import record_consent
from core.errors import Missing
from core.organizations.model import Organization
from core.threads.surveys import rate


async def _organization(context: ActionContext) -> Organization:
    assert isinstance(context.connection, AsyncSession)
    organization = await context.connection.get(Organization, context.organization_id)
    if organization is None:
        raise Missing("organization")
    return organization


async def _consent(context: ActionContext, args: Consent, granted: bool) -> Outcome:
    assert isinstance(context.connection, AsyncSession)
    await record_consent(
        context.connection,
        context.organization_id,
        context.contact_id,
        "messaging",
        granted=granted,
        source="chat",
        at=context.now,
        evidence={"by": args.source, "key": context.key},
    )
    return Outcome("ok")


@action("consent.opt_out", Consent)
async def opt_out(context: ActionContext, args: Consent) -> Outcome:
    return await _consent(context, args, granted=False)


@action("consent.opt_in", Consent)
async def opt_in(context: ActionContext, args: Consent) -> Outcome:
    return await _consent(context, args, granted=True)


@action("threads.rate", RateThread)
async def rate_thread(context: ActionContext, args: RateThread) -> Outcome:
    assert isinstance(context.connection, AsyncSession)
    survey = int(args.survey) if args.survey.isdecimal() else 0
    score = min(max(round(args.score), 1), 5)
    found = await rate(context.connection, context.thread_id, survey, score, args.comment, context.now)
    return Outcome("ok" if found else "gone")


@action("catalog.prices", Prices)
async def prices(context: ActionContext, args: Prices) -> Outcome:
    """From the organization's settings: services [{id, name, price, about?}]."""
    organization = await _organization(context)
    services = [
        service
        for service in organization.settings.get("services", [])
        if args.service is None or service["id"] == args.service
    ]
    if not services:
        return Outcome("none")
    text = "\n".join(f"• {service['name']}: {service['price']}" for service in services)
    return Outcome("found", {"services": services, "text": text})


@action("org.location", NoArgs)
async def location(context: ActionContext, _args: NoArgs) -> Outcome:
    """From the organization's settings: latitude, longitude, address, maps_url."""
    organization = await _organization(context)
    settings = organization.settings
    if settings.get("latitude") is None or settings.get("longitude") is None:
        return Outcome("none")
    return Outcome(
        "found",
        {
            "latitude": settings["latitude"],
            "longitude": settings["longitude"],
            "name": organization.name,
            "address": settings.get("address", ""),
            "maps_url": settings.get("maps_url"),
        },
    )
