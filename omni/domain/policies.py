"""What an edition decided beyond price and days: how its shop is connected, what is limited, how returns go.

Two shapes of the same nouns: as a person writes them in a campaign file, in major units, and as they are
published, in minor units of the market's currency. Names of the written ones are names in the file.
"""

from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from omni.domain.market_record import Part, Slug
from omni.domain.receipt_rule import ReceiptRule
from omni.domain.written import Amount, Sku, SomeCount, minor_units

T = TypeVar("T")


class Connection(StrEnum):
    """How a shop learns of vouchers: it asks the API, it is given its own codes from a list, or Omni makes
    its native discounts."""

    LIVE = "live"
    LIST = "list"
    MIRROR = "mirror"


class HoldWhen(StrEnum):
    """When scarce stock is reserved for a while: at the unlock, on the way to the shop, or as the shop asks.

    An edition without holds gives its stock for good at the unlock.
    """

    UNLOCK = "unlock"
    SHOP = "shop"
    ORDER = "order"


class Returned(StrEnum):
    """What a return does to the units it brings back: they may be used again, or are gone."""

    RESTORE = "restore"
    BURN = "burn"


class BelowMinimum(StrEnum):
    """When what is kept of an order falls below the minimum: the benefit stays, or is held back from the
    refund."""

    KEEP = "keep"
    CHARGE = "charge"


class OriginReturned(StrEnum):
    """When the purchase that earned a code comes back after the voucher was used."""

    KEEP = "keep"
    FLAG = "flag"
    CHARGE_BACK = "charge-back-to-shop"


Pattern = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9*?][A-Za-z0-9._*?-]*$", max_length=64)]
"""An item's SKU, in which `*` stands for any letters and `?` for one."""


class HoldPart(Part):
    """When scarce stock is reserved, and for how long."""

    when: Annotated[HoldWhen, Field(strict=False)] = Field(
        HoldWhen.SHOP, description="At the `unlock`, on the way to the `shop`, or at the shop's `order` call."
    )
    minutes: SomeCount = Field(15, le=1440, description="How long it stays reserved.", examples=[15])


class CapsPart(Part):
    """The most an edition gives; what is left out is not limited."""

    unlocks: SomeCount | None = Field(None, description="Codes unlocked in all.")
    uses: SomeCount | None = Field(None, description="Uses in all.")
    benefit: Amount | None = Field(None, description="Benefit given in all, as money.", examples=["50000"])
    unlocks_a_day: SomeCount | None = Field(None, description="Codes unlocked on one day of the market.")
    uses_a_day: SomeCount | None = Field(None, description="Uses on one day of the market.")
    benefit_a_day: Amount | None = Field(None, description="Benefit given on one day of the market.")
    unlocks_a_place: SomeCount | None = Field(None, description="Codes of one place unlocked in all.")
    unlocks_a_place_a_day: SomeCount | None = Field(
        None, description="Codes of one place unlocked on one day."
    )


class PerPersonPart(Part):
    """How often one shopper may use the offer, as the shop knows her (`shopper_ref`)."""

    uses: SomeCount = Field(1, description="How often.")
    days: SomeCount | None = Field(None, le=3650, description="Within so many days; else in all.")


class ReturnsPart(Part):
    """What becomes of the voucher and the benefit when goods come back."""

    units: Annotated[Returned, Field(strict=False)] = Field(
        Returned.RESTORE, description="`restore`: what came back may be used again; `burn`: it is gone."
    )
    more_days: SomeCount | None = Field(
        None, le=365, description="With `restore`: the voucher lives at least so many days from the return."
    )
    below_minimum: Annotated[BelowMinimum, Field(strict=False)] = Field(
        BelowMinimum.KEEP,
        description="When the rest of the order is below the minimum basket: `keep` the benefit, or `charge`"
        " it against the refund.",
    )
    origin: Annotated[OriginReturned, Field(strict=False)] = Field(
        OriginReturned.KEEP, description="When the first purchase comes back and the voucher was used."
    )


class Frozen(BaseModel):
    """A published value: read, never changed."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Hold(Frozen):
    """When scarce stock is reserved, and for how many minutes."""

    when: HoldWhen
    minutes: int


class Caps(Frozen):
    """The most an edition gives; None is not limited."""

    unlocks: int | None = None
    uses: int | None = None
    benefit_minor: int | None = None
    unlocks_a_day: int | None = None
    uses_a_day: int | None = None
    benefit_a_day_minor: int | None = None
    unlocks_a_place: int | None = None
    unlocks_a_place_a_day: int | None = None


class PerPerson(Frozen):
    """How often one shopper may use the offer, within some days or in all."""

    uses: int
    days: int | None = None


class Returns(Frozen):
    """What a return does."""

    units: Returned = Returned.RESTORE
    more_days: int | None = None
    below_minimum: BelowMinimum = BelowMinimum.KEEP
    origin: OriginReturned = OriginReturned.KEEP


class Policies(Frozen):
    """Everything of an edition that is policy; the default is what an edition does that says nothing.

    `life_minutes` ends a voucher earlier than its last day; `eligible` names, per line of a bundle, the SKUs
    a shop may send for it; `receipts` decide which bundle a receipt earns, first match first, and where none
    is written every receipt earns the same.
    """

    connection: Connection = Connection.LIVE
    connected_shop: str | None = None
    hold: Hold | None = None
    caps: Caps = Caps()
    per_person: PerPerson | None = None
    returns: Returns = Returns()
    life_minutes: int | None = None
    eligible: Mapping[str, tuple[str, ...]] = {}
    receipts: tuple[ReceiptRule, ...] = ()


class PolicyParts(Part):
    """The policies that may be written once for a campaign, and otherwise in one market."""

    connect: Annotated[Connection, Field(strict=False)] | None = Field(
        None,
        description="`live`: the shop asks our API; `list`: it gives its own codes; `mirror`: we make its"
        " discounts.",
    )
    connected_shop: Slug | None = Field(
        None, description="With `mirror`: the shop, as `omni shops add` named it."
    )
    hold: HoldPart | None = Field(None, description="Reserve scarce stock for minutes instead of for good.")
    per_person: PerPersonPart | None = Field(None, description="How often one shopper may use the offer.")
    returns: ReturnsPart | None = Field(None, description="What happens when goods come back.")
    life: SomeCount | None = Field(
        None,
        le=525_600,
        description="Minutes a voucher lives; else until the last day of use.",
        examples=[120],
    )
    eligible: dict[Sku, list[Pattern]] | None = Field(
        None,
        description="What a shop may sell for an item of the bundle, such as its sizes.",
        examples=[{"shirt": ["shirt-*"]}],
    )


def policies_of(
    market: PolicyParts,
    campaign: PolicyParts,
    *,
    caps: CapsPart | None,
    receipts: tuple[ReceiptRule, ...],
    digits: int,
) -> Policies:
    """The policies of one edition: the market's own, else the campaign's, amounts in minor units."""

    hold, per_person = _own(market.hold, campaign.hold), _own(market.per_person, campaign.per_person)
    returns = _own(market.returns, campaign.returns)
    return Policies(
        connection=_own(market.connect, campaign.connect) or Connection.LIVE,
        connected_shop=_own(market.connected_shop, campaign.connected_shop),
        hold=Hold(**hold.model_dump()) if hold else None,
        caps=_caps(caps, digits) if caps else Caps(),
        per_person=PerPerson(**per_person.model_dump()) if per_person else None,
        returns=Returns(**returns.model_dump()) if returns else Returns(),
        life_minutes=_own(market.life, campaign.life),
        eligible={sku: tuple(some) for sku, some in (_own(market.eligible, campaign.eligible) or {}).items()},
        receipts=receipts,
    )


def _own(market: T | None, campaign: T | None) -> T | None:
    return campaign if market is None else market


def _caps(written: CapsPart, digits: int) -> Caps:
    def minor(amount: Decimal | None) -> int | None:
        return None if amount is None else minor_units(amount, digits=digits)

    counts = written.model_dump(exclude={"benefit", "benefit_a_day"})
    return Caps(
        **counts, benefit_minor=minor(written.benefit), benefit_a_day_minor=minor(written.benefit_a_day)
    )
