"""The exact words a shopper was asked to accept."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import UniqueConstraint
from sqlmodel import Field

from omni.domain.record import Document, Identity, Record


class TermsVersion(Record, table=True):
    """The frozen legal text of an edition in one locale.

    Never edited: new wording is a new row, and every claim keeps pointing at the version that was on the
    screen, so "what did she agree to?" has one answer.
    """

    __table_args__ = (UniqueConstraint("edition_id", "locale", "version"),)

    id: int | None = Field(default=None, primary_key=True, sa_type=Identity)
    edition_id: int = Field(foreign_key="edition.id", sa_type=Identity)
    locale: str = Field(max_length=16)
    version: int
    clauses: list[dict[str, Any]] = Field(sa_type=Document)
    sha256: str = Field(max_length=64)
    review: str = Field(max_length=200)
    published_at: datetime


@dataclass(frozen=True)
class WrittenTerms:
    """Legal text as written for one locale, ready to be frozen; `review` says who has read it, if anybody."""

    clauses: Sequence[dict[str, Any]]
    sha256: str
    review: str
