"""What stands before the printers, for whoever looks: lists of jobs, and the slips a till waits for."""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session, col, func, select

from omni.domain.batch import Batch
from omni.domain.print_run import PrintRun
from omni.domain.printer import OPEN_STATES, JobState, PrintJob


def jobs(session: Session, *, is_open: bool = True, most: int = 50) -> Sequence[PrintJob]:
    """The newest jobs: those in which something is still to be done, or all of them."""
    rows = select(PrintJob).order_by(col(PrintJob.id).desc()).limit(most)
    return session.exec(rows.where(col(PrintJob.state).in_(OPEN_STATES)) if is_open else rows).all()


def open_jobs(session: Session) -> dict[str, dict[JobState, int]]:
    """How many jobs each printer has open, by its name and their state."""
    counts: dict[str, dict[JobState, int]] = {}
    counted = select(PrintJob.printer, PrintJob.state, func.count()).where(
        col(PrintJob.state).in_(OPEN_STATES)
    )
    for printer, state, n in session.exec(counted.group_by(col(PrintJob.printer), col(PrintJob.state))):
        counts.setdefault(printer, {})[JobState(state)] = n
    return counts


def slip_of(session: Session, number: int, *, since: datetime) -> PrintJob | None:
    """The newest slip that a till printed of a code: one still open, or one made since an instant."""
    matters = col(PrintJob.state).in_(OPEN_STATES) | (col(PrintJob.made_at) >= since)
    slips = select(PrintJob).where(PrintJob.first_number == number, PrintJob.copies == 1, matters)
    return session.exec(slips.order_by(col(PrintJob.id).desc()).limit(1)).first()


def slips_at(session: Session, placement_id: int) -> Sequence[PrintJob]:
    """The single slips of a place that have not come out for sure, oldest first."""
    rows = select(PrintJob).join(PrintRun).join(Batch)
    rows = rows.where(col(PrintJob.state).in_(OPEN_STATES), PrintJob.copies == 1)
    return session.exec(rows.where(Batch.placement_id == placement_id).order_by(col(PrintJob.id))).all()
