"""Phone numbers in any local form, as E.164, with the variants Latin American mobiles come in."""

import re
from collections.abc import Collection

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumber, PhoneNumberFormat

from bot.understanding.fold import fold
from bot.understanding.understood import Reading, Unclear, Understood

SAME_CHAT = (
    "este", "este mismo", "este numero", "este mismo numero", "el mismo", "a este", "al mismo", "el de este chat",
    "el de whatsapp", "por aqui", "aqui mismo", "este de aqui", "mi numero", "ese", "ese mismo",
)  # fmt: skip
_RUN = re.compile(r"\+?\d[\d\s().\-/]{5,}\d")


def _candidates(digits: str, region: str) -> list[str]:
    """The number as written and the ways it may have been meant: MX without 1, BR with its ninth digit, AR's 15."""
    found = [digits]
    bare = digits.lstrip("+")
    if bare.startswith("521") and len(bare) == 13:
        found.append("+52" + bare[3:])
    if bare.startswith("55") and len(bare) == 12 and bare[4] in "6789":
        found.append(f"+{bare[:4]}9{bare[4:]}")
    if region == "BR" and len(bare) == 10 and bare[2] in "6789":
        found.append(f"{bare[:2]}9{bare[2:]}")
    if not digits.startswith("+") and len(bare) > 10:
        found.append("+" + bare)
    return found


def _parse(digits: str, region: str) -> PhoneNumber | None:
    for candidate in _candidates(digits, region):
        try:
            number = phonenumbers.parse(candidate, region)
        except NumberParseException:
            continue
        if phonenumbers.is_valid_number(number):
            return number
    return None


def understand_phone(
    text: str, *, region: str, own: str | None = None, same_chat: Collection[str] = SAME_CHAT
) -> Reading:
    """An E.164 number (ITU-T E.164). `region` (ISO 3166) reads local forms; `own` is this chat's number, if any.

    Unclear: `nothing`, `invalid` (digits that are no number), `own` (said "this one" where the chat has no number).
    """
    folded = fold(text)
    if folded in same_chat:
        reading = understand_phone(own if own.startswith("+") else f"+{own}", region=region) if own else None
        return reading if isinstance(reading, Understood) else Unclear("own")
    match = _RUN.search(text)
    if match is None:
        return Unclear("invalid" if sum(char.isdigit() for char in text) > 3 else "nothing")
    digits = re.sub(r"[^\d+]", "", match.group())
    number = _parse(digits, region)
    if number is None:
        return Unclear("invalid")
    return Understood(phonenumbers.format_number(number, PhoneNumberFormat.E164))
