"""Prices and sales counted in days from a first day, for tests about history."""

from datetime import date, datetime, timedelta

from omni.domain.price import ANY_SURFACE, DailySale, Price
from omni.domain.window import midnight

DAY_ONE = date(2026, 3, 1)
ZONE = "Europe/Berlin"


def on_day(day: int) -> datetime:
    """The midnight there that begins a day, counted from the first."""
    return midnight(DAY_ONE + timedelta(days=day), ZONE)


def a_price(
    amount: int,
    day: int,
    *,
    until: int | None = None,
    item: str = "tea",
    surface: str = ANY_SURFACE,
    recorded: int | None = None,
    id: int | None = None,  # noqa: A002 - the column's own name
    corrects_id: int | None = None,
) -> Price:
    """A price in minor units that begins on a day, recorded then unless said otherwise."""
    return Price(
        id=id,
        market_id="de",
        item=item,
        surface=surface,
        amount_minor=amount,
        currency="EUR",
        valid_from=on_day(day),
        valid_until=None if until is None else on_day(until),
        recorded_at=on_day(day if recorded is None else recorded),
        source="tests",
        corrects_id=corrects_id,
    )


def a_sale(
    amount: int, day: int, *, units: int = 1, item: str = "tea", place: str = "", recorded: int | None = None
) -> DailySale:
    """So many sold on a day, told on that day unless said otherwise."""
    return DailySale(
        market_id="de",
        item=item,
        place=place,
        sold_on=DAY_ONE + timedelta(days=day),
        amount_minor=amount,
        currency="EUR",
        units=units,
        recorded_at=on_day(day if recorded is None else recorded),
        source="tests",
    )
