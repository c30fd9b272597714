"""Phone numbers in any local form, as E.164, with the variants Latin American mobiles come in."""

import re
from collections.abc import Collection

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumber, PhoneNumberFormat

from bot.understanding.figures import plain
from bot.understanding.understood import Reading, Unclear, Understood
from core.fold import fold

SAME_CHAT = (
    "este", "este mismo", "este numero", "este mismo numero", "el mismo", "a este", "al mismo", "el de este chat",
    "el de whatsapp", "por aqui", "aqui mismo", "este de aqui", "mi numero", "ese", "ese mismo", "a este mismo",
    "a este numero", "a este mismo numero", "este es", "es este", "es este mismo", "este mismo de whatsapp",
    "mi whatsapp",
    "este whatsapp", "el de este whatsapp", "el del whatsapp", "el que ves", "el que aparece", "el que te aparece",
    "al que te escribo", "desde el que escribo", "el que estoy usando", "del que te escribo", "este de whatsapp",
    "el mismo de whatsapp", "el mismo que este", "el mismo numero", "este nomas", "este chat", "a este chat",
    "por este",
    "this one", "this number", "same number", "the same", "this same number", "my whatsapp", "o mesmo", "este aqui",
    "esse mesmo", "esse aqui", "meu numero", "esse numero", "este mesmo", "pelo whatsapp", "no whatsapp", "a ese",
    "ese numero", "ese mismo numero", "este telefono", "este celular", "a mi whatsapp", "a mi numero", "por whatsapp",
)  # fmt: skip
_AROUND = re.compile(
    r"^(?:(?:si|claro|ok|dale|bueno|hola|pues|mejor|usa|use|llamame|llamenme|llama|marcame|me pueden llamar|al|con) )+"
    r"|(?: (?:por favor|porfa|porfis|gracias|muchas gracias|esta bien|esta perfecto|esta ok|nomas|mejor|please|obrigada"
    r"|dale|ok|si|claro|de una|no hay problema))+$"
)
_RUN = re.compile(r"\+?[\d(][\d().\-–/ \t]{4,}\d")
_DATE = re.compile(r"\d{1,2}[/.-]\d{1,2}[/.-]\d{2,4}\Z|\d{4}[/.-]\d{1,2}[/.-]\d{1,2}\Z")
_AMOUNT = re.compile(r"(?:[$€]|r\$|us\$|s/)\s*$")
_NOT_PHONE = re.compile(
    r"\b(?:dni|cedula|cuit|cuil|rut|curp|cpf|cc|documento|pasaporte|nit|rfc)\W*(?:es\W*)?(?:el\W*)?$"
)
_SPLIT = re.compile(r"\s*/\s*|\s{2,}|\s-\s|\s*\n\s*")
_FEWEST, _MOST = 7, 16


def _candidates(digits: str, region: str) -> list[str]:
    """The number as written and the ways it may have been meant: MX without 1, BR with its ninth digit, AR's 15."""
    found = [digits]
    bare = digits.lstrip("+")
    if bare.startswith("521") and len(bare) == 13:
        found.append("+52" + bare[3:])
    if bare.startswith("54") and not bare.startswith("549") and len(bare) == 12:
        found.append(f"+549{bare[2:]}")  # without its 9 an Argentine mobile reads as a landline, which comes first
    if bare.startswith("55") and len(bare) == 12 and bare[4] in "6789":
        found.append(f"+{bare[:4]}9{bare[4:]}")
    if region == "BR" and len(bare) == 10 and bare[2] in "6789":
        found.append(f"{bare[:2]}9{bare[2:]}")
    if region == "MX" and (prefix := re.match(r"(?:044|045|01)(?=\d{10}\Z)", bare)):
        found.append(bare[prefix.end() :])
    if region == "BR" and (carrier := re.match(r"0(?:xx|\d\d)?(?=\d{10,11}\Z)", bare)):
        found.append(bare[carrier.end() :])
    if bare.startswith("00") and len(bare) > 11:
        found.append("+" + bare[2:])
    if not digits.startswith("+") and len(bare) > 10:
        found.append("+" + bare)
    return found


def _is_chilean_mobile(number: PhoneNumber) -> bool:
    """Nine digits that begin with 9: the plan opens their ranges faster than the metadata learns of them."""
    return number.country_code == 56 and len(str(number.national_number)) == 9 and str(number.national_number)[0] == "9"


def _parse(digits: str, region: str) -> PhoneNumber | None:
    for candidate in _candidates(digits, region):
        try:
            number = phonenumbers.parse(candidate, region)
        except NumberParseException:
            continue
        if phonenumbers.is_valid_number(number) or _is_chilean_mobile(number):
            return number
    return None


def _read(written: str, region: str) -> list[str]:
    """The numbers in one run of digits: one, or the two that «/» or a wide space set apart."""
    parts = [written, *(_SPLIT.split(written) if _SPLIT.search(written) else ())]
    for row in ([parts[0]], parts[1:]):
        numbers = [
            _parse(digits, region)
            for digits in (re.sub(r"[^\d+]", "", part) for part in row)
            if _FEWEST <= len(digits) <= _MOST
        ]
        found = [phonenumbers.format_number(one, PhoneNumberFormat.E164) for one in numbers if one is not None]
        if found:
            return found
    return []


def _is_same(folded: str, same_chat: Collection[str]) -> bool:
    bare = folded
    for _ in range(3):
        if bare in same_chat:
            return True
        shorter = _AROUND.sub("", bare)
        if shorter == bare:
            return False
        bare = shorter
    return False


def understand_phone(
    text: str, *, region: str, own: str | None = None, same_chat: Collection[str] = SAME_CHAT
) -> Reading:
    """An E.164 number (ITU-T E.164). `region` (ISO 3166) reads local forms; `own` is this chat's number, if any.

    Unclear: `nothing`, `invalid` (digits that are no number), `several` (with the numbers as `alternatives`), `own`
    (said "this one" where the chat has no number).
    """
    folded = fold(text[:300])
    if _is_same(folded, same_chat):
        reading = understand_phone(own if own.startswith("+") else f"+{own}", region=region) if own else None
        return reading if isinstance(reading, Understood) else Unclear("own")
    text = plain(text)
    found: list[str] = []
    for match in _RUN.finditer(text):
        before, written = text[: match.start()], match.group().strip()
        if not _DATE.match(written) and not _AMOUNT.search(before) and not _NOT_PHONE.search(before):
            found += _read(written, region)
    numbers = tuple(dict.fromkeys(found))
    if len(numbers) > 1:
        return Unclear("several", numbers)
    if numbers:
        return Understood(numbers[0])
    return Unclear("invalid" if sum(char.isdigit() for char in text) > 3 else "nothing")
