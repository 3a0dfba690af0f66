"""Bringing the ledger to what a shop reports of its orders, where it takes codes without asking us."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Self

from sqlmodel import Session, select

from omni.domain.batch import Batch
from omni.domain.order_report import UNDOING, ReportedLine, by_our_items
from omni.domain.policies import Connection, Policies
from omni.domain.record import bucket_of
from omni.domain.redemption import Redemption, Reversal
from omni.domain.refusal import BadInput, Reason, Refused
from omni.domain.rulebook import Caller
from omni.domain.shop import OrderEvent, OrderFact
from omni.services import shop_codes
from omni.services.matching import WantedLine
from omni.services.redeeming import Order, redeem
from omni.services.reversing import Reversed, Wish, propose, reverse
from omni.store import finders


@dataclass(frozen=True)
class Settled:
    """What the ledger made of an order: its redemptions and reversals, or why it spent nothing."""

    redemptions: tuple[Redemption, ...] = ()
    reversals: tuple[Reversal, ...] = ()
    refused: Refused | None = None

    def with_spent(self, outcome: Redemption | Refused) -> Self:
        """The same after one more spending."""
        if isinstance(outcome, Refused):
            return replace(self, refused=outcome)
        return replace(self, redemptions=(*self.redemptions, outcome))

    def with_undone(self, reversal: Reversal | None) -> Self:
        """The same after something came back, or nothing did."""
        return replace(self, reversals=(*self.reversals, reversal)) if reversal else self


def settle(tx: Session, now: datetime, *, client: str, order_ref: str) -> Settled:
    """Bring the ledger to what is known of an order: spend what it placed, reverse what came back.

    Each fact has its own request key, so settling again changes nothing, and facts may come in any order.
    It runs in a transaction after the fact's own: of two facts at the same moment, the later settling sees
    both. An order is judged at the instant it was placed, however late it is reported.
    """
    facts = facts_of(tx, client, order_ref)
    settled = Settled()
    numbers = sorted({fact.number for fact in facts if fact.number is not None})
    for number in numbers:
        batch, policies = finders.batch_of(tx, number), policies_of(tx, number)
        if batch is None or policies is None:
            continue
        # What is left decides what an order spends: nobody else may spend of it meanwhile.
        finders.lock_code(tx, number, batch_id=batch.id or 0, now=now)
        for fact in facts:
            if not _speaks_of(fact, number, numbers):
                continue
            if fact.event is OrderEvent.PLACED:
                settled = settled.with_spent(_spend(tx, now, batch, number, fact, policies))
            elif fact.event in UNDOING:
                settled = settled.with_undone(_undo(tx, now, batch, number, fact, policies))
    return settled


def policies_of(session: Session, number: int) -> Policies | None:
    """The policies of a claim whose shop does not ask us at the checkout; None for every other code."""
    made = finders.claim_of(session, number)
    if made is None:
        return None
    edition = finders.edition_of(session, made.edition_id)
    policies = finders.published(session, edition, made.revision).policies
    is_given = shop_codes.code_of(session, number) is not None
    return policies if is_given or policies.connection is not Connection.LIVE else None


def facts_of(session: Session, client: str, order_ref: str) -> list[OrderFact]:
    """Everything known of an order, first to last; of one instant, what undoes comes last."""
    rows = select(OrderFact).where(OrderFact.client == client, OrderFact.order_ref == order_ref)
    return sorted(session.exec(rows), key=lambda fact: (fact.at, fact.event in UNDOING, fact.id))


def _speaks_of(fact: OrderFact, number: int, numbers: Sequence[int]) -> bool:
    """Whether a fact is about a code: it names it, or the order as a whole; items and money of several
    codes cannot be told apart."""
    if fact.number is not None or fact.event is OrderEvent.PLACED:
        return fact.number == number
    is_whole = not fact.details.keys() & {"lines", "amount_minor"}
    return is_whole or len(numbers) == 1


def _key(fact: OrderFact) -> str:
    """The request key under which the ledger hears of a fact."""
    return f"order {fact.event.value} {fact.at.isoformat()} {fact.order_ref}"


def _caller(fact: OrderFact) -> Caller:
    return Caller(fact.client, _key(fact), fact.body_hash, fact.origin)


def _lines(fact: OrderFact) -> list[ReportedLine]:
    said = fact.details.get("lines", [])
    return [ReportedLine(line["sku"], line["qty"], line["amount_minor"]) for line in said]


def _spend(
    tx: Session, now: datetime, batch: Batch, number: int, fact: OrderFact, policies: Policies
) -> Redemption | Refused:
    left = {balance.sku: balance.left for balance in finders.entitlements_of(tx, number)}
    wanted = by_our_items(_lines(fact), left, policies.eligible)
    order = Order(
        order_ref=fact.order_ref,
        total_minor=fact.details["total_minor"],
        currency=fact.currency or "",
        lines=tuple(WantedLine(sku, quantity) for sku, quantity in wanted.items()),
        shopper_hash=fact.member_hash,
        placed_at=fact.at,
    )
    at = max(min(fact.at, now), _claimed_at(tx, number))
    try:
        outcome = redeem(tx, at, batch=batch, number=number, caller=_caller(fact), order=order)
    except BadInput as wrong:
        return Refused(Reason.INVALID_INPUT, {"field": wrong.where, "message": wrong.message})
    code = shop_codes.code_of(tx, number)
    if code is not None:
        shop_codes.spent(tx, code)
    return outcome if isinstance(outcome, Refused) else outcome.redemption


def _claimed_at(session: Session, number: int) -> datetime:
    made = finders.claim_of(session, number)
    assert made is not None, "an order is settled where there is a claim"
    return made.claimed_at


def _undo(
    tx: Session, now: datetime, batch: Batch, number: int, fact: OrderFact, policies: Policies
) -> Reversal | None:
    """Reverse what a fact says came back of an order placed before it, as far as it is not reversed yet."""
    answer = finders.first_answer(tx, number, fact.client, _key(fact))
    if answer is not None:
        return tx.get_one(Reversal, (bucket_of(number), number, answer.answer["seq"], answer.answer["rev"]))
    for redemption in reversed(finders.redemptions_of(tx, number)):
        wish = _wish(tx, now, redemption, fact, policies) if _is_of(redemption, fact) else None
        if wish is None:
            continue
        outcome = reverse(
            tx, now, batch=batch, number=number, seq=redemption.seq, caller=_caller(fact), wish=wish
        )
        return outcome.reversal if isinstance(outcome, Reversed) else None
    return None


def _is_of(redemption: Redemption, fact: OrderFact) -> bool:
    is_same = (redemption.client, redemption.order_ref) == (fact.client, fact.order_ref)
    return is_same and redemption.placed_at is not None and redemption.placed_at <= fact.at


def _wish(
    tx: Session, now: datetime, redemption: Redemption, fact: OrderFact, policies: Policies
) -> Wish | None:
    """What to take back of a redemption, never more than is left of it; None when nothing is."""
    number, seq, reason = redemption.number, redemption.seq, f"{fact.event.value}, as the shop reports"
    try:
        rest = propose(tx, now, number=number, seq=seq, caller=_caller(fact), wish=Wish(reason))
    except BadInput:
        return None
    if fact.event is OrderEvent.CANCELLED:
        return Wish(reason)
    if "lines" in fact.details:
        left = {rest.skus[line.line]: line.quantity for line in rest.lines}
        back = by_our_items(_lines(fact), left, policies.eligible)
        return Wish(reason, tuple(WantedLine(*item) for item in back.items())) if back else None
    paid_back: int | None = fact.details.get("amount_minor")
    if paid_back is None:
        return Wish(reason)
    uncounted = _paid_back(tx, fact) - _refunded(tx, redemption)
    money = min(rest.reversal.refund_minor, paid_back, uncounted)
    return Wish(reason, amount_minor=money) if money > 0 else None


def _paid_back(session: Session, fact: OrderFact) -> int:
    """What the shop paid back of an order by amount; the money for goods that came back is among it."""
    facts = facts_of(session, fact.client, fact.order_ref)
    amounts = (each.details.get("amount_minor") for each in facts if each.event in UNDOING)
    return sum(filter(None, amounts))


def _refunded(session: Session, redemption: Redemption) -> int:
    """What the ledger already counts as paid back of a redemption."""
    backs = finders.reversals_of(session, redemption.number)
    return sum(back.refund_minor for back in backs if back.seq == redemption.seq)
