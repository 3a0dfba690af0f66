"""What was spent, what was taken back, and the first answer to every request."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKeyConstraint, Index, text
from sqlmodel import Field

from omni.domain.record import CodeRow, Document, FactRow, Identity, bucket_check


class Redemption(FactRow, table=True):
    """One spending of entitlements against an order the shop reports; we record it, we do not verify it."""

    __table_args__ = (
        bucket_check(),
        CheckConstraint("benefit_minor >= 0 AND order_total_minor >= 0", name="amounts"),
        ForeignKeyConstraint(["bucket", "number"], ["claim.bucket", "claim.number"]),
        Index("ix_redemption_order_ref", "order_ref"),
        Index("ix_redemption_redeemed_at", "redeemed_at"),
        Index(
            "ix_redemption_shopper",
            "edition_id",
            "shopper_hash",
            sqlite_where=text("shopper_hash IS NOT NULL"),
            postgresql_where=text("shopper_hash IS NOT NULL"),
        ),
    )

    seq: int = Field(primary_key=True)
    edition_id: int = Field(foreign_key="edition.id", sa_type=Identity)
    placement_id: int = Field(foreign_key="placement.id", sa_type=Identity)
    order_ref: str = Field(max_length=128)
    order_total_minor: int = Field(sa_type=BigInteger)
    currency: str = Field(max_length=3)
    benefit_minor: int = Field(sa_type=BigInteger)
    shopper_hash: str | None = Field(default=None, max_length=64)
    body_hash: str = Field(max_length=64)
    client: str = Field(max_length=64)
    placed_at: datetime | None = None
    redeemed_at: datetime


class RedemptionLine(FactRow, table=True):
    """How many of one bundle line a redemption spent; the price paid for and the benefit of exactly those."""

    __table_args__ = (
        bucket_check(),
        CheckConstraint("quantity > 0 AND benefit_minor >= 0", name="amounts"),
        ForeignKeyConstraint(
            ["bucket", "number", "seq"], ["redemption.bucket", "redemption.number", "redemption.seq"]
        ),
    )

    seq: int = Field(primary_key=True)
    line: int = Field(primary_key=True)
    sku: str = Field(max_length=64)
    quantity: int = Field(sa_type=BigInteger)
    price_minor: int = Field(sa_type=BigInteger)
    benefit_minor: int = Field(sa_type=BigInteger)
    amount_minor: int | None = Field(default=None, sa_type=BigInteger)


class Reversal(FactRow, table=True):
    """A redemption, or a part of it, taken back: the benefit ended and the price to be refunded."""

    __table_args__ = (
        bucket_check(),
        CheckConstraint("benefit_minor >= 0 AND refund_minor >= 0", name="amounts"),
        ForeignKeyConstraint(
            ["bucket", "number", "seq"], ["redemption.bucket", "redemption.number", "redemption.seq"]
        ),
        Index("ix_reversal_reversed_at", "reversed_at"),
    )

    seq: int = Field(primary_key=True)
    rev: int = Field(primary_key=True)
    benefit_minor: int = Field(sa_type=BigInteger)
    refund_minor: int = Field(sa_type=BigInteger)
    reason: str = Field(max_length=200)
    client: str = Field(max_length=64)
    reversed_at: datetime


class ReversalLine(FactRow, table=True):
    """What a reversal took back of one redeemed line; `quantity` is 0 when it took back money alone."""

    __table_args__ = (
        bucket_check(),
        CheckConstraint("quantity >= 0 AND benefit_minor >= 0 AND refund_minor >= 0", name="amounts"),
        ForeignKeyConstraint(
            ["bucket", "number", "seq", "rev"],
            ["reversal.bucket", "reversal.number", "reversal.seq", "reversal.rev"],
        ),
    )

    seq: int = Field(primary_key=True)
    rev: int = Field(primary_key=True)
    line: int = Field(primary_key=True)
    quantity: int = Field(sa_type=BigInteger)
    benefit_minor: int = Field(sa_type=BigInteger)
    refund_minor: int = Field(sa_type=BigInteger)


class ReversalEffect(FactRow, table=True):
    """What the edition's policy made of a reversal, where that is more than giving the units back.

    `restored` says whether its units may be spent again; `charged_minor` is withheld from the refund because
    the order fell below the minimum; `extended_until` is the new end of the claim.
    """

    __table_args__ = (
        bucket_check(),
        CheckConstraint("charged_minor >= 0", name="charged"),
        ForeignKeyConstraint(
            ["bucket", "number", "seq", "rev"],
            ["reversal.bucket", "reversal.number", "reversal.seq", "reversal.rev"],
        ),
    )

    seq: int = Field(primary_key=True)
    rev: int = Field(primary_key=True)
    restored: bool
    charged_minor: int = Field(default=0, sa_type=BigInteger)
    extended_until: datetime | None = None


class FirstAnswer(CodeRow, table=True):
    """The answer a client's key was given the first time, kept for the campaign's life.

    Asking again with the same key and body repeats it; with another body it is refused. Refusals are not
    kept: nothing was written, so the same key may succeed later.
    """

    __table_args__ = (bucket_check(),)

    client: str = Field(primary_key=True, max_length=64)
    key: str = Field(primary_key=True, max_length=255)
    verb: str = Field(max_length=24)
    body_hash: str = Field(max_length=64)
    answer: dict[str, Any] = Field(sa_type=Document)
    answered_at: datetime
