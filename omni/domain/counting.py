"""What is counted: scarce things in slots, scans on their way, and the cube that statistics read."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Index, Integer, text
from sqlmodel import Field

from omni.domain.record import CodeRow, Document, FactRow, Identity, Origin, Record, bucket_check, words


class MoveReason(StrEnum):
    """What took something scarce, or gave it back."""

    CLAIM = "claim"
    HOLD = "hold"
    RELEASE = "release"
    REDEMPTION = "redemption"
    REVERSAL = "reversal"


class Counter(Record, table=True):
    """What is left of something scarce in one slot; a claim spends from its own bucket's slot.

    Slots spread the load of one stock over several rows; an empty slot borrows from the others under
    lock, so the last unit has exactly one winner. `taken_before` is what was taken of this slot before each
    taking was a CounterMove, or before the thing was counted.
    """

    __table_args__ = (CheckConstraint("remaining >= 0 AND remaining <= granted", name="remaining"),)

    edition_id: int = Field(primary_key=True, foreign_key="edition.id", sa_type=Identity)
    what: str = Field(primary_key=True, max_length=128)
    slot: int = Field(primary_key=True)
    granted: int = Field(sa_type=BigInteger)
    remaining: int = Field(sa_type=BigInteger)
    taken_before: int = Field(default=0, sa_type=BigInteger)


class CounterMove(FactRow, table=True):
    """A code took from something scarce, or gave back (below zero), and what for."""

    __table_args__ = (
        bucket_check(),
        CheckConstraint("amount <> 0", name="amount"),
        Index("ix_counter_move_what", "edition_id", "what"),
    )

    move: int = Field(primary_key=True)
    edition_id: int = Field(foreign_key="edition.id", sa_type=Identity)
    what: str = Field(max_length=128)
    amount: int = Field(sa_type=BigInteger)
    because: MoveReason = Field(sa_type=words(MoveReason, "because"))
    moved_at: datetime


class RefusalCount(CodeRow, table=True):
    """How often a rule said no to one code for one reason in one quarter hour (epoch // 900)."""

    __table_args__ = (bucket_check(),)

    reason: str = Field(primary_key=True, max_length=32)
    quarter: int = Field(primary_key=True)
    n: int = Field(default=0, sa_type=BigInteger)


class SpoolFile(Record, table=True):
    """How far a spool file has been folded; changing one row here is what makes folding exactly once."""

    __tablename__ = "spool"

    id: str = Field(primary_key=True, max_length=160)
    folded_to: int = Field(default=0, sa_type=BigInteger)
    opened_at: datetime
    closed_at: datetime | None = None


class SpoolDamage(Record, table=True):
    """A piece of a spool that could not be read or believed, set aside with the reason."""

    spool_id: str = Field(primary_key=True, max_length=160)
    position: int = Field(primary_key=True, sa_type=BigInteger)
    reason: str = Field(max_length=200)
    found_at: datetime


class Scan(CodeRow, table=True):
    """One opening of a code's page. No address, no full user agent, nothing about a person.

    On PostgreSQL each month is a partition of its own, so that a sealed one is dropped as a whole.
    """

    __table_args__ = (
        bucket_check(),
        Index("ix_scan_scanned_at", "scanned_at"),
        {"postgresql_partition_by": "RANGE (scanned_at)"},
    )

    scanned_at: datetime = Field(primary_key=True)
    spool_id: str = Field(primary_key=True, max_length=160)
    position: int = Field(primary_key=True, sa_type=BigInteger)
    batch_id: int = Field(sa_type=Identity)
    edition_id: int = Field(sa_type=Identity)
    placement_id: int = Field(sa_type=Identity)
    revision: int
    touchpoint: str = Field(max_length=24)
    variant: str = Field(max_length=32)
    arm: str = Field(max_length=24)
    locale: str = Field(max_length=16)
    kind: str = Field(max_length=24)
    device: str = Field(max_length=16)
    is_shared: bool
    origin: Origin = Field(sa_type=words(Origin, "origin"))


class OrphanScan(Record, table=True):
    """A scan of something that is not one of our codes: what it looked like, never what it said.

    `mark` is the same for the same text, and keyed so that nobody can go back from it: a pile of one mark is
    one misprint.
    """

    __table_args__ = (Index("ix_orphan_scan_scanned_at", "scanned_at"),)

    spool_id: str = Field(primary_key=True, max_length=160)
    position: int = Field(primary_key=True, sa_type=BigInteger)
    scanned_at: datetime
    looks_like: str = Field(max_length=24)
    kind: str = Field(max_length=24)
    device: str = Field(max_length=16)
    mark: str | None = Field(default=None, max_length=16)


class ScanSeal(Record, table=True):
    """A month whose scans were dropped by retention: how many, and the digest of the totals they left.

    `month` is written 202611; months are of UTC.
    """

    month: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    scans: int = Field(sa_type=BigInteger)
    orphans: int = Field(sa_type=BigInteger)
    digest: str = Field(max_length=64)
    sealed_at: datetime


class SealedCell(Record, table=True):
    """What a dropped month counted at one set of coordinates; `day` as the cube has it."""

    month: int = Field(primary_key=True, foreign_key="scan_seal.month")
    origin: Origin = Field(primary_key=True, sa_type=words(Origin, "origin"))
    edition_id: int = Field(primary_key=True, sa_type=Identity)
    day: int = Field(primary_key=True, sa_type=Integer)
    kind: str = Field(primary_key=True, max_length=48)
    placement_id: int = Field(primary_key=True, sa_type=Identity)
    touchpoint: str = Field(primary_key=True, max_length=24)
    variant: str = Field(primary_key=True, max_length=32)
    arm: str = Field(primary_key=True, max_length=24)
    locale: str = Field(primary_key=True, max_length=16)
    n: int = Field(sa_type=BigInteger)


class Lease(Record, table=True):
    """A job that one worker does at a time; whoever holds it renews it, and a dead holder's runs out."""

    job: str = Field(primary_key=True, max_length=64)
    holder: str = Field(max_length=64)
    until: datetime


class Seen(CodeRow, table=True):
    """A code a human has opened at least once."""

    __table_args__ = (bucket_check(),)

    first_seen_at: datetime


class CellLevel(StrEnum):
    """The grains of the cube: quarter hours (epoch // 900) and market days (days since 1970-01-01).

    Two more are sums of the days, so that a whole campaign is read in an instant: an edition's day over all
    of its placements (placement 0), and a placement over all days (time 0).
    """

    QUARTER = "quarter"
    DAY = "day"
    EDITION_DAY = "edition-day"
    PLACEMENT = "placement"


class Cell(Record, table=True):
    """One cell of the cube: how many, and how much money, at one set of coordinates."""

    __tablename__ = "cube"
    # The key is the whole row but for its sums: SQLite need not keep both, and reads it in half the time.
    __table_args__ = ({"sqlite_with_rowid": False},)

    edition_id: int = Field(primary_key=True, sa_type=Identity)
    level: CellLevel = Field(primary_key=True, sa_type=words(CellLevel, "level"))
    time: int = Field(primary_key=True, sa_type=Integer)
    placement_id: int = Field(primary_key=True, sa_type=Identity)
    kind: str = Field(primary_key=True, max_length=48)
    touchpoint: str = Field(primary_key=True, max_length=24)
    variant: str = Field(primary_key=True, max_length=32)
    arm: str = Field(primary_key=True, max_length=24)
    locale: str = Field(primary_key=True, max_length=16)
    currency: str = Field(primary_key=True, max_length=3)
    n: int = Field(default=0, sa_type=BigInteger)
    amount_minor: int = Field(default=0, sa_type=BigInteger)


class OutboxMessage(Record, table=True):
    """A fact on its way to the cube and to subscribers, written in the fact's own transaction.

    `id` is derived from the fact, so the same fact can never be announced twice. `turn` counts the facts of
    one code (or the steps of one edition), so that subscribers hear of them in order.
    """

    __tablename__ = "outbox"
    __table_args__ = (
        Index(
            "ix_outbox_unfolded",
            "bucket",
            "id",
            sqlite_where=text("folded_at IS NULL"),
            postgresql_where=text("folded_at IS NULL"),
        ),
        Index(
            "ix_outbox_unhanded",
            "at",
            sqlite_where=text("turn IS NOT NULL AND handed_at IS NULL"),
            postgresql_where=text("turn IS NOT NULL AND handed_at IS NULL"),
        ),
    )

    bucket: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    id: str = Field(primary_key=True, max_length=96)
    topic: str = Field(max_length=48)
    at: datetime
    cells: list[dict[str, Any]] = Field(sa_type=Document)
    body: dict[str, Any] = Field(sa_type=Document)
    folded_at: datetime | None = None
    turn: int | None = None
    handed_at: datetime | None = None
