"""Surveying: which live paper of a bundle is out there and says less than an amount."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import exists
from sqlalchemy import select as sql_select
from sqlmodel import Session, col, func, select

from omni.domain.batch import Batch, Recall
from omni.domain.placement import Placement
from omni.domain.print_run import PrintRun, PrintStop
from omni.domain.record import Origin
from omni.domain.repricing import NO_PRICE, Repricing, codes_left, hangs


@dataclass(frozen=True)
class PaperOut:
    """Paper of one kind at one place, and the price it names; `hangs` when staff can take it down."""

    placement: str
    form: str
    layout: str | None
    price_minor: int
    hangs: bool
    copies: int


@dataclass(frozen=True)
class PrintedOut:
    """One run of such paper; its copies are those whose codes are still good."""

    run_id: int
    placement_id: int
    printed_at: datetime
    paper: PaperOut


def undecided_paper(
    session: Session, now: datetime, *, edition_id: int, bundle_id: int, below_minor: int
) -> Iterator[PrintedOut]:
    """The runs of a bundle that say less than an amount and that no decision made by now speaks for.

    Codes that were withdrawn, or that a run never came to, are not counted; a till's slips come by the
    thousand, so they are read one after the other.
    """
    rows = _rows(now, bundle_id).where(
        col(Batch.edition_id) == edition_id,
        col(Batch.bundle_id) == bundle_id,
        col(PrintRun.origin) == Origin.LIVE,
        col(PrintRun.price_minor) > NO_PRICE,
        col(PrintRun.price_minor) < below_minor,
    )
    recalls = _recalls(session, edition_id)
    for row in session.execute(rows, execution_options={"yield_per": 1000}):
        codes = range(row.first_number, row.first_number + row.made)
        left = codes_left(codes, recalls.get(row.batch_id, ()))
        if left:
            standing = hangs(row.form, row.kind)
            paper = PaperOut(row.slug, row.form, row.layout, row.price_minor, standing, left)
            yield PrintedOut(row.id, row.placement_id, row.printed_at, paper)


def _rows(now: datetime, bundle_id: int) -> Any:
    run = PrintRun
    said = (run.id, run.batch_id, run.form, run.layout, run.price_minor, run.printed_at, run.first_number)
    is_spoken_for = exists().where(
        col(Repricing.bundle_id) == bundle_id,
        col(Repricing.decided_at) <= now,
        col(Repricing.decided_at) >= col(run.printed_at),
        col(Repricing.price_minor) > col(run.price_minor),
    )
    return (
        sql_select(
            *(col(each) for each in said),
            func.coalesce(PrintStop.copies_made, run.copies).label("made"),
            col(Batch.kind),
            col(Batch.placement_id),
            col(Placement.slug),
        )
        .join(Batch, col(Batch.id) == col(run.batch_id))
        .join(Placement, col(Placement.id) == col(Batch.placement_id))
        .outerjoin(PrintStop, col(PrintStop.run_id) == col(run.id))
        .where(~is_spoken_for)
        .order_by(col(run.id))
    )


def _recalls(session: Session, edition_id: int) -> Mapping[int, Sequence[Recall]]:
    found: dict[int, list[Recall]] = defaultdict(list)
    for recall in session.exec(select(Recall).join(Batch).where(Batch.edition_id == edition_id)):
        found[recall.batch_id].append(recall)
    return found
