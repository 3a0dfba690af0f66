"""Codes for offline: a range reserved for one device, and what did not agree when it reported."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, Index
from sqlmodel import Field

from omni.domain.record import Document, Identity, Record, words


class Pool(Record, table=True):
    """The numbers of one batch, which one device alone hands out while the line is down."""

    batch_id: int = Field(primary_key=True, foreign_key="batch.id", sa_type=Identity)
    device: str = Field(max_length=96)
    client: str = Field(max_length=64)
    made_at: datetime
    closed_at: datetime | None = None


class Disagreement(StrEnum):
    """Why a record of an offline till cannot stand beside what is known."""

    CODE_OF_ANOTHER_RECEIPT = "code-of-another-receipt"
    RECEIPT_HAS_ANOTHER_CODE = "receipt-has-another-code"
    SAID_OTHERWISE = "said-otherwise"


class PoolConflict(Record, table=True):
    """A record that disagrees with one that stands: both sides, once however often it is sent."""

    __table_args__ = (Index("ix_pool_conflict_record", "batch_id", "number", "record_hash", unique=True),)

    id: int | None = Field(default=None, primary_key=True, sa_type=Identity)
    batch_id: int = Field(foreign_key="batch.id", sa_type=Identity)
    number: int = Field(sa_type=BigInteger)
    record_hash: str = Field(max_length=64)
    reason: Disagreement = Field(sa_type=words(Disagreement, "reason"))
    sent: dict[str, Any] = Field(sa_type=Document)
    stands: dict[str, Any] = Field(sa_type=Document)
    found_at: datetime
