"""What the API reads and answers about codes, vouchers and what they were spent on."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from omni.web.api.fields import (
    Answer,
    Body,
    Currency,
    Instant,
    Minor,
    Positive,
    Quantity,
    Query,
    Reference,
    Sealed,
    Slug,
    Text,
)

# --- codes -----------------------------------------------------------------------------------------


class ClaimIn(Body):
    """A shopper accepts the terms in a locale; `terms_hash` says which words were on her screen."""

    locale: Annotated[Text, Field(max_length=40)] = Field(examples=["fr-FR"])
    terms_hash: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")] | None = None


class EntitlementOut(Answer):
    """What of one item the voucher grants, and what of it is left."""

    sku: str
    granted: int
    left: int
    price_minor: int
    benefit_minor: int


class ClaimOut(Answer):
    """The voucher of an unlocked code; `shop_code` is the shop's own that stands for it there, if any."""

    voucher: str = Field(examples=["V-XXXX-XXXX-XXXX-XXX"])
    shop_code: str | None = None
    edition: str
    expires_at: datetime
    shop_url: str
    entitlements: list[EntitlementOut]


class VoidIn(Body):
    """Why a printed code is taken back."""

    reason: Annotated[Text, Field(max_length=200)]


class PrintedOn(Answer):
    """The receipt a code was printed for."""

    placement: str
    printed_at: datetime


class Event(Answer):
    """One thing that happened to a code."""

    at: datetime
    what: Literal["printed", "claimed", "redeemed", "reversed"]
    redemption: str | None = None
    order_ref: str | None = None
    amount_minor: int | None = None


class CodeOut(Answer):
    """A code, where its life stands, and what happened to it."""

    code: str
    voucher: str | None
    state: str
    is_test: bool
    edition: str
    market: str
    placement: str
    batch: int
    bundle: str
    price_minor: int | None
    currency: str
    expires_at: datetime | None
    receipt: PrintedOn | None
    entitlements: list[EntitlementOut]
    history: list[Event]


# --- redemptions -----------------------------------------------------------------------------------


class OrderLineIn(Body):
    """What an order wants of one item; `amount_minor` is what the shop charges for it."""

    sku: Sealed
    qty: Quantity
    amount_minor: Minor | None = None


Lines = Annotated[list[OrderLineIn], Field(min_length=1, max_length=100)]


class RedemptionIn(Body):
    """An order that spends a voucher; without lines it spends all that remains."""

    voucher: Sealed
    order_ref: Reference
    order_total_minor: Minor
    currency: Currency
    lines: Lines | None = None
    shopper_ref: Reference | None = None
    placed_at: Instant | None = None


class ValidationIn(Body):
    """An order in the making; `at` asks about another instant."""

    order_total_minor: Minor | None = None
    currency: Currency | None = None
    lines: Lines | None = None
    shopper_ref: Reference | None = None
    at: Instant | None = None


class SpentLine(Answer):
    """How many of an item were spent, and what that was worth."""

    sku: str
    qty: int
    benefit_minor: int


class LeftLine(Answer):
    """How many of an item may still be spent."""

    sku: str
    qty: int


class RedemptionOut(Answer):
    """A redemption, tied to the receipt and place its code came from; `remaining` as it was told first."""

    id: str = Field(examples=["R-XXXX-XXXX-XXXX-XXX-1"])
    voucher: str
    edition: str
    market: str
    placement: str
    benefit_minor: int
    lines: list[SpentLine]
    currency: str
    remaining: list[LeftLine]
    receipt: PrintedOn | None
    redeemed_at: datetime


class ReversedLine(Answer):
    """What was taken back of one item: the benefit that ended and the price to be refunded."""

    sku: str
    qty: int
    benefit_minor: int
    refund_minor: int


class ReversalOut(Answer):
    """What a reversal took back, or in a dry run would take back, and what the shopper has of it.

    She is given `to_refund_minor`: the refund, less `charged_minor` that is withheld where the rest of the
    order is below the minimum, and with `released_minor` that was withheld before. Units that are `restored`
    may be used again until `expires_at`. `sentence` says all this to whoever stands at the counter.
    """

    redemption: str
    reason: str
    lines: list[ReversedLine]
    benefit_minor: int
    refund_minor: int
    charged_minor: int
    released_minor: int
    to_refund_minor: int
    currency: str
    restored: bool
    expires_at: datetime | None
    sentence: str
    dry_run: bool
    reversed_at: datetime


class RedemptionFound(RedemptionOut):
    """A redemption as it stands now, with its order and what was taken back of it."""

    order_ref: str
    order_total_minor: int
    placed_at: datetime | None
    reversals: list[ReversalOut]


class RedemptionsQuery(Query):
    """Which redemptions: of an order, a voucher, a code, a receipt, or since an instant; oldest first."""

    order_ref: Reference | None = None
    voucher: Sealed | None = None
    code: Sealed | None = None
    receipt_no: Sealed | None = Field(None, description="Of the receipt a code was printed for.")
    placement: Slug | None = Field(None, description="Where that receipt was printed.")
    since: Instant | None = None
    cursor: Sealed | None = Field(None, description="The `next` of the page before.")
    limit: int = Field(50, ge=1, le=200)


class RedemptionsPage(Answer):
    """Redemptions, and the cursor of the next page when there is one."""

    redemptions: list[RedemptionFound]
    next: str | None


class ValidationOut(Answer):
    """What redeeming would do now, or at the instant asked about; nothing was changed."""

    voucher: str
    edition: str
    market: str
    benefit_minor: int
    lines: list[SpentLine]
    currency: str
    remaining: list[LeftLine]
    expires_at: datetime


class ReversalIn(Body):
    """What to take back: lines, money to be refunded, or (neither) all not yet taken back."""

    lines: Lines | None = None
    amount_minor: Positive | None = None
    reason: Annotated[Text, Field(max_length=200)]
    dry_run: bool = False
