"""Statistics: what was issued, scanned, unlocked, redeemed and reversed, read from the cube alone."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlmodel import Session, col, select

from omni.domain.campaign import Campaign, Edition
from omni.domain.cube import Kind, day_number, day_of
from omni.domain.lag import LAG_KINDS
from omni.domain.placement import Placement
from omni.domain.refusal import BadInput
from omni.store.cube import Measure, Total, totals

_NUMBERS = (
    Measure(frozenset({Kind.ISSUED})),
    Measure(frozenset({Kind.SCAN_FIRST, Kind.SCAN_SHARED})),
    Measure(frozenset({Kind.CLAIM})),
    Measure(frozenset({Kind.REDEEM_FIRST})),
    Measure(frozenset({Kind.REVERSE_FIRST})),
    Measure(frozenset({Kind.ORIGIN_RETURNED})),
)
"""The numbers of a row of the funnel, in its order."""

_PAID = tuple(
    Measure(frozenset({kind}), of="amount_minor") for kind in (Kind.REDEEM, Kind.BENEFIT, Kind.REVERSE)
)
"""Its money, likewise."""

_BESIDE = tuple(Measure(frozenset({kind})) for kind in (Kind.SCAN_REPEAT, Kind.SCAN_BOT, Kind.SCAN_PREFETCH))
_LAGS = tuple(Measure(frozenset({kind})) for kind in LAG_KINDS)
_ORPHANS = (Measure(frozenset({Kind.ORPHAN})),)

_COORDINATE = {
    "market": "edition_id",
    "edition": "edition_id",
    "placement": "placement_id",
    "touchpoint": "touchpoint",
    "locale": "locale",
    "variant": "variant",
    "day": "time",
}
DIMENSIONS = tuple(_COORDINATE)
"""What a funnel may be split by. A day is the market's own day.

A variant is that of the page that was opened, and of the claim where a code was unlocked; what is counted
before any page is opened, and pages without variants, are `default`.
"""


@dataclass
class Money:
    """Amounts in minor units of one currency: orders placed, benefit given, benefit taken back."""

    orders_minor: int = 0
    benefit_minor: int = 0
    reversed_minor: int = 0


@dataclass
class FunnelRow:
    """One line of a funnel. Counts are of codes, but of a poster each scan counts; `money` is by currency.

    `origin_returned` are codes whose own purchase came back to the till.
    """

    keys: dict[str, str]
    issued: int = 0
    scanned: int = 0
    unlocked: int = 0
    redeemed: int = 0
    reversed: int = 0
    origin_returned: int = 0
    money: dict[str, Money] = field(default_factory=dict)


@dataclass(frozen=True)
class Funnel:
    """The funnel of a campaign, as known at an instant."""

    as_of: datetime | None
    rows: list[FunnelRow]


@dataclass(frozen=True)
class Beside:
    """What is counted beside first scans: people who came back, machines, and scans of what is not ours."""

    repeats: int
    bots: int
    prefetches: int
    orphans: int


def funnel(
    session: Session,
    *,
    campaign: str,
    by: Sequence[str] = ("market",),
    markets: Collection[str] | None = None,
    from_on: date | None = None,
    to_on: date | None = None,
    with_money: bool = False,
    now: datetime | None = None,
) -> Funnel:
    """The funnel of a campaign, split by dimensions, over market days from the first to the last, inclusive.

    `markets` are those asked about, all of them unless told; money is added up only when asked for. Rows in
    which nothing happened are left out. Raises BadInput for a campaign or dimension that is not one.
    """
    for index, dimension in enumerate(by):
        if dimension not in _COORDINATE or dimension in by[:index]:
            raise BadInput("by", f"choose from {', '.join(DIMENSIONS)}, each once")
    if from_on is not None and to_on is not None and from_on > to_on:
        raise BadInput("from", "the first day comes after the last")
    editions = _editions(session, campaign, markets)
    coordinates = list(dict.fromkeys(_COORDINATE[dimension] for dimension in by))
    write = _writer(session, campaign, editions, by, coordinates)
    rows = {
        at: _row(write(at), numbers)
        for at, numbers in _totals(session, coordinates, _NUMBERS, editions, from_on, to_on)
    }
    if with_money:
        by_currency = [*coordinates, "currency"]
        for (*at, currency), paid in _totals(session, by_currency, _PAID, editions, from_on, to_on):
            if any(amount is not None for amount in paid):
                rows[tuple(at)].money[currency] = Money(*(amount or 0 for amount in paid))
    return Funnel(now, sorted(rows.values(), key=lambda row: tuple(row.keys.values())))


def beside(
    session: Session,
    *,
    campaign: str,
    markets: Collection[str] | None = None,
    from_on: date | None = None,
    to_on: date | None = None,
) -> Beside:
    """Who else came: repeats and machines on a campaign's pages; orphans are of the whole installation."""
    editions = _editions(session, campaign, markets)
    ours = next((total.sums for total in _totals(session, [], _BESIDE, editions, from_on, to_on)), (0, 0, 0))
    nobodys = next((total.sums for total in _totals(session, [], _ORPHANS, [0], from_on, to_on)), (0,))
    return Beside(*(n or 0 for n in (*ours, *nobodys)))


def lags(
    session: Session,
    *,
    campaign: str,
    markets: Collection[str] | None = None,
    from_on: date | None = None,
    to_on: date | None = None,
) -> tuple[int, ...]:
    """How many codes were first used in each of `lag.STEPS` after their unlock, and last how many later."""
    editions = _editions(session, campaign, markets)
    found = next((total.sums for total in _totals(session, [], _LAGS, editions, from_on, to_on)), ())
    return tuple(n or 0 for n in found) or (0,) * len(_LAGS)


def _editions(session: Session, campaign: str, markets: Collection[str] | None = None) -> dict[int, str]:
    """The markets of a campaign's editions, or of those in some markets. Raises BadInput."""
    of_campaign = select(Edition.id, Edition.market_id).join(Campaign).where(Campaign.slug == campaign)
    rows = session.exec(of_campaign).all()
    if not rows:
        known = session.exec(select(Campaign.slug).order_by(col(Campaign.slug))).all()
        raise BadInput("campaign", f"there is {', '.join(known)}" if known else "there is no campaign yet")
    return {edition_id or 0: market for edition_id, market in rows if markets is None or market in markets}


def _totals(
    session: Session,
    by: Sequence[str],
    measures: Sequence[Measure],
    edition_ids: Iterable[int],
    *days: date | None,
) -> Iterator[Total]:
    first_day, last_day = (None if day is None else day_number(day) for day in days)
    return totals(
        session, by=by, measures=measures, edition_ids=edition_ids, first_day=first_day, last_day=last_day
    )


def _row(keys: dict[str, str], numbers: Sequence[int | None]) -> FunnelRow:
    issued, scanned, unlocked, redeemed, reversed_, returned = (n or 0 for n in numbers)
    return FunnelRow(keys, issued, scanned, unlocked, redeemed, reversed_, returned)


def _writer(
    session: Session,
    campaign: str,
    editions: Mapping[int, str],
    by: Sequence[str],
    coordinates: Sequence[str],
) -> Callable[[Sequence[Any]], dict[str, str]]:
    """Writes out where a total stands, dimension by dimension, from its coordinates."""
    slugs = dict(session.exec(select(Placement.id, Placement.slug)).all()) if "placement" in by else {}
    words: dict[str, Callable[[Any], str]] = {
        "market": editions.__getitem__,
        "edition": lambda edition_id: f"{campaign}/{editions[edition_id]}",
        "placement": slugs.__getitem__,
        "touchpoint": str,
        "locale": str,
        "variant": str,
        "day": lambda day: day_of(day).isoformat(),
    }
    steps = [(dimension, coordinates.index(_COORDINATE[dimension]), words[dimension]) for dimension in by]
    return lambda at: {dimension: word(at[place]) for dimension, place, word in steps}
