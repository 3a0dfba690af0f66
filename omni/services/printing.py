"""Codes that were put on paper or on a screen: how many, in what form, at which price, by whom; and stops.

Where law lets nothing be printed unasked, also what each shopper said when the till asked.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, func, select

from omni.domain.batch import Batch
from omni.domain.campaign import Edition
from omni.domain.cube import Kind, cell
from omni.domain.placement import Placement
from omni.domain.print_run import PrintRun, PrintStop
from omni.domain.receipt import PaperAnswer
from omni.domain.record import Origin, bucket_of
from omni.store import finders
from omni.store.outbox import announce

SHOWN = "shown"
"""The form of a code that was held up on a screen; every other form is paper or a file for it."""

_LONGEST_REASON = 200


def record_run(
    tx: Session,
    now: datetime,
    *,
    batch: Batch,
    first_number: int,
    copies: int,
    form: str,
    layout: str | None,
    price_minor: int,
    currency: str,
    by: str,
) -> PrintRun:
    """Write down that `copies` codes were printed or shown, from `first_number` on.

    Each run is a fact of its own: printing a receipt's code again is a second run of the same code.
    """
    run = PrintRun(
        batch_id=batch.id or 0,
        origin=batch.origin,
        revision=batch.revision,
        first_number=first_number,
        copies=copies,
        form=form,
        layout=layout,
        price_minor=price_minor,
        currency=currency,
        printed_at=now,
        printed_by=by,
    )
    tx.add(run)
    tx.flush()
    kind = kind_of(run)
    announce(
        tx,
        f"codes.{kind.value}",
        f"run-{run.id}",
        at=now,
        number=first_number,
        origin=batch.origin,
        cells=[_counted(tx, batch, run, copies)],
        body={"batch": batch.id, "count": copies, "form": form},
    )
    return run


def record_stop(
    tx: Session, now: datetime, *, run: PrintRun, copies_made: int, reason: str, by: str
) -> PrintStop:
    """Write down that a run ended early and only its first `copies_made` codes ever came out.

    What did not come out is taken off the count at the run's own instant. A run is stopped once: the first
    word stands. Raises ValueError when more came out than the run has.
    """
    if not 0 <= copies_made <= run.copies:
        raise ValueError(f"a run of {run.copies} codes cannot have made {copies_made}")
    # Whoever prints and whoever tidies up after it may both find it stopped: the run's row lets one in.
    tx.get_one(PrintRun, run.id, with_for_update=True)
    said = tx.get(PrintStop, run.id)
    if said is not None:
        return said
    stop = PrintStop(
        run_id=run.id or 0,
        origin=run.origin,
        copies_made=copies_made,
        reason=reason[:_LONGEST_REASON],
        stopped_at=now,
        stopped_by=by,
    )
    tx.add(stop)
    tx.flush()
    missing = run.copies - copies_made
    batch = tx.get_one(Batch, run.batch_id)
    announce(
        tx,
        "print.stopped",
        f"run-{run.id}",
        at=now,
        number=run.first_number,
        origin=run.origin,
        cells=[_counted(tx, batch, run, -missing)] if missing else [],
        body={"batch": run.batch_id, "run": run.id, "count": copies_made, "missing": missing},
    )
    return stop


def kind_of(run: PrintRun) -> Kind:
    """How a run is counted: what was held up on a screen is shown, everything else printed."""
    return Kind.SHOWN if run.form == SHOWN else Kind.PRINTED


def _counted(session: Session, batch: Batch, run: PrintRun, n: int) -> dict[str, Any]:
    """A cell that stands where and when the run was printed."""
    edition = finders.edition_of(session, batch.edition_id)
    return cell(
        kind_of(run),
        at=run.printed_at,
        zone=finders.market_of(session, edition.market_id).time_zone,
        edition_id=batch.edition_id,
        placement=finders.placement_of(session, batch.placement_id),
        n=n,
    )


@dataclass(frozen=True)
class PaperAnswers:
    """Of how many codes the shopper was asked whether she wants paper, and of how many she did."""

    asked: int = 0
    wanted: int = 0


def record_answer(
    tx: Session,
    now: datetime,
    *,
    batch: Batch,
    number: int,
    placement: Placement,
    wants_paper: bool,
    by: str,
) -> PaperAnswer:
    """Write down what a shopper said when she was asked whether she wants her code on paper.

    Saying the same again is the same answer, so a button pressed twice is one fact; a changed mind is
    another.
    """
    said = last_answer(tx, number)
    if said is not None and said.wants_paper == wants_paper:
        return said
    answer = PaperAnswer(
        bucket=bucket_of(number),
        number=number,
        origin=batch.origin,
        answered_at=now,
        placement_id=placement.id or 0,
        wants_paper=wants_paper,
        answered_by=by,
    )
    tx.add(answer)
    return answer


def last_answer(session: Session, number: int) -> PaperAnswer | None:
    """What was said last of a code's paper; None when nobody was asked."""
    answers = select(PaperAnswer).where(PaperAnswer.bucket == bucket_of(number), PaperAnswer.number == number)
    return session.exec(answers.order_by(col(PaperAnswer.answered_at).desc()).limit(1)).first()


def paper_answers(
    session: Session, edition: Edition, *, from_at: datetime | None = None, until_at: datetime | None = None
) -> PaperAnswers:
    """How often shoppers of an edition were asked, and wanted paper, from an instant up to another.

    Each code counts once however often it was asked about. Practice does not count.
    """
    asked = (
        select(func.count(col(PaperAnswer.number).distinct()))
        .join(
            Batch,
            (col(PaperAnswer.number) >= Batch.first_number)
            & (col(PaperAnswer.number) < Batch.first_number + Batch.size),
        )
        .where(Batch.edition_id == edition.id, PaperAnswer.origin == Origin.LIVE)
    )
    if from_at is not None:
        asked = asked.where(PaperAnswer.answered_at >= from_at)
    if until_at is not None:
        asked = asked.where(PaperAnswer.answered_at < until_at)
    wanted = asked.where(PaperAnswer.wants_paper)
    return PaperAnswers(session.exec(asked).one(), session.exec(wanted).one())
