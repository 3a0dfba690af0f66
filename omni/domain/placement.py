"""Where codes are met: kinds of places and the concrete ones."""

from datetime import date
from enum import StrEnum

from sqlmodel import Field

from omni.domain.record import Document, Identity, Record, words


class Touchpoint(StrEnum):
    """The kinds of place where a code is met."""

    RECEIPT = "receipt"
    POP_UP = "pop-up"
    DEMO = "demo"
    SCREEN = "screen"
    LIVE = "live"
    PARCEL = "parcel"
    SHARED_LINK = "shared-link"


_WITH_A_DOOR = frozenset({Touchpoint.RECEIPT, Touchpoint.POP_UP, Touchpoint.DEMO, Touchpoint.SCREEN})


class Placement(Record, table=True):
    """One concrete place: a till of a store, a pop-up in one week, a screen."""

    id: int | None = Field(default=None, primary_key=True, sa_type=Identity)
    slug: str = Field(unique=True, max_length=96)
    market_id: str = Field(foreign_key="market.id", max_length=16)
    touchpoint: Touchpoint = Field(sa_type=words(Touchpoint, "touchpoint"))
    names: dict[str, str] = Field(sa_type=Document)
    store_slug: str = Field(max_length=96)
    store_names: dict[str, str] = Field(sa_type=Document)
    store_address: str = Field(default="", max_length=300)
    printer: str | None = Field(default=None, max_length=300)
    opens_on: date | None = None
    closes_on: date | None = None

    @property
    def has_door(self) -> bool:
        """Whether people walk in there: a parcel, a live stream and a link are nowhere."""
        return self.touchpoint in _WITH_A_DOOR

    def is_open(self, day: date) -> bool:
        """Whether it is there on a day; most are there every day."""
        return (self.opens_on is None or self.opens_on <= day) and (
            self.closes_on is None or day <= self.closes_on
        )


class EditionPlacement(Record, table=True):
    """An edition lists a placement: codes printed there belong to it."""

    edition_id: int = Field(primary_key=True, foreign_key="edition.id", sa_type=Identity)
    placement_id: int = Field(primary_key=True, foreign_key="placement.id", sa_type=Identity)
