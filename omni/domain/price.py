"""What something costs, where and from when: rows that are only ever added."""

from collections.abc import Iterable
from datetime import date, datetime

from sqlalchemy import BigInteger, CheckConstraint, Index
from sqlmodel import Field

from omni.domain.record import Identity, Record

ANY_SURFACE = "any"


def bundle_item(campaign: str, bundle: str) -> str:
    """The name under which a bundle's own price is kept beside the prices of items."""
    return f"{campaign}/{bundle}"


class Price(Record, table=True):
    """What an item or bundle costs in one market on one surface, from an instant until another.

    Half-open: `valid_from <= at < valid_until`. A correction is a new row; of rows that hold at an
    instant, the one recorded last speaks, so history shows both the price and when we knew it.
    """

    __table_args__ = (
        CheckConstraint("amount_minor >= 0", name="amount"),
        CheckConstraint("valid_until IS NULL OR valid_from < valid_until", name="interval"),
        Index("ix_price_item", "market_id", "item", "surface", "valid_from"),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=Identity)
    market_id: str = Field(foreign_key="market.id", max_length=16)
    item: str = Field(max_length=160)
    surface: str = Field(default=ANY_SURFACE, max_length=24)
    amount_minor: int = Field(sa_type=BigInteger)
    currency: str = Field(max_length=3)
    valid_from: datetime
    valid_until: datetime | None = None
    recorded_at: datetime
    source: str = Field(max_length=128)
    corrects_id: int | None = Field(default=None, foreign_key="price.id", sa_type=Identity)

    def holds(self, at: datetime) -> bool:
        """Whether this row speaks about the instant at all."""
        return self.valid_from <= at and (self.valid_until is None or at < self.valid_until)


class DailySale(Record, table=True):
    """How many of an item were sold at one price on one day of a market's calendar, at one place or all.

    Append-only: of rows about the same item, place, day and amount the one recorded last speaks.
    """

    __table_args__ = (
        CheckConstraint("amount_minor >= 0", name="amount"),
        CheckConstraint("units >= 0", name="units"),
        Index("ix_daily_sale_item", "market_id", "item", "sold_on"),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=Identity)
    market_id: str = Field(foreign_key="market.id", max_length=16)
    item: str = Field(max_length=160)
    place: str = Field(default="", max_length=96)
    sold_on: date
    amount_minor: int = Field(sa_type=BigInteger)
    currency: str = Field(max_length=3)
    units: int = Field(sa_type=BigInteger)
    recorded_at: datetime
    source: str = Field(max_length=128)


def price_at(prices: Iterable[Price], item: str, at: datetime, *, surface: str = ANY_SURFACE) -> int | None:
    """The one price of an item at an instant, in minor units; None when no row speaks.

    Every surface of ours asks for `any`, so label, page, slip and API cannot differ; another surface's own
    rows are what was seen there, kept to be compared.
    """
    holding = [
        price for price in prices if price.item == item and price.surface == surface and price.holds(at)
    ]
    latest = max(holding, key=lambda price: (price.recorded_at, price.id or 0), default=None)
    return None if latest is None else latest.amount_minor
