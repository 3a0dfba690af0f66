"""How much of what is capped the facts say was taken, slot by slot."""

from datetime import date
from typing import Any

from sqlalchemy import ColumnElement
from sqlmodel import Session, SQLModel, col, exists, func, select

from omni.domain.claim import Claim
from omni.domain.record import Origin
from omni.domain.redemption import Redemption, RedemptionLine, Reversal, ReversalLine
from omni.domain.scarcity import Limit, Scarce
from omni.domain.window import day_after, midnight
from omni.store.counters import SLOTS


def taken(session: Session, edition_id: int, limit: Limit, zone: str) -> dict[int, int]:
    """What live codes took of something capped and did not bring back."""
    match limit.scarce:
        case Scarce.UNLOCKS:
            return _by_slot(session, Claim, func.count(), _claims(edition_id, limit, zone))
        case Scarce.USES:
            return _by_slot(session, Redemption, func.count(), [*_uses(edition_id, limit, zone), is_out()])
        case _:
            uses = _uses(edition_id, limit, zone)
            return _by_slot(session, Redemption, func.sum(Redemption.benefit_minor - _ended()), uses)


def is_anything_unlocked(session: Session, edition_id: int) -> bool:
    """Whether any live code of an edition was unlocked yet."""
    some = select(Claim.number).where(Claim.edition_id == edition_id, Claim.origin == Origin.LIVE)
    return session.exec(some.limit(1)).first() is not None


def is_out() -> ColumnElement[bool]:
    """Whether units of a redemption are still with the shopper."""
    line, back = RedemptionLine, ReversalLine
    returned = (
        select(func.coalesce(func.sum(back.quantity), 0))
        .where(_same(back, line, "bucket", "number", "seq", "line"))
        .scalar_subquery()
    )
    of_use = _same(line, Redemption, "bucket", "number", "seq")
    return exists().where(of_use, col(line.quantity) > returned).correlate(Redemption)


def _ended() -> Any:
    """The benefit that reversals of a redemption ended."""
    of_use = _same(Reversal, Redemption, "bucket", "number", "seq")
    ended = select(func.coalesce(func.sum(Reversal.benefit_minor), 0)).where(of_use)
    return ended.correlate(Redemption).scalar_subquery()


def _claims(edition_id: int, limit: Limit, zone: str) -> list[ColumnElement[bool]]:
    of_place = [] if limit.placement_id is None else [col(Claim.placement_id) == limit.placement_id]
    return [
        col(Claim.edition_id) == edition_id,
        col(Claim.origin) == Origin.LIVE,
        *of_place,
        *_on(limit.day, zone, col(Claim.claimed_at)),
    ]


def _uses(edition_id: int, limit: Limit, zone: str) -> list[ColumnElement[bool]]:
    return [
        col(Redemption.edition_id) == edition_id,
        col(Redemption.origin) == Origin.LIVE,
        *_on(limit.day, zone, col(Redemption.redeemed_at)),
    ]


def _on(day: date | None, zone: str, at: Any) -> list[ColumnElement[bool]]:
    return [] if day is None else [at >= midnight(day, zone), at < day_after(day, zone)]


def _by_slot(
    session: Session, kind: type[Any], amount: Any, where: list[ColumnElement[bool]]
) -> dict[int, int]:
    slot = col(kind.bucket).op("&")(SLOTS - 1)
    found = session.exec(select(slot, amount).where(*where).group_by(slot))
    return {slot: int(total) for slot, total in found if total}


def _same(one: type[SQLModel], other: type[SQLModel], *names: str) -> Any:
    first, *more = (getattr(one, name) == getattr(other, name) for name in names)
    for condition in more:
        first = first & condition
    return first
