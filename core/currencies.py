"""Currencies: how many digits of an amount in minor units stand after the point."""

from collections.abc import Mapping

DECIMALS: Mapping[str, int] = {
    **dict.fromkeys(("CLP", "ISK", "JPY", "KRW", "PYG", "UGX", "VND", "XAF", "XOF", "XPF"), 0),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
}
"""Where it is not two (ISO 4217)."""


def decimals(currency: str) -> int:
    """Digits after the point."""
    return DECIMALS.get(currency, 2)
