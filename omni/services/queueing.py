"""The queue before the printers: slips wait, are printed, and ask when nobody can know what came out.

A job is written down before its first byte leaves, and nothing here touches the network. Whoever prints takes
the job first, writes down how many slips have left as it goes, and settles at the end. Every verb locks the
job's row before it decides; taking one locks whatever is open at the same printer, so that of any number of
workers one prints a job, and a printer has one job at a time.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, or_, select

from omni.domain.batch import Batch
from omni.domain.print_run import PrintRun
from omni.domain.printer import LEASE, OPEN_STATES, JobState, Printer, PrintJob, pause_after, state_after
from omni.domain.printer_address import is_printer_name, printer_address
from omni.domain.refusal import BadInput, Reason, Unknown
from omni.services import printing

KEPT = timedelta(hours=1)
"""How long a job waits for a printer that is off, when nobody stands and waits with it."""

KEPT_AT_A_TILL = timedelta(minutes=2)
"""How long a slip waits that a shopper waits for: later it would come out for somebody else."""

ANY_PROFILE = "80mm"
"""What a printer is taken for that is named by its bare address."""

_AT_ONCE = 50
_LONGEST_TROUBLE = 200
_LONGEST_NAME = 96
_LONGEST_ADDRESS = 300


@dataclass(frozen=True)
class PrinterAt:
    """A printer as a job knows it: what it is called, where it is reached, by which profile it is known."""

    name: str
    address: str
    profile: str


def add_printer(tx: Session, now: datetime, *, name: str, address: str, profile: str, by: str) -> Printer:
    """Give a printer a name. Raises BadInput for a name or address that is none, or a name that is taken."""
    if not is_printer_name(name):
        raise BadInput("name", f"{name!r} is not a name: use small letters, digits, dots and dashes")
    _check(address)
    if _named(tx, name) is not None:
        raise BadInput("name", f"there is a printer {name}: remove it first, or choose another name")
    printer = Printer(slug=name, address=address, profile=profile, added_at=now, added_by=by)
    tx.add(printer)
    tx.flush()
    return printer


def remove_printer(tx: Session, *, name: str) -> None:
    """Forget a printer; its jobs keep their address. Raises Unknown."""
    tx.delete(printer_named(tx, name))


def printer_named(session: Session, name: str) -> Printer:
    """A printer by its name. Raises Unknown."""
    found = _named(session, name)
    if found is None:
        raise Unknown(Reason.NOT_FOUND, f"printer {name}")
    return found


def printers(session: Session) -> Sequence[Printer]:
    """Every printer that has a name."""
    return session.exec(select(Printer).order_by(col(Printer.slug))).all()


def printer_at(session: Session, written: str) -> PrinterAt:
    """The printer of a name or a bare address. Raises Unknown for a name, BadInput for an address."""
    if is_printer_name(written):
        known = printer_named(session, written)
        return PrinterAt(known.slug, known.address, known.profile)
    _check(written)
    return PrinterAt(written[:_LONGEST_NAME], written, ANY_PROFILE)


def enqueue(
    tx: Session,
    now: datetime,
    *,
    run: PrintRun,
    printer: str,
    address: str,
    profile: str,
    keep_for: timedelta,
    by: str,
) -> PrintJob:
    """Put a run before its printer: it stands there from the very transaction in which it is a fact."""
    job = PrintJob(
        run_id=run.id or 0,
        origin=run.origin,
        printer=printer,
        address=address,
        profile=profile,
        first_number=run.first_number,
        copies=run.copies,
        next_try_at=now,
        keep_until=now + keep_for,
        made_at=now,
        made_by=by,
    )
    tx.add(job)
    tx.flush()
    return job


def due(session: Session, now: datetime) -> Sequence[int]:
    """The jobs a worker should take, oldest first: those to be tried now, and those nobody holds any more.

    What waits for a printer that is at work is left out.
    """
    has_run_out = (col(PrintJob.state) == JobState.PRINTING) & (col(PrintJob.leased_until) <= now)
    at_work = select(PrintJob.address).where(
        PrintJob.state == JobState.PRINTING, col(PrintJob.leased_until) > now
    )
    is_next = (
        (col(PrintJob.state) == JobState.WAITING)
        & (col(PrintJob.next_try_at) <= now)
        & col(PrintJob.address).not_in(at_work)
    )
    rows = select(PrintJob).where(or_(is_next, has_run_out)).order_by(col(PrintJob.id)).limit(_AT_ONCE)
    return [job.id or 0 for job in session.exec(rows)]


def take(tx: Session, now: datetime, *, job_id: int, by: str, is_asked_for: bool = False) -> PrintJob | None:
    """Take a waiting job to print it now; None when it is not to be had, or its printer is at work.

    A job that was kept long enough is dropped instead, one whose holder fell silent begins to ask.
    `is_asked_for` does not wait for its next try: somebody stands at the printer.
    """
    there = _lock_printer(tx, job_numbered(tx, job_id))
    job = there.pop(job_id, None)
    if job is None:
        return None
    standing = job.standing(now)
    if standing is not job.state:
        _give_up(tx, now, job, standing, by)
    is_wanted = standing is JobState.WAITING and (is_asked_for or job.is_due(now))
    if not is_wanted or any(each.standing(now) is JobState.PRINTING for each in there.values()):
        return None
    job.state, job.tries, job.leased_until = JobState.PRINTING, job.tries + 1, now + LEASE
    return job


def record_sent(tx: Session, now: datetime, *, job: PrintJob, sent: int) -> bool:
    """Write down how many slips have left, and hold the job on; False when it is ours no longer."""
    held = _locked(tx, job.id or 0)
    if not _is_ours(held, job):
        return False
    held.sent, held.leased_until = sent, now + LEASE
    return True


def settle(
    tx: Session,
    now: datetime,
    *,
    job: PrintJob,
    sent: int,
    is_unsure: bool = False,
    trouble: str = "",
    by: str,
) -> PrintJob:
    """Write down what became of a job that was taken: done, asking, waiting for its next try, or dropped.

    What else waits for a printer in trouble waits with it. A job that is ours no longer stays as it is.
    """
    there = _lock_printer(tx, job)
    held = there.pop(job.id or 0, None)
    if held is None or not _is_ours(held, job):
        return job_numbered(tx, job.id or 0)
    held.sent, held.trouble, held.leased_until = sent, trouble[:_LONGEST_TROUBLE] or None, None
    held.next_try_at = now + pause_after(held.tries) if trouble else now
    held.state = state_after(held, now, is_unsure=is_unsure)
    if held.state is JobState.DROPPED:
        _stop(tx, now, held, by)
    elif held.state is JobState.WAITING:
        for other in there.values():
            other.next_try_at = max(other.next_try_at, held.next_try_at)
    return held


def resume(tx: Session, now: datetime, *, job_id: int, last: int) -> PrintJob:
    """Go on after what came out last: `last` slips are on paper, says somebody who stands at the printer.

    Raises BadInput when the job asks nothing, or has not so many slips.
    """
    job = _locked(tx, job_id)
    if job.standing(now) is not JobState.ASKING:
        raise BadInput("job", f"{job_id} is {job.standing(now).value}: nobody needs to say what came out")
    job.sent, job.trouble, job.leased_until = _slips(job, last), None, None
    job.next_try_at, job.keep_until = now, max(job.keep_until, now + KEPT)
    job.state = state_after(job, now, is_unsure=False)
    return job


def drop(
    tx: Session, now: datetime, *, job_id: int, last: int | None = None, reason: str = "", by: str
) -> PrintJob:
    """Give a job up: what has not left us never comes out, and its run says so.

    `last` slips are on paper; unsaid, as many as have left us. Raises BadInput for a job that is over, or is
    being printed at this moment.
    """
    job = _locked(tx, job_id)
    standing = job.standing(now)
    if standing is JobState.PRINTING:
        raise BadInput("job", f"{job_id} is being printed: switch the printer off, and it will ask")
    if standing not in OPEN_STATES and job.state not in OPEN_STATES:
        raise BadInput("job", f"{job_id} is {standing.value} already")
    job.sent = job.sent if last is None else _slips(job, last)
    job.state, job.leased_until, job.trouble = JobState.DROPPED, None, reason or job.trouble
    _stop(tx, now, job, by)
    return job


def job_numbered(session: Session, job_id: int) -> PrintJob:
    """A job by its number. Raises Unknown."""
    job = session.get(PrintJob, job_id)
    if job is None:
        raise Unknown(Reason.NOT_FOUND, f"print job {job_id}")
    return job


def run_of(session: Session, job: PrintJob) -> tuple[PrintRun, Batch]:
    """The run a job prints, and the batch its codes are of."""
    run = session.get_one(PrintRun, job.run_id)
    return run, session.get_one(Batch, run.batch_id)


def _check(address: str) -> None:
    if len(address) > _LONGEST_ADDRESS:
        raise BadInput("printer", f"an address has at most {_LONGEST_ADDRESS} letters")
    try:
        printer_address(address)
    except ValueError as bad:
        raise BadInput("printer", f"{address!r} {bad}") from None


def _named(session: Session, name: str) -> Printer | None:
    return session.exec(select(Printer).where(Printer.slug == name)).first()


def _locked(tx: Session, job_id: int) -> PrintJob:
    job_numbered(tx, job_id)
    return tx.get_one(PrintJob, job_id, with_for_update=True, populate_existing=True)


def _lock_printer(tx: Session, job: PrintJob) -> dict[int, PrintJob]:
    """Lock what waits or is being printed where a job is, in the order of their numbers; by number."""
    is_alive = col(PrintJob.state).in_((JobState.WAITING, JobState.PRINTING))
    there = select(PrintJob).where(PrintJob.address == job.address, is_alive).order_by(col(PrintJob.id))
    locked = there.with_for_update().execution_options(populate_existing=True)
    return {each.id or 0: each for each in tx.exec(locked)}


def _is_ours(held: PrintJob, taken: PrintJob) -> bool:
    """Whether a job is still in the hands that took it: whoever takes it next raises its tries."""
    return held.state is JobState.PRINTING and held.tries == taken.tries


def _give_up(tx: Session, now: datetime, job: PrintJob, standing: JobState, by: str) -> None:
    """Write down where a job stands that nobody cared for in time."""
    job.state, job.leased_until = standing, None
    if standing is JobState.ASKING:
        job.trouble = "whoever printed it stopped without a word"
    else:
        _stop(tx, now, job, by)


def _stop(tx: Session, now: datetime, job: PrintJob, by: str) -> None:
    if job.sent < job.copies:
        run = tx.get_one(PrintRun, job.run_id)
        reason = job.trouble or "given up"
        printing.record_stop(tx, now, run=run, copies_made=job.sent, reason=reason, by=by)


def _slips(job: PrintJob, last: int) -> int:
    if not 0 <= last <= job.copies:
        raise BadInput("last", f"the job has slips 1 to {job.copies}")
    return last
