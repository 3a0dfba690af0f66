"""Settling with shops: every use and return as money, and what was promised and not used yet."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import groupby
from typing import Any

from sqlalchemy import select as sql_select
from sqlmodel import Session, and_, case, col, exists, func, or_

from omni.domain.batch import Batch, CodeState, Recall
from omni.domain.claim import Claim, Entitlement
from omni.domain.placement import Placement
from omni.domain.record import Origin
from omni.domain.redemption import Redemption, RedemptionLine, Reversal, ReversalEffect
from omni.domain.refund import Account, Return
from omni.domain.window import day_after, local_day, midnight
from omni.services import naming
from omni.services.matching import WantedLine, line_of
from omni.services.naming import NamedEdition

_AT_ONCE = 1_000
_INSTANT = timedelta(microseconds=1)


class EntryKind(StrEnum):
    """What a line of a settlement is about."""

    REDEMPTION = "redemption"
    REVERSAL = "reversal"


@dataclass(frozen=True)
class Entry:
    """One line of a settlement, in minor units; each column sums to that of the whole.

    `price_minor` is what the shopper paid for what was spent, `benefit_minor` what she saved (less than
    nothing where it ended), `refund_minor` what came back of the price, and `charged_minor` what was withheld
    of refunds (less than nothing where it was given back after all).
    """

    kind: EntryKind
    at: datetime
    order_ref: str
    number: int
    key_id: int
    placement: str
    price_minor: int
    benefit_minor: int
    refund_minor: int
    charged_minor: int

    @property
    def net_minor(self) -> int:
        """What the shop keeps of it."""
        return self.price_minor - self.refund_minor + self.charged_minor


def entries(
    session: Session, named: NamedEdition, *, from_on: date | None, to_on: date | None
) -> Iterator[Entry]:
    """The uses and returns of an edition on the market's days from the first to the last, inclusive.

    A return stands below its use, whenever that was. Tests and samples are no money. Streamed.
    """
    zone = named.market.time_zone
    begins = None if from_on is None else midnight(from_on, zone)
    ends = None if to_on is None else day_after(to_on, zone)
    rows = session.execute(_uses(named, begins, ends).execution_options(yield_per=_AT_ONCE))
    for _, use in groupby(rows, key=lambda row: (row[0].number, row[0].seq)):
        for entry in _of_use(list(use)):
            if (begins is None or entry.at >= begins) and (ends is None or entry.at < ends):
                yield entry


def _uses(named: NamedEdition, begins: datetime | None, ends: datetime | None) -> Any:
    """Every use that may matter for a period beside each of its returns, in order."""
    price = (
        sql_select(func.sum(RedemptionLine.price_minor))
        .where(_of(RedemptionLine, Redemption, "seq"))
        .correlate(Redemption)
        .scalar_subquery()
    )
    rows = (
        sql_select(Redemption, Reversal, ReversalEffect, price, Placement.slug, Batch.key_id)  # type: ignore[call-overload]
        .join(Claim, _of(Claim, Redemption))
        .join(Batch, col(Batch.id) == Claim.batch_id)
        .join(Placement, col(Placement.id) == Redemption.placement_id)
        .outerjoin(Reversal, _of(Reversal, Redemption, "seq"))
        .outerjoin(ReversalEffect, _of(ReversalEffect, Reversal, "seq", "rev"))
        .where(col(Redemption.edition_id) == named.edition.id, col(Redemption.origin) == Origin.LIVE)
    )
    if begins is not None:
        later = exists().where(_of(Reversal, Redemption, "seq"), col(Reversal.reversed_at) >= begins)
        rows = rows.where(or_(col(Redemption.redeemed_at) >= begins, later.correlate(Redemption)))
    if ends is not None:
        rows = rows.where(col(Redemption.redeemed_at) < ends)
    return rows.order_by(Redemption.redeemed_at, Redemption.number, Redemption.seq, Reversal.rev)


def _of(one: Any, other: Any, *also: str) -> Any:
    """Rows about the same code, and the same use or return of it."""
    return and_(*(getattr(one, name) == getattr(other, name) for name in ("bucket", "number", *also)))


def _of_use(rows: list[Any]) -> Iterator[Entry]:
    spent, _, _, price, placement, key_id = rows[0]
    use = Entry(
        kind=EntryKind.REDEMPTION,
        at=spent.redeemed_at,
        order_ref=spent.order_ref,
        number=spent.number,
        key_id=key_id,
        placement=placement,
        price_minor=int(price),
        benefit_minor=spent.benefit_minor,
        refund_minor=0,
        charged_minor=0,
    )
    yield use
    account = Account(spent.order_total_minor, spent.benefit_minor)
    for _, back, effect, *_ in rows:
        if back is None:
            continue
        booked = Return(back.refund_minor, back.benefit_minor, effect.charged_minor if effect else 0)
        yield replace(
            use,
            kind=EntryKind.REVERSAL,
            at=back.reversed_at,
            price_minor=0,
            benefit_minor=-back.benefit_minor,
            refund_minor=back.refund_minor,
            charged_minor=booked.charged_minor - account.released(booked),
        )
        account = account.after(booked)


@dataclass
class Promise:
    """What was promised by claims that end on one day and was not used yet; amounts in minor units.

    `price_minor` is what shoppers would pay for it, `benefit_minor` what they would save.
    """

    named: NamedEdition
    ends_on: date
    claims: int = 0
    units: int = 0
    price_minor: int = 0
    benefit_minor: int = 0

    def add(self, units: int, price_minor: int, benefit_minor: int) -> None:
        """Some more of it."""
        self.units += units
        self.price_minor += price_minor
        self.benefit_minor += benefit_minor


def open_promises(session: Session, now: datetime, *, campaign: str) -> list[Promise]:
    """What a campaign still owes, by edition and by the last day of its claims on the market's clock.

    Live claims that have not ended and were not withdrawn, with anything left to use.
    """
    return [
        promise
        for named in naming.editions(session, campaign)
        for promise in _of_edition(session, now, named)
    ]


def _of_edition(session: Session, now: datetime, named: NamedEdition) -> list[Promise]:
    """Untouched lines are summed in the database; what is left of the others is worked out one by one."""
    line, by_day = Entitlement, dict[date, Promise]()
    is_its, has_left = _of(line, Claim), col(line.used) - col(line.given_back) < col(line.granted)

    def on(end: datetime) -> Promise:
        day = local_day(end - _INSTANT, named.market.time_zone)
        return by_day.setdefault(day, Promise(named, day))

    some_left = exists().where(is_its, has_left).correlate(Claim)
    for end, claims in session.execute(_open(now, named, func.count()).where(some_left).group_by(_END)):
        on(end).claims += claims
    sums = (func.sum(line.granted), func.sum(line.price_minor), func.sum(line.benefit_minor))
    untouched = _open(now, named, *sums).join(line, is_its).where(col(line.used) == 0).group_by(_END)
    for end, units, price, benefit in session.execute(untouched):
        on(end).add(int(units), int(price), int(benefit))
    touched = _open(now, named, Claim, line).join(line, is_its).where(has_left, col(line.used) > 0)
    for end, made, balance in session.execute(touched.execution_options(yield_per=_AT_ONCE)):
        rest = line_of(session, made, 0, balance, WantedLine(balance.sku, balance.left))
        on(end).add(balance.left, rest.price_minor, rest.benefit_minor)
    return [by_day[day] for day in sorted(by_day)]


_END: Any = case(
    (col(CodeState.extended_until) > col(Claim.expires_at), CodeState.extended_until), else_=Claim.expires_at
)
"""When a claim ends, as the rules see it (rulebook.end_of)."""


def _open(now: datetime, named: NamedEdition, *columns: Any) -> Any:
    """The ends of an edition's open claims, with some columns."""
    is_withdrawn = exists().where(
        col(Recall.batch_id) == Claim.batch_id,
        col(Recall.first_number) <= Claim.number,
        col(Claim.number) < Recall.first_number + Recall.size,
    )
    return (
        sql_select(_END, *columns)
        .select_from(Claim)
        .join(CodeState, _of(CodeState, Claim))
        .where(col(Claim.edition_id) == named.edition.id, col(Claim.origin) == Origin.LIVE)
        .where(now < _END, ~is_withdrawn.correlate(Claim))
    )
