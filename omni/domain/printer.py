"""Printers a store owns, and the slips that wait for them."""

from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import BigInteger, CheckConstraint, Index
from sqlmodel import Field

from omni.domain.record import Identity, Origin, Record, words

LEASE = timedelta(seconds=60)
"""How long whoever prints has a job without a word of progress; then nobody knows what came out."""

_FIRST_PAUSE = timedelta(seconds=5)
_LONGEST_PAUSE = timedelta(seconds=60)


class Printer(Record, table=True):
    """One printer: where it is reached, and by which profile its paper, head and letters are known."""

    id: int | None = Field(default=None, primary_key=True, sa_type=Identity)
    slug: str = Field(unique=True, max_length=96)
    address: str = Field(max_length=300)
    profile: str = Field(max_length=64)
    added_at: datetime
    added_by: str = Field(max_length=128)


class JobState(StrEnum):
    """Where a job stands. Only `waiting` is tried without a person: nothing that left us is in doubt."""

    WAITING = "waiting"
    PRINTING = "printing"
    ASKING = "asking"
    DONE = "done"
    DROPPED = "dropped"


OPEN_STATES = (JobState.WAITING, JobState.PRINTING, JobState.ASKING)
"""Where something is still to be done."""


class PrintJob(Record, table=True):
    """Slips on their way to a printer, one run of codes in the order of their numbers.

    `sent` slips have left us; when a printer falls silent after the first of them, the job is `asking` until
    somebody says which one came out last, so that nothing is printed twice unasked. Whoever prints holds the
    lease, and `tries` tells one holder from the next. A `waiting` job is tried again from `next_try_at`, and
    dropped after `keep_until`. `trouble` is the last thing that went wrong, in one sentence.
    """

    __table_args__ = (
        CheckConstraint("copies > 0", name="copies"),
        CheckConstraint("0 <= sent AND sent <= copies", name="sent"),
        Index("ix_print_job_state", "state", "next_try_at"),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=Identity)
    run_id: int = Field(foreign_key="print_run.id", sa_type=Identity)
    origin: Origin = Field(default=Origin.LIVE, sa_type=words(Origin, "origin"))
    printer: str = Field(max_length=96)
    address: str = Field(max_length=300)
    profile: str = Field(max_length=64)
    first_number: int = Field(sa_type=BigInteger)
    copies: int = Field(sa_type=BigInteger)
    sent: int = Field(default=0, sa_type=BigInteger)
    state: JobState = Field(default=JobState.WAITING, sa_type=words(JobState, "state"))
    tries: int = 0
    trouble: str | None = Field(default=None, max_length=200)
    next_try_at: datetime
    keep_until: datetime
    leased_until: datetime | None = None
    made_at: datetime
    made_by: str = Field(max_length=128)

    @property
    def rest(self) -> range:
        """The numbers that have not left us yet."""
        return range(self.first_number + self.sent, self.first_number + self.copies)

    def standing(self, now: datetime) -> JobState:
        """Where the job stands at an instant, whether or not a worker has written it down yet.

        Whoever let a lease run out may have printed: that job asks. What was kept long enough is dropped.
        """
        if self.state is JobState.PRINTING and (self.leased_until is None or now >= self.leased_until):
            return JobState.ASKING
        if self.state is JobState.WAITING and now >= self.keep_until:
            return JobState.DROPPED
        return self.state

    def is_due(self, now: datetime) -> bool:
        """Whether it may be tried now."""
        return self.standing(now) is JobState.WAITING and now >= self.next_try_at


def state_after(job: PrintJob, now: datetime, *, is_unsure: bool) -> JobState:
    """Where a job goes once its printer has stopped taking slips.

    `is_unsure` says that the printer was given something and we do not know whether it came out: only a
    person at the printer can tell. What is surely still ours is tried again for as long as it is kept.
    """
    if is_unsure:
        return JobState.ASKING
    if job.sent == job.copies:
        return JobState.DONE
    return JobState.DROPPED if now >= job.keep_until else JobState.WAITING


def pause_after(tries: int) -> timedelta:
    """How long to leave a printer alone that has been tried so often: twice as long each time, to a minute.

    >>> [pause_after(tries).seconds for tries in (1, 2, 3, 4, 5, 6, 10_000)]
    [5, 10, 20, 40, 60, 60, 60]
    """
    doublings = min(max(tries, 1) - 1, 10)
    return min(_FIRST_PAUSE * (1 << doublings), _LONGEST_PAUSE)
