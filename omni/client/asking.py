"""What a shop or a till may ask Omni, one method for each."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from typing import TypeVar
from urllib.parse import quote

from omni.client.answers import (
    Bound,
    Claim,
    Code,
    Held,
    NothingToPrint,
    OrderResults,
    PurchaseBack,
    ReceiptCode,
    Redemption,
    Reversal,
    Validation,
)
from omni.client.offline import Pool, PoolResults
from omni.client.questions import BoughtItem, Line, OfflineReceipt, OrderFact, body_of, written
from omni.client.reading import read
from omni.client.wire import Answer, Unreachable, Wire

T = TypeVar("T")

MOST_FACTS = 1_000
"""How many reports about orders one call may carry."""

SOME_RECEIPTS = 100
"""How many offline receipts go into one call: each is a purchase of its own to write, and the call has to end
within its timeout."""


class Omni:
    """One installation, asked with one key; safe to share between the threads of a shop.

    Every method raises Refusal where Omni says no, and Unreachable where there is no answer to rely on. What
    writes carries a key made once for the call, so tries of one call are one request; give a `key` of your
    own, such as the order's reference, to make calls of two processes one request too.

    `timeout` is for one try in seconds. A checkout that must not wait says `tries=1`.
    """

    def __init__(
        self,
        base_url: str,
        key: str,
        *,
        timeout: float = 5,
        tries: int = 3,
        patience: float = 5,
        sleep: Callable[[float], object] = time.sleep,
        mint: Callable[[int], bytes] = os.urandom,
    ) -> None:
        self._wire = Wire(
            base_url, key, timeout=timeout, tries=tries, patience=patience, sleep=sleep, mint=mint
        )

    def __repr__(self) -> str:
        return f"Omni({self._wire.base})"

    def validate(
        self,
        voucher: str,
        *,
        total_minor: int | None = None,
        currency: str | None = None,
        lines: Sequence[Line] | None = None,
        shopper_ref: str | None = None,
        at: datetime | None = None,
    ) -> Validation:
        """What redeeming would do, now or at another instant; nothing is changed. Without lines: all left."""
        body = body_of(
            order_total_minor=total_minor, currency=currency, lines=lines, shopper_ref=shopper_ref, at=at
        )
        return self._post(Validation, f"/vouchers/{_part(voucher)}/validate", body)

    def redeem(
        self,
        voucher: str,
        *,
        order_ref: str,
        total_minor: int,
        currency: str,
        lines: Sequence[Line] | None = None,
        shopper_ref: str | None = None,
        placed_at: datetime | None = None,
        key: str | None = None,
    ) -> Redemption:
        """Spend a voucher against an order; `total_minor` is what the shopper pays for it.

        Without lines all that is left is spent. The same order asked again gets its first answer.
        """
        body = body_of(
            voucher=voucher,
            order_ref=order_ref,
            order_total_minor=total_minor,
            currency=currency,
            lines=lines,
            shopper_ref=shopper_ref,
            placed_at=placed_at,
        )
        return self._post(Redemption, "/redemptions", body, key)

    def reverse(
        self,
        redemption: str,
        *,
        reason: str,
        lines: Sequence[Line] | None = None,
        amount_minor: int | None = None,
        dry_run: bool = False,
        key: str | None = None,
    ) -> Reversal:
        """Take a redemption back by lines, by money, or (neither) wholly; a dry run only says what it is."""
        body = body_of(lines=lines, amount_minor=amount_minor, reason=reason, dry_run=dry_run or None)
        return self._post(Reversal, f"/redemptions/{_part(redemption)}/reversals", body, key)

    def hold(self, voucher: str, *, order_ref: str, minutes: int | None = None) -> Held:
        """Reserve what is scarce for an order, or reserve it longer."""
        body = body_of(order_ref=order_ref, minutes=minutes)
        return self._post(Held, f"/vouchers/{_part(voucher)}/hold", body)

    def free_hold(self, voucher: str) -> None:
        """Let go of what was reserved; letting go again changes nothing."""
        self._wire.ask("DELETE", f"/vouchers/{_part(voucher)}/hold")

    def claim(
        self, code: str, *, locale: str, terms_hash: str | None = None, key: str | None = None
    ) -> Claim:
        """Unlock a code for a shopper who read the terms in a locale (BCP 47)."""
        body = body_of(locale=locale, terms_hash=terms_hash)
        return self._post(Claim, f"/codes/{_part(code)}/claim", body, key)

    def code(self, code: str) -> Code:
        """A code, or the code behind a voucher: its state and history."""
        return _answer(Code, self._wire.ask("GET", f"/codes/{_part(code)}"))

    def redemption(self, redemption: str) -> Redemption:
        """One redemption as it stands now."""
        return _answer(Redemption, self._wire.ask("GET", f"/redemptions/{_part(redemption)}"))

    def redemptions(
        self,
        *,
        order_ref: str | None = None,
        voucher: str | None = None,
        code: str | None = None,
        since: datetime | None = None,
        page_size: int = 200,
    ) -> Iterator[Redemption]:
        """Redemptions of an order, a voucher, a code, or since an instant; oldest first, page after page."""
        query = body_of(order_ref=order_ref, voucher=voucher, code=code, since=since, limit=page_size)
        while True:
            asked = self._wire.ask("GET", "/redemptions", query=query)
            for found in asked.document["redemptions"]:
                yield _answer(Redemption, Answer(found, asked.key))
            if not asked.document["next"]:
                return
            query["cursor"] = asked.document["next"]

    def receipt(
        self,
        placement: str,
        *,
        receipt_no: str | None = None,
        total_minor: int | None = None,
        currency: str | None = None,
        campaign: str | None = None,
        printed_at: datetime | None = None,
        items: Sequence[BoughtItem] | None = None,
        member_ref: str | None = None,
        key: str | None = None,
    ) -> ReceiptCode | NothingToPrint:
        """The code to print on a receipt, if it earns one; the same receipt gets the same code.

        Without `receipt_no` the key tells receipts apart: keep it for as long as you may ask again.
        """
        body = body_of(
            placement=placement,
            receipt_no=receipt_no,
            total_minor=total_minor,
            currency=currency,
            campaign=campaign,
            printed_at=printed_at,
            items=items,
            member_ref=member_ref,
        )
        asked = self._wire.ask("POST", "/receipts", body=body, key=key)
        is_nothing = isinstance(asked.document, dict) and asked.document.get("print") is False
        return _answer(NothingToPrint, asked) if is_nothing else _answer(ReceiptCode, asked)

    def return_purchase(
        self,
        *,
        placement: str | None = None,
        receipt_no: str | None = None,
        code: str | None = None,
        amount_minor: int | None = None,
        lines: Sequence[Line] | None = None,
        reason: str | None = None,
        key: str | None = None,
    ) -> PurchaseBack:
        """The purchase that earned a code came back, in part or (neither amount nor lines) wholly.

        It is named by place and number of its receipt, or by its code.
        """
        body = body_of(
            placement=placement,
            receipt_no=receipt_no,
            code=code,
            amount_minor=amount_minor,
            lines=lines,
            reason=reason,
        )
        return self._post(PurchaseBack, "/receipts/returns", body, key)

    def orders(self, facts: Iterable[OrderFact]) -> OrderResults:
        """Report what happened to orders, in any order and as often as you like; any number of facts."""
        told = [written(fact) for fact in facts]
        results = OrderResults(0, 0, 0, 0, ())
        for first in range(0, len(told), MOST_FACTS):
            body = {"orders": told[first : first + MOST_FACTS]}
            results += self._post(OrderResults, "/orders", body)
        return results

    def bind(
        self,
        code: str,
        *,
        placement: str,
        receipt_no: str,
        total_minor: int | None = None,
        currency: str | None = None,
        printed_at: datetime | None = None,
        member_ref: str | None = None,
    ) -> Bound:
        """Give a pre-printed code the receipt it was handed out with; the same receipt again is a replay."""
        body = body_of(
            placement=placement,
            receipt_no=receipt_no,
            total_minor=total_minor,
            currency=currency,
            printed_at=printed_at,
            member_ref=member_ref,
        )
        return self._post(Bound, f"/codes/{_part(code)}/bind", body)

    def pool(self, placement: str, *, device: str, count: int, key: str, campaign: str | None = None) -> Pool:
        """Codes that one device may print while the line is down; the same key is the same pool."""
        body = body_of(placement=placement, device=device, count=count, campaign=campaign)
        return self._post(Pool, "/pools", body, key)

    def pool_receipts(self, pool_id: int, receipts: Iterable[OfflineReceipt]) -> PoolResults:
        """Report what a device printed: in any order, twice, or partly; any number of receipts."""
        told = [written(receipt) for receipt in receipts]
        results = PoolResults(())
        for first in range(0, len(told), SOME_RECEIPTS):
            body = {"receipts": told[first : first + SOME_RECEIPTS]}
            results += self._post(PoolResults, f"/pools/{pool_id}/receipts", body)
        return results

    def _post(self, kind: type[T], path: str, body: object, key: str | None = None) -> T:
        return _answer(kind, self._wire.ask("POST", path, body=body, key=key))


def _answer(kind: type[T], asked: Answer) -> T:
    try:
        return read(kind, asked.document)
    except ValueError as unread:
        raise Unreachable(f"an answer that is not a {kind.__name__}: {unread}", asked.key) from unread


def _part(text: str) -> str:
    return quote(text, safe="")
