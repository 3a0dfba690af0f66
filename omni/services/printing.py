"""Codes that were put on paper or on a screen: how many, in what form, at which price, by whom."""

from datetime import datetime

from sqlmodel import Session

from omni.domain.batch import Batch, PrintRun
from omni.domain.cube import Kind, cell
from omni.store import finders
from omni.store.outbox import announce

SHOWN = "shown"
"""The form of a code that was held up on a screen; every other form is paper or a file for it."""


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
    kind = Kind.SHOWN if form == SHOWN else Kind.PRINTED
    edition = finders.edition_of(tx, batch.edition_id)
    counted = cell(
        kind,
        at=now,
        zone=finders.market_of(tx, edition.market_id).time_zone,
        edition_id=batch.edition_id,
        placement=finders.placement_of(tx, batch.placement_id),
        n=copies,
    )
    announce(
        tx,
        f"codes.{kind.value}",
        f"run-{run.id}",
        at=now,
        number=first_number,
        origin=batch.origin,
        cells=[counted],
        body={"batch": batch.id, "count": copies, "form": form},
    )
    return run
