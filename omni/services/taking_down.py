"""Paper that has to come down: what hangs where, who was told why, and who has taken it away."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select as sql_select
from sqlmodel import Session, col, select

from omni.domain.batch import Batch, Recall
from omni.domain.campaign import Edition
from omni.domain.placement import Placement
from omni.domain.print_run import PrintRun, PrintStop
from omni.domain.record import Origin
from omni.domain.refusal import Reason, Unknown
from omni.domain.repricing import RecallLine, Repricing, TakeDown, TakenDown, came_out, codes_left, hangs
from omni.store import finders
from omni.store.rows import insert_if_absent

_RUNS_AT_ONCE = 500


@dataclass(frozen=True)
class Progress:
    """How far a recall has come: lines ticked, of all there are, and for how long the slowest has waited."""

    done: int
    all: int
    waits: timedelta


def order(
    tx: Session,
    now: datetime,
    *,
    papers: Iterable[tuple[int, int]],
    because: str,
    by: str,
    repricing_id: int | None = None,
    recall_id: int | None = None,
) -> int:
    """Write a line for each run at its place; how many. Paper whose line still waits gets no second one."""
    asked, ordered = list(papers), 0
    for start in range(0, len(asked), _RUNS_AT_ONCE):
        some = asked[start : start + _RUNS_AT_ONCE]
        waiting = _waiting(tx, [run_id for run_id, _ in some])
        lines = [
            TakeDown(
                placement_id=placement_id,
                run_id=run_id,
                repricing_id=repricing_id,
                recall_id=recall_id,
                because=because[:200],
                ordered_at=now,
                ordered_by=by,
            )
            for run_id, placement_id in some
            if run_id not in waiting
        ]
        tx.add_all(lines)
        ordered += len(lines)
    tx.flush()
    return ordered


def order_for_recall(tx: Session, now: datetime, *, recall: Recall, batch: Batch, by: str) -> int:
    """Write the lines for what hangs of withdrawn codes; how many. Test paper hangs nowhere."""
    if batch.origin is not Origin.LIVE:
        return 0
    gone = range(recall.first_number, recall.first_number + recall.size)
    papers = [
        (run.id or 0, batch.placement_id)
        for run, _ in finders.printings(tx, batch, gone)
        if hangs(run.form, batch.kind)
    ]
    return order(tx, now, papers=papers, because=recall.reason, by=by, recall_id=recall.id)


def lines(session: Session, edition: Edition | None = None) -> list[RecallLine]:
    """Every line, of one edition or of all, those of one store together, in the order they were written."""
    rows = _lines()
    if edition is not None:
        rows = rows.where(Batch.edition_id == edition.id)
    ordered = rows.order_by(
        col(Placement.market_id), col(Placement.store_slug), col(Placement.slug), col(TakeDown.id)
    )
    return _read(session, ordered)


def open_at(session: Session, placement: Placement) -> list[RecallLine]:
    """What still has to come down in the store a place is in."""
    rows = _lines().where(
        Placement.market_id == placement.market_id,
        Placement.store_slug == placement.store_slug,
        col(TakenDown.take_down_id).is_(None),
    )
    return _read(session, rows.order_by(col(TakeDown.id)))


def progress(session: Session, now: datetime) -> dict[int, Progress]:
    """How far the recalls of each edition have come, by its id; editions without any are not there."""
    found: dict[int, list[RecallLine]] = defaultdict(list)
    for each in lines(session):
        found[each.batch.edition_id].append(each)
    return {
        edition_id: Progress(
            done=sum(each.done is not None for each in some),
            all=len(some),
            waits=max(each.waits(now) for each in some),
        )
        for edition_id, some in found.items()
    }


def tick(tx: Session, now: datetime, *, line_id: int, placement: Placement, by: str) -> bool:
    """Say that paper of one's own store is gone, once; whether this was the first time. Raises Unknown."""
    place = tx.exec(
        select(Placement)
        .join(TakeDown, col(TakeDown.placement_id) == Placement.id)
        .where(TakeDown.id == line_id)
    ).first()
    own = (placement.market_id, placement.store_slug)
    if place is None or (place.market_id, place.store_slug) != own:
        raise Unknown(Reason.NOT_FOUND)
    return insert_if_absent(tx, TakenDown, take_down_id=line_id, done_at=now, done_by=by)


def _waiting(tx: Session, run_ids: Sequence[int]) -> set[int]:
    rows = (
        select(TakeDown.run_id)
        .outerjoin(TakenDown, col(TakenDown.take_down_id) == TakeDown.id)
        .where(col(TakeDown.run_id).in_(run_ids), col(TakenDown.take_down_id).is_(None))
    )
    return set(tx.exec(rows))


def _lines() -> Any:
    return (
        sql_select(TakeDown, PrintRun, PrintStop, Batch, Placement, Repricing, Recall, TakenDown)
        .join(PrintRun, col(PrintRun.id) == TakeDown.run_id)
        .join(Batch, col(Batch.id) == PrintRun.batch_id)
        .join(Placement, col(Placement.id) == TakeDown.placement_id)
        .outerjoin(PrintStop, col(PrintStop.run_id) == PrintRun.id)
        .outerjoin(Repricing, col(Repricing.id) == TakeDown.repricing_id)
        .outerjoin(Recall, col(Recall.id) == TakeDown.recall_id)
        .outerjoin(TakenDown, col(TakenDown.take_down_id) == TakeDown.id)
    )


def _read(session: Session, rows: Any) -> list[RecallLine]:
    return [
        RecallLine(line, run, batch, placement, _copies(run, stop, recall), repricing, recall, done)
        for line, run, stop, batch, placement, repricing, recall, done in session.execute(rows)
    ]


def _copies(run: PrintRun, stop: PrintStop | None, recall: Recall | None) -> int:
    """How many of a run came out, or how many of those were withdrawn."""
    codes = came_out(run, stop)
    return len(codes) if recall is None else len(codes) - codes_left(codes, [recall])
