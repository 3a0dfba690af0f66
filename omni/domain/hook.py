"""Webhooks: who wants to hear of facts, and what is on its way to them."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKeyConstraint, Index
from sqlmodel import Field

from omni.domain.record import Document, Identity, Origin, Record, words


class Topic(StrEnum):
    """What a subscriber can hear of."""

    CLAIM_MADE = "claim.made"
    REDEMPTION_RECORDED = "redemption.recorded"
    REDEMPTION_REVERSED = "redemption.reversed"
    EDITION_LAUNCHED = "edition.launched"
    EDITION_PAUSED = "edition.paused"
    EDITION_ENDED = "edition.ended"
    STOCK_LOW = "stock.low"
    CODES_LOW = "shop.codes-low"


class Hook(Record, table=True):
    """A subscriber: where to send what.

    Its secrets are derived from a code key and a generation, and stored nowhere. The generation before stays
    good until `rotated_until`, so that a receiver may change over without losing a message.
    """

    id: int | None = Field(default=None, primary_key=True, sa_type=Identity)
    slug: str = Field(unique=True, max_length=64)
    url: str = Field(max_length=1000)
    topics: list[str] = Field(sa_type=Document)
    origin: Origin = Field(default=Origin.LIVE, sa_type=words(Origin, "origin"))
    key_id: int
    generation: int = 1
    rotated_until: datetime | None = None
    added_at: datetime
    added_by: str = Field(max_length=128)
    disabled_at: datetime | None = None


class DeliveryState(StrEnum):
    """Where a message to a subscriber stands: to be sent, taken by it, or given up until somebody replays."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    PARKED = "parked"


class Delivery(Record, table=True):
    """One message for one subscriber. Those of one stream go out in the order of their ids, one at a time."""

    __table_args__ = (
        ForeignKeyConstraint(["bucket", "message_id"], ["outbox.bucket", "outbox.id"]),
        Index("ix_delivery_due", "state", "next_try_at"),
        Index("ix_delivery_stream", "hook_id", "stream", "id"),
        Index("ix_delivery_message", "hook_id", "bucket", "message_id", unique=True),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=Identity)
    hook_id: int = Field(foreign_key="hook.id", sa_type=Identity)
    bucket: int
    message_id: str = Field(max_length=96)
    stream: str = Field(max_length=64)
    state: DeliveryState = Field(default=DeliveryState.WAITING, sa_type=words(DeliveryState, "state"))
    tries: int = 0
    trouble: str | None = Field(default=None, max_length=200)
    made_at: datetime
    next_try_at: datetime
    give_up_at: datetime
    leased_until: datetime | None = None
    done_at: datetime | None = None
