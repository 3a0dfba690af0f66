"""What people name when they speak of things: editions, places, batches; found, or Unknown."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import Session, col, func, select

from omni.domain.batch import Batch, Recall
from omni.domain.campaign import Campaign, Edition
from omni.domain.market import Market
from omni.domain.placement import EditionPlacement, Placement
from omni.domain.refusal import Reason, Unknown
from omni.store import finders


@dataclass(frozen=True)
class NamedEdition:
    """An edition with the campaign and market it is named by."""

    edition: Edition
    campaign: Campaign
    market: Market

    @property
    def key(self) -> str:
        """The edition as commands write it: campaign/market."""
        return f"{self.campaign.slug}/{self.market.id}"


def edition_named(session: Session, key: str) -> Edition:
    """The edition written `campaign/market`. Raises Unknown."""
    return finders.edition_by_key(session, key)


def placement_named(session: Session, slug: str) -> Placement:
    """The place of a slug. Raises Unknown."""
    return finders.placement_by_slug(session, slug)


def batch_numbered(session: Session, batch_id: int) -> Batch:
    """A batch by its id. Raises Unknown."""
    batch = session.get(Batch, batch_id)
    if batch is None:
        raise Unknown(Reason.UNKNOWN_BATCH, str(batch_id))
    return batch


def recalls_of(session: Session, batch_id: int) -> Sequence[Recall]:
    """What of a batch was taken back."""
    return session.exec(select(Recall).where(Recall.batch_id == batch_id)).all()


def editions(session: Session, campaign: str | None = None) -> list[NamedEdition]:
    """Every edition, of one campaign or of all, by campaign and market."""
    rows = select(Edition, Campaign, Market).join(Campaign).join(Market)
    if campaign is not None:
        rows = rows.where(Campaign.slug == campaign)
    ordered = rows.order_by(col(Campaign.slug), col(Market.id))
    return [NamedEdition(*row) for row in session.exec(ordered)]


def placements(session: Session, edition: Edition | None = None) -> Sequence[tuple[Placement, int]]:
    """Every place, or an edition's, with how many batches were issued for it."""
    issued = func.count(col(Batch.id))
    rows = select(Placement, issued).outerjoin(Batch, col(Batch.placement_id) == Placement.id)
    if edition is not None:
        rows = rows.join(EditionPlacement, col(EditionPlacement.placement_id) == Placement.id)
        rows = rows.where(EditionPlacement.edition_id == edition.id)
    return session.exec(rows.group_by(col(Placement.id)).order_by(col(Placement.slug))).all()
