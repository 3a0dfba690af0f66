"""Asking beforehand: what would redeeming do, changing nothing and counting nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session

from omni.domain.batch import Batch
from omni.domain.claim import Claim
from omni.domain.redemption import RedemptionLine
from omni.domain.refusal import BadInput, Reason, Refused
from omni.domain.rulebook import Caller, first_refusal, may_redeem, may_spend_on, meets
from omni.services.redeeming import WantedLine, line_of, match_lines
from omni.store import finders


@dataclass(frozen=True)
class Basket:
    """An order in the making; what the shop does not say yet is not held against the voucher."""

    lines: tuple[WantedLine, ...] = ()
    total_minor: int | None = None
    currency: str | None = None


@dataclass(frozen=True)
class WouldRedeem:
    """What redeeming would spend, and what would remain."""

    claim: Claim
    lines: Sequence[RedemptionLine]
    remaining: Sequence[dict[str, Any]]


def validate(
    session: Session, now: datetime, *, batch: Batch, number: int, caller: Caller, basket: Basket
) -> WouldRedeem | Refused:
    """What `redeem` would answer at this instant, by the same rules. Raises BadInput as it does."""
    stranger = meets(caller, batch.origin)
    if stranger is not None:
        return stranger
    made = finders.claim_of(session, number)
    if made is None and finders.is_recalled(session, batch.id or 0, number):
        return Refused(Reason.VOIDED)
    if made is None:
        return Refused(Reason.NOT_UNLOCKED)
    if basket.currency not in (None, made.currency):
        raise BadInput("currency", f"this offer is in {made.currency}")
    refused = _rules(session, now, batch, made, basket)
    if refused is not None:
        return refused
    balances = finders.entitlements_of(session, number)
    wanted = match_lines(balances, basket.lines)
    if isinstance(wanted, Refused):
        return wanted
    lines = [line_of(session, made, 0, balance, line) for balance, line in wanted]
    taken = {line.sku: line.quantity for line in lines}
    remaining = [
        {"sku": balance.sku, "qty": balance.left - taken.get(balance.sku, 0)} for balance in balances
    ]
    return WouldRedeem(made, lines, remaining)


def _rules(session: Session, now: datetime, batch: Batch, made: Claim, basket: Basket) -> Refused | None:
    edition = finders.edition_of(session, made.edition_id)
    code = finders.in_life(session, batch, made.number, finders.state_of(session, made.number))
    minimum = finders.published(session, edition, made.revision).minimum_basket_minor
    reaches = None if basket.total_minor is None else may_spend_on(basket.total_minor, minimum)
    return first_refusal(may_redeem(code, made, now), reaches)
