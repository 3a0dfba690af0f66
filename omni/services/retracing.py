"""Finding what was spent: one redemption by its id, or all of an order, a code or a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, and_, col, or_, select

from omni.domain.claim import Entitlement
from omni.domain.receipt import Receipt
from omni.domain.record import Origin, bucket_of
from omni.domain.redemption import Redemption, RedemptionLine
from omni.domain.refusal import Reason, Unknown
from omni.services.reversing import Reversed, returns_of
from omni.store import finders


@dataclass(frozen=True)
class Retraced:
    """A redemption with its lines, what was taken back of it, the receipt behind it, and what is left now."""

    redemption: Redemption
    lines: Sequence[RedemptionLine]
    reversals: Sequence[Reversed]
    balances: Sequence[Entitlement]
    receipt: Receipt | None


@dataclass(frozen=True)
class Trail:
    """Which redemptions are looked for; None leaves it open."""

    origin: Origin
    number: int | None = None
    order_ref: str | None = None
    since: datetime | None = None


def redemption(session: Session, *, number: int, seq: int) -> Retraced:
    """One redemption. Raises Unknown."""
    found = session.get(Redemption, (bucket_of(number), number, seq))
    if found is None:
        raise Unknown(Reason.UNKNOWN_REDEMPTION)
    return _retraced(session, found)


def receipt_of(session: Session, number: int) -> Receipt | None:
    """The receipt a code was printed for, where one is known."""
    return session.get(Receipt, (bucket_of(number), number))


def redemptions(
    session: Session, *, trail: Trail, after: tuple[int, int] | None, limit: int
) -> list[Retraced]:
    """Redemptions, oldest first, at most `limit` of them, from behind the one of number and seq `after`."""
    rows = select(Redemption).where(Redemption.origin == trail.origin)
    if trail.number is not None:
        rows = rows.where(Redemption.bucket == bucket_of(trail.number), Redemption.number == trail.number)
    if trail.order_ref is not None:
        rows = rows.where(Redemption.order_ref == trail.order_ref)
    if trail.since is not None:
        rows = rows.where(Redemption.redeemed_at >= trail.since)
    if after is not None:
        rows = rows.where(_behind(redemption(session, number=after[0], seq=after[1]).redemption))
    ordered = rows.order_by(col(Redemption.redeemed_at), col(Redemption.number), col(Redemption.seq))
    return [_retraced(session, found) for found in session.exec(ordered.limit(limit)).all()]


def _behind(last: Redemption) -> bool:
    at, number, seq = col(Redemption.redeemed_at), col(Redemption.number), col(Redemption.seq)
    same_number = and_(number == last.number, seq > last.seq)
    return or_(at > last.redeemed_at, and_(at == last.redeemed_at, or_(number > last.number, same_number)))  # type: ignore[return-value]


def _retraced(session: Session, found: Redemption) -> Retraced:
    number, seq = found.number, found.seq
    return Retraced(
        redemption=found,
        lines=finders.redemption_lines_of(session, number, seq),
        reversals=returns_of(session, found),
        balances=finders.entitlements_of(session, number),
        receipt=receipt_of(session, number),
    )
