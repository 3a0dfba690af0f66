"""Taking a redemption back, wholly, by items or by money, as the edition's policy says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlmodel import Session, col, func, select, update

from omni.domain import refund
from omni.domain.batch import Batch, CodePhase, CodeState
from omni.domain.claim import Claim, Entitlement, Extension
from omni.domain.cube import Kind, cells_of
from omni.domain.published import Published
from omni.domain.record import bucket_of
from omni.domain.redemption import (
    FirstAnswer,
    Redemption,
    RedemptionLine,
    Reversal,
    ReversalEffect,
    ReversalLine,
)
from omni.domain.refund import Account, Part, Return, account_after
from omni.domain.refusal import BadInput, Reason, Refused, Unknown
from omni.domain.reversal import effect_of, rows_of
from omni.domain.rulebook import Caller, CodeInLife, end_of, meets
from omni.services import taking
from omni.services.matching import WantedLine
from omni.store import finders
from omni.store.outbox import announce
from omni.store.rows import rows_changed


@dataclass(frozen=True)
class Wish:
    """What to take back: items, or money refunded to the shopper, or (neither) all not yet taken back."""

    reason: str
    lines: tuple[WantedLine, ...] = ()
    amount_minor: int | None = None


@dataclass(frozen=True)
class Reversed:
    """What was taken back, or would be in a dry run, and what the shopper has of it.

    She is given `to_refund_minor`: the refund, less what is withheld now, and with it `released_minor` that
    was withheld before. `ends_at` is until when the units may be used again, None when none are.
    """

    reversal: Reversal
    lines: Sequence[ReversalLine]
    skus: dict[int, str]
    effect: ReversalEffect | None
    to_refund_minor: int
    ends_at: datetime | None
    is_replay: bool = False

    @property
    def has_units(self) -> bool:
        """Whether any unit came back, or money alone."""
        return any(line.quantity for line in self.lines)

    @property
    def is_restored(self) -> bool:
        """Whether units came back that may be used again."""
        return self.has_units and (self.effect is None or self.effect.restored)

    @property
    def charged_minor(self) -> int:
        """What is withheld of the refund, because the order fell below the minimum."""
        return self.effect.charged_minor if self.effect else 0

    @property
    def released_minor(self) -> int:
        """What was withheld of earlier refunds and comes back with this one."""
        return self.to_refund_minor - self.reversal.refund_minor + self.charged_minor


@dataclass(frozen=True)
class _Use:
    """A redemption with all that decides what can come back of it."""

    redemption: Redemption
    spent: Sequence[RedemptionLine]
    returns: Sequence[Reversed]
    made: Claim
    code: CodeInLife
    content: Published

    @property
    def skus(self) -> dict[int, str]:
        """The items of its lines."""
        return {line.line: line.sku for line in self.spent}

    def left(self, *more: Reversed) -> list[Part]:
        """What has not come back of it, nor would with some more returns."""
        pieces = [piece for back in (*self.returns, *more) for piece in back.lines]
        return refund.not_back(self.spent, pieces)


def reverse(
    tx: Session, now: datetime, *, batch: Batch, number: int, seq: int, caller: Caller, wish: Wish
) -> Reversed | Refused:
    """Take back a redemption or a part of it, at any time, by the policy the claim was made under.

    Items taken back may be spent again or are gone, the claim may live longer for it, and where the rest of
    the order falls below the minimum the benefit that is kept may be withheld (see domain/refund). Twice with
    the same key is one reversal. Raises Unknown for a redemption that is not there, BadInput for more than
    is left of it.
    """
    refused = meets(caller, batch.origin)
    if refused is not None:
        return refused
    state = finders.lock_code(tx, number, batch_id=batch.id or 0, now=now)
    answer = finders.first_answer(tx, number, caller.client, caller.key)
    if answer is not None:
        return _again(tx, number, seq, answer, caller)
    use = _use(tx, number, seq)
    proposed = _proposed(use, now, caller, wish)
    _record(tx, now, state, proposed, caller)
    is_whole = proposed.has_units and not any(part.quantity for part in use.left(proposed))
    taking.returned(
        tx, now, code=use.code, redemption=use.redemption, lines=proposed.lines, is_whole=is_whole
    )
    _announce(tx, now, state, use, proposed.reversal)
    return proposed


def propose(tx: Session, now: datetime, *, number: int, seq: int, caller: Caller, wish: Wish) -> Reversed:
    """What `reverse` would take back at this instant, changing nothing. Raises as it does."""
    return _proposed(_use(tx, number, seq), now, caller, wish)


def returns_of(session: Session, redemption: Redemption) -> list[Reversed]:
    """Everything that was taken back of a redemption, first to last; units end when their claim ends now."""
    made = finders.claim_of(session, redemption.number)
    assert made is not None, "what was redeemed was claimed"
    spent = finders.redemption_lines_of(session, redemption.number, redemption.seq)
    return _returns(session, redemption, spent, _ends_at(session, made))


def _use(tx: Session, number: int, seq: int) -> _Use:
    redemption = tx.get(Redemption, (bucket_of(number), number, seq))
    made = finders.claim_of(tx, number)
    if redemption is None or made is None:
        raise Unknown(Reason.UNKNOWN_REDEMPTION)
    code = _code(tx, made)
    spent = finders.redemption_lines_of(tx, number, seq)
    returns = _returns(tx, redemption, spent, end_of(code, made))
    content = finders.published(tx, code.edition, made.revision)
    return _Use(redemption, spent, returns, made, code, content)


def _code(session: Session, made: Claim) -> CodeInLife:
    batch = session.get_one(Batch, made.batch_id)
    return finders.in_life(session, batch, made.number, finders.state_of(session, made.number))


def _ends_at(session: Session, made: Claim) -> datetime:
    return end_of(_code(session, made), made)


def _returns(
    session: Session, redemption: Redemption, spent: Sequence[RedemptionLine], ends_at: datetime
) -> list[Reversed]:
    number, seq = redemption.number, redemption.seq
    skus = {line.line: line.sku for line in spent}
    pieces = finders.reversal_lines_of(session, number, seq)
    effects = {effect.rev: effect for effect in finders.reversal_effects_of(session, number, seq)}
    account, told = _opened(redemption), []
    for row in finders.reversals_of(session, number):
        if row.seq == seq:
            lines = [piece for piece in pieces if piece.rev == row.rev]
            back = _told(row, lines, skus, effects.get(row.rev), account, ends_at)
            account = account.after(_booked(back))
            told.append(back)
    return told


def _opened(redemption: Redemption) -> Account:
    """The account of a use before anything came back."""
    return Account(redemption.order_total_minor, redemption.benefit_minor)


def _booked(back: Reversed) -> Return:
    return Return(back.reversal.refund_minor, back.reversal.benefit_minor, back.charged_minor)


def _told(
    row: Reversal,
    lines: Sequence[ReversalLine],
    skus: dict[int, str],
    effect: ReversalEffect | None,
    account: Account,
    ends_at: datetime,
) -> Reversed:
    """A return beside the account it was made from."""
    told = Reversed(row, lines, skus, effect, 0, None)
    return replace(
        told,
        to_refund_minor=account.to_refund(_booked(told)),
        ends_at=ends_at if told.is_restored else None,
    )


def _proposed(use: _Use, now: datetime, caller: Caller, wish: Wish) -> Reversed:
    parts = _parts(use.left(), wish, use.content)
    reversal, lines = rows_of(
        use.redemption, parts, rev=1 + len(use.returns), reason=wish.reason, client=caller.client, now=now
    )
    account = account_after(_opened(use.redemption), (_booked(back) for back in use.returns))
    effect = effect_of(reversal, lines, content=use.content, account=account, code=use.code, made=use.made)
    ends_at = (effect.extended_until if effect else None) or end_of(use.code, use.made)
    return _told(reversal, lines, use.skus, effect, account, ends_at)


def _parts(left: Sequence[Part], wish: Wish, content: Published) -> list[Part]:
    if wish.lines and wish.amount_minor is not None:
        raise BadInput("amount_minor", "name lines or an amount, not both")
    if wish.lines:
        wanted = [(line.sku, line.quantity) for line in wish.lines]
        return refund.items(left, wanted, content.policies.eligible)
    if wish.amount_minor is not None:
        return refund.money(left, wish.amount_minor)
    return refund.everything(left)


def _record(tx: Session, now: datetime, state: CodeState, proposed: Reversed, caller: Caller) -> None:
    tx.add(proposed.reversal)
    tx.flush()
    tx.add_all([*proposed.lines, _answer(proposed, caller, now)])
    if proposed.effect is not None:
        tx.add(proposed.effect)
        _extend(tx, now, state, proposed.effect, caller)
    if proposed.is_restored:
        for line in proposed.lines:
            _give_back(tx, line)
        state.phase = CodePhase.CLAIMED
    state.changed_at = now


def _extend(tx: Session, now: datetime, state: CodeState, effect: ReversalEffect, caller: Caller) -> None:
    if effect.extended_until is None:
        return
    given = select(func.count()).where(Extension.bucket == effect.bucket, Extension.number == effect.number)
    tx.add(
        Extension(
            bucket=effect.bucket,
            number=effect.number,
            origin=effect.origin,
            seq=1 + tx.exec(given).one(),
            until=effect.extended_until,
            because="returned",
            client=caller.client,
            extended_at=now,
        )
    )
    state.extended_until = effect.extended_until


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
    """What this key was answered the first time, to the day it then ended."""
    if answer.body_hash != caller.body_hash or answer.verb != "reverse" or answer.answer["seq"] != seq:
        return Refused(Reason.KEY_REUSED)
    told = next(back for back in _use(tx, number, seq).returns if back.reversal.rev == answer.answer["rev"])
    ends_at = answer.answer.get("ends_at")
    return replace(told, ends_at=datetime.fromisoformat(ends_at) if ends_at else None, is_replay=True)


def _answer(told: Reversed, caller: Caller, now: datetime) -> FirstAnswer:
    row, ends_at = told.reversal, told.ends_at
    return FirstAnswer(
        bucket=row.bucket,
        number=row.number,
        client=caller.client,
        key=caller.key,
        verb="reverse",
        body_hash=caller.body_hash,
        answer={"seq": row.seq, "rev": row.rev, "ends_at": ends_at.isoformat() if ends_at else None},
        answered_at=now,
    )


def _announce(tx: Session, now: datetime, state: CodeState, use: _Use, reversal: Reversal) -> None:
    made, reversals = use.made, len(finders.reversals_of(tx, reversal.number))
    count = cells_of(made, finders.placement_of(tx, made.placement_id), at=now, zone=use.code.zone)
    cells = [count(Kind.REVERSE, amount_minor=reversal.benefit_minor)]
    if reversals == 1:
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
        turn=state.redemptions + reversals,
    )
