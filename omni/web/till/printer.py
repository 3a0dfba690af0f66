"""The till's printer: a slip is sent at once, and waits two minutes when the printer does not take it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from omni.domain.print_run import PrintRun
from omni.domain.printer import JobState, PrintJob
from omni.domain.printer_address import printer_address
from omni.present.printer_line import hand_over
from omni.present.printer_profile import profile_named
from omni.present.run_slips import paper_of, slips_of
from omni.services import awaiting, printing, queueing
from omni.services.queueing import KEPT_AT_A_TILL
from omni.web import admission, here

if TYPE_CHECKING:
    from omni.web.till.handing_out import Handed

PATIENCE_SECONDS = 3.0
"""A queue of shoppers waits no longer than this for a printer that is off."""


def print_slip(printer: str, given: Handed) -> None:
    """Print a code as a run of its own; what its printer does not take goes on waiting.

    Raises Unknown or BadInput for a printer nobody knows, BadLayout and PrintUnavailable for a slip that
    cannot be drawn; nothing is written down then.
    """
    place, view = here(), given.view
    with place.db.reading() as session:
        at = queueing.printer_at(session, printer)
    profile = profile_named(at.profile)
    next(slips_of(given.paper, [given.code], market=view.market, profile=profile))
    now = place.world.now()
    with place.db.writing() as tx:
        run = printing.record_run(
            tx,
            now,
            batch=view.batch,
            first_number=view.number,
            copies=1,
            form=profile.language.value,
            layout=None,
            price_minor=view.price_minor or 0,
            currency=view.market.currency,
            by=admission.name(),
        )
        job = queueing.enqueue(
            tx,
            now,
            run=run,
            printer=at.name,
            address=at.address,
            profile=at.profile,
            keep_for=KEPT_AT_A_TILL,
            by=admission.name(),
        )
        taken = queueing.take(tx, now, job_id=job.id or 0, by=admission.name())
    _send(taken, run, given)


def try_again(job: PrintJob, given: Handed) -> None:
    """Try a waiting slip now: somebody stands at the printer."""
    place = here()
    with place.db.writing() as tx:
        now = place.world.now()
        taken = queueing.take(tx, now, job_id=job.id or 0, by=admission.name(), is_asked_for=True)
        run, _ = queueing.run_of(tx, job)
    _send(taken, run, given)


def say_whether_it_came_out(job: PrintJob, given: Handed, *, came_out: bool) -> None:
    """What somebody sees at a printer that stopped; a slip that did not come out is printed now."""
    place = here()
    with place.db.writing() as tx:
        queueing.resume(tx, place.world.now(), job_id=job.id or 0, last=int(came_out))
    if not came_out:
        try_again(job, given)


def slip_of(number: int) -> tuple[PrintJob, JobState] | None:
    """The slip that was printed last of a code, while it matters, and where it stands."""
    place = here()
    now = place.world.now()
    with place.db.reading() as session:
        job = awaiting.slip_of(session, number, since=now - KEPT_AT_A_TILL)
    return None if job is None else (job, job.standing(now))


def forget(number: int) -> None:
    """Take back a slip that waits: the shopper has the code in another way."""
    slip = slip_of(number)
    if slip is None or slip[1] is not JobState.WAITING:
        return
    place = here()
    with place.db.writing() as tx:
        queueing.drop(tx, place.world.now(), job_id=slip[0].id or 0, reason="not wanted", by=admission.name())


def _send(job: PrintJob | None, run: PrintRun, given: Handed) -> None:
    """Hand a slip that was taken to its printer, and write down what became of it."""
    if job is None:
        return
    place, view = here(), given.view
    profile = profile_named(job.profile)
    paper = paper_of(
        run,
        view.batch,
        view.content,
        view.market,
        view.placement,
        is_sandbox=place.settings.is_sandbox,
        logo=given.paper.logo,
    )
    handed = hand_over(
        printer_address(job.address),
        slips_of(paper, [given.code], market=view.market, profile=profile),
        confirms=profile.confirms,
        patience_seconds=PATIENCE_SECONDS,
    )
    with place.db.writing() as tx:
        queueing.settle(
            tx,
            place.world.now(),
            job=job,
            sent=handed.left,
            is_unsure=handed.is_unsure,
            trouble=handed.trouble,
            by=admission.name(),
        )
