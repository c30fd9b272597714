"""Phone numbers of three countries that are written in two ways; used to find candidates, never to rewrite a number.

Mexico: WhatsApp ids carry a 1 after 52 that the number lost in 2019. Argentina: mobiles have a 9 after 54 that is
left out inside the country. Brazil: mobiles got a ninth digit (a leading 9) that old WhatsApp ids lack; landlines
(beginning with 2 to 5) never had one.
"""

import phonenumbers


def variants(digits: str) -> tuple[str, ...]:
    """Other spellings of the same number, digits only with the country code; empty when there is only one."""
    if digits.startswith("521") and len(digits) == 13:
        return (f"52{digits[3:]}",)
    if digits.startswith("52") and len(digits) == 12:
        return (f"521{digits[2:]}",)
    if digits.startswith("549") and len(digits) == 13:
        return (f"54{digits[3:]}",)
    if digits.startswith("54") and len(digits) == 12:
        return (f"549{digits[2:]}",)
    if digits.startswith("55") and len(digits) == 13 and digits[4] == "9" and digits[5] in "6789":
        return (f"{digits[:4]}{digits[5:]}",)
    if digits.startswith("55") and len(digits) == 12 and digits[4] in "6789":
        return (f"{digits[:4]}9{digits[4:]}",)
    return ()


def e164(digits: str) -> str | None:
    """`+…` of a number with country code, in the country's present plan; None when no such number can exist."""
    current = f"52{digits[3:]}" if digits.startswith("521") and len(digits) == 13 else digits
    try:
        number = phonenumbers.parse(f"+{current}")
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def national(given: str, country: str) -> str | None:
    """`+…` of a number as people of `country` (ISO 3166, two letters) write it; None when it cannot exist."""
    try:
        number = phonenumbers.parse(given, country)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
