"""Which printed addresses were opened from outside. Paper cannot be corrected, so this comes before it."""

from datetime import datetime
from urllib.parse import urlsplit

from sqlmodel import Session, col, select

from omni.domain.campaign import Edition, EditionState, ReachedHost
from omni.domain.placement import EditionPlacement, Placement
from omni.store.rows import insert_if_absent


def is_reached(session: Session, host: str) -> bool:
    """Whether a code of this installation was ever opened at a printed address, such as https://go.example.com."""
    return session.get(ReachedHost, _name(host)) is not None


def record_reach(tx: Session, now: datetime, host: str) -> None:
    """Write down that a code was opened at a printed address; the first time counts."""
    insert_if_absent(tx, ReachedHost, host=_name(host), reached_at=now)


def anywhere(session: Session) -> tuple[Edition, Placement] | None:
    """A campaign and one of its places to issue a code for, one that is live if there is any."""
    somewhere = (
        select(Edition, Placement)
        .join(EditionPlacement, col(EditionPlacement.edition_id) == Edition.id)
        .join(Placement, col(Placement.id) == EditionPlacement.placement_id)
        .where(Edition.state != EditionState.ENDED, Edition.revision > 0)
        .order_by(col(Edition.state) != EditionState.LIVE, col(Edition.id), col(Placement.id))
    )
    return session.exec(somewhere).first()


def _name(host: str) -> str:
    return urlsplit(host).netloc
