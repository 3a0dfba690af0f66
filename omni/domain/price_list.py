"""Prices and sales as a shop's own systems write them down, and how they fit what is known already."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise
from typing import NamedTuple

from omni.domain.price import DailySale, Price
from omni.domain.price_history import timeline


class WrittenPrice(NamedTuple):
    """One line of a price file, in minor units; without an end it holds until the next price begins."""

    line: int
    amount_minor: int
    valid_from: datetime
    valid_until: datetime | None = None
    is_correction: bool = False


class WrittenSale(NamedTuple):
    """One line of a sales file: so many sold at one price, in minor units, on one of the market's days."""

    line: int
    sold_on: date
    units: int
    amount_minor: int


@dataclass(frozen=True)
class PriceList:
    """What a file says of one item in one market on one surface, in the order it was written."""

    market: str
    item: str
    surface: str
    lines: list[WrittenPrice]

    @property
    def key(self) -> tuple[str, str, str]:
        """Whose price it is."""
        return self.market, self.item, self.surface


@dataclass(frozen=True)
class SalesList:
    """What a file says was sold of one item in one market at one place; the nameless place is all of it."""

    market: str
    item: str
    place: str
    lines: list[WrittenSale]

    @property
    def key(self) -> tuple[str, str, str]:
        """Whose sales they are."""
        return self.market, self.item, self.place


class FittedPrice(NamedTuple):
    """A price that is new, with its end filled in and the row it corrects, if any."""

    amount_minor: int
    valid_from: datetime
    valid_until: datetime | None
    corrects_id: int | None


class Misfit(NamedTuple):
    """A line that cannot stand beside what is known: which, at which field, and how to mend it."""

    line: int
    field: str
    message: str


class DoesNotFit(ValueError):
    """Lines of a file contradict each other or what is known; nothing of it may be recorded."""

    def __init__(self, misfits: Sequence[Misfit]) -> None:
        super().__init__("; ".join(f"{misfit.line}: {misfit.message}" for misfit in misfits))
        self.misfits = misfits


def fit_prices(written: PriceList, known: Sequence[Price]) -> list[FittedPrice]:
    """The prices of a list that are new beside the known ones of the same item, market and surface.

    What is known word for word is left out. A price without an end ends where the next one begins, so what
    is told late never outshouts what is known of a later time. Raises DoesNotFit for a line about a time that
    has its price, unless it is marked as a correction, and for a correction of nothing.
    """
    plain = sorted(
        (price for price in written.lines if not price.is_correction), key=lambda price: price.valid_from
    )
    heard = _Heard(known)
    unheard = [price for price in plain if price not in heard]
    corrections = [price for price in written.lines if price.is_correction and price not in heard]
    if misfits := [
        *_clashes(plain),
        *(misfit for price in unheard if (misfit := _overlap(price, known))),
        *(misfit for price in corrections if (misfit := _corrects_nothing(price, known))),
    ]:
        raise DoesNotFit(misfits)
    starts = sorted({price.valid_from for price in plain} | {row.valid_from for row in known})
    return [
        *(
            FittedPrice(price.amount_minor, price.valid_from, price.valid_until or _next(starts, price), None)
            for price in unheard
        ),
        *(_fitted(price, known) for price in corrections),
    ]


def fit_sales(written: SalesList, known: Sequence[DailySale]) -> list[WrittenSale]:
    """The sales of a list that differ from what was last reported of the same item, market and place.

    Raises DoesNotFit when two lines are about one day and price.
    """
    last = {
        (sale.sold_on, sale.amount_minor): sale.units
        for sale in sorted(known, key=lambda sale: (sale.recorded_at, sale.id or 0))
    }
    first: dict[tuple[date, int], int] = {}
    misfits = []
    for sale in written.lines:
        line = first.setdefault((sale.sold_on, sale.amount_minor), sale.line)
        if line != sale.line:
            misfits.append(Misfit(sale.line, "day", f"is told in line {line} already; add the units up"))
    if misfits:
        raise DoesNotFit(misfits)
    return [sale for sale in written.lines if last.get((sale.sold_on, sale.amount_minor)) != sale.units]


class _Heard:
    """What is known already, word for word; a line without an end repeats a row with any."""

    def __init__(self, known: Iterable[Price]) -> None:
        self._rows = {
            (row.amount_minor, row.valid_from, until, row.corrects_id is not None)
            for row in known
            for until in (None, row.valid_until)
        }

    def __contains__(self, price: WrittenPrice) -> bool:
        return price[1:] in self._rows


def _clashes(plain: Sequence[WrittenPrice]) -> Iterator[Misfit]:
    """Neighbouring lines of one file that speak of the same time."""
    for price, following in pairwise(plain):
        if following.valid_from == price.valid_from:
            message = f"is when the price of line {price.line} begins; keep one"
            yield Misfit(following.line, "valid_from", message)
        elif price.valid_until and price.valid_until > following.valid_from:
            message = f"is after the price of line {following.line} begins"
            yield Misfit(price.line, "valid_until", message)


_MARK_IT = "mark the line as a correction if the known one was wrong"


def _overlap(price: WrittenPrice, known: Iterable[Price]) -> Misfit | None:
    for row in known:
        if row.valid_from == price.valid_from:
            return Misfit(price.line, "valid_from", f"is when another known price begins; {_MARK_IT}")
        if row.valid_from < price.valid_from and row.valid_until and price.valid_from < row.valid_until:
            return Misfit(price.line, "valid_from", f"is a time whose price is known; {_MARK_IT}")
        if price.valid_until and price.valid_from < row.valid_from < price.valid_until:
            return Misfit(price.line, "valid_until", f"is after another known price begins; {_MARK_IT}")
    return None


def _corrects_nothing(price: WrittenPrice, known: Iterable[Price]) -> Misfit | None:
    if any(row.holds(price.valid_from) for row in known):
        return None
    return Misfit(price.line, "correction", "corrects nothing: no price is known from then; leave it empty")


def _fitted(price: WrittenPrice, known: Sequence[Price]) -> FittedPrice:
    """A correction lasts as long as what it corrects, unless it says otherwise."""
    holding = (row for row in known if row.holds(price.valid_from))
    wrong = max(holding, key=lambda row: (row.recorded_at, row.id or 0))
    ends_at = next(
        step.ends_at
        for step in timeline(known, wrong.item, surface=wrong.surface)
        if step.starts_at <= price.valid_from and (step.ends_at is None or price.valid_from < step.ends_at)
    )
    return FittedPrice(price.amount_minor, price.valid_from, price.valid_until or ends_at, wrong.id)


def _next(starts: Sequence[datetime], price: WrittenPrice) -> datetime | None:
    place = bisect_right(starts, price.valid_from)
    return starts[place] if place < len(starts) else None
