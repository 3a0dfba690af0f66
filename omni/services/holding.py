"""Holds: scarce stock reserved for a voucher until an instant; renewed, taken over, and let go again.

A hold is the second clock of a voucher and never the first: when it ends, the reservation ends and the
voucher does not. A code has one open hold at most, whoever asked for it. One that ran out reserves nothing
for its voucher from that instant on; what it kept is free for others once its end is written down, by whoever
next holds the code's lock, or by a worker.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session, col, select

from omni.domain import scarcity
from omni.domain.batch import Batch, CodeState
from omni.domain.claim import Claim, Entitlement, Hold, Release, ReleaseReason
from omni.domain.counting import MoveReason
from omni.domain.cube import Kind, cells_of
from omni.domain.published import Published
from omni.domain.record import bucket_of
from omni.domain.redemption import FirstAnswer
from omni.domain.refusal import Reason, Refused
from omni.domain.rulebook import Caller, CodeInLife, end_of, may_redeem, meets
from omni.services import taking
from omni.services.refusing import refuse
from omni.store import finders
from omni.store.outbox import announce

PAGE = "page"
"""What stands for the order while the shopper's own page holds: she has none yet."""

MINUTES = 15
"""How long a hold lasts where neither the caller nor the edition says."""

ONE_PRESS = timedelta(seconds=10)
"""A renewal that would add less than this is the same press again, and writes nothing."""


@dataclass(frozen=True)
class Held:
    """What a voucher may still spend is reserved; `lines` say what that is, by SKU."""

    hold: Hold
    lines: Sequence[dict[str, Any]]
    is_renewed: bool = False
    is_replay: bool = False


def hold(
    tx: Session,
    now: datetime,
    *,
    batch: Batch,
    number: int,
    caller: Caller,
    order_ref: str,
    minutes: int | None = None,
) -> Held | Refused:
    """Reserve what a voucher may still spend, for an order or for the shopper's page.

    The same order again renews; another one takes the hold over: the voucher is one, whoever fills a basket
    with it. A hold never gets shorter by asking again. The same key again gets the first answer.
    """
    stranger = meets(caller, batch.origin)
    if stranger is not None:
        return stranger
    state = finders.lock_code(tx, number, batch_id=batch.id or 0, now=now)
    answered = _answered_before(tx, number, caller)
    if answered is not None:
        return answered
    code = finders.in_life(tx, batch, number, state)
    made = finders.claim_of(tx, number)
    if made is None:
        missing = Reason.VOIDED if code.is_recalled else Reason.NOT_UNLOCKED
        return refuse(tx, now, code, number, Refused(missing))
    outcome = open_hold(
        tx,
        now,
        state=state,
        code=code,
        claim=made,
        content=finders.published(tx, code.edition, made.revision),
        order_ref=order_ref,
        client=caller.client,
        minutes=minutes,
    )
    if isinstance(outcome, Refused):
        return refuse(tx, now, code, number, outcome)
    if caller.key:
        tx.add(_answer(outcome, caller, now))
    return outcome


def open_hold(
    tx: Session,
    now: datetime,
    *,
    state: CodeState,
    code: CodeInLife,
    claim: Claim,
    content: Published,
    order_ref: str,
    client: str,
    minutes: int | None,
) -> Held | Refused:
    """What `hold` does once it holds the lock; `content` is what the edition said when the claim was made.

    A refusal has taken nothing, and is not counted here.
    """
    refused = may_redeem(code, claim, now)
    if refused is not None:
        return refused
    balances = finders.entitlements_of(tx, state.number)
    lines = [{"sku": balance.sku, "qty": balance.left} for balance in balances if balance.left > 0]
    if not lines:
        return Refused(Reason.EXHAUSTED)
    former = _still_open(tx, now, state)
    until = min(now + timedelta(minutes=minutes or _minutes(content)), end_of(code, claim))
    is_same = former is not None and (former.order_ref, former.client) == (order_ref, client)
    if former is not None and is_same and _is_one_press(former, state, until):
        return Held(former, lines, is_renewed=True)
    refused = _reserve(tx, now, claim, _scarce(tx, content, claim, balances))
    if refused is not None:
        return refused
    opened = Hold(
        bucket=state.bucket,
        number=state.number,
        origin=claim.origin,
        seq=1 + _last_seq(tx, state.number),
        order_ref=order_ref,
        client=client,
        held_at=now,
        until=max(until, former.until) if former else until,
    )
    if former is not None:
        because = ReleaseReason.RENEWED if is_same else ReleaseReason.TAKEN_OVER
        _end(tx, now, former, claim, code.zone, because)
    _begin(tx, opened, claim, code.zone)
    state.held_until = opened.until
    return Held(opened, lines, is_renewed=is_same)


def release(tx: Session, now: datetime, *, state: CodeState, reason: str) -> bool:
    """End the open hold of a code, if it has one, and give back what it took; says whether there was one.

    The code's lock is held. What is given back can be taken again in the same transaction: nobody else gets
    at it before that ends.
    """
    held = _open(tx, state)
    if held is None:
        return False
    claim = finders.claim_of(tx, state.number)
    assert claim is not None, "a hold stands on a claim"
    because = ReleaseReason.RAN_OUT if now >= held.until else ReleaseReason(reason)
    taking.give_back(
        tx,
        now,
        edition_id=claim.edition_id,
        number=claim.number,
        origin=claim.origin,
        what=taking.held_by(tx, state.number),
        because=MoveReason.RELEASE,
    )
    _end(tx, now, held, claim, _zone_of(tx, claim), because)
    state.held_until = None
    return True


def free(tx: Session, now: datetime, *, batch: Batch, number: int, caller: Caller) -> bool | Refused:
    """Let a voucher's reservation go before its time; says whether there was one. The voucher stays good."""
    stranger = meets(caller, batch.origin)
    if stranger is not None:
        return stranger
    state = finders.lock_code(tx, number, batch_id=batch.id or 0, now=now)
    return release(tx, now, state=state, reason=ReleaseReason.FREED)


def last_hold(session: Session, number: int) -> Hold | None:
    """The newest hold a code ever had."""
    own = (Hold.bucket == bucket_of(number), Hold.number == number)
    return session.exec(select(Hold).where(*own).order_by(col(Hold.seq).desc()).limit(1)).first()


def _is_one_press(former: Hold, state: CodeState, until: datetime) -> bool:
    """Whether a renewal would add nothing: hardly any time, and no units that came back meanwhile."""
    return until < former.until + ONE_PRESS and state.changed_at <= former.held_at


def _minutes(content: Published) -> int:
    return content.policies.hold.minutes if content.policies.hold else MINUTES


def _open(tx: Session, state: CodeState) -> Hold | None:
    return last_hold(tx, state.number) if state.held_until is not None else None


def _still_open(tx: Session, now: datetime, state: CodeState) -> Hold | None:
    """The open hold, after one that ran out was let go."""
    held = _open(tx, state)
    if held is not None and now >= held.until:
        release(tx, now, state=state, reason=ReleaseReason.RAN_OUT)
        return None
    return held


def _last_seq(tx: Session, number: int) -> int:
    newest = last_hold(tx, number)
    return newest.seq if newest else 0


def _scarce(
    session: Session, content: Published, claim: Claim, balances: Sequence[Entitlement]
) -> Mapping[str, int]:
    """What is scarce of the units that are left; an edition without holds gave it for good at the claim."""
    if content.policies.hold is None:
        return {}
    bundle = content.bundle(claim.bundle_id)
    left = {balance.sku: balance.left for balance in balances}
    has_bundle = scarcity.stock_of(bundle.slug) in taking.spent_by(session, claim.number)
    return scarcity.of_hold(bundle, left, has_bundle=has_bundle)


def _reserve(tx: Session, now: datetime, claim: Claim, wanted: Mapping[str, int]) -> Refused | None:
    """Take what the open hold does not have yet: it never has too much, because every use ends it."""
    has = taking.held_by(tx, claim.number)
    more = {what: units - has.get(what, 0) for what, units in wanted.items() if units > has.get(what, 0)}
    return taking.take(
        tx,
        now,
        edition_id=claim.edition_id,
        number=claim.number,
        origin=claim.origin,
        wants=more,
        because=MoveReason.HOLD,
    )


def _zone_of(tx: Session, claim: Claim) -> str:
    edition = finders.edition_of(tx, claim.edition_id)
    return finders.market_of(tx, edition.market_id).time_zone


def _begin(tx: Session, opened: Hold, claim: Claim, zone: str) -> None:
    tx.add(opened)
    tx.flush()
    _announce(tx, "hold.opened", Kind.HOLD, opened, claim, at=opened.held_at, zone=zone)


def _end(tx: Session, now: datetime, held: Hold, claim: Claim, zone: str, because: ReleaseReason) -> None:
    ended = Release(
        bucket=held.bucket,
        number=held.number,
        origin=held.origin,
        seq=held.seq,
        reason=because.value,
        released_at=now,
    )
    tx.add(ended)
    _announce(tx, "hold.released", Kind.RELEASE, held, claim, at=now, zone=zone)


def _announce(
    tx: Session, topic: str, kind: Kind, held: Hold, claim: Claim, *, at: datetime, zone: str
) -> None:
    """A hold is counted and no subscriber's business: it comes and goes by the minute."""
    count = cells_of(claim, finders.placement_of(tx, claim.placement_id), at=at, zone=zone)
    announce(
        tx,
        topic,
        f"{held.number}:{held.seq}",
        at=at,
        number=held.number,
        origin=held.origin,
        cells=[count(kind)],
        body={},
    )


def _answered_before(tx: Session, number: int, caller: Caller) -> Held | Refused | None:
    answer = finders.first_answer(tx, number, caller.client, caller.key) if caller.key else None
    if answer is None:
        return None
    if (answer.verb, answer.body_hash) != ("hold", caller.body_hash):
        return Refused(Reason.KEY_REUSED)
    held = tx.get_one(Hold, (bucket_of(number), number, answer.answer["seq"]))
    return Held(held, answer.answer["lines"], is_replay=True)


def _answer(held: Held, caller: Caller, now: datetime) -> FirstAnswer:
    return FirstAnswer(
        bucket=held.hold.bucket,
        number=held.hold.number,
        client=caller.client,
        key=caller.key,
        verb="hold",
        body_hash=caller.body_hash,
        answer={"seq": held.hold.seq, "lines": list(held.lines)},
        answered_at=now,
    )
