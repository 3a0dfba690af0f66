"""Reading what is shown beside a code, or without one: an edition in public, frozen terms, pictures.

And how long what a phone holds will last.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import Session, col, select

from omni.domain.campaign import Edition, EditionState
from omni.domain.creative import Form
from omni.domain.market import Market
from omni.domain.offer import Picture, Rendition, picture_file
from omni.domain.placement import Placement
from omni.domain.published import Published, PublishedBundle, served_locales
from omni.domain.reference import NoReference, Reference
from omni.domain.rulebook import PageState, Stage, edition_page, stage_of
from omni.domain.terms import TermsVersion
from omni.store import finders
from omni.store.catalogue import Catalogue


@dataclass(frozen=True)
class BundleThere:
    """A bundle on offer with its price then, in minor units, and what that is compared with."""

    bundle: PublishedBundle
    price_minor: int | None
    item_prices_minor: tuple[int | None, ...]
    reference: Reference | NoReference | None


@dataclass(frozen=True)
class EditionInPublic:
    """A launched edition as anybody may read it at an instant, without a code."""

    edition: Edition
    market: Market
    content: Published
    state: PageState
    stage: Stage
    bundles: tuple[BundleThere, ...]

    @property
    def locales(self) -> tuple[str, ...]:
        """The locales it is published in, in the order of its market."""
        return served_locales(self.content, self.market)


def in_public(catalogue: Catalogue, now: datetime, key: str) -> EditionInPublic | None:
    """The edition written `campaign/market` as anybody may read it; None before it was launched."""
    edition = catalogue.edition_named(key)
    if edition is None or edition.state is EditionState.DRAFT:
        return None
    market, content = catalogue.markets[edition.market_id], catalogue.contents[edition.id or 0]
    return EditionInPublic(
        edition=edition,
        market=market,
        content=content,
        state=edition_page(edition, market.time_zone, now),
        stage=stage_of(edition, market.time_zone, now),
        bundles=tuple(_there(catalogue, now, edition.id or 0, bundle) for bundle in content.offered),
    )


def stores(session: Session, shown: EditionInPublic, today: date) -> Sequence[Placement]:
    """One place of each store where an edition is met on a day, in the order they were listed."""
    listed = finders.placements_listed(session, shown.edition.id or 0)
    wanted = select(Placement).where(col(Placement.id).in_(listed)).order_by(col(Placement.id))
    open_now = (place for place in session.exec(wanted) if place.has_door and place.is_open(today))
    return list({place.store_slug: place for place in open_now}.values())


def terms_version(session: Session, terms_id: int) -> TermsVersion:
    """The frozen terms of an id; every claim and every published locale names one."""
    return session.get_one(TermsVersion, terms_id)


def picture(session: Session, digest: str) -> Picture | None:
    """A picture by the hash of its bytes."""
    return session.get(Picture, digest)


def picture_bytes(session: Session, digest: str | None) -> bytes | None:
    """The bytes of a picture to be printed: its cut for paper, else itself; None where none is named."""
    if digest is None:
        return None
    for_paper = session.exec(
        select(Rendition.digest).where(Rendition.source == digest, Rendition.form == Form.PRINT)
    ).first()
    found = picture(session, for_paper or digest)
    return found.body if found else None


def pictures(session: Session, digests: Iterable[str]) -> Sequence[Picture]:
    """Pictures by the hashes of their bytes, in their order."""
    wanted = select(Picture).where(col(Picture.digest).in_(digests))
    return session.exec(wanted.order_by(col(Picture.digest))).all()


def printed_pictures(session: Session, content: Published) -> dict[str, bytes]:
    """Every picture of an edition by its digest, with its bytes for paper."""
    found = {digest: picture_bytes(session, digest) for digest in content.sources}
    return {digest: body for digest, body in found.items() if body is not None}


def picture_files(session: Session, content: Published) -> dict[str, str]:
    """Every picture of an edition by its digest, with its name as a file; the bytes stay where they are.

    One that was cut is called by a cut that every browser reads.
    """
    wanted = select(Picture.digest, Picture.media_type).where(col(Picture.digest).in_(content.sources))
    files = {digest: picture_file(digest, media_type) for digest, media_type in session.exec(wanted)}
    return {digest: content.cut_file(digest) or name for digest, name in files.items()}


def last_end(session: Session, numbers: Iterable[int]) -> datetime | None:
    """The instant the last of these claims ends; None when there is none."""
    claims = (finders.claim_of(session, number) for number in numbers)
    return max((claim.expires_at for claim in claims if claim is not None), default=None)


def _there(catalogue: Catalogue, now: datetime, edition_id: int, bundle: PublishedBundle) -> BundleThere:
    return BundleThere(
        bundle=bundle,
        price_minor=catalogue.price(edition_id, bundle.slug, now),
        item_prices_minor=tuple(catalogue.price(edition_id, line.sku, now) for line in bundle.lines),
        reference=catalogue.reference(edition_id, bundle, now),
    )
