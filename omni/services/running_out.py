"""Holds and the passing of time: what a voucher's page says of its reservation, and which to let go."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from omni.domain.batch import CodeState
from omni.domain.claim import Release, ReleaseReason
from omni.services.holding import last_hold, release
from omni.store import finders


@dataclass(frozen=True)
class Reservation:
    """How the reservation of a voucher stands: it holds until an instant, or it ran out then."""

    until: datetime
    is_over: bool


def reservation(session: Session, now: datetime, number: int) -> Reservation | None:
    """The reservation a voucher's page speaks of; None when there never was one, or it was spent or freed."""
    newest = last_hold(session, number)
    if newest is None:
        return None
    ended = session.get(Release, (newest.bucket, newest.number, newest.seq))
    if ended is not None and ended.reason != ReleaseReason.RAN_OUT:
        return None
    return Reservation(newest.until, is_over=ended is not None or now >= newest.until)


def run_out(session: Session, now: datetime, *, limit: int) -> Sequence[tuple[int, int]]:
    """Codes whose hold ran out and is not let go yet, each with its batch; the longest overdue first."""
    overdue = select(CodeState.number, CodeState.batch_id).where(col(CodeState.held_until) <= now)
    return session.exec(overdue.order_by(col(CodeState.held_until)).limit(limit)).all()


def let_run_out(tx: Session, now: datetime, *, number: int, batch_id: int) -> bool:
    """Let go a hold that ran out; False when somebody renewed it or was faster."""
    state = finders.lock_code(tx, number, batch_id=batch_id, now=now)
    if state.held_until is None or now < state.held_until:
        return False
    return release(tx, now, state=state, reason=ReleaseReason.RAN_OUT)
