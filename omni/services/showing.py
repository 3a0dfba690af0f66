"""Reading what is shown beside a code, or without one: an edition in public, frozen terms, pictures.

And how long what a phone holds will last.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from omni.domain.campaign import Edition, EditionState
from omni.domain.market import Market
from omni.domain.offer import Picture, picture_file
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


def terms_version(session: Session, terms_id: int) -> TermsVersion:
    """The frozen terms of an id; every claim and every published locale names one."""
    return session.get_one(TermsVersion, terms_id)


def picture(session: Session, digest: str) -> Picture | None:
    """A picture by the hash of its bytes."""
    return session.get(Picture, digest)


def picture_bytes(session: Session, digest: str | None) -> bytes | None:
    """The bytes of a picture to be printed; None where the content names none."""
    found = picture(session, digest) if digest else None
    return found.body if found else None


def pictures(session: Session, digests: Iterable[str]) -> Sequence[Picture]:
    """Pictures by the hashes of their bytes, in their order."""
    wanted = select(Picture).where(col(Picture.digest).in_(digests))
    return session.exec(wanted.order_by(col(Picture.digest))).all()


def picture_files(session: Session, content: Published) -> dict[str, str]:
    """Every picture of an edition by its digest, with its name as a file; the bytes stay where they are."""
    wanted = select(Picture.digest, Picture.media_type).where(col(Picture.digest).in_(content.pictures))
    return {digest: picture_file(digest, media_type) for digest, media_type in session.exec(wanted)}


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
