"""What Omni answers, as plain values. Fields it may add one day are left aside, so an old shop goes on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class SpentLine:
    """How many of an item were spent, and what that was worth."""

    sku: str
    qty: int
    benefit_minor: int


@dataclass(frozen=True)
class LeftLine:
    """How many of an item may still be spent, or are reserved."""

    sku: str
    qty: int


@dataclass(frozen=True)
class PrintedOn:
    """The receipt a code was printed for."""

    placement: str
    printed_at: datetime


@dataclass(frozen=True)
class Entitlement:
    """What of one item a voucher grants, what is left of it, and the price and benefit of all of it."""

    sku: str
    granted: int
    left: int
    price_minor: int
    benefit_minor: int


@dataclass(frozen=True)
class Validation:
    """What redeeming would do; nothing was changed."""

    voucher: str
    edition: str
    market: str
    benefit_minor: int
    lines: tuple[SpentLine, ...]
    currency: str
    remaining: tuple[LeftLine, ...]
    expires_at: datetime


@dataclass(frozen=True)
class ReversedLine:
    """What was taken back of one item: the benefit that ended and the price to be refunded."""

    sku: str
    qty: int
    benefit_minor: int
    refund_minor: int


@dataclass(frozen=True)
class Reversal:
    """What was taken back, or in a dry run would be.

    The shopper gets `to_refund_minor`: the refund, less what is withheld because the rest of the order is
    below the minimum, with what was withheld before and is not any more. Units that are `restored` may be
    used again until `expires_at`; `sentence` says all this to staff.
    """

    redemption: str
    reason: str
    lines: tuple[ReversedLine, ...]
    benefit_minor: int
    refund_minor: int
    currency: str
    dry_run: bool
    reversed_at: datetime
    to_refund_minor: int
    restored: bool
    charged_minor: int = 0
    released_minor: int = 0
    expires_at: datetime | None = None
    sentence: str = ""
    is_replay: bool = False


@dataclass(frozen=True)
class Redemption:
    """One spending of a voucher; found again, with its order and everything that was taken back of it."""

    id: str
    voucher: str
    edition: str
    market: str
    placement: str
    benefit_minor: int
    lines: tuple[SpentLine, ...]
    currency: str
    remaining: tuple[LeftLine, ...]
    receipt: PrintedOn | None
    redeemed_at: datetime
    order_ref: str | None = None
    order_total_minor: int | None = None
    placed_at: datetime | None = None
    reversals: tuple[Reversal, ...] = ()
    is_replay: bool = False


@dataclass(frozen=True)
class Held:
    """What is reserved for an order, and until when; the voucher itself lives on."""

    voucher: str
    order_ref: str
    held_until: datetime
    lines: tuple[LeftLine, ...] = ()


@dataclass(frozen=True)
class Claim:
    """The voucher of an unlocked code; `shop_code` where the shop knows codes of its own only."""

    voucher: str
    edition: str
    expires_at: datetime
    shop_url: str
    entitlements: tuple[Entitlement, ...]
    shop_code: str | None = None
    is_replay: bool = False


@dataclass(frozen=True)
class Event:
    """One thing that happened to a code."""

    at: datetime
    what: str
    redemption: str | None = None
    order_ref: str | None = None
    amount_minor: int | None = None


@dataclass(frozen=True)
class Code:
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
    entitlements: tuple[Entitlement, ...]
    history: tuple[Event, ...]


@dataclass(frozen=True)
class ReceiptCode:
    """The code of a receipt with everything a till prints; captions are by locale, links want your key."""

    code: str
    url: str
    batch: int
    bundle: str
    why: str
    caption: Mapping[str, str]
    slip_text: tuple[str, ...]
    links: Mapping[str, str]
    is_replay: bool = False


@dataclass(frozen=True)
class NothingToPrint:
    """This receipt earns no code: the till prints nothing and goes on."""

    reason: str


@dataclass(frozen=True)
class PurchaseBack:
    """What became of the code of a purchase that came back.

    `unchanged`, `voided`, `claim-ended`, or for a code in use `kept`, `flagged` or `charged-back`.
    """

    code: str
    outcome: str
    receipt: PrintedOn
    sentence: str
    returned_at: datetime
    amount_minor: int | None = None
    is_replay: bool = False


@dataclass(frozen=True)
class OrderResult:
    """What became of one event of an order: `recorded`, `replayed`, `conflict` or `refused`.

    `code` says why it was refused, or why a recorded order spent nothing; `redemptions` what it spent.
    """

    status: str
    code: str | None = None
    redemptions: tuple[str, ...] = ()
    reversed_minor: int | None = None


@dataclass(frozen=True)
class OrderResults:
    """What became of every report, in the order they were sent."""

    recorded: int
    replayed: int
    conflicts: int
    refused: int
    results: tuple[OrderResult, ...]

    def __add__(self, other: OrderResults) -> OrderResults:
        return OrderResults(
            self.recorded + other.recorded,
            self.replayed + other.replayed,
            self.conflicts + other.conflicts,
            self.refused + other.refused,
            self.results + other.results,
        )


@dataclass(frozen=True)
class Bound:
    """A pre-printed code and the receipt it has now, for good."""

    code: str
    batch: int
    receipt: PrintedOn
    total_minor: int | None
    currency: str | None
    recorded_at: datetime
    is_replay: bool = False
