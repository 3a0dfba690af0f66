"""Tallying: how much of an edition's codes is on paper already, print run by print run."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import Session, col, func, select

from omni.domain.batch import Batch, BatchKind
from omni.domain.print_run import PrintRun, PrintStop
from omni.services.printing import SHOWN

_MOST_LISTED = 200


@dataclass(frozen=True)
class OnPaper:
    """A batch, how many copies of its codes were printed, and the first number no run has come to yet."""

    batch: Batch
    copies: int
    next_number: int


def on_paper(session: Session, *, edition_id: int, batch_id: int | None = None) -> Sequence[OnPaper]:
    """What can be printed of an edition, one batch or all of them: the newest first, at most two hundred.

    Codes of receipts are not among them, for tills print those one by one. What was held up on a screen is
    not paper, and of a run that was stopped only what came out is.
    """
    made = func.coalesce(PrintStop.copies_made, PrintRun.copies)
    rows = (
        select(Batch, func.coalesce(func.sum(made), 0), func.max(PrintRun.first_number + made))
        .outerjoin(PrintRun, (col(PrintRun.batch_id) == Batch.id) & (col(PrintRun.form) != SHOWN))
        .outerjoin(PrintStop, col(PrintStop.run_id) == PrintRun.id)
        .where(Batch.edition_id == edition_id, Batch.kind != BatchKind.RECEIPTS)
        .group_by(col(Batch.id))
        .order_by(col(Batch.id).desc())
        .limit(_MOST_LISTED)
    )
    if batch_id is not None:
        rows = rows.where(Batch.id == batch_id)
    return [
        OnPaper(batch, int(copies), batch.first_number if reached is None else int(reached))
        for batch, copies, reached in session.exec(rows)
    ]
