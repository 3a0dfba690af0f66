"""Price and sales files: CSV with a header, read line by line, every mistake with its line and field.

prices   market, item, amount, valid_from, and if wanted valid_until, surface, correction
sales    market, item, day, units, amount, and if wanted place

Amounts are in major units with a point. An item is a SKU, or a bundle as campaign/bundle. Days are the
market's own; an instant carries its offset. A price holds up to but not including `valid_until`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from typing import TypeVar

from pydantic import TypeAdapter, ValidationError

from omni.domain.market_record import MarketRecord
from omni.domain.price import ANY_SURFACE
from omni.domain.price_list import PriceList, SalesList, WrittenPrice, WrittenSale
from omni.domain.window import midnight
from omni.domain.written import Amount, Count, Day, TooManyDigits, minor_units
from omni.present.table_file import Cells, Wrong, columns_of, read_rows

_AMOUNT, _DAY, _COUNT = TypeAdapter(Amount), TypeAdapter(Day), TypeAdapter(Count)
_ITEM = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}(/[a-z0-9]+(-[a-z0-9]+)*)?")
_SURFACE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_WORDS = {"": False, "no": False, "false": False, "0": False, "yes": True, "true": True, "1": True}


class Kind(StrEnum):
    """What a CSV file tells."""

    PRICES = "prices"
    SALES = "sales"


_NEEDED = {
    Kind.PRICES: ("market", "item", "amount", "valid_from"),
    Kind.SALES: ("market", "item", "day", "units", "amount"),
}
_WELCOME = {Kind.PRICES: ("valid_until", "surface", "correction"), Kind.SALES: ("place",)}

T = TypeVar("T")


def kind_of(first_line: str) -> Kind | None:
    """What a file tells, by its first line; None when that is no header of ours."""
    columns = set(columns_of(first_line))
    if not {"market", "item"} <= columns:
        return None
    return Kind.SALES if columns & {"units", "day"} else Kind.PRICES


def read_prices(lines: Iterable[str], *, file: str, markets: Mapping[str, MarketRecord]) -> list[PriceList]:
    """The prices of a file, by item. Raises FileProblems; a file is taken whole or not at all."""
    lists: dict[tuple[str, str, str], PriceList] = {}

    def take(line: int, cell: Cells) -> None:
        market = cell("market", lambda text: _market(text, markets))
        item, surface = cell("item", _item), cell("surface", _surface)
        amount = cell("amount", lambda text: _minor(text, market.digits, market.currency))
        starts_at = cell("valid_from", lambda text: _instant(text, market.time_zone))
        ends_at = cell("valid_until", lambda text: _instant(text, market.time_zone) if text else None)
        if ends_at is not None and ends_at <= starts_at:
            raise Wrong("valid_until", "is not after valid_from")
        correction = cell("correction", _is_marked)
        written = WrittenPrice(line, amount, starts_at, ends_at, correction)
        key = (market.id, item, surface)
        if key not in lists:
            lists[key] = PriceList(*key, [])
        lists[key].lines.append(written)

    _read_all(lines, Kind.PRICES, file, take)
    return list(lists.values())


def read_sales(lines: Iterable[str], *, file: str, markets: Mapping[str, MarketRecord]) -> list[SalesList]:
    """The sales of a file, by item. Raises FileProblems; a file is taken whole or not at all."""
    lists: dict[tuple[str, str, str], SalesList] = {}

    def take(line: int, cell: Cells) -> None:
        market = cell("market", lambda text: _market(text, markets))
        item, place = cell("item", _item), cell("place", _place)
        sold_on, units = cell("day", _day), cell("units", _units)
        amount = cell("amount", lambda text: _minor(text, market.digits, market.currency))
        key = (market.id, item, place)
        if key not in lists:
            lists[key] = SalesList(*key, [])
        lists[key].lines.append(WrittenSale(line, sold_on, units, amount))

    _read_all(lines, Kind.SALES, file, take)
    return list(lists.values())


def _read_all(lines: Iterable[str], kind: Kind, file: str, take: Callable[[int, Cells], None]) -> None:
    rows = read_rows(lines, take, file=file, what=kind.value, needed=_NEEDED[kind], welcome=_WELCOME[kind])
    for _ in rows:
        pass


def _valid(kind: TypeAdapter[T], text: str) -> T:
    try:
        return kind.validate_python(text)
    except ValidationError as refused:
        message = refused.errors(include_url=False, include_input=False)[0]["msg"]
        raise ValueError(message.removeprefix("Value error, ")) from None


def _market(text: str, markets: Mapping[str, MarketRecord]) -> MarketRecord:
    if text not in markets:
        raise ValueError(f"{text!r} is not a market; `omni markets` lists them")
    return markets[text]


def _item(text: str) -> str:
    if not _ITEM.fullmatch(text):
        raise ValueError(f"{text!r} is not an item; write a SKU, or a bundle as campaign/bundle")
    return text


def _surface(text: str) -> str:
    if text and (not _SURFACE.fullmatch(text) or len(text) > 24):
        raise ValueError("is not a surface; write a short lower-case name, or nothing for all of ours")
    return text or ANY_SURFACE


def _place(text: str) -> str:
    if len(text) > 96:
        raise ValueError("is longer than 96 characters")
    return text


# A file repeats its days and prices; each is worked out once.
@lru_cache(maxsize=4096)
def _minor(text: str, digits: int, currency: str) -> int:
    amount: Decimal = _valid(_AMOUNT, text)
    try:
        return minor_units(amount, digits=digits)
    except TooManyDigits:
        shown = f"{digits} digits" if digits else "no digits"
        raise ValueError(f"{text} is too fine; {currency} has {shown} after the point") from None


@lru_cache(maxsize=4096)
def _day(text: str) -> date:
    on: date = _valid(_DAY, text)
    if not 1990 <= on.year <= 2100:
        raise ValueError("is out of all reason; write year-month-day, such as 2026-11-11")
    return on


@lru_cache(maxsize=4096)
def _instant(text: str, zone: str) -> datetime:
    if "T" not in text:
        return midnight(_day(text), zone)
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError("is neither a day nor an instant, such as 2026-11-11T09:00+01:00") from None
    if at.tzinfo is None:
        raise ValueError("lacks its offset; write for example 2026-11-11T09:00+01:00, or the day alone")
    _day(text[:10])
    return at.astimezone(UTC)


def _units(text: str) -> int:
    return _valid(_COUNT, text)


def _is_marked(text: str) -> bool:
    if text.lower() not in _WORDS:
        raise ValueError("is neither yes nor no")
    return _WORDS[text.lower()]
