"""Spending a voucher: exactly once, however many ask at the same moment, however often one asks again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, update

from omni.domain.batch import Batch, CodePhase, CodeState
from omni.domain.claim import Claim, Entitlement
from omni.domain.cube import Kind, cells_of
from omni.domain.market import Market
from omni.domain.money import share_of_units
from omni.domain.redemption import FirstAnswer, Redemption, RedemptionLine
from omni.domain.refusal import BadInput, Reason, Refused
from omni.domain.rulebook import Caller, CodeInLife, first_refusal, may_redeem, may_spend_on, meets
from omni.services.refusing import refuse
from omni.store import finders
from omni.store.outbox import announce
from omni.store.rows import rows_changed


@dataclass(frozen=True)
class WantedLine:
    """What an order wants of one item; `amount_minor` is what the shop charged, if it says."""

    sku: str
    quantity: int
    amount_minor: int | None = None


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
    """A redemption was recorded, now or the first time this was asked; `remaining` as it was told then."""

    redemption: Redemption
    lines: Sequence[RedemptionLine]
    remaining: Sequence[dict[str, Any]]
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
    state = finders.lock_code(tx, number, batch_id=batch.id or 0, now=now)
    return spend(tx, now, state=state, batch=batch, caller=caller, order=order)


def spend(
    tx: Session, now: datetime, *, state: CodeState, batch: Batch, caller: Caller, order: Order
) -> Redeemed | Refused:
    """What `redeem` does once it holds the lock; calling it without is a race, and a test shows so."""
    number = state.number
    answered = _answered_before(tx, now, number, caller, order)
    if answered is not None:
        return answered
    edition = finders.edition_of(tx, batch.edition_id)
    market = finders.market_of(tx, edition.market_id)
    recalled = finders.is_recalled(tx, batch.id or 0, number)
    code = CodeInLife(batch, edition, market.time_zone, recalled, state.phase, state.extended_until)
    made = finders.claim_of(tx, number)
    if made is None:
        return refuse(tx, now, code, number, Refused(Reason.VOIDED if recalled else Reason.NOT_UNLOCKED))
    if order.currency != made.currency:
        raise BadInput("currency", f"this offer is in {made.currency}")
    minimum = finders.published(tx, edition, made.revision).minimum_basket_minor
    refused = first_refusal(may_redeem(code, made, now), may_spend_on(order.total_minor, minimum))
    if refused is not None:
        return refuse(tx, now, code, number, refused)
    balances = finders.entitlements_of(tx, number)
    wanted = match_lines(balances, order.lines)
    if isinstance(wanted, Refused):
        return refuse(tx, now, code, number, wanted)
    redemption, lines = _record(tx, now, state.redemptions + 1, made, wanted, caller, order)
    remaining = [{"sku": balance.sku, "qty": balance.left} for balance in balances]
    state.redemptions, state.changed_at = redemption.seq, now
    state.phase = CodePhase.CLAIMED if any(left["qty"] for left in remaining) else CodePhase.REDEEMED
    tx.add(_answer(redemption, caller, remaining, now))
    _announce(tx, now, redemption, made, market)
    return Redeemed(redemption, lines, remaining)


def _answered_before(
    tx: Session, now: datetime, number: int, caller: Caller, order: Order
) -> Redeemed | Refused | None:
    """The first answer to this key, or to this order under another key; then the key is remembered too."""
    answer = finders.first_answer(tx, number, caller.client, caller.key)
    if answer is not None and (answer.verb, answer.body_hash) != ("redeem", caller.body_hash):
        return Refused(Reason.KEY_REUSED)
    for redemption in finders.redemptions_of(tx, number):
        same_order = redemption.client == caller.client and redemption.order_ref == order.order_ref
        if answer is None and same_order and redemption.body_hash == caller.body_hash:
            first = finders.answer_about(tx, number, caller.client, "redeem", redemption.seq)
            remaining = first.answer["remaining"] if first is not None else []
            answer = _answer(redemption, caller, remaining, now)
            tx.add(answer)
        if answer is not None and answer.answer["seq"] == redemption.seq:
            lines = finders.redemption_lines_of(tx, number, redemption.seq)
            return Redeemed(redemption, lines, answer.answer["remaining"], is_replay=True)
    return None


def match_lines(
    balances: Sequence[Entitlement], lines: Sequence[WantedLine]
) -> list[tuple[Entitlement, WantedLine]] | Refused:
    """Match an order's lines with what is left; naming nothing wants all of it."""
    if not lines:
        everything = [
            (balance, WantedLine(balance.sku, balance.left)) for balance in balances if balance.left > 0
        ]
        return everything if everything else Refused(Reason.EXHAUSTED)
    by_sku = {balance.sku: balance for balance in balances}
    matched = []
    for index, line in enumerate(lines):
        if any(line.sku == other.sku for other in lines[:index]):
            raise BadInput(f"lines.{index}.sku", f"{line.sku} is named twice; add the quantities up")
        if line.sku not in by_sku:
            raise BadInput(f"lines.{index}.sku", f"this voucher is for {', '.join(by_sku)}")
        if line.quantity < 1:
            raise BadInput(f"lines.{index}.qty", "at least 1")
        balance = by_sku[line.sku]
        if line.quantity > balance.left:
            return Refused(Reason.EXHAUSTED, {"sku": line.sku, "left": balance.left})
        matched.append((balance, line))
    return matched


def _record(
    tx: Session,
    now: datetime,
    seq: int,
    made: Claim,
    wanted: Sequence[tuple[Entitlement, WantedLine]],
    caller: Caller,
    order: Order,
) -> tuple[Redemption, list[RedemptionLine]]:
    lines = [line_of(tx, made, seq, balance, line) for balance, line in wanted]
    redemption = Redemption(
        bucket=made.bucket,
        number=made.number,
        origin=made.origin,
        seq=seq,
        edition_id=made.edition_id,
        placement_id=made.placement_id,
        order_ref=order.order_ref,
        order_total_minor=order.total_minor,
        currency=order.currency,
        benefit_minor=sum(line.benefit_minor for line in lines),
        shopper_hash=order.shopper_hash,
        body_hash=caller.body_hash,
        client=caller.client,
        placed_at=order.placed_at,
        redeemed_at=now,
    )
    tx.add(redemption)
    tx.flush()
    for balance, line in wanted:
        _use(tx, balance, line.quantity)
    tx.add_all(lines)
    return redemption, lines


def line_of(
    session: Session, made: Claim, seq: int, balance: Entitlement, line: WantedLine
) -> RedemptionLine:
    """The price and benefit of exactly the next units: a fair part of what the units not spent are worth.

    So whatever came back in between, a grant spent in full has cost and given exactly the whole.
    """
    out = finders.units_out(session, balance) if balance.used else []
    price = balance.price_minor - sum(_worth_of(gone.price_minor, gone, back) for gone, back in out)
    benefit = balance.benefit_minor - sum(_worth_of(gone.benefit_minor, gone, back) for gone, back in out)
    return RedemptionLine(
        bucket=made.bucket,
        number=made.number,
        origin=made.origin,
        seq=seq,
        line=balance.line,
        sku=balance.sku,
        quantity=line.quantity,
        price_minor=share_of_units(price, balance.left, 0, line.quantity),
        benefit_minor=share_of_units(benefit, balance.left, 0, line.quantity),
        amount_minor=line.amount_minor,
    )


def _worth_of(amount_minor: int, line: RedemptionLine, back: int) -> int:
    """What the units of a redeemed line that did not come back were worth."""
    return share_of_units(amount_minor, line.quantity, back, line.quantity - back)


def _use(tx: Session, balance: Entitlement, quantity: int) -> None:
    """Spend from a balance by one conditional update: the lock makes it hold, the database sees to it."""
    table = Entitlement
    spent = (
        update(table)
        .where(
            col(table.bucket) == balance.bucket,
            col(table.number) == balance.number,
            col(table.line) == balance.line,
            col(table.used) - col(table.given_back) + quantity <= col(table.granted),
        )
        .values(used=table.used + quantity)
    )
    if rows_changed(tx, spent) != 1:
        raise RuntimeError("an entitlement changed while its code was locked")
    tx.refresh(balance)


def _answer(
    redemption: Redemption, caller: Caller, remaining: list[dict[str, Any]], now: datetime
) -> FirstAnswer:
    return FirstAnswer(
        bucket=redemption.bucket,
        number=redemption.number,
        client=caller.client,
        key=caller.key,
        verb="redeem",
        body_hash=caller.body_hash,
        answer={"seq": redemption.seq, "remaining": remaining},
        answered_at=now,
    )


def _announce(tx: Session, now: datetime, redemption: Redemption, made: Claim, market: Market) -> None:
    placement = finders.placement_of(tx, made.placement_id)
    count = cells_of(made, placement, at=now, zone=market.time_zone)
    cells = [
        count(Kind.REDEEM, amount_minor=redemption.order_total_minor),
        count(Kind.BENEFIT, amount_minor=redemption.benefit_minor),
    ]
    if redemption.seq == 1:
        cells.append(count(Kind.REDEEM_FIRST))
    announce(
        tx,
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
    )
