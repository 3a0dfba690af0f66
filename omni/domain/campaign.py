"""A marketing action, and its life in one market."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlmodel import Field

from omni.domain.record import Document, Identity, Record, words


class EditionState(StrEnum):
    """The life of an edition: drafted, launched, perhaps paused and resumed, ended for good."""

    DRAFT = "draft"
    LIVE = "live"
    PAUSED = "paused"
    ENDED = "ended"


class Campaign(Record, table=True):
    """One marketing action across markets."""

    id: int | None = Field(default=None, primary_key=True, sa_type=Identity)
    slug: str = Field(unique=True, max_length=64)
    names: dict[str, str] = Field(sa_type=Document)
    created_at: datetime


class Edition(Record, table=True):
    """A campaign in one market. Its days are that market's days; its last days are inclusive.

    `revision` is the newest published content; everything printed and claimed names the one it saw.
    """

    __table_args__ = (
        UniqueConstraint("campaign_id", "market_id"),
        CheckConstraint(
            "opens_on <= last_issue_on AND last_issue_on <= last_unlock_on"
            " AND last_unlock_on <= last_use_on AND last_use_on <= returns_until_on",
            name="days_in_order",
        ),
        CheckConstraint("(state = 'paused') = (pause_reason IS NOT NULL)", name="pause_has_a_reason"),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=Identity)
    campaign_id: int = Field(foreign_key="campaign.id", sa_type=Identity)
    market_id: str = Field(foreign_key="market.id", max_length=16)
    state: EditionState = Field(default=EditionState.DRAFT, sa_type=words(EditionState, "state"))
    revision: int = 0
    priority: int = 0
    opens_on: date
    last_issue_on: date
    last_unlock_on: date
    last_use_on: date
    returns_until_on: date
    pause_reason: str | None = Field(default=None, max_length=64)
    pause_words: str | None = Field(default=None, max_length=500)
    look_again_at: datetime | None = None
    changed_at: datetime
    changed_by: str = Field(max_length=128)


class EditionStep(Record, table=True):
    """A step in an edition's life: launched, paused, resumed or ended, when and by whom."""

    id: int | None = Field(default=None, primary_key=True, sa_type=Identity)
    edition_id: int = Field(foreign_key="edition.id", index=True, sa_type=Identity)
    state: EditionState = Field(sa_type=words(EditionState, "state"))
    reason: str | None = Field(default=None, max_length=64)
    words: str | None = Field(default=None, max_length=500)
    at: datetime
    by: str = Field(max_length=128)


class EditionRevision(Record, table=True):
    """What an edition said when it was published: the whole content, frozen, with its hash."""

    edition_id: int = Field(primary_key=True, foreign_key="edition.id", sa_type=Identity)
    revision: int = Field(primary_key=True)
    content: dict[str, Any] = Field(sa_type=Document)
    sha256: str = Field(max_length=64)
    published_at: datetime
    published_by: str = Field(max_length=128)

    @property
    def version(self) -> str:
        """What people compare on pages and screens: the revision and the first letters of its hash."""
        return f"r{self.revision} · {self.sha256[:8]}"


class Publication(Record, table=True):
    """The one row whose revision rises whenever something a scan must know has changed."""

    id: int = Field(default=1, primary_key=True)
    revision: int = 0


class ReachedHost(Record, table=True):
    """A printed address through which this installation has opened a code of its own from outside."""

    host: str = Field(primary_key=True, max_length=253)
    reached_at: datetime
