"""How a shop is connected: codes of its own, kept in stock or made on demand, and the orders it reports."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Index, UniqueConstraint, text
from sqlmodel import Field

from omni.domain.record import Document, Identity, Origin, Record, words


class ShopKind(StrEnum):
    """Which software a shop runs on, where Omni makes the shop's own discounts."""

    SHOPIFY = "shopify"
    WOOCOMMERCE = "woocommerce"
    PRESTASHOP = "prestashop"


class Shop(Record, table=True):
    """A shop whose admin API makes native discounts; its access is a secret beside the keys, never here."""

    id: int | None = Field(default=None, primary_key=True, sa_type=Identity)
    slug: str = Field(unique=True, max_length=64)
    kind: ShopKind = Field(sa_type=words(ShopKind, "kind"))
    address: str = Field(max_length=300)
    added_at: datetime
    added_by: str = Field(max_length=128)


class ShopCodeState(StrEnum):
    """The life of a shop's own code: free, given to a claim, spent at the shop, or taken out of it."""

    FREE = "free"
    GIVEN = "given"
    SPENT = "spent"
    ENDED = "ended"


class ShopCode(Record, table=True):
    """A single-use code of the shop itself. A claim takes one, once, and shows it as its voucher.

    `native_id` is the shop's own name for the discount behind it, where Omni made it.
    """

    __table_args__ = (
        UniqueConstraint("edition_id", "code"),
        UniqueConstraint("bucket", "number"),
        CheckConstraint("(state = 'free') = (number IS NULL)", name="given"),
        Index(
            "ix_shop_code_free",
            "edition_id",
            "bundle_id",
            "id",
            sqlite_where=text("state = 'free'"),
            postgresql_where=text("state = 'free'"),
        ),
        Index("ix_shop_code_code", "code"),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=Identity)
    edition_id: int = Field(foreign_key="edition.id", sa_type=Identity)
    bundle_id: int = Field(foreign_key="bundle.id", sa_type=Identity)
    shop_id: int | None = Field(default=None, foreign_key="shop.id", sa_type=Identity)
    code: str = Field(max_length=64)
    native_id: str | None = Field(default=None, max_length=128)
    state: ShopCodeState = Field(default=ShopCodeState.FREE, sa_type=words(ShopCodeState, "state"))
    bucket: int | None = None
    number: int | None = Field(default=None, sa_type=BigInteger)
    added_at: datetime
    given_at: datetime | None = None
    ended_at: datetime | None = None


class OrderEvent(StrEnum):
    """What happened to an order."""

    PLACED = "placed"
    PROMISED = "promised"
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    RETURNED = "returned"
    REFUNDED = "refunded"
    CANCELLED = "cancelled"


class OrderFact(Record, table=True):
    """What a shop reported of an order, once for each event and instant; late and repeated reports are fine.

    `details` holds what is kept as it came: lines, method, promise and costs. `number` is the code the order
    was matched with, by its redemption or by the shop's own code.
    """

    __table_args__ = (
        UniqueConstraint("client", "order_ref", "event", "at"),
        CheckConstraint("amount_minor IS NULL OR amount_minor >= 0", name="amount"),
        Index("ix_order_fact_order_ref", "order_ref"),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=Identity)
    client: str = Field(max_length=64)
    order_ref: str = Field(max_length=128)
    event: OrderEvent = Field(sa_type=words(OrderEvent, "event"))
    at: datetime
    origin: Origin = Field(default=Origin.LIVE, sa_type=words(Origin, "origin"))
    amount_minor: int | None = Field(default=None, sa_type=BigInteger)
    currency: str | None = Field(default=None, max_length=3)
    placement_id: int | None = Field(default=None, foreign_key="placement.id", sa_type=Identity)
    member_hash: str | None = Field(default=None, max_length=64)
    postal_area: str | None = Field(default=None, max_length=32)
    details: dict[str, Any] = Field(sa_type=Document)
    bucket: int | None = None
    number: int | None = Field(default=None, sa_type=BigInteger)
    body_hash: str = Field(max_length=64)
    recorded_at: datetime
