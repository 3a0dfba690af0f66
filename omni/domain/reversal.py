"""The rows of a return, and what the edition's policy makes of it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from omni.domain.claim import Claim
from omni.domain.policies import BelowMinimum, Returned
from omni.domain.published import Published
from omni.domain.redemption import Redemption, Reversal, ReversalEffect, ReversalLine
from omni.domain.refund import Account, Part
from omni.domain.rulebook import CodeInLife, end_of
from omni.domain.window import day_after, local_day


def rows_of(
    redemption: Redemption, parts: Sequence[Part], *, rev: int, reason: str, client: str, now: datetime
) -> tuple[Reversal, list[ReversalLine]]:
    """The rows of a return of these parts of a use, its `rev`-th."""
    key: dict[str, Any] = {
        "bucket": redemption.bucket,
        "number": redemption.number,
        "origin": redemption.origin,
        "seq": redemption.seq,
        "rev": rev,
    }
    reversal = Reversal(
        **key,
        benefit_minor=sum(part.benefit_minor for part in parts),
        refund_minor=sum(part.refund_minor for part in parts),
        reason=reason,
        client=client,
        reversed_at=now,
    )
    lines = [
        ReversalLine(
            **key,
            line=part.line,
            quantity=part.quantity,
            benefit_minor=part.benefit_minor,
            refund_minor=part.refund_minor,
        )
        for part in parts
    ]
    return reversal, lines


def effect_of(
    reversal: Reversal,
    lines: Sequence[ReversalLine],
    *,
    content: Published,
    account: Account,
    code: CodeInLife,
    made: Claim,
) -> ReversalEffect | None:
    """What the policies of a claim's own revision make of a return; None where its units simply come back.

    `account` is that of the use before it. Money alone neither burns units nor makes the claim live longer.
    """
    policy, has_units = content.policies.returns, any(line.quantity for line in lines)
    is_gone = has_units and policy.units is Returned.BURN
    charged = 0
    if policy.below_minimum is BelowMinimum.CHARGE:
        minimum = content.minimum_basket_minor
        charged = account.charge(reversal.refund_minor, reversal.benefit_minor, minimum)
    extended_until = None
    if has_units and not is_gone and policy.more_days is not None:
        extended_until = _later_end(code, made, reversal.reversed_at, policy.more_days)
    if not is_gone and not charged and extended_until is None:
        return None
    return ReversalEffect(
        bucket=reversal.bucket,
        number=reversal.number,
        origin=reversal.origin,
        seq=reversal.seq,
        rev=reversal.rev,
        restored=not is_gone,
        charged_minor=charged,
        extended_until=extended_until,
    )


def _later_end(code: CodeInLife, made: Claim, now: datetime, more_days: int) -> datetime | None:
    """The end of the market's day so many days on, unless the claim lives as long anyway."""
    until = day_after(local_day(now, code.zone) + timedelta(days=more_days), code.zone)
    return until if until > end_of(code, made) else None
