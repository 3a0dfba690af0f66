"""What a shopper unlocked, and what of it may still be spent."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, CheckConstraint, ForeignKeyConstraint
from sqlmodel import Field

from omni.domain.record import CodeRow, FactRow, Identity, bucket_check


class Claim(FactRow, table=True):
    """A shopper accepted a terms version and unlocked a bundle: one per number, for ever.

    It keeps the terms, locale, revision and price that were on the screen; `expires_at` is the instant
    after the market's printed last day.
    """

    __table_args__ = (
        bucket_check(),
        CheckConstraint("price_minor >= 0", name="price"),
        ForeignKeyConstraint(["bucket", "number"], ["code_state.bucket", "code_state.number"]),
    )

    edition_id: int = Field(foreign_key="edition.id", sa_type=Identity)
    revision: int
    bundle_id: int = Field(foreign_key="bundle.id", sa_type=Identity)
    placement_id: int = Field(foreign_key="placement.id", sa_type=Identity)
    batch_id: int = Field(foreign_key="batch.id", sa_type=Identity)
    terms_id: int = Field(foreign_key="terms_version.id", sa_type=Identity)
    locale: str = Field(max_length=16)
    price_minor: int = Field(sa_type=BigInteger)
    currency: str = Field(max_length=3)
    variant: str = Field(default="default", max_length=32)
    arm: str = Field(default="treatment", max_length=24)
    client: str = Field(max_length=64)
    claimed_at: datetime
    expires_at: datetime


class CodeExchange(FactRow, table=True):
    """A code given up, once and before it was unlocked, for a code of the same campaign in another market."""

    __table_args__ = (
        bucket_check(),
        ForeignKeyConstraint(["bucket", "number"], ["code_state.bucket", "code_state.number"]),
    )

    to_number: int = Field(unique=True, sa_type=BigInteger)
    from_edition_id: int = Field(foreign_key="edition.id", sa_type=Identity)
    to_edition_id: int = Field(foreign_key="edition.id", sa_type=Identity)
    exchanged_at: datetime


class Entitlement(CodeRow, table=True):
    """What a claim may still spend of one bundle line; `benefit_minor` is what the whole grant is worth."""

    __table_args__ = (
        bucket_check(),
        CheckConstraint(
            "0 <= given_back AND given_back <= used AND used - given_back <= granted", name="balance"
        ),
        ForeignKeyConstraint(["bucket", "number"], ["claim.bucket", "claim.number"]),
    )

    line: int = Field(primary_key=True)
    sku: str = Field(max_length=64)
    granted: int = Field(sa_type=BigInteger)
    used: int = Field(default=0, sa_type=BigInteger)
    given_back: int = Field(default=0, sa_type=BigInteger)
    price_minor: int = Field(sa_type=BigInteger)
    benefit_minor: int = Field(sa_type=BigInteger)

    @property
    def left(self) -> int:
        """How many of this line may still be spent."""
        return self.granted - self.used + self.given_back


class Extension(FactRow, table=True):
    """A claim may be used beyond its printed date; `until` is the instant after the day it ends now."""

    __table_args__ = (
        bucket_check(),
        ForeignKeyConstraint(["bucket", "number"], ["claim.bucket", "claim.number"]),
    )

    seq: int = Field(primary_key=True)
    until: datetime
    because: str = Field(max_length=200)
    client: str = Field(max_length=64)
    extended_at: datetime


class Hold(FactRow, table=True):
    """Stock or a cap reserved for a claim until an instant; renewed by the same order."""

    __table_args__ = (
        bucket_check(),
        ForeignKeyConstraint(["bucket", "number"], ["claim.bucket", "claim.number"]),
    )

    seq: int = Field(primary_key=True)
    order_ref: str = Field(max_length=128)
    client: str = Field(max_length=64)
    held_at: datetime
    until: datetime


class ReleaseReason(StrEnum):
    """What ended a hold: it was spent, freed or ran out, or the next hold of the code came in its place."""

    SPENT = "spent"
    FREED = "freed"
    RAN_OUT = "ran-out"
    RENEWED = "renewed"
    TAKEN_OVER = "taken-over"


class Release(FactRow, table=True):
    """The end of a hold, and what ended it (a ReleaseReason)."""

    __table_args__ = (
        bucket_check(),
        ForeignKeyConstraint(["bucket", "number", "seq"], ["hold.bucket", "hold.number", "hold.seq"]),
    )

    seq: int = Field(primary_key=True)
    reason: str = Field(max_length=24)
    released_at: datetime
