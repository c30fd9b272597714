"""Amounts as people read them."""

from core.currencies import decimals

SIGNS = {
    "BRL": "R$",
    "EUR": "€",
    "GBP": "£",
    "USD": "US$",
    "PEN": "S/",
    **dict.fromkeys(("ARS", "CLP", "COP", "MXN", "UYU"), "$"),
}
_POINTS_AND_COMMAS = str.maketrans(".,", ",.")


def money(minor: int, currency: str, language: str = "es") -> str:
    """«$650.000», in English «$650,000»; cents only where there are some."""
    digits = decimals(currency)
    whole, part = divmod(abs(minor), 10**digits)
    amount = f"{whole:,}" + (f".{part:0{digits}d}" if part else "")
    if language != "en":
        amount = amount.translate(_POINTS_AND_COMMAS)
    sign = SIGNS.get(currency, f"{currency}\N{NO-BREAK SPACE}")
    return f"{'-' if minor < 0 else ''}{sign}{amount}"


def typed(minor: int, digits: int) -> str:
    """«650000» or «650000.50», as a number field holds it."""
    whole, part = divmod(minor, 10**digits)
    return f"{whole}.{part:0{digits}d}" if part else str(whole)
