"""What an item cost when: append-only rows read as steps in time, and as the days of a market's calendar."""

import heapq
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise

from omni.domain.price import ANY_SURFACE, DailySale, Price
from omni.domain.window import local_day

ONE_DAY = timedelta(days=1)
_MOMENT = timedelta.resolution


@dataclass(frozen=True)
class Step:
    """One amount that held without a break: `starts_at <= at < ends_at`; no end while it goes on."""

    amount_minor: int
    starts_at: datetime
    ends_at: datetime | None


def timeline(
    prices: Iterable[Price], item: str, *, surface: str = ANY_SURFACE, known_at: datetime | None = None
) -> list[Step]:
    """What an item cost on one surface, in order, as it was known at an instant; as known now without one.

    Where rows overlap the one recorded last speaks. Neighbouring rows of one amount are one step; a time
    about which no row speaks is a gap between steps.
    """
    rows = [
        price
        for price in prices
        if price.item == item
        and price.surface == surface
        and (known_at is None or price.recorded_at <= known_at)
    ]
    steps: list[Step] = []
    for step in _speaking(rows):
        if steps and (steps[-1].ends_at, steps[-1].amount_minor) == (step.starts_at, step.amount_minor):
            steps[-1] = Step(step.amount_minor, steps[-1].starts_at, step.ends_at)
        else:
            steps.append(step)
    return steps


def reduction_start(
    prices: Iterable[Price], item: str, at: datetime, *, known_at: datetime | None = None
) -> datetime | None:
    """When the price that holds at an instant began to hold; None when no price does."""
    holding = (
        step
        for step in timeline(prices, item, known_at=known_at)
        if step.starts_at <= at and (step.ends_at is None or at < step.ends_at)
    )
    return next((step.starts_at for step in holding), None)


def before(steps: Iterable[Step], start: datetime) -> list[Step]:
    """The part of a timeline that lies before an instant."""
    return [
        Step(step.amount_minor, step.starts_at, start if step.ends_at is None else min(step.ends_at, start))
        for step in steps
        if step.starts_at < start
    ]


def lowest_by_day(steps: Iterable[Step], zone: str, first: date, last: date) -> dict[date, int]:
    """The lowest price of each day of a market's calendar, both ends included; a day without one is absent.

    A price that held for a part of a day counts for the day, so a short dip is never lost.
    """
    lowest: dict[date, int] = {}
    for step in steps:
        day = max(first, local_day(step.starts_at, zone))
        end = last if step.ends_at is None else min(last, local_day(step.ends_at - _MOMENT, zone))
        while day <= end:
            lowest[day] = min(step.amount_minor, lowest.get(day, step.amount_minor))
            day += ONE_DAY
    return lowest


def sold(
    sales: Iterable[DailySale], item: str, *, place: str = "", known_at: datetime | None = None
) -> list[DailySale]:
    """What was sold of an item at one place, by day, as it was known at an instant.

    The nameless place is the market as a whole: what one store sold is no price of the whole.
    """
    newest: dict[tuple[date, int], DailySale] = {}
    told = [
        sale
        for sale in sales
        if sale.item == item and sale.place == place and (known_at is None or sale.recorded_at <= known_at)
    ]
    for sale in sorted(told, key=lambda sale: (sale.recorded_at, sale.id or 0)):
        newest[sale.sold_on, sale.amount_minor] = sale
    return sorted(
        (sale for sale in newest.values() if sale.units), key=lambda sale: (sale.sold_on, sale.amount_minor)
    )


def _speaking(rows: Sequence[Price]) -> Iterator[Step]:
    """What the last recorded of the rows says between each two instants at which one begins or ends."""
    ranked = sorted(rows, key=lambda price: (price.recorded_at, price.id or 0))
    to_come = sorted(range(len(ranked)), key=lambda rank: ranked[rank].valid_from, reverse=True)
    begun: list[int] = []
    edges = {price.valid_from for price in rows} | {price.valid_until for price in rows if price.valid_until}
    for starts_at, ends_at in pairwise([*sorted(edges), None]):
        if starts_at is None:
            return
        while to_come and ranked[to_come[-1]].valid_from <= starts_at:
            heapq.heappush(begun, -to_come.pop())
        while begun and not ranked[-begun[0]].holds(starts_at):
            heapq.heappop(begun)
        if begun:
            yield Step(ranked[-begun[0]].amount_minor, starts_at, ends_at)
