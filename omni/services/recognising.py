"""Recognising a shopper by the word her shop has for her: how often she may use one offer."""

from datetime import datetime, timedelta

from sqlmodel import Session, select

from omni.domain.claim import Claim
from omni.domain.policies import PerPerson
from omni.domain.receipt import MemberUse
from omni.domain.redemption import Redemption
from omni.domain.refusal import Reason, Refused
from omni.store import takings
from omni.store.rows import insert_if_absent

_USE = "use"


def lock_shopper(tx: Session, now: datetime, made: Claim, shopper_hash: str | None) -> None:
    """Let one order of a shopper in an edition be decided at a time; held until the transaction ends."""
    if shopper_hash is None:
        return
    key = {"member_hash": shopper_hash, "edition_id": made.edition_id, "what": _USE}
    insert_if_absent(tx, MemberUse, **key, uses=0, last_at=now)
    row = tx.get_one(MemberUse, tuple(key.values()), with_for_update=True, populate_existing=True)
    row.last_at = max(row.last_at, now)


def may_use_again(
    session: Session, now: datetime, made: Claim, limit: PerPerson | None, shopper_hash: str | None
) -> Refused | None:
    """Whether a shopper used this offer less often than she may; what she brought back whole is forgotten.

    Says nothing about a shopper nobody named.
    """
    if limit is None or shopper_hash is None:
        return None
    hers = (
        Redemption.edition_id == made.edition_id,
        Redemption.shopper_hash == shopper_hash,
        Redemption.origin == made.origin,
    )
    wanted = select(Redemption.seq).where(*hers, takings.is_out())
    if limit.days is not None:
        wanted = wanted.where(Redemption.redeemed_at > now - timedelta(days=limit.days))
    uses = len(session.exec(wanted.limit(limit.uses)).all())
    return Refused(Reason.PER_PERSON_LIMIT, {"uses": limit.uses}) if uses >= limit.uses else None
