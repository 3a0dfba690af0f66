"""The earlier price an offer may be compared with, found in history by the market's own rule.

Each view below names its source. None is legal advice: which of them a market uses is a display rule's to
say, and a company's to review.
"""

from calendar import monthrange
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import pairwise

from omni.domain.price import DailySale, Price
from omni.domain.price_history import ONE_DAY, Step, before, lowest_by_day, sold, timeline
from omni.domain.window import local_day, midnight


class ReferenceKind(StrEnum):
    """How a market finds the earlier price.

    `lowest`: the lowest asked in so many days before the reduction began. `lowest-sold`: the lowest it was
    sold at in so many days, else at the last sale. `usual`: what was asked on most days of so many. `steady`:
    the lowest of an unbroken run of so many days. `ordinary`: what most units or most days went at.
    `previous`: what it cost just before.
    """

    LOWEST = "lowest"
    LOWEST_SOLD = "lowest-sold"
    USUAL = "usual"
    STEADY = "steady"
    ORDINARY = "ordinary"
    PREVIOUS = "previous"


class Why(StrEnum):
    """Why history supports no earlier price."""

    NO_PRICE = "no-price"
    NO_HISTORY = "no-history"
    NO_SALE = "no-sale"
    NOT_MOST_DAYS = "not-most-days"
    TOO_FEW_DAYS = "too-few-days"
    TOO_LONG_AGO = "too-long-ago"
    NO_UNBROKEN_RUN = "no-unbroken-run"
    NO_RULE = "no-rule"


@dataclass(frozen=True)
class Reference:
    """An earlier price that history supports; `is_short` when history is younger than the rule looks back.

    `reduced_on` is the market's day on which the present price began to hold.
    """

    amount_minor: int
    is_short: bool = False
    reduced_on: date | None = None


@dataclass(frozen=True)
class NoReference:
    """History supports no earlier price; `possible_on` when time alone cures that, and from which day."""

    why: Why
    possible_on: date | None = None


def earlier_price(
    kind: ReferenceKind,
    days: int,
    *,
    item: str,
    prices: Iterable[Price],
    sales: Iterable[DailySale],
    start: datetime,
    zone: str,
    known_at: datetime | None = None,
) -> Reference | NoReference:
    """The earlier price of an item whose present price began at `start`, in minor units.

    `days` is how far `lowest` and `lowest-sold` look back, the window of `usual`, the run of `steady`; days
    are whole days of the market's calendar before the one on which the reduction began. Only what was known
    at `known_at` counts. `possible_on` supposes that the price before the reduction goes on being asked.
    """
    steps = timeline(prices, item, known_at=known_at)
    past = _Past(before(steps, start), sold(sales, item, known_at=known_at), local_day(start, zone), zone)
    found = _VIEWS[kind](past, days)
    if isinstance(found, Reference):
        return replace(found, reduced_on=past.start_on)
    coming = next((step for step in steps if step.ends_at is None or step.ends_at > start), None)
    return replace(found, possible_on=_cured_on(found, past, coming, kind=kind, days=days))


@dataclass(frozen=True)
class _Past:
    """What an item cost and sold for before the day a reduction began."""

    steps: list[Step]
    sales: list[DailySale]
    start_on: date
    zone: str

    def by_day(self, first: date) -> dict[date, int]:
        """The lowest price of each day from `first` to the eve of the reduction."""
        return lowest_by_day(self.steps, self.zone, first, self.start_on - ONE_DAY)

    def is_younger_than(self, first: date) -> bool:
        """Whether prices are known only from some time after the beginning of a day."""
        return self.steps[0].starts_at > midnight(first, self.zone)


_Found = Reference | NoReference


def _lowest(past: _Past, days: int) -> _Found:
    """Directive 98/6/EC article 6a (30 days; CJEU C-330/23); Korea's 20 days: the lowest price asked.

    The window opens at the midnight that begins the first of the days; one-day dips count.
    """
    first = past.start_on - days * ONE_DAY
    opens_at = midnight(first, past.zone)
    asked = [step.amount_minor for step in past.steps if step.ends_at is None or step.ends_at > opens_at]
    if not asked:
        return NoReference(Why.NO_HISTORY)
    return Reference(min(asked), is_short=past.is_younger_than(first))


def _lowest_sold(past: _Past, days: int) -> _Found:
    """China's pricing rules for operators (7 days): the lowest price sold at, else that of the last sale."""
    earlier = [sale for sale in past.sales if sale.sold_on < past.start_on]
    if not earlier:
        return NoReference(Why.NO_SALE)
    first = past.start_on - days * ONE_DAY
    recent = [sale for sale in earlier if sale.sold_on >= first]
    counted = recent or [sale for sale in earlier if sale.sold_on == earlier[-1].sold_on]
    lowest = min(sale.amount_minor for sale in counted)
    return Reference(lowest, is_short=bool(recent) and earlier[0].sold_on > first)


_USUAL_DAYS_AT_LEAST = 14
_USUAL_DAYS_AGO = 14


def _usual(past: _Past, days: int) -> _Found:
    """Japan's guideline on double prices (8 weeks): asked on more than half of the days on sale.

    On 14 days at least, the last of them 14 days before the reduction at most.
    """
    by_day = past.by_day(past.start_on - days * ONE_DAY)
    if not by_day:
        return NoReference(Why.NO_HISTORY)
    (amount, asked_on), *_ = Counter(by_day.values()).most_common(1)
    last_on = max(day for day, lowest in by_day.items() if lowest == amount)
    if asked_on * 2 <= len(by_day):
        return NoReference(Why.NOT_MOST_DAYS)
    if asked_on < _USUAL_DAYS_AT_LEAST:
        return NoReference(Why.TOO_FEW_DAYS)
    if (past.start_on - last_on).days > _USUAL_DAYS_AGO:
        return NoReference(Why.TOO_LONG_AGO)
    return Reference(amount, is_short=past.is_younger_than(past.start_on - days * ONE_DAY))


_STEADY_MONTHS = 6


def _steady(past: _Past, days: int) -> _Found:
    """Malaysia's cheap sale regulations (28 days in 6 months): the lowest of the latest unbroken run of days.

    Days of earlier sales are no part of a run: a lower price for less than the run, between higher ones.
    """
    first = months_before(past.start_on, _STEADY_MONTHS)
    on_sale = lowest_by_day(_earlier_sales(past.steps, days * ONE_DAY), past.zone, first, past.start_on)
    run: list[int] = []
    by_day = past.by_day(first)
    day = past.start_on - ONE_DAY
    while day >= first and len(run) < days:
        run = [*run, by_day[day]] if day in by_day and day not in on_sale else []
        day -= ONE_DAY
    if len(run) < days:
        return NoReference(Why.NO_UNBROKEN_RUN if by_day else Why.NO_HISTORY)
    return Reference(min(run))


def _earlier_sales(steps: list[Step], shorter_than: timedelta) -> list[Step]:
    return [
        step
        for (above, step), (_, after) in pairwise(pairwise(steps))
        if step.amount_minor < min(above.amount_minor, after.amount_minor)
        and step.ends_at is not None
        and step.ends_at - step.starts_at < shorter_than
    ]


_ORDINARY_MONTHS_OF_SALES = 12
_ORDINARY_MONTHS_OF_DAYS = 6


def _ordinary(past: _Past, days: int) -> _Found:
    """Canada's ordinary selling price: what most units of 12 months went at or above, or most days of 6.

    The higher of the two speaks: one of the tests is enough.
    """
    found = []
    first = months_before(past.start_on, _ORDINARY_MONTHS_OF_SALES)
    units: Counter[int] = Counter()
    sales = [sale for sale in past.sales if first <= sale.sold_on < past.start_on]
    for sale in sales:
        units[sale.amount_minor] += sale.units
    if units:
        found.append(Reference(_most_at_or_above(units), is_short=past.sales[0].sold_on > first))
    first = months_before(past.start_on, _ORDINARY_MONTHS_OF_DAYS)
    if on_days := Counter(past.by_day(first).values()):
        found.append(Reference(_most_at_or_above(on_days), is_short=past.is_younger_than(first)))
    best = max(found, key=lambda reference: (reference.amount_minor, not reference.is_short), default=None)
    return best or NoReference(Why.NO_HISTORY)


def _most_at_or_above(counts: Mapping[int, int]) -> int:
    """The highest amount that more than half of all reach."""
    reached, amounts = 0, sorted(counts, reverse=True)
    for amount in amounts:
        reached += counts[amount]
        if reached * 2 > sum(counts.values()):
            break
    return amount


def _previous(past: _Past, days: int) -> _Found:
    """What it cost just before, where the law asks for no more than a true and recent price."""
    return Reference(past.steps[-1].amount_minor) if past.steps else NoReference(Why.NO_HISTORY)


_VIEWS: Mapping[ReferenceKind, Callable[[_Past, int], _Found]] = {
    ReferenceKind.LOWEST: _lowest,
    ReferenceKind.LOWEST_SOLD: _lowest_sold,
    ReferenceKind.USUAL: _usual,
    ReferenceKind.STEADY: _steady,
    ReferenceKind.ORDINARY: _ordinary,
    ReferenceKind.PREVIOUS: _previous,
}

_CURED_BY_GOING_ON = {ReferenceKind.USUAL, ReferenceKind.STEADY}
_LONGEST_WAIT = 200


def _cured_on(
    refused: NoReference, past: _Past, coming: Step | None, *, kind: ReferenceKind, days: int
) -> date | None:
    """The day from which time alone has made a history; None where it takes sales, or there is no price."""
    if refused.why == Why.NO_SALE:
        return None
    if kind in _CURED_BY_GOING_ON:
        return _when_going_on(past, coming, kind, days)
    return local_day(coming.starts_at, past.zone) + days * ONE_DAY if coming else None


def _when_going_on(past: _Past, coming: Step | None, kind: ReferenceKind, days: int) -> date | None:
    """The first day a reduction would find a reference if the last price, else the coming one, went on."""
    last = past.steps[-1] if past.steps else coming
    if last is None:
        return None
    starts_at = max(midnight(past.start_on, past.zone), last.starts_at)
    for ahead in range(1, _LONGEST_WAIT):
        start_on = past.start_on + ahead * ONE_DAY
        going_on = Step(last.amount_minor, starts_at, midnight(start_on, past.zone))
        later = replace(past, steps=[*past.steps, going_on], start_on=start_on)
        if isinstance(_VIEWS[kind](later, days), Reference):
            return start_on
    return None


def months_before(day: date, months: int) -> date:
    """The same day some months earlier, or the last of that month when it has no such day.

    >>> months_before(date(2026, 8, 31), 6)
    datetime.date(2026, 2, 28)
    """
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
