"""Statistics: what was issued, scanned, unlocked, redeemed and reversed, read from the cube alone."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlmodel import Session, col, select

from omni.domain.campaign import Campaign, Edition
from omni.domain.cube import Kind, day_number, day_of
from omni.domain.placement import Placement
from omni.domain.refusal import BadInput
from omni.store.cube import Total, totals

ISSUED = frozenset({Kind.ISSUED})
SCANNED = frozenset({Kind.SCAN_FIRST, Kind.SCAN_SHARED})
UNLOCKED = frozenset({Kind.CLAIM})
REDEEMED = frozenset({Kind.REDEEM_FIRST})
REVERSED = frozenset({Kind.REVERSE_FIRST})
ORIGIN_RETURNED = frozenset({Kind.ORIGIN_RETURNED})

_COORDINATE = {
    "market": "edition_id",
    "edition": "edition_id",
    "placement": "placement_id",
    "touchpoint": "touchpoint",
    "locale": "locale",
    "day": "time",
}
DIMENSIONS = tuple(_COORDINATE)
"""What a funnel may be split by. A day is the market's own day."""


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
    from_on: date | None = None,
    to_on: date | None = None,
    now: datetime | None = None,
) -> Funnel:
    """The funnel of a campaign, split by dimensions, over market days from the first to the last, inclusive.

    Rows in which nothing happened are left out. Raises BadInput for a campaign or dimension that is not one.
    """
    for index, dimension in enumerate(by):
        if dimension not in _COORDINATE or dimension in by[:index]:
            raise BadInput("by", f"choose from {', '.join(DIMENSIONS)}, each once")
    if from_on is not None and to_on is not None and from_on > to_on:
        raise BadInput("from", "the first day comes after the last")
    editions = _editions(session, campaign)
    names = _names(session, campaign, editions)
    rows: dict[tuple[str, ...], FunnelRow] = {}
    for total in _totals(session, editions, [_COORDINATE[name] for name in by], from_on, to_on):
        keys = {name: names[name](total.at[_COORDINATE[name]]) for name in by}
        row = rows.setdefault(tuple(keys.values()), FunnelRow(keys))
        _count(row, total)
    return Funnel(now, [rows[key] for key in sorted(rows)])


def beside(
    session: Session, *, campaign: str, from_on: date | None = None, to_on: date | None = None
) -> Beside:
    """Who else came: repeats and machines on a campaign's pages; orphans are of the whole installation."""
    counts: dict[str, int] = defaultdict(int)
    for total in _totals(session, _editions(session, campaign), [], from_on, to_on):
        counts[total.kind] += total.n
    for total in _totals(session, {0: ""}, [], from_on, to_on):
        if total.kind == Kind.ORPHAN:
            counts[total.kind] += total.n
    return Beside(
        repeats=counts[Kind.SCAN_REPEAT],
        bots=counts[Kind.SCAN_BOT],
        prefetches=counts[Kind.SCAN_PREFETCH],
        orphans=counts[Kind.ORPHAN],
    )


def _editions(session: Session, campaign: str) -> dict[int, str]:
    """The markets of a campaign's editions. Raises BadInput."""
    of_campaign = select(Edition.id, Edition.market_id).join(Campaign).where(Campaign.slug == campaign)
    rows = session.exec(of_campaign).all()
    if not rows:
        known = session.exec(select(Campaign.slug).order_by(col(Campaign.slug))).all()
        raise BadInput("campaign", f"there is {', '.join(known)}" if known else "there is no campaign yet")
    return {edition_id or 0: market for edition_id, market in rows}


def _totals(
    session: Session, editions: Mapping[int, str], by: Sequence[str], from_on: date | None, to_on: date | None
) -> list[Total]:
    return list(
        totals(
            session,
            by=list(dict.fromkeys(by)),
            edition_ids=editions,
            first_day=None if from_on is None else day_number(from_on),
            last_day=None if to_on is None else day_number(to_on),
        )
    )


def _names(session: Session, campaign: str, editions: Mapping[int, str]) -> dict[str, Callable[[Any], str]]:
    """How each dimension's coordinate is written."""
    slugs = dict(session.exec(select(Placement.id, Placement.slug)).all())
    return {
        "market": lambda edition_id: editions[edition_id],
        "edition": lambda edition_id: f"{campaign}/{editions[edition_id]}",
        "placement": lambda placement_id: slugs[placement_id],
        "touchpoint": str,
        "locale": str,
        "day": lambda day: day_of(day).isoformat(),
    }


def _count(row: FunnelRow, total: Total) -> None:
    row.issued += total.n if total.kind in ISSUED else 0
    row.scanned += total.n if total.kind in SCANNED else 0
    row.unlocked += total.n if total.kind in UNLOCKED else 0
    row.redeemed += total.n if total.kind in REDEEMED else 0
    row.reversed += total.n if total.kind in REVERSED else 0
    row.origin_returned += total.n if total.kind in ORIGIN_RETURNED else 0
    if total.kind in (Kind.REDEEM, Kind.BENEFIT, Kind.REVERSE):
        money = row.money.setdefault(total.currency, Money())
        money.orders_minor += total.amount_minor if total.kind == Kind.REDEEM else 0
        money.benefit_minor += total.amount_minor if total.kind == Kind.BENEFIT else 0
        money.reversed_minor += total.amount_minor if total.kind == Kind.REVERSE else 0
