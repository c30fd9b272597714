"""Email addresses, with a suggestion when the domain looks like a typo of a common one."""

import re

from rapidfuzz import fuzz

from bot.understanding.understood import Reading, Unclear, Understood

_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
_DOMAINS = (
    "gmail.com", "hotmail.com", "outlook.com", "yahoo.com", "icloud.com", "live.com", "hotmail.es", "outlook.es",
    "yahoo.es", "yahoo.com.ar", "yahoo.com.mx", "live.com.ar", "live.com.mx", "me.com", "msn.com", "ymail.com",
    "proton.me", "protonmail.com", "googlemail.com", "mail.com", "gmx.com", "uol.com.br", "bol.com.br",
)  # fmt: skip
_TYPO = 82.0


def understand_email(text: str) -> Reading:
    """A lower-case address. Unclear: `nothing`, `several`, or `typo` with the address probably meant."""
    spoken = re.sub(r"\s+arroba\s+", "@", text, flags=re.IGNORECASE)
    spoken = re.sub(r"\s+punto\s+", ".", spoken, flags=re.IGNORECASE)
    found = {address.rstrip(".").lower() for address in _ADDRESS.findall(re.sub(r"\s*@\s*", "@", spoken))}
    if len(found) != 1:
        return Unclear("several" if found else "nothing")
    address = found.pop()
    local, _, domain = address.rpartition("@")
    if local.startswith(".") or local.endswith(".") or ".." in local:
        return Unclear("nothing")
    if domain not in _DOMAINS:
        best = max(_DOMAINS, key=lambda known: fuzz.ratio(domain, known))
        if fuzz.ratio(domain, best) >= _TYPO:
            return Unclear("typo", (f"{local}@{best}", address))
    return Understood(address)
