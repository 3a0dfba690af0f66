"""Finding rows by the names of the domain, and taking the lock of a code.

Lock rule: whoever decides anything about a code takes its row in code_state first, then reads, then writes.
Scarce counters are locked after it, slots in rising order. Giving something back needs no other lock.
Nothing relies on catching an IntegrityError.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, exists
from sqlmodel import Session, col, select

from omni.domain.batch import Batch, CodePhase, CodeState, Recall
from omni.domain.campaign import Campaign, Edition, EditionRevision
from omni.domain.claim import Claim, Entitlement
from omni.domain.market import Market
from omni.domain.placement import EditionPlacement, Placement
from omni.domain.price import DailySale, Price, bundle_item
from omni.domain.print_run import PrintRun, PrintStop
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
from omni.domain.refusal import Reason, Unknown
from omni.domain.repricing import Repricing, came_out
from omni.domain.rulebook import CodeInLife
from omni.store.contents import content_of, content_under
from omni.store.rows import insert_if_absent

# Whatever a redemption asks is made once: making a statement takes longer than running it.
_CODE: dict[str, Any] = {"bucket": bindparam("bucket"), "number": bindparam("number")}
_LOCK = select(CodeState).filter_by(**_CODE).with_for_update().execution_options(populate_existing=True)
_CLAIM = select(Claim).filter_by(**_CODE)
_ENTITLEMENTS = (
    select(Entitlement)
    .filter_by(**_CODE)
    .order_by(col(Entitlement.line))
    .execution_options(populate_existing=True)
)
_ANSWER = select(FirstAnswer).filter_by(**_CODE, client=bindparam("client"), key=bindparam("key"))
_DIGEST = select(EditionRevision.sha256).filter_by(
    edition_id=bindparam("edition"), revision=bindparam("revision")
)
_PLACEMENT = select(Placement).where(Placement.id == bindparam("placement"))
_LIFE = (
    select(
        Edition,
        Market.time_zone,
        exists().where(
            col(Recall.batch_id) == bindparam("batch"),
            col(Recall.first_number) <= bindparam("number"),
            col(Recall.first_number) + Recall.size > bindparam("number"),
        ),
    )
    .join(Market)
    .where(Edition.id == bindparam("edition"))
)


def lock_code(tx: Session, number: int, *, batch_id: int, now: datetime) -> CodeState:
    """Take the lock row of a code, creating it at the first touch; held until the transaction ends."""
    state = tx.exec(_LOCK, params=_of(number)).first()
    if state is not None:
        return state
    insert_if_absent(
        tx,
        CodeState,
        bucket=bucket_of(number),
        number=number,
        batch_id=batch_id,
        phase=CodePhase.OPEN,
        changed_at=now,
        redemptions=0,
    )
    return tx.exec(_LOCK, params=_of(number)).one()


def _of(number: int) -> dict[str, int]:
    return {"bucket": bucket_of(number), "number": number}


def state_of(session: Session, number: int) -> CodeState | None:
    """Where a code's life stands; None when nobody has touched it."""
    return session.get(CodeState, (bucket_of(number), number))


def batch_of(session: Session, number: int) -> Batch | None:
    """The batch a number was issued in."""
    nearest = session.exec(
        select(Batch).where(Batch.first_number <= number).order_by(col(Batch.first_number).desc()).limit(1)
    ).first()
    return nearest if nearest is not None and nearest.has(number) else None


def is_recalled(session: Session, batch_id: int, number: int) -> bool:
    """Whether a recall covers the number."""
    recalls = session.exec(
        select(Recall).where(Recall.batch_id == batch_id, Recall.first_number <= number)
    ).all()
    return any(number < recall.first_number + recall.size for recall in recalls)


def edition_by_key(session: Session, key: str) -> Edition:
    """The edition written `campaign/market`. Raises Unknown."""
    campaign, _, market = key.partition("/")
    found = session.exec(
        select(Edition).join(Campaign).where(Campaign.slug == campaign, Edition.market_id == market)
    ).first()
    if found is None:
        raise Unknown(Reason.UNKNOWN_EDITION, key)
    return found


def edition_of(session: Session, edition_id: int) -> Edition:
    """An edition by its id, as it is now."""
    return session.get_one(Edition, edition_id)


def market_of(session: Session, market_id: str) -> Market:
    """A market by its id."""
    return session.get_one(Market, market_id)


def placement_by_slug(session: Session, slug: str) -> Placement:
    """The placement of a slug. Raises Unknown."""
    found = session.exec(select(Placement).where(Placement.slug == slug)).first()
    if found is None:
        raise Unknown(Reason.UNKNOWN_PLACEMENT, slug)
    return found


def placement_of(session: Session, placement_id: int) -> Placement:
    """A placement by its id."""
    return session.exec(_PLACEMENT, params={"placement": placement_id}).one()


def editions_at(session: Session, placement_id: int) -> Sequence[Edition]:
    """The editions that list a placement, highest priority first."""
    return session.exec(
        select(Edition)
        .join(EditionPlacement)
        .where(EditionPlacement.placement_id == placement_id)
        .order_by(col(Edition.priority).desc(), col(Edition.id))
    ).all()


def published(session: Session, edition: Edition, revision: int | None = None) -> Published:
    """What an edition says at a revision, by default the newest; read once for each digest."""
    asked = {"edition": edition.id, "revision": edition.revision if revision is None else revision}
    sha256 = session.connection().execute(_DIGEST, asked).scalar_one()
    return published_as(session, sha256, *asked.values())


def published_as(session: Session, sha256: str, *revision: int | None) -> Published:
    """What was published under a digest, which is that of an edition's (id) revision."""
    return content_under(sha256, lambda: session.get_one(EditionRevision, revision).content)


def in_life(session: Session, batch: Batch, number: int, state: CodeState | None) -> CodeInLife:
    """A code of a batch as the rules see it, read from its rows; without a state it is untouched."""
    asked = {"edition": batch.edition_id, "batch": batch.id, "number": number}
    edition, zone, recalled = session.exec(_LIFE, params=asked).one()
    phase = state.phase if state else CodePhase.OPEN
    extended_until = state.extended_until if state else None
    return CodeInLife(batch, edition, zone, recalled, phase, extended_until)


def prices_of(session: Session, content: Published) -> Sequence[Price]:
    """The price history of everything an edition shows."""
    return session.exec(
        select(Price).where(Price.market_id == content.market, col(Price.item).in_(_items(content)))
    ).all()


def printings(session: Session, batch: Batch, numbers: range) -> Sequence[tuple[PrintRun, range]]:
    """Every run that printed or showed some of these codes, and the codes that came out of it."""
    rows = (
        select(PrintRun, PrintStop)
        .outerjoin(PrintStop, col(PrintStop.run_id) == PrintRun.id)
        .where(PrintRun.batch_id == batch.id, PrintRun.first_number < numbers.stop)
        .where(PrintRun.first_number + PrintRun.copies > numbers.start)
        .order_by(col(PrintRun.id))
    )
    printed = [(run, came_out(run, stop)) for run, stop in session.exec(rows)]
    return [(run, out) for run, out in printed if out and out.stop > numbers.start]


def repricings_of(session: Session, edition_id: int, bundle_id: int) -> Sequence[Repricing]:
    """What was decided about a bundle's paper when its price rose."""
    return session.exec(
        select(Repricing).where(Repricing.edition_id == edition_id, Repricing.bundle_id == bundle_id)
    ).all()


def contents_of(session: Session, edition_id: int) -> list[Published]:
    """What an edition said at each of its revisions, first to last."""
    rows = select(EditionRevision).where(EditionRevision.edition_id == edition_id)
    ordered = session.exec(rows.order_by(col(EditionRevision.revision)))
    return [content_of(row) for row in ordered]


def sales_of(session: Session, content: Published) -> Sequence[DailySale]:
    """What was sold of everything an edition shows."""
    of_market = select(DailySale).where(DailySale.market_id == content.market)
    return session.exec(of_market.where(col(DailySale.item).in_(_items(content)))).all()


def _items(content: Published) -> list[str]:
    """The names under which prices of what an edition shows are kept."""
    items = {bundle_item(content.campaign, bundle.slug) for bundle in content.bundles}
    return sorted(items | {line.sku for bundle in content.bundles for line in bundle.lines})


def claim_of(session: Session, number: int) -> Claim | None:
    """The claim of a code, if it was unlocked."""
    return session.exec(_CLAIM, params=_of(number)).first()


def entitlements_of(session: Session, number: int) -> Sequence[Entitlement]:
    """What a claim may still spend, by line."""
    return session.exec(_ENTITLEMENTS, params=_of(number)).all()


def redemptions_of(session: Session, number: int) -> Sequence[Redemption]:
    """Every redemption of a code, first to last."""
    return session.exec(
        select(Redemption)
        .where(Redemption.bucket == bucket_of(number), Redemption.number == number)
        .order_by(col(Redemption.seq))
    ).all()


def redemption_lines_of(session: Session, number: int, seq: int) -> Sequence[RedemptionLine]:
    """The lines of one redemption."""
    return session.exec(
        select(RedemptionLine)
        .where(
            RedemptionLine.bucket == bucket_of(number),
            RedemptionLine.number == number,
            RedemptionLine.seq == seq,
        )
        .order_by(col(RedemptionLine.line))
    ).all()


def units_out(session: Session, balance: Entitlement) -> list[tuple[RedemptionLine, int]]:
    """Every redeemed line of an entitlement, first to last, with how many of its units may be used again.

    Units that came back and are gone for good stay out.
    """
    line, back, effect = RedemptionLine, ReversalLine, ReversalEffect
    own = (line.bucket == balance.bucket, line.number == balance.number, line.line == balance.line)
    redeemed = session.exec(select(line).where(*own).order_by(col(line.seq))).all()
    of_return = (
        (col(effect.bucket) == back.bucket)
        & (col(effect.number) == back.number)
        & (col(effect.seq) == back.seq)
        & (col(effect.rev) == back.rev)
    )
    restored = (
        select(back)
        .outerjoin(effect, of_return)
        .where(back.bucket == balance.bucket, back.number == balance.number, back.line == balance.line)
        .where(col(effect.restored).is_not(False))
    )
    returned = session.exec(restored).all()
    return [
        (spent, sum(piece.quantity for piece in returned if piece.seq == spent.seq)) for spent in redeemed
    ]


def reversals_of(session: Session, number: int) -> Sequence[Reversal]:
    """Every reversal of a code's redemptions."""
    return session.exec(
        select(Reversal)
        .where(Reversal.bucket == bucket_of(number), Reversal.number == number)
        .order_by(col(Reversal.seq), col(Reversal.rev))
    ).all()


def reversal_lines_of(session: Session, number: int, seq: int) -> Sequence[ReversalLine]:
    """What all reversals together took back of one redemption, line by line."""
    return session.exec(
        select(ReversalLine)
        .where(
            ReversalLine.bucket == bucket_of(number),
            ReversalLine.number == number,
            ReversalLine.seq == seq,
        )
        .order_by(col(ReversalLine.rev), col(ReversalLine.line))
    ).all()


def reversal_effects_of(session: Session, number: int, seq: int) -> Sequence[ReversalEffect]:
    """What policies made of the reversals of one redemption; plain ones have none."""
    return session.exec(
        select(ReversalEffect).where(
            ReversalEffect.bucket == bucket_of(number),
            ReversalEffect.number == number,
            ReversalEffect.seq == seq,
        )
    ).all()


def first_answer(session: Session, number: int, client: str, key: str) -> FirstAnswer | None:
    """What a client's key was answered the first time."""
    return session.exec(_ANSWER, params={**_of(number), "client": client, "key": key}).first()


def answer_about(session: Session, number: int, client: str, verb: str, seq: int) -> FirstAnswer | None:
    """The first answer a client was given about one redemption of a code, under whatever key."""
    answers = session.exec(
        select(FirstAnswer)
        .where(
            FirstAnswer.bucket == bucket_of(number),
            FirstAnswer.number == number,
            FirstAnswer.client == client,
            FirstAnswer.verb == verb,
        )
        .order_by(col(FirstAnswer.answered_at))
    ).all()
    return next((answer for answer in answers if answer.answer.get("seq") == seq), None)


def placements_listed(session: Session, edition_id: int) -> Sequence[int]:
    """The placements an edition lists."""
    return session.exec(
        select(EditionPlacement.placement_id).where(EditionPlacement.edition_id == edition_id)
    ).all()
