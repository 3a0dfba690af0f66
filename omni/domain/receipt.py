"""The offline purchase a code was printed for."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKeyConstraint
from sqlmodel import Field

from omni.domain.record import Document, FactRow, Identity, Record, bucket_check, words

OFFLINE = "printed while the line was down"
BOUND = "printed before, bound at the till"
UNASKED = frozenset({OFFLINE, BOUND})
"""Why a receipt has its code where no rule was asked."""


class OriginOutcome(StrEnum):
    """What became of a code whose purchase came back.

    Nothing changed; the code was withdrawn; its claim ended; its use is kept, kept and flagged, or charged
    back to the shop.
    """

    UNCHANGED = "unchanged"
    VOIDED = "voided"
    CLAIM_ENDED = "claim-ended"
    KEPT = "kept"
    FLAGGED = "flagged"
    CHARGED_BACK = "charged-back"


class Receipt(FactRow, table=True):
    """A purchase at a till. Its number is kept as a keyed hash only; number and total may be missing."""

    __table_args__ = (
        bucket_check(),
        CheckConstraint("total_minor IS NULL OR total_minor >= 0", name="total"),
    )

    batch_id: int = Field(foreign_key="batch.id", sa_type=Identity)
    placement_id: int = Field(foreign_key="placement.id", sa_type=Identity)
    receipt_hash: str | None = Field(default=None, max_length=64)
    member_hash: str | None = Field(default=None, max_length=64)
    total_minor: int | None = Field(default=None, sa_type=BigInteger)
    currency: str | None = Field(default=None, max_length=3)
    why: str = Field(max_length=300)
    printed_at: datetime
    recorded_at: datetime
    client: str = Field(max_length=64)


class ReceiptReturn(FactRow, table=True):
    """Goods of the purchase itself came back to the till; what became of its code by the edition's policy."""

    __table_args__ = (
        bucket_check(),
        CheckConstraint("amount_minor IS NULL OR amount_minor >= 0", name="amount"),
        ForeignKeyConstraint(["bucket", "number"], ["receipt.bucket", "receipt.number"]),
    )

    seq: int = Field(primary_key=True)
    amount_minor: int | None = Field(default=None, sa_type=BigInteger)
    items: list[dict[str, Any]] = Field(sa_type=Document)
    outcome: OriginOutcome = Field(sa_type=words(OriginOutcome, "outcome"))
    client: str = Field(max_length=64)
    request_key: str | None = Field(default=None, max_length=255)
    body_hash: str = Field(max_length=64)
    returned_at: datetime


class PaperAnswer(FactRow, table=True):
    """What a shopper said when the till asked whether she wants paper; asked where law wants it asked."""

    __table_args__ = (bucket_check(),)

    answered_at: datetime = Field(primary_key=True)
    placement_id: int = Field(foreign_key="placement.id", sa_type=Identity)
    wants_paper: bool
    answered_by: str = Field(max_length=128)


class ReceiptIndex(Record, table=True):
    """Finds the code of a receipt seen before, by the keyed hash of its place and number (or request key)."""

    receipt_hash: str = Field(primary_key=True, max_length=64)
    bucket: int
    number: int = Field(sa_type=BigInteger)


class MemberUse(Record, table=True):
    """How often a hashed member or shopper took part in an edition: what limits per person read."""

    member_hash: str = Field(primary_key=True, max_length=64)
    edition_id: int = Field(primary_key=True, foreign_key="edition.id", sa_type=Identity)
    what: str = Field(primary_key=True, max_length=24)
    uses: int = Field(default=0, sa_type=BigInteger)
    last_at: datetime


class ArmAssignment(Record, table=True):
    """Which arm a hashed member, or a place on one day, fell into; assigned once."""

    edition_id: int = Field(primary_key=True, foreign_key="edition.id", sa_type=Identity)
    unit_hash: str = Field(primary_key=True, max_length=64)
    arm: str = Field(max_length=24)
    assigned_at: datetime
