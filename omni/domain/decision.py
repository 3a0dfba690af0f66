"""What was decided about an edition under which display rule, who reviewed the rule, and who overrode it."""

from datetime import date, datetime
from typing import Any

from sqlmodel import Field

from omni.domain.record import Document, Identity, Record


class Decision(Record, table=True):
    """One display rule applied to one revision: what it saw, what it said, and whether that stopped anything.

    Written when an edition is launched, and again when a live one is published anew. `record_sha256` is the
    digest of the rule as it then read.
    """

    id: int | None = Field(default=None, primary_key=True, sa_type=Identity)
    edition_id: int = Field(foreign_key="edition.id", sa_type=Identity)
    revision: int
    rule: str = Field(max_length=64)
    record_sha256: str = Field(max_length=64)
    weight: str = Field(max_length=24)
    is_reviewed: bool
    passed: bool
    override_id: int | None = Field(default=None, foreign_key="rule_override.id", sa_type=Identity)
    inputs: dict[str, Any] = Field(sa_type=Document)
    decided_at: datetime
    decided_by: str = Field(max_length=128)


class RuleReview(Record, table=True):
    """The deploying company signed off a display rule as its record then read; a changed record is unread."""

    id: int | None = Field(default=None, primary_key=True, sa_type=Identity)
    rule: str = Field(max_length=64, index=True)
    record_sha256: str = Field(max_length=64)
    reviewed_by: str = Field(max_length=128)
    reviewed_on: date
    recorded_at: datetime


class RuleOverride(Record, table=True):
    """An owner lets one edition go live although a reviewed rule fails, and says in writing why."""

    id: int | None = Field(default=None, primary_key=True, sa_type=Identity)
    edition_id: int = Field(foreign_key="edition.id", sa_type=Identity)
    rule: str = Field(max_length=64)
    record_sha256: str = Field(max_length=64)
    reason: str = Field(max_length=1000)
    overridden_by: str = Field(max_length=128)
    overridden_at: datetime
