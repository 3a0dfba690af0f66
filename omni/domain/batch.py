"""Codes issued together: a range of numbers, one row however long, and what was recalled of it."""

from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from sqlalchemy import BigInteger, CheckConstraint, Index, UniqueConstraint, text
from sqlmodel import Field

from omni.domain.code import NUMBER_BITS
from omni.domain.record import CodeRow, Identity, Origin, Record, bucket_check, words

SHARED_SPREAD = 16
"""Numbers kept for each shopper a shared code may serve, so that a random one is nearly always free."""


LONGEST_ADDRESS = 221
"""Letters of an address at level Q in version 10, the largest symbol we print (ISO/IEC 18004, table 7)."""


def before_letters(host: str) -> str:
    """What an address says before the letters of its code; capitals take the least room in a symbol."""
    return f"{host.upper()}/C/"


class BatchKind(StrEnum):
    """How the numbers of a batch meet shoppers."""

    PERSONAL = "personal"
    SHARED = "shared"
    RECEIPTS = "receipts"


class Batch(Record, table=True):
    """A contiguous range of code numbers for one placement and bundle.

    `host` is the scheme and host frozen into the printed address. A shared batch's first number is the
    poster's own; the rest are the personal numbers it hands out, `serves` at the most.
    """

    __table_args__ = (
        CheckConstraint("size > 0", name="size"),
        CheckConstraint(f"first_number >= 0 AND first_number + size <= {1 << NUMBER_BITS}", name="range"),
        CheckConstraint("(kind = 'shared') = (serves IS NOT NULL)", name="shared_serves"),
        UniqueConstraint("client", "request_key"),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=Identity)
    edition_id: int = Field(foreign_key="edition.id", sa_type=Identity)
    revision: int
    placement_id: int = Field(foreign_key="placement.id", sa_type=Identity)
    bundle_id: int = Field(foreign_key="bundle.id", sa_type=Identity)
    kind: BatchKind = Field(default=BatchKind.PERSONAL, sa_type=words(BatchKind, "kind"))
    first_number: int = Field(unique=True, sa_type=BigInteger)
    size: int = Field(sa_type=BigInteger)
    serves: int | None = Field(default=None, sa_type=BigInteger)
    key_id: int
    host: str = Field(max_length=253)
    origin: Origin = Field(default=Origin.LIVE, sa_type=words(Origin, "origin"))
    client: str = Field(max_length=64)
    request_key: str | None = Field(default=None, max_length=255)
    request_hash: str | None = Field(default=None, max_length=64)
    issued_at: datetime
    issued_by: str = Field(max_length=128)

    def has(self, number: int) -> bool:
        """Whether the number lies in this batch's range."""
        return self.first_number <= number < self.first_number + self.size

    def is_shared_code(self, number: int) -> bool:
        """Whether the number is the poster's own, claimed by many."""
        return self.kind is BatchKind.SHARED and number == self.first_number


class NumberAllocator(Record, table=True):
    """The one row new ranges are taken from."""

    id: int = Field(default=1, primary_key=True)
    next_number: int = Field(sa_type=BigInteger)


class ReceiptRoll(Record, table=True):
    """The batch a till is handing out receipt codes from, and the next number on it."""

    placement_id: int = Field(primary_key=True, foreign_key="placement.id", sa_type=Identity)
    bundle_id: int = Field(primary_key=True, foreign_key="bundle.id", sa_type=Identity)
    revision: int = Field(primary_key=True)
    origin: Origin = Field(primary_key=True, sa_type=words(Origin, "origin"))
    batch_id: int = Field(foreign_key="batch.id", sa_type=Identity)
    next_number: int = Field(sa_type=BigInteger)


class Recall(Record, table=True):
    """Printed codes taken back: one row, however many."""

    __table_args__ = (CheckConstraint("size > 0", name="size"),)

    id: int | None = Field(default=None, primary_key=True, sa_type=Identity)
    batch_id: int = Field(foreign_key="batch.id", sa_type=Identity)
    origin: Origin = Field(default=Origin.LIVE, sa_type=words(Origin, "origin"))
    first_number: int = Field(sa_type=BigInteger)
    size: int = Field(sa_type=BigInteger)
    reason: str = Field(max_length=200)
    recalled_at: datetime
    recalled_by: str = Field(max_length=128)


class CodePhase(StrEnum):
    """Where a code's life stands, as its page needs to know; the facts say how it came there."""

    OPEN = "open"
    CLAIMED = "claimed"
    REDEEMED = "redeemed"
    EXCHANGED = "exchanged"


class CodeState(CodeRow, table=True):
    """The lock row of a code: whoever decides anything about it holds this row first.

    Untouched codes have none. `redemptions` counts them and names the next one; `phase`, `held_until` (of the
    hold that is open) and `extended_until` (the last day given beyond the printed one) cache the facts.
    """

    __table_args__ = (
        bucket_check(),
        CheckConstraint("redemptions >= 0", name="redemptions"),
        Index(
            "ix_code_state_held",
            "held_until",
            sqlite_where=text("held_until IS NOT NULL"),
            postgresql_where=text("held_until IS NOT NULL"),
        ),
    )

    batch_id: int = Field(foreign_key="batch.id", sa_type=Identity)
    phase: CodePhase = Field(default=CodePhase.OPEN, sa_type=words(CodePhase, "phase"))
    changed_at: datetime
    redemptions: int = 0
    held_until: datetime | None = None
    extended_until: datetime | None = None


class Glimpse(NamedTuple):
    """The little a scan has to know of a code: its phase, and when its receipt was printed, where known."""

    phase: CodePhase | None = None
    printed_at: datetime | None = None


UNTOUCHED = Glimpse()
"""What is known of a code that nobody has touched."""


class KeyFingerprint(Record, table=True):
    """A code key this database's paper was sealed with; a process without it must not start."""

    key_id: int = Field(primary_key=True)
    fingerprint: str = Field(max_length=32)
    added_at: datetime
    retired_at: datetime | None = None


Index("ix_batch_placement", Batch.placement_id, Batch.edition_id)  # type: ignore[arg-type]
