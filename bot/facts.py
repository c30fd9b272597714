"""What a conversation may know about the world outside it. Read before the step, never changed by it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from bot.language.tongues import language_of


@dataclass(frozen=True, slots=True)
class Facts:
    """`channel` is whatsapp, telegram … The names a flow may use are `bot.language.template.FACTS`.

    org: name, phone, address, hours (as text), open (bool, now), privacy_url (what was published of the notice, or its
    address), website, country (ISO 3166, reads local phone numbers), latitude, longitude (degrees), maps_url, parking,
    payment_methods; and, for the engine alone,
    currency (ISO 4217, of bare amounts), zone (IANA, tells today's date), opening (the hours of each weekday, as in
    `core.organizations.hours`; tells which «a las 5» is meant), language (es, pt, en; of people who have none of their
    own), register (tu, vos, usted; how Spanish addresses people). Any of the texts may be given once per language:
    {es: …, pt: …, en: …}
    contact: name, phone (E.164 or the channel's digits; absent where the channel has none), email, opted_out (bool);
    and, for the engine alone, language
    """

    org: Mapping[str, Any] = field(default_factory=dict)
    contact: Mapping[str, Any] = field(default_factory=dict)
    channel: str = "whatsapp"


def spoken_to(facts: Facts, tag: str | None) -> Facts:
    """The same world, with a person of this language (`en`), or an organization that speaks so (`es-vos`)."""
    if tag is None:
        return facts
    contact = {**facts.contact, "language": language_of(tag)}
    register = tag.partition("-")[2]
    return replace(facts, contact=contact, org={**facts.org, "register": register} if register else facts.org)


def spoken_tag(facts: Facts) -> str | None:
    """What `spoken_to` was told, or would have to be told; None when the person's language is not known."""
    language, register = facts.contact.get("language"), facts.org.get("register")
    return f"{language}-{register}" if language == "es" and register in ("vos", "usted") else language
