"""What came out on paper or was held up on a screen: a fact of its own each time."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, Index
from sqlmodel import Field

from omni.domain.record import Identity, Origin, Record, words


class PrintRun(Record, table=True):
    """Something was printed or shown: which codes, in what form, at which revision and price, by whom."""

    __table_args__ = (
        CheckConstraint("copies > 0", name="copies"),
        Index("ix_print_run_batch", "batch_id", "first_number"),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=Identity)
    batch_id: int = Field(foreign_key="batch.id", sa_type=Identity)
    origin: Origin = Field(default=Origin.LIVE, sa_type=words(Origin, "origin"))
    revision: int
    first_number: int = Field(sa_type=BigInteger)
    copies: int = Field(sa_type=BigInteger)
    form: str = Field(max_length=24)
    layout: str | None = Field(default=None, max_length=64)
    price_minor: int = Field(sa_type=BigInteger)
    currency: str = Field(max_length=3)
    printed_at: datetime
    printed_by: str = Field(max_length=128)

    def has(self, number: int) -> bool:
        """Whether this code was among the printed ones."""
        return self.first_number <= number < self.first_number + self.copies


class PrintStop(Record, table=True):
    """A run that ended early: only its first `copies_made` codes ever came out."""

    __table_args__ = (CheckConstraint("copies_made >= 0", name="copies_made"),)

    run_id: int = Field(primary_key=True, foreign_key="print_run.id", sa_type=Identity)
    origin: Origin = Field(default=Origin.LIVE, sa_type=words(Origin, "origin"))
    copies_made: int = Field(sa_type=BigInteger)
    reason: str = Field(max_length=200)
    stopped_at: datetime
    stopped_by: str = Field(max_length=128)
