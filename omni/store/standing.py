"""Where an unlocked code stands: all that a use of it is decided on, read by one statement.

Redeeming is what shops do most, and its cost is the number of its statements.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, exists
from sqlmodel import Session, and_, col, select, update

from omni.domain.batch import Batch, CodeState, Recall
from omni.domain.campaign import Edition, EditionRevision
from omni.domain.claim import Claim, Entitlement
from omni.domain.market import Market
from omni.domain.placement import Placement
from omni.domain.published import Published
from omni.domain.receipt import Receipt
from omni.domain.record import bucket_of
from omni.domain.redemption import FirstAnswer
from omni.domain.rulebook import Caller, CodeInLife
from omni.store import finders
from omni.store.plain import columns_of, side_by_side
from omni.store.ready import ready, send
from omni.store.rows import table_of
from omni.store.writes import Writes


@dataclass(frozen=True)
class Standing:
    """A claim with its edition as it is now, what was published for it, and what of it is left.

    `answered` is what this caller's key was told before; `receipt` what the code was printed on, if known.
    The rows are plain: `put_back` writes the state.
    """

    code: CodeInLife
    state: CodeState
    made: Claim
    content: Published
    placement: Placement
    balances: Sequence[Entitlement]
    answered: FirstAnswer | None
    receipt: Receipt | None


_KINDS = (CodeState, Claim, Edition, Placement, FirstAnswer, Receipt, Entitlement)
_WIDTH = len(columns_of(Entitlement))
_KEY: dict[str, Any] = {"bucket": bindparam("bucket"), "number": bindparam("number")}
_LOCK = select(CodeState.number).filter_by(**_KEY).with_for_update()


def _of_code(kind: Any) -> Any:
    return and_(kind.bucket == CodeState.bucket, kind.number == CodeState.number)


_LOOK = (
    select(
        Market.time_zone,
        exists().where(
            col(Recall.batch_id) == Claim.batch_id,
            col(Recall.first_number) <= Claim.number,
            col(Recall.first_number) + Recall.size > Claim.number,
        ),
        EditionRevision.sha256,
        *columns_of(*_KINDS),
    )
    .select_from(CodeState)
    .join(Claim, _of_code(Claim))
    .join(Edition, col(Edition.id) == Claim.edition_id)
    .join(Market)
    .join(
        EditionRevision,
        and_(EditionRevision.edition_id == Claim.edition_id, EditionRevision.revision == Claim.revision),
    )
    .join(Placement, col(Placement.id) == Claim.placement_id)
    .outerjoin(
        FirstAnswer,
        and_(
            _of_code(FirstAnswer),
            FirstAnswer.client == bindparam("client"),
            FirstAnswer.key == bindparam("key"),
        ),
    )
    .outerjoin(Receipt, _of_code(Receipt))
    .outerjoin(Entitlement, _of_code(Entitlement))
    .where(CodeState.bucket == bindparam("bucket"), CodeState.number == bindparam("number"))
    .order_by(col(Entitlement.line))
)

_PUT_BACK = (
    update(CodeState)
    .where(
        table_of(CodeState).c.bucket == bindparam("of_bucket"),
        table_of(CodeState).c.number == bindparam("of_number"),
    )
    .values({name: bindparam(name) for name in ("phase", "changed_at", "redemptions", "held_until")})
)


def standing(session: Session, batch: Batch, number: int, caller: Caller) -> Standing | None:
    """Where a code stands; None when it was not unlocked. Whoever decides anything locks it first."""
    return _standing(session, batch, number, caller)


def locked_standing(tx: Session, batch: Batch, number: int, caller: Caller) -> Standing | None:
    """Where a code stands, its lock row taken until the transaction ends; nobody touched one without."""
    return _standing(tx, batch, number, caller, is_locked=True)


def _standing(
    session: Session, batch: Batch, number: int, caller: Caller, *, is_locked: bool = False
) -> Standing | None:
    own = {"bucket": bucket_of(number), "number": number}
    asked = {**own, "client": caller.client, "key": caller.key}
    lock, look = ready(session, _LOCK, list(own)), ready(session, _LOOK, list(asked))
    # Sent together, yet the look sees what was there when the lock was had: READ COMMITTED looks anew.
    first = [(lock, [own])] if is_locked else []
    *locked, looked = send(session, *first, (look, [asked]))
    # What was unlocked between the two is there to see and not ours: for us it came too late.
    has_lock = all(cursor.fetchone() is not None for cursor in locked)
    rows = [look.row(row) for row in looked.fetchall()]
    if not has_lock or not rows:
        return None
    zone, is_recalled, sha256, *values = rows[0]
    state, made, edition, placement, answered, receipt, balance = side_by_side(values, *_KINDS)
    more = [next(side_by_side(row[-_WIDTH:], Entitlement)) for row in rows[1:]]
    return Standing(
        code=CodeInLife(batch, edition, zone, bool(is_recalled), state.phase, state.extended_until),
        state=state,
        made=made,
        content=finders.published_as(session, sha256, edition.id, made.revision),
        placement=placement,
        balances=[balance, *more] if balance is not None else [],
        answered=answered,
        receipt=receipt,
    )


def put_back(writes: Writes, state: CodeState, *, at: datetime) -> None:
    """Write what a use changed of a code's state."""
    state.changed_at = at
    values = state.model_dump(include={"phase", "changed_at", "redemptions", "held_until"})
    writes.change(_PUT_BACK, {**values, "of_bucket": state.bucket, "of_number": state.number})
