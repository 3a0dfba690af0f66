"""Asking beforehand: what would redeeming do, changing nothing and counting nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session

from omni.domain.batch import Batch
from omni.domain.claim import Claim
from omni.domain.published import Published
from omni.domain.redemption import RedemptionLine
from omni.domain.refusal import BadInput, Reason, Refused
from omni.domain.rulebook import (
    Caller,
    CodeInLife,
    end_of,
    first_refusal,
    may_redeem,
    may_spend_on,
    meets,
)
from omni.domain.scarcity import Demand
from omni.services import taking
from omni.services.matching import WantedLine, line_of, match_lines
from omni.services.recognising import may_use_again
from omni.services.redeeming import demand_of
from omni.store import finders
from omni.store.standing import standing


@dataclass(frozen=True)
class Basket:
    """An order in the making; what the shop does not say yet is not held against the voucher."""

    lines: tuple[WantedLine, ...] = ()
    total_minor: int | None = None
    currency: str | None = None
    shopper_hash: str | None = None


@dataclass(frozen=True)
class WouldRedeem:
    """What redeeming would spend, what would remain, and until when it may be used."""

    claim: Claim
    ends_at: datetime
    lines: Sequence[RedemptionLine]
    remaining: Sequence[dict[str, Any]]


def validate(
    session: Session, now: datetime, *, batch: Batch, number: int, caller: Caller, basket: Basket
) -> WouldRedeem | Refused:
    """What `redeem` would answer at this instant, by the same rules. Raises BadInput as it does."""
    stranger = meets(caller, batch.origin)
    if stranger is not None:
        return stranger
    there = standing(session, batch, number, caller)
    if there is None:
        is_recalled = finders.is_recalled(session, batch.id or 0, number)
        return Refused(Reason.VOIDED if is_recalled else Reason.NOT_UNLOCKED)
    code, made, content = there.code, there.made, there.content
    if basket.currency not in (None, made.currency):
        raise BadInput("currency", f"this offer is in {made.currency}")
    refused = _rules(session, now, code, made, content, basket)
    if refused is not None:
        return refused
    wanted = match_lines(there.balances, basket.lines, content.policies.eligible)
    if isinstance(wanted, Refused):
        return wanted
    lines = [line_of(session, made, 0, balance, line) for balance, line in wanted]
    demand = demand_of(session, now, code=code, made=made, content=content, lines=lines)
    refused = _scarce(session, made, demand)
    if refused is not None:
        return refused
    taken = {line.sku: line.quantity for line in lines}
    remaining = [
        {"sku": balance.sku, "qty": balance.left - taken.get(balance.sku, 0)} for balance in there.balances
    ]
    return WouldRedeem(made, end_of(code, made), lines, remaining)


def _rules(
    session: Session, now: datetime, code: CodeInLife, made: Claim, content: Published, basket: Basket
) -> Refused | None:
    minimum, per_person = content.minimum_basket_minor, content.policies.per_person
    reaches = None if basket.total_minor is None else may_spend_on(basket.total_minor, minimum)
    may_again = may_use_again(session, now, made, per_person, basket.shopper_hash)
    return first_refusal(may_redeem(code, made, now), reaches, may_again)


def _scarce(session: Session, made: Claim, demand: Demand) -> Refused | None:
    """Whether there is enough of what is scarce; what the code itself holds is there for it."""
    held = taking.held_by(session, made.number) if demand.wants else {}
    wants = {what: amount - held.get(what, 0) for what, amount in demand.wants.items()}
    return taking.would_refuse(
        session, edition_id=made.edition_id, origin=made.origin, wants=wants, limits=demand.limits
    )
