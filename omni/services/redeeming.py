"""Spending a voucher: exactly once, however many ask at the same moment, however often one asks again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Update, bindparam
from sqlmodel import Session, case, col, update

from omni.domain import scarcity
from omni.domain.batch import Batch, CodePhase
from omni.domain.claim import Claim, Entitlement, ReleaseReason
from omni.domain.counting import MoveReason
from omni.domain.cube import Kind, cells_of
from omni.domain.lag import lag_kind
from omni.domain.published import Published
from omni.domain.receipt import Receipt
from omni.domain.redemption import FirstAnswer, Redemption, RedemptionLine
from omni.domain.refusal import BadInput, Reason, Refused
from omni.domain.rulebook import Caller, CodeInLife, first_refusal, may_redeem, may_spend_on, meets
from omni.domain.scarcity import Demand
from omni.domain.window import local_day
from omni.services import holding, taking
from omni.services.matching import WantedLine, line_of, match_lines
from omni.services.recognising import lock_shopper, may_use_again
from omni.services.refusing import refuse
from omni.store import finders
from omni.store.attempts import wholly
from omni.store.outbox import announce
from omni.store.plain import plain
from omni.store.standing import Standing, locked_standing, put_back
from omni.store.writes import Writes


@dataclass(frozen=True)
class Order:
    """An order as the shop reports it; without lines it spends all that remains."""

    order_ref: str
    total_minor: int
    currency: str
    lines: tuple[WantedLine, ...] = ()
    shopper_hash: str | None = None
    placed_at: datetime | None = None


@dataclass(frozen=True)
class Redeemed:
    """A redemption was recorded, now or the first time this was asked; `remaining` as it was told then.

    `receipt` is what the code was printed on, where that is known.
    """

    redemption: Redemption
    lines: Sequence[RedemptionLine]
    remaining: Sequence[dict[str, Any]]
    receipt: Receipt | None
    is_replay: bool = False


def redeem(
    tx: Session, now: datetime, *, batch: Batch, number: int, caller: Caller, order: Order
) -> Redeemed | Refused:
    """Spend a claim's entitlements against an order.

    The lock row is taken before anything is decided: of many racing for the last use one is Redeemed, the
    others Refused. The same key, or the same order with the same body under a new key, gets the first
    answer, so a till may retry after a dropped line. We record the order the shop reports; we do not
    verify it.
    """
    stranger = meets(caller, batch.origin)
    if stranger is not None:
        return stranger
    there = locked_standing(tx, batch, number, caller)
    if there is None:
        is_recalled = finders.is_recalled(tx, batch.id or 0, number)
        return Refused(Reason.VOIDED if is_recalled else Reason.NOT_UNLOCKED)
    return spend(tx, now, there=there, caller=caller, order=order)


def spend(tx: Session, now: datetime, *, there: Standing, caller: Caller, order: Order) -> Redeemed | Refused:
    """What `redeem` does once it holds the lock; calling it without is a race, and a test shows so."""
    answered = _answered_before(tx, now, there, caller, order)
    if answered is not None:
        return answered
    if order.currency != there.made.currency:
        raise BadInput("currency", f"this offer is in {there.made.currency}")
    use = _Use(there, caller, order)
    outcome = _decide(tx, now, use)
    if isinstance(outcome, Refused):
        return refuse(tx, now, there.code, there.made.number, outcome)
    return outcome


@dataclass(frozen=True)
class _Use:
    """A use in the making."""

    there: Standing
    caller: Caller
    order: Order


def _decide(tx: Session, now: datetime, use: _Use) -> Redeemed | Refused:
    """Apply every rule, take what is scarce and record the use."""
    there, made, order, policies = use.there, use.there.made, use.order, use.there.content.policies
    if policies.per_person is not None:
        lock_shopper(tx, now, made, order.shopper_hash)
    refused = first_refusal(
        may_redeem(there.code, made, now),
        may_spend_on(order.total_minor, there.content.minimum_basket_minor),
        may_use_again(tx, now, made, policies.per_person, order.shopper_hash),
    )
    if refused is not None:
        return refused
    wanted = match_lines(there.balances, order.lines, policies.eligible)
    if isinstance(wanted, Refused):
        return wanted
    lines = [line_of(tx, made, there.state.redemptions + 1, balance, line) for balance, line in wanted]
    refused = _take_scarce(tx, now, use, lines)
    if refused is not None:
        return refused
    writes = Writes()
    redemption = _record(writes, now, use, lines)
    _use_up(writes, made, lines)
    spent = {line.line: line.quantity for line in lines}
    remaining = [
        {"sku": balance.sku, "qty": balance.left - spent.get(balance.line, 0)} for balance in there.balances
    ]
    there.state.redemptions = redemption.seq
    there.state.phase = CodePhase.CLAIMED if any(left["qty"] for left in remaining) else CodePhase.REDEEMED
    put_back(writes, there.state, at=now)
    _remember(writes, now, redemption, use.caller, remaining)
    _announce(tx, writes, now, redemption, there)
    writes.send(tx)
    return Redeemed(redemption, lines, remaining, there.receipt)


def _take_scarce(tx: Session, now: datetime, use: _Use, lines: Sequence[RedemptionLine]) -> Refused | None:
    """Take what this use spends. A hold of the code ends with it: nobody else gets at it in between."""
    there, made = use.there, use.there.made
    demand = demand_of(tx, now, code=there.code, made=made, content=there.content, lines=lines)

    def take() -> Refused | None:
        if there.state.held_until is not None:
            holding.release(tx, now, state=there.state, reason=ReleaseReason.SPENT)
        return taking.take(
            tx,
            now,
            edition_id=made.edition_id,
            number=made.number,
            origin=made.origin,
            wants=demand.wants,
            because=MoveReason.REDEMPTION,
            limits=demand.limits,
        )

    return take() if there.state.held_until is None else wholly(tx, take)


def demand_of(
    session: Session,
    now: datetime,
    *,
    code: CodeInLife,
    made: Claim,
    content: Published,
    lines: Sequence[RedemptionLine],
) -> Demand:
    """What a use takes of what is scarce: the caps as the edition says today, stock as the claim has it.

    A claim that was made without holds took its stock then.
    """
    is_today = made.revision == code.edition.revision
    caps = (content if is_today else finders.published(session, code.edition)).policies.caps
    goods: dict[str, int] = {}
    if content.policies.hold is not None:
        bundle = content.bundle(made.bundle_id)
        has_bundle = scarcity.stock_of(bundle.slug) in taking.spent_by(session, made.number)
        units = {line.sku: line.quantity for line in lines}
        goods = scarcity.of_goods(bundle, units, bundles=0 if has_bundle else 1)
    benefit = sum(line.benefit_minor for line in lines)
    return scarcity.of_use(caps, benefit_minor=benefit, goods=goods, day=local_day(now, code.zone))


def _answered_before(
    tx: Session, now: datetime, there: Standing, caller: Caller, order: Order
) -> Redeemed | Refused | None:
    """The first answer to this key, or to this order under another key; then the key is remembered too."""
    number, answered = there.made.number, there.answered
    if answered is not None and (answered.verb, answered.body_hash) != ("redeem", caller.body_hash):
        return Refused(Reason.KEY_REUSED)
    answer = answered.answer if answered is not None else None
    for redemption in finders.redemptions_of(tx, number) if there.state.redemptions else ():
        same_order = redemption.client == caller.client and redemption.order_ref == order.order_ref
        if answer is None and same_order and redemption.body_hash == caller.body_hash:
            first = finders.answer_about(tx, number, caller.client, "redeem", redemption.seq)
            remaining = first.answer["remaining"] if first is not None else []
            writes = Writes()
            answer = _remember(writes, now, redemption, caller, remaining)
            writes.send(tx)
        if answer is not None and answer["seq"] == redemption.seq:
            lines = finders.redemption_lines_of(tx, number, redemption.seq)
            return Redeemed(redemption, lines, answer["remaining"], there.receipt, is_replay=True)
    return None


def _record(writes: Writes, now: datetime, use: _Use, lines: Sequence[RedemptionLine]) -> Redemption:
    made, order = use.there.made, use.order
    recorded = {
        "bucket": made.bucket,
        "number": made.number,
        "origin": made.origin,
        "seq": use.there.state.redemptions + 1,
        "edition_id": made.edition_id,
        "placement_id": made.placement_id,
        "order_ref": order.order_ref,
        "order_total_minor": order.total_minor,
        "currency": order.currency,
        "benefit_minor": sum(line.benefit_minor for line in lines),
        "shopper_hash": order.shopper_hash,
        "body_hash": use.caller.body_hash,
        "client": use.caller.client,
        "placed_at": order.placed_at,
        "redeemed_at": now,
    }
    writes.insert(Redemption, [recorded])
    writes.insert(RedemptionLine, [line.model_dump() for line in lines])
    return plain(Redemption, recorded)


def _use_up(writes: Writes, made: Claim, lines: Sequence[RedemptionLine]) -> None:
    """Spend from the balances by one conditional update: the lock makes it hold, the database sees to it."""
    wanted = {"of_bucket": made.bucket, "of_number": made.number}
    for place, line in enumerate(lines):
        wanted |= {f"line_{place}": line.line, f"quantity_{place}": line.quantity}
    writes.change(_using_up(len(lines)), wanted, rows=len(lines))


@cache
def _using_up(lines: int) -> Update:
    """The update that spends from so many balances at once."""
    table = Entitlement
    places = range(lines)
    named: dict[Any, Any] = {bindparam(f"line_{each}"): bindparam(f"quantity_{each}") for each in places}
    quantity = case(*((col(table.line) == line, amount) for line, amount in named.items()))
    return (
        update(table)
        .where(
            col(table.bucket) == bindparam("of_bucket"),
            col(table.number) == bindparam("of_number"),
            col(table.line).in_(list(named)),
            col(table.used) - col(table.given_back) + quantity <= col(table.granted),
        )
        .values(used=col(table.used) + quantity)
    )


def _remember(
    writes: Writes, now: datetime, redemption: Redemption, caller: Caller, remaining: Sequence[dict[str, Any]]
) -> dict[str, Any]:
    """Write down what this key is told, now and whenever it asks again."""
    answer = {"seq": redemption.seq, "remaining": list(remaining)}
    first = {
        "bucket": redemption.bucket,
        "number": redemption.number,
        "client": caller.client,
        "key": caller.key,
        "verb": "redeem",
        "body_hash": caller.body_hash,
        "answer": answer,
        "answered_at": now,
    }
    writes.insert(FirstAnswer, [first])
    return answer


def _announce(tx: Session, writes: Writes, now: datetime, redemption: Redemption, there: Standing) -> None:
    count = cells_of(there.made, there.placement, at=now, zone=there.code.zone)
    cells = [
        count(Kind.REDEEM, amount_minor=redemption.order_total_minor),
        count(Kind.BENEFIT, amount_minor=redemption.benefit_minor),
    ]
    if redemption.seq == 1:
        cells += [count(Kind.REDEEM_FIRST), count(lag_kind(now - there.made.claimed_at))]
    # A first use comes before every reversal: there is nothing to count.
    turn = 1 if redemption.seq == 1 else redemption.seq + len(finders.reversals_of(tx, redemption.number))
    announce(
        writes,
        "redemption.recorded",
        f"{redemption.number}:{redemption.seq}",
        at=now,
        number=redemption.number,
        origin=redemption.origin,
        cells=cells,
        body={
            "order_ref": redemption.order_ref,
            "benefit_minor": redemption.benefit_minor,
            "currency": redemption.currency,
            "redeemed_at": now.isoformat(),
        },
        turn=turn,
    )
