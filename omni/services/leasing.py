"""Whose job it is: of many workers one does a job at a time, and the others stand by.

A lease spares work, it does not make anything right: whatever a worker does is guarded in a transaction, so
a clock that is wrong, or a lease that ran out under a slow hand, costs some work done twice and no more.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session, col, or_, select, update

from omni.domain.counting import Lease
from omni.store.rows import insert_or_replace, rows_changed

LASTS_SECONDS = 15.0
"""How long a job waits at most for a worker that was killed."""


def take(tx: Session, now: datetime, *, job: str, holder: str, seconds: float = LASTS_SECONDS) -> bool:
    """Take a job that nobody holds, or renew a lease of one's own; False while another holds it."""
    wanted = {"job": job, "holder": holder, "until": now + timedelta(seconds=seconds)}
    return insert_or_replace(tx, Lease, wanted, where=_is_to_be_had(now, holder))


def may_take(session: Session, now: datetime, *, job: str, holder: str) -> bool:
    """Whether taking a job is worth a try: nobody has it, or whoever had it is overdue."""
    others = select(Lease.job).where(Lease.job == job, ~_is_to_be_had(now, holder))
    return session.exec(others).first() is None


def give_up(tx: Session, now: datetime, *, jobs: Iterable[str], holder: str) -> None:
    """Let others have jobs at once. A job that somebody else took meanwhile stays theirs."""
    ours = (col(Lease.job).in_(sorted(jobs)), col(Lease.holder) == holder, col(Lease.until) > now)
    rows_changed(tx, update(Lease).where(*ours).values(until=now))


def unattended_seconds(session: Session, now: datetime) -> dict[str, float]:
    """For how long no worker has had each job in hand; 0 while one has. Jobs nobody ever had are missing."""
    leases = session.exec(select(Lease).order_by(col(Lease.job)))
    return {lease.job: max(0.0, (now - lease.until).total_seconds()) for lease in leases}


def _is_to_be_had(now: datetime, holder: str) -> Any:
    return or_(col(Lease.holder) == holder, col(Lease.until) <= now)
