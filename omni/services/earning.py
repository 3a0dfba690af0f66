"""What a receipt earns by the rules of an edition, and how often a member earned it before."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from sqlmodel import Session, col, select

from omni.domain.batch import Batch
from omni.domain.campaign import Edition
from omni.domain.placement import Placement
from omni.domain.published import Published, PublishedBundle
from omni.domain.receipt import MemberUse, Receipt
from omni.domain.receipt_facts import ReceiptFacts, facts_of
from omni.domain.receipt_rule import Earned, ReceiptRule, decide, is_counted, limited_bundles
from omni.domain.receipt_trial import TrialGround, TriedReceipt
from omni.domain.record import Origin
from omni.services import issuing, naming
from omni.store import finders
from omni.store.rows import insert_if_absent


@dataclass(frozen=True)
class Member:
    """Somebody the till names, by a keyed hash, in one edition; None where nobody was named."""

    member_hash: str | None
    edition_id: int


NOBODY = Member(None, 0)
"""Whose history limits nothing and is not kept."""


def rules_of(content: Published) -> tuple[ReceiptRule, ...]:
    """The receipt rules of an edition; where none is written, every receipt earns the same bundle."""
    return content.policies.receipts or (ReceiptRule(gives=content.receipts_bundle),)


def earned_by(
    tx: Session, now: datetime, *, content: Published, facts: ReceiptFacts, member: Member
) -> Earned:
    """What a receipt earns; of a member's two receipts at once, the second waits for the first."""
    rules = rules_of(content)
    if member.member_hash is None:
        return decide(rules, facts)
    bundles = [issuing.bundle_named(content, slug) for slug in limited_bundles(rules, facts)]
    uses = {bundle.slug: _locked(tx, now, member, bundle) for bundle in bundles}
    since = {slug: now - use.last_at for slug, use in uses.items() if use.uses}
    return decide(rules, replace(facts, since=since))


def remember(
    tx: Session, now: datetime, *, content: Published, bundle: PublishedBundle, member: Member
) -> None:
    """Write down that a member earned a bundle, where a rule asks; by our clock, as those of tills differ."""
    if member.member_hash is not None and is_counted(rules_of(content), bundle.slug):
        use = _locked(tx, now, member, bundle)
        use.uses, use.last_at = use.uses + 1, now


def trial_ground(session: Session, edition: Edition) -> TrialGround:
    """What receipts are tried against: the newest rules of an edition, and the places it lists."""
    return TrialGround(
        rules=rules_of(finders.published(session, edition)),
        market=finders.market_of(session, edition.market_id),
        places={placement.slug: placement for placement, _ in naming.placements(session, edition)},
    )


def last_receipts(session: Session, edition: Edition, *, since: datetime) -> Iterator[TriedReceipt]:
    """The receipts that earned a code since then, oldest first, as far as they are kept: without items."""
    market = finders.market_of(session, edition.market_id)
    found = session.exec(
        select(Receipt, Placement)
        .join(Batch, col(Batch.id) == Receipt.batch_id)
        .join(Placement, col(Placement.id) == Receipt.placement_id)
        .where(Batch.edition_id == edition.id, Receipt.origin == Origin.LIVE, Receipt.recorded_at >= since)
        .order_by(col(Receipt.recorded_at), col(Receipt.number))
        .execution_options(yield_per=1000)
    )
    for receipt, placement in found:
        yield TriedReceipt(
            facts_of(
                placement,
                market,
                at=receipt.printed_at,
                total_minor=receipt.total_minor,
                is_member=receipt.member_hash is not None,
            ),
            receipt.member_hash,
        )


def _locked(tx: Session, now: datetime, member: Member, bundle: PublishedBundle) -> MemberUse:
    """What is known of a member and a bundle, held until the transaction ends."""
    key = {
        "member_hash": member.member_hash,
        "edition_id": member.edition_id,
        "what": f"bundle-{bundle.id}",
    }
    insert_if_absent(tx, MemberUse, **key, uses=0, last_at=now)
    return tx.exec(
        select(MemberUse).filter_by(**key).with_for_update().execution_options(populate_existing=True)
    ).one()
