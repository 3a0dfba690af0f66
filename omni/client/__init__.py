"""The shop's and the till's side of the API, typed: validate, redeem, reverse, and what a till prints.

A shop asks what a voucher would do for a basket, and spends it when the order is placed:

>>> omni = Omni(base_url, key)
>>> basket = [Line("teapot-ember", 1), Line("cup-ember", 2)]
>>> offer = omni.validate(voucher, lines=basket)
>>> offer.benefit_minor > 0
True
>>> order = {"order_ref": "A-1001", "total_minor": 9_990, "currency": offer.currency, "lines": basket}
>>> first = omni.redeem(voucher, **order)

Asking again is safe: the same order gets its first answer, another order is refused.

>>> again = omni.redeem(voucher, **order)
>>> again.id == first.id, again.is_replay
(True, True)
>>> try:
...     omni.redeem(voucher, **order | {"order_ref": "A-1002"})
... except Refusal as refused:
...     print(refused.code)
exhausted

Goods come back: a dry run says what that means, and changes nothing.

>>> one_cup = [Line("cup-ember", 1)]
>>> proposed = omni.reverse(first.id, lines=one_cup, reason="came back", dry_run=True)
>>> done = omni.reverse(first.id, lines=one_cup, reason="came back")
>>> done.refund_minor == proposed.refund_minor
True
>>> [found.order_ref for found in omni.redemptions(voucher=voucher)]
['A-1001']

Money is whole minor units. Of the rest of Omni this package imports nothing, so it may be copied.
"""

from __future__ import annotations

from omni.client.answers import (
    Bound,
    Claim,
    Code,
    Entitlement,
    Event,
    Held,
    LeftLine,
    NothingToPrint,
    OrderResult,
    OrderResults,
    PrintedOn,
    PurchaseBack,
    ReceiptCode,
    Redemption,
    Reversal,
    ReversedLine,
    SpentLine,
    Validation,
)
from omni.client.asking import Omni
from omni.client.offline import Pool, PoolCode, PoolResult, PoolResults
from omni.client.questions import BoughtItem, Line, OfflineReceipt, OrderFact
from omni.client.wire import FieldError, OmniError, Refusal, Unreachable

__all__ = [
    "BoughtItem",
    "Bound",
    "Claim",
    "Code",
    "Entitlement",
    "Event",
    "FieldError",
    "Held",
    "LeftLine",
    "Line",
    "NothingToPrint",
    "OfflineReceipt",
    "Omni",
    "OmniError",
    "OrderFact",
    "OrderResult",
    "OrderResults",
    "Pool",
    "PoolCode",
    "PoolResult",
    "PoolResults",
    "PrintedOn",
    "PurchaseBack",
    "ReceiptCode",
    "Redemption",
    "Refusal",
    "Reversal",
    "ReversedLine",
    "SpentLine",
    "Unreachable",
    "Validation",
]
