"""Printers a store owns, and the slips that wait for them."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, CheckConstraint, Index
from sqlmodel import Field

from omni.domain.record import Identity, Origin, Record, words


class Printer(Record, table=True):
    """One printer: where it is reached, and by which profile its paper, head and letters are known."""

    id: int | None = Field(default=None, primary_key=True, sa_type=Identity)
    slug: str = Field(unique=True, max_length=96)
    address: str = Field(max_length=300)
    profile: str = Field(max_length=64)
    added_at: datetime
    added_by: str = Field(max_length=128)


class JobState(StrEnum):
    """Where a job stands. Only `waiting` is ever tried without a person: nothing of it has left us."""

    WAITING = "waiting"
    PRINTING = "printing"
    ASKING = "asking"
    DONE = "done"
    DROPPED = "dropped"


class PrintJob(Record, table=True):
    """Slips on their way to a printer, one run of codes in the order of their numbers.

    `sent` slips have left us; when a printer falls silent after the first of them, the job is `asking` until
    somebody says which one came out last, so that nothing is printed twice unasked. Whoever prints holds the
    lease. A `waiting` job is tried again from `next_try_at`, and dropped after `keep_until`.
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
