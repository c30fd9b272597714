"""Email addresses, with a suggestion when one looks mistyped. A suggestion is asked about, never taken."""

import re

from rapidfuzz import fuzz, process

from bot.understanding.understood import Reading, Unclear, Understood
from core.fold import fold

LONGEST = 400
_LOCAL = r"[\w.!#$%&'*+/=?^`{|}~-]{1,64}"
_ADDRESS = re.compile(rf"{_LOCAL}@[\w-]{{1,63}}(?:\.[\w-]{{1,63}}){{0,5}}")
_DOMAINS = (
    "gmail.com", "hotmail.com", "outlook.com", "yahoo.com", "icloud.com", "live.com", "me.com", "msn.com", "ymail.com",
    "proton.me", "protonmail.com", "googlemail.com", "mail.com", "gmx.com", "aol.com", "zoho.com", "uol.com.br",
    "bol.com.br", "terra.com.br", "ig.com.br", "globo.com", "rocketmail.com", "fibertel.com.ar", "arnet.com.ar",
    "prodigy.net.mx", "une.net.co", "vtr.net", "adinet.com.uy", "telefonica.net", "gmx.net", "gmx.es", "mac.com",
    *(f"{name}.{end}" for name in ("hotmail", "outlook", "yahoo", "live")
      for end in ("es", "com.ar", "com.mx", "com.br", "cl", "com.co", "com.pe", "com.ve", "com.uy", "fr", "it")),
)  # fmt: skip
_NAMES = {"gmail": "gmail.com", "hotmail": "hotmail.com", "outlook": "outlook.com", "yahoo": "yahoo.com"}
_NAMES |= {"icloud": "icloud.com", "live": "live.com", "protonmail": "protonmail.com"}
_LEADS = frozenset(
    ("es", "correo", "mail", "email", "el", "a", "hola", "si", "ok", "este", "al", "mi", "dale", "o", "claro", "mira")
)
_TYPO = 82.0
_ENDINGS = {
    "con": "com",
    "comm": "com",
    "cmo": "com",
    "ocm": "com",
    "vom": "com",
    "xom": "com",
    "cm": "com",
    "om": "com",
}
_SPOKEN = (
    (re.compile(r"\s*(?:\(\s*(?:arroba|at)\s*\)|\[\s*(?:arroba|at)\s*\])\s*", re.IGNORECASE), "@"),
    (re.compile(r"\s+(?:arroba|aroba|arrova|at)\s+|(?<=\w)arroba(?=\w)", re.IGNORECASE), "@"),
    (re.compile(r"\s*(?:\(\s*(?:punto|dot)\s*\)|\[\s*(?:punto|dot)\s*\])\s*", re.IGNORECASE), "."),
    (re.compile(r"\s+(?:punto|ponto|dot)\s+(?=[a-z])", re.IGNORECASE), "."),
    (re.compile(r"(?<=\w)punto(?=com?\b)", re.IGNORECASE), "."),
    (re.compile(r"\s+(?:gui[oó]n\s+bajo|gui[oó]n\s+abajo|underscore|underline|sublinhado)\s+", re.IGNORECASE), "_"),
    (re.compile(r"\s+(?:gui[oó]n(?:\s+medio)?|h[ií]fen|dash)\s+", re.IGNORECASE), "-"),
    (re.compile(r"\s*[@＠]\s*"), "@"),
    (re.compile(r"(?<=@)(\w+)\s*[.,]\s*(?=(?:com|es|net|org|mx|ar|cl|br|co)\b)", re.IGNORECASE), r"\1."),
)
_NO_AT = re.compile(
    rf"(?<![\w@.])({_LOCAL}?)[.\s]?(gmail|hotmail|outlook|yahoo|icloud)\.(com(?:\.\w\w)?|es)\b", re.IGNORECASE
)


def understand_email(text: str) -> Reading:
    """A lower-case address. Unclear: `nothing`, `several`, or `typo` with (the address probably meant, as written)."""
    spoken = text[:LONGEST]
    if "@" not in spoken:
        spoken = re.sub(
            r"^.*?\b(?:es|correo|mail|email)\b:?\s+(?=\S+\s+(?:arroba|at)\b)", "", spoken, flags=re.IGNORECASE
        )
    for pattern, sign in _SPOKEN:
        spoken = pattern.sub(sign, spoken)
    found = {address.strip(".").strip("'*_").lower() for address in _ADDRESS.findall(spoken)}
    if not found and (bare := _NO_AT.search(spoken)) and bare[1].strip("."):
        return Unclear("typo", (f"{fold_local(bare[1])}@{bare[2]}.{bare[3]}".lower(), bare[0].strip().lower()))
    if len(found) != 1:
        return Unclear("several" if found else "nothing")
    address = found.pop()
    split = re.fullmatch(r"\s*([\w.]+)\s+(\S+@\S+)\s*", spoken)
    if split and fold(split[1]) not in _LEADS:
        return Unclear("typo", (f"{fold_local(split[1])}{address}", address))  # «caro perez@gmail.com»
    return _checked(address)


def fold_local(local: str) -> str:
    """`José.Pérez` → `jose.perez`: what mail servers take."""
    return "".join(char if char.isascii() else fold(char) for char in local.lower()).strip(".")


def _checked(address: str) -> Reading:
    local, _, domain = address.rpartition("@")
    if local.startswith(".") or local.endswith(".") or ".." in local or not local:
        return Unclear("nothing")
    plain_local = fold_local(local)
    domain_typo = None if domain in _DOMAINS else _domain_meant(fold_local(domain))
    if domain_typo is None and "." not in domain:
        return Unclear("nothing")
    if domain_typo is None and not re.fullmatch(r"[a-z]{2,24}", domain.rpartition(".")[2]):
        return Unclear("nothing")
    if not plain_local or domain_typo is not None or plain_local != local or not domain.isascii():
        meant = f"{plain_local}@{domain_typo or fold_local(domain)}"
        return Unclear("typo", (meant, address)) if plain_local else Unclear("nothing")
    return Understood(address)


def _domain_meant(domain: str) -> str | None:
    """The domain a mistyped one was probably meant to be; None when it looks all right."""
    if domain in _NAMES:
        return _NAMES[domain]
    if "." not in domain:
        for name, whole in _NAMES.items():
            if domain.startswith(name) and domain[len(name) :] in ("com", "co", "con", "comm"):
                return whole
    best = process.extractOne(domain, _DOMAINS, scorer=fuzz.ratio, processor=None, score_cutoff=_TYPO)
    if best is not None:
        return str(best[0])
    name, dot, ending = domain.rpartition(".")
    return f"{name}.{_ENDINGS[ending]}" if dot and ending in _ENDINGS else None
