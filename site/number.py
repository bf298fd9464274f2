"""Shares, money and counts as people read them: exact integers in, no float anywhere."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal

from mingdan.projections.figures import Rate
from mingdan.site.html import Html, escaped
from mingdan.site.texts import Texts

# ISO 4217: the currencies whose minor unit is not a hundredth
_DIGITS = (
    dict.fromkeys(
        [
            "BIF",
            "CLP",
            "DJF",
            "GNF",
            "ISK",
            "JPY",
            "KMF",
            "KRW",
            "PYG",
            "RWF",
            "UGX",
            "UYI",
            "VND",
            "VUV",
            "XAF",
            "XOF",
            "XPF",
        ],
        0,
    )
    | dict.fromkeys(["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"], 3)
    | dict.fromkeys(("CLF", "UYW"), 4)
)


def percent(share: Rate) -> Html:
    """`97.3%`, half-even; never 100.0 % short of all, never 0.0 % of some."""
    if share.denominator == 0:
        return Html("–")
    exact = Decimal(100 * share.numerator) / Decimal(share.denominator)
    shown = exact.quantize(Decimal("0.1"), ROUND_HALF_EVEN)
    if 0 < share.numerator < share.denominator:
        shown = min(max(shown, Decimal("0.1")), Decimal("99.9"))
    return Html(f"{shown}%")


def rounded(decimal: str) -> Html:
    """A published decimal such as `0.9726` as `97.3%`, half-even."""
    return Html(f"{(100 * Decimal(decimal)).quantize(Decimal('0.1'), ROUND_HALF_EVEN)}%")


def count(number: int) -> Html:
    """`12,345`."""
    return Html(f"{number:,}")


def money(texts: Texts, amount: int, currency: str | None) -> Html:
    """An amount in minor units; without a known currency the bare number of them."""
    if currency is None:
        return count(amount)
    digits = _DIGITS.get(currency, 2)
    shown = f"{Decimal(amount).scaleb(-digits):,.{digits}f}"
    key = f"money.{currency}"
    return texts.say(key if key in texts else "money.other", amount=Html(shown), currency=escaped(currency))
