"""The currencies of an org that has several (docs/vendor/zoho.md §9A.5)."""

from __future__ import annotations

from typing import Any, NamedTuple

HOME = "CNY"


class Currency(NamedTuple):
    """`rate` is what one unit of the home currency is worth in this one."""

    iso_code: str
    name: str
    symbol: str
    rate: float
    decimals: int
    active: bool = True


CURRENCIES = {
    currency.iso_code: currency
    for currency in (
        Currency("CNY", "Chinese Yuan - CNY", "¥", 1.0, 2),
        Currency("USD", "US Dollar - USD", "$", 0.14, 2),
        Currency("EUR", "Euro - EUR", "€", 0.128, 2),
        Currency("JPY", "Japanese Yen - JPY", "JP¥", 21.5, 0),
        Currency("GBP", "British Pound - GBP", "£", 0.11, 2, active=False),
    )
}
ACTIVE = tuple(code for code, currency in CURRENCIES.items() if currency.active)


def shown_rate(rate: float, *, per_home_unit: bool) -> float:
    """Which way round Zoho tells a rate is not confirmed (§12)."""
    return rate if per_home_unit else round(1 / rate, 9)


def show(*, per_home_unit: bool) -> list[dict[str, Any]]:
    return [
        {
            "id": str(5_000_000_000_007_101 + index),
            "name": currency.name,
            "iso_code": currency.iso_code,
            "symbol": currency.symbol,
            "prefix_symbol": True,
            "is_base": currency.iso_code == HOME,
            "is_active": currency.active,
            "exchange_rate": f"{shown_rate(currency.rate, per_home_unit=per_home_unit):.9f}",
            "format": {
                "decimal_separator": "Period",
                "thousand_separator": "Comma",
                "decimal_places": str(currency.decimals),
            },
            "created_time": None,
            "modified_time": None,
            "created_by": None,
            "modified_by": None,
        }
        for index, currency in enumerate(CURRENCIES.values())
    ]
