"""Amounts of money: how much, and of which currency when the person names one."""

import re
from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from bot.understanding.deferral import puts_off
from bot.understanding.figures import Figure, figures_in, plain
from bot.understanding.number import asks_something
from bot.understanding.understood import Reading, Unclear, Understood
from core.fold import fold

CURRENCIES: Mapping[str, str] = MappingProxyType(
    {
        "AR": "ARS", "BO": "BOB", "BR": "BRL", "CL": "CLP", "CO": "COP", "CR": "CRC", "CU": "CUP", "DO": "DOP",
        "EC": "USD", "ES": "EUR", "GT": "GTQ", "HN": "HNL", "MX": "MXN", "NI": "NIO", "PA": "USD", "PE": "PEN",
        "PR": "USD", "PT": "EUR", "PY": "PYG", "SV": "USD", "US": "USD", "UY": "UYU", "VE": "VES",
    }
)  # fmt: skip
"""ISO 3166 country → ISO 4217 currency, what a bare number or «pesos» means there."""
MINOR = 100
"""Hundredths in every currency, as prices are kept and the `money` filter writes them."""

_NAMED = (
    (re.compile(r"u\$[sd]|us\$|usd|\bdolar(?:es|itos|)?\b|\bdollars?\b|\bverdes\b|\bbucks\b"), "USD"),
    (re.compile(r"r\$|\brea(?:l|is)\b|\bconto\b|\bbrl\b"), "BRL"),
    (re.compile(r"€|\beuros?\b|\beur\b"), "EUR"),
    (re.compile(r"(?<![a-z])s/\.?|\bsol(?:es)?\b|\bpen\b"), "PEN"),
    (re.compile(r"₲|\bguaranies\b|\bgs\b|\bpyg\b"), "PYG"),
    (re.compile(r"\bquetzales\b|\bgtq\b"), "GTQ"),
    (re.compile(r"₡|\bcolones\b|\bcrc\b"), "CRC"),
    (re.compile(r"\bbolivianos\b|\bbob\b"), "BOB"),
    (re.compile(r"\bbolivares\b|\bves\b"), "VES"),
    (re.compile(r"\blempiras\b|\bhnl\b"), "HNL"),
    (re.compile(r"\bmxn\b|\bpesos mexicanos\b"), "MXN"),
    (re.compile(r"\bars\b|\bpesos argentinos\b"), "ARS"),
    (re.compile(r"\bclp\b|\bpesos chilenos\b"), "CLP"),
    (re.compile(r"\bcop\b|\bpesos colombianos\b"), "COP"),
    (re.compile(r"\buyu\b|\bpesos uruguayos\b"), "UYU"),
)
_CENTS = re.compile(
    r"(\d)\s*(?:pesos |soles |dolares |reais |euros )?(?:con|e)\s+(\d{2})(?:\s*(?:centavos|centimos"
    r"|cents))?\b(?!\s*(?:mil|k))"
)
_ONLY_CENTS = re.compile(r"^\s*(?:centavos?|centimos?|cents?)\b")
_OTHER_UNIT = re.compile(
    r"^\s*(?:anos?|anitos|meses|mes|dias?|horas?|hs|semanas?|sesion(?:es)?|veces|kg|kilos|cm|personas?|cuotas?"
    r"|pagos?|%|por ciento)"
)
_AT_MOST = re.compile(
    r"\b(?:hasta|maximo|maximo de|como mucho|como maximo|a lo sumo|no mas de|up to|at most|ate"
    r"|no maximo)\s*[^\d\w]*(?:los |unos )?$"
)
_MOST = 10**12


def understand_money(
    text: str, *, currency: str, country: str | None = None, minimum: float | None = None, maximum: float | None = None
) -> Reading:
    """{amount, currency}: minor units (hundredths) and ISO 4217. `currency` is what a bare number or «pesos» means.

    `minimum` and `maximum` are in whole units. «Hasta 5 mil» is an amount (confidence 0.8). Unclear: `nothing`,
    `several` (two amounts, a range, two currencies), `bound` («más de 500»), `range`.
    """
    folded = fold(text[:200])
    text = plain(text)
    if asks_something(text) or puts_off(folded):
        return Unclear("nothing")
    if country == "PE":
        text = re.sub(r"\blucas?\b", "soles", text)  # in Peru a luca is one sol
    named = {code for pattern, code in _NAMED if pattern.search(text)}
    if len(named) > 1 or (named and named != {currency} and re.search(r"\bpesos\b(?! [a-z]+nos)", text)):
        return Unclear("several")
    text = re.sub(r"(?:u\$[sd]|us\$|r\$|s/\.?|mxn\$|cop\$|clp\$|ars\$|[$€₡₲])(?=\s*[\d-])", " ", text)
    text = _CENTS.sub(r"\1,\2", text)
    told = [figure for figure in figures_in(text) if not figure.article]
    counted = [figure for figure in told if _OTHER_UNIT.match(figure.after)]
    if counted and len(counted) < len(told):
        return Unclear("several")  # «3 sesiones de 500»: each, or all of them?
    told = told if not counted else []
    if not told:
        return Unclear("nothing")
    if len({figure.value for figure in told}) > 1:
        return Unclear("several")
    return _amount(told[0], named.pop() if named else currency, minimum, maximum)


def _amount(figure: Figure, currency: str, minimum: float | None, maximum: float | None) -> Reading:
    at_most = bool(_AT_MOST.search(figure.before))
    if figure.bound and not at_most:
        return Unclear("bound")
    if _ONLY_CENTS.match(figure.after):
        figure = replace(figure, value=figure.value / 100)
    value = figure.value
    least = 0 if minimum is None else minimum
    if value < least or value > (_MOST if maximum is None else maximum):
        return Unclear("range")
    worth = {"amount": round(value * MINOR), "currency": currency}
    return Understood(worth, 0.8 if figure.about or at_most else 1.0)
