"""Taking a redemption back, wholly, by items or by money."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, update

from omni.domain.batch import Batch, CodePhase
from omni.domain.claim import Claim, Entitlement
from omni.domain.cube import Kind, cells_of
from omni.domain.money import largest_remainder, share_of_units
from omni.domain.record import bucket_of
from omni.domain.redemption import FirstAnswer, Redemption, RedemptionLine, Reversal, ReversalLine
from omni.domain.refusal import BadInput, Reason, Refused, Unknown
from omni.domain.rulebook import Caller, meets
from omni.services.redeeming import WantedLine
from omni.store import finders
from omni.store.outbox import announce
from omni.store.rows import rows_changed


@dataclass(frozen=True)
class Wish:
    """What to take back: items, or an amount of benefit, or (neither) all not yet taken back."""

    reason: str
    lines: tuple[WantedLine, ...] = ()
    amount_minor: int | None = None


@dataclass(frozen=True)
class Reversed:
    """What was taken back, or would be in a dry run."""

    reversal: Reversal
    lines: Sequence[ReversalLine]
    skus: dict[int, str]
    is_replay: bool = False


@dataclass(frozen=True)
class _Open:
    """What of one redeemed line can still be taken back."""

    line: RedemptionLine
    quantity: int
    benefit_minor: int
    refund_minor: int


def reverse(
    tx: Session, now: datetime, *, batch: Batch, number: int, seq: int, caller: Caller, wish: Wish
) -> Reversed | Refused:
    """Take back a redemption or a part of it, at any time; items taken back may be spent again.

    Twice with the same key is one reversal. Raises Unknown for a redemption that is not there, BadInput
    for more than is left of it.
    """
    refused = meets(caller, batch.origin)
    if refused is not None:
        return refused
    state = finders.lock_code(tx, number, batch_id=batch.id or 0, now=now)
    answer = finders.first_answer(tx, number, caller.client, caller.key)
    if answer is not None:
        return _again(tx, number, seq, answer, caller)
    proposed = propose(tx, now, number=number, seq=seq, caller=caller, wish=wish)
    tx.add(proposed.reversal)
    tx.flush()
    for line in proposed.lines:
        _give_back(tx, line)
    tx.add_all([*proposed.lines, _answer(proposed.reversal, caller, now)])
    if any(line.quantity for line in proposed.lines):
        state.phase = CodePhase.CLAIMED
    state.changed_at = now
    _announce(tx, now, proposed.reversal)
    return proposed


def propose(tx: Session, now: datetime, *, number: int, seq: int, caller: Caller, wish: Wish) -> Reversed:
    """What a reversal would take back, changing nothing."""
    redemption = tx.get(Redemption, (bucket_of(number), number, seq))
    if redemption is None:
        raise Unknown(Reason.UNKNOWN_REDEMPTION)
    open_lines = _open_lines(tx, redemption)
    rev = 1 + max(
        (reversal.rev for reversal in finders.reversals_of(tx, number) if reversal.seq == seq), default=0
    )
    lines = [
        ReversalLine(
            bucket=redemption.bucket,
            number=number,
            origin=redemption.origin,
            seq=seq,
            rev=rev,
            line=part.line.line,
            quantity=part.quantity,
            benefit_minor=part.benefit_minor,
            refund_minor=part.refund_minor,
        )
        for part in _parts(open_lines, wish)
    ]
    reversal = Reversal(
        bucket=redemption.bucket,
        number=number,
        origin=redemption.origin,
        seq=seq,
        rev=rev,
        benefit_minor=sum(line.benefit_minor for line in lines),
        refund_minor=sum(line.refund_minor for line in lines),
        reason=wish.reason,
        client=caller.client,
        reversed_at=now,
    )
    return Reversed(reversal, lines, {part.line.line: part.line.sku for part in open_lines})


def _open_lines(tx: Session, redemption: Redemption) -> list[_Open]:
    taken = finders.reversal_lines_of(tx, redemption.number, redemption.seq)
    return [
        _Open(
            line,
            line.quantity - sum(back.quantity for back in taken if back.line == line.line),
            line.benefit_minor - sum(back.benefit_minor for back in taken if back.line == line.line),
            line.price_minor - sum(back.refund_minor for back in taken if back.line == line.line),
        )
        for line in finders.redemption_lines_of(tx, redemption.number, redemption.seq)
    ]


def _parts(open_lines: Sequence[_Open], wish: Wish) -> list[_Open]:
    if wish.lines and wish.amount_minor is not None:
        raise BadInput("amount_minor", "name lines or an amount, not both")
    if wish.lines:
        return _by_items(open_lines, wish.lines)
    if wish.amount_minor is not None:
        return _by_money(open_lines, wish.amount_minor)
    rest = [part for part in open_lines if part.quantity or part.benefit_minor or part.refund_minor]
    if not rest:
        raise BadInput("lines", "this use was already taken back in full")
    return rest


def _by_items(open_lines: Sequence[_Open], lines: Sequence[WantedLine]) -> list[_Open]:
    by_sku = {part.line.sku: part for part in open_lines}
    parts = []
    for index, wanted in enumerate(lines):
        part = by_sku.pop(wanted.sku, None)
        if part is None:
            raise BadInput(f"lines.{index}.sku", "this use has no such item, or it is named twice")
        if not 0 < wanted.quantity <= part.quantity:
            raise BadInput(f"lines.{index}.qty", f"{part.quantity} of {wanted.sku} can be taken back")
        parts.append(_units(part, wanted.quantity))
    return parts


def _units(part: _Open, quantity: int) -> _Open:
    """The next units of an open line; the last of them take whatever money is left, so nothing is lost."""
    return _Open(
        part.line,
        quantity,
        share_of_units(part.benefit_minor, part.quantity, 0, quantity),
        share_of_units(part.refund_minor, part.quantity, 0, quantity),
    )


def _by_money(open_lines: Sequence[_Open], amount: int) -> list[_Open]:
    left = [part.benefit_minor for part in open_lines]
    if not 0 < amount <= sum(left):
        raise BadInput("amount_minor", f"between 1 and {sum(left)} can be taken back")
    shares = largest_remainder(amount, left)
    return [_Open(part.line, 0, share, 0) for part, share in zip(open_lines, shares, strict=True) if share]


def _give_back(tx: Session, line: ReversalLine) -> None:
    if line.quantity == 0:
        return
    table = Entitlement
    returned = (
        update(table)
        .where(
            col(table.bucket) == line.bucket,
            col(table.number) == line.number,
            col(table.line) == line.line,
            col(table.given_back) + line.quantity <= col(table.used),
        )
        .values(given_back=table.given_back + line.quantity)
    )
    if rows_changed(tx, returned) != 1:
        raise RuntimeError("an entitlement changed while its code was locked")


def _again(tx: Session, number: int, seq: int, answer: FirstAnswer, caller: Caller) -> Reversed | Refused:
    if answer.body_hash != caller.body_hash or answer.verb != "reverse" or answer.answer["seq"] != seq:
        return Refused(Reason.KEY_REUSED)
    rev = answer.answer["rev"]
    reversal = tx.get_one(Reversal, (bucket_of(number), number, seq, rev))
    lines = [line for line in finders.reversal_lines_of(tx, number, seq) if line.rev == rev]
    skus = {line.line: line.sku for line in finders.redemption_lines_of(tx, number, seq)}
    return Reversed(reversal, lines, skus, is_replay=True)


def _answer(reversal: Reversal, caller: Caller, now: datetime) -> FirstAnswer:
    return FirstAnswer(
        bucket=reversal.bucket,
        number=reversal.number,
        client=caller.client,
        key=caller.key,
        verb="reverse",
        body_hash=caller.body_hash,
        answer={"seq": reversal.seq, "rev": reversal.rev},
        answered_at=now,
    )


def _announce(tx: Session, now: datetime, reversal: Reversal) -> None:
    made = tx.get_one(Claim, (reversal.bucket, reversal.number))
    edition = finders.edition_of(tx, made.edition_id)
    zone = finders.market_of(tx, edition.market_id).time_zone
    count = cells_of(made, finders.placement_of(tx, made.placement_id), at=now, zone=zone)
    cells = [count(Kind.REVERSE, amount_minor=reversal.benefit_minor)]
    if len(finders.reversals_of(tx, reversal.number)) == 1:
        cells.append(count(Kind.REVERSE_FIRST))
    announce(
        tx,
        "redemption.reversed",
        f"{reversal.number}:{reversal.seq}:{reversal.rev}",
        at=now,
        number=reversal.number,
        origin=reversal.origin,
        cells=cells,
        body={"benefit_minor": reversal.benefit_minor, "currency": made.currency, "reason": reversal.reason},
    )
