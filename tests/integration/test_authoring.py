"""Applying a campaign file: a new revision only where something changed, and nothing printed orphaned."""

import pytest
from sqlmodel import Session, func, select

from omni.app import Installation
from omni.domain.campaign import Edition
from omni.domain.campaign_file import CampaignFile
from omni.domain.offer import Picture
from omni.domain.price import Price
from omni.domain.refusal import BadInput
from omni.domain.terms import TermsVersion
from omni.services import showing
from omni.services.authoring import AppliedEdition
from omni.services.claiming import Claimed
from omni.store import counters, finders
from tests.integration.test_ledger import a_batch, spend, unlock
from tests.support.installations import DEMO, author, demo_file

FR = "double-11/fr"


@pytest.fixture
def is_everywhere() -> bool:
    return True


def apply(place: Installation, file: CampaignFile) -> dict[str, AppliedEdition]:
    with place.db.writing() as tx:
        return {done.key: done for done in author(tx, place.world.now(), file)}


def in_france(**changes: object) -> CampaignFile:
    file = demo_file()
    france = file.markets["fr"].model_copy(update=changes)
    return file.model_copy(update={"markets": {**file.markets, "fr": france}})


def how_many(session: Session, kind: type[Price] | type[TermsVersion] | type[Picture]) -> int:
    return session.exec(select(func.count()).select_from(kind)).one()


def test_the_same_file_again_changes_nothing(installation: Installation) -> None:
    with installation.db.reading() as session:
        before = [how_many(session, kind) for kind in (Price, TermsVersion, Picture)]
    applied = apply(installation, demo_file())
    assert {(done.revision, done.has_changed) for done in applied.values()} == {(1, False)}
    with installation.db.reading() as session:
        assert [how_many(session, kind) for kind in (Price, TermsVersion, Picture)] == before


def test_a_changed_price_is_a_row_more_and_a_revision_there_alone(installation: Installation) -> None:
    slug = next(iter(demo_file().bundles))
    prices = demo_file().markets["fr"].prices
    with installation.db.reading() as session:
        before = how_many(session, Price)
    applied = apply(installation, in_france(prices={**prices, slug: prices[slug] - 10}))
    assert applied[FR] == AppliedEdition(FR, 2, True)
    assert not any(done.has_changed for key, done in applied.items() if key != FR)
    with installation.db.reading() as session:
        assert how_many(session, Price) == before + 1
    amounts = [installation.catalogue.fresh().price(1, slug, installation.world.now())]
    with installation.db.reading() as session:
        edition = finders.edition_by_key(session, FR)
        assert edition.id == 1
        published = {price.item: price.amount_minor for price in finders.published(session, edition).prices}
    assert amounts == [published[f"double-11/{slug}"]] == [int((prices[slug] - 10) * 100)]


def test_changed_words_are_a_new_terms_version_and_the_old_one_stays(installation: Installation) -> None:
    with installation.db.reading() as session:
        edition = finders.edition_by_key(session, FR)
        old = finders.published(session, edition).terms["fr_FR"]
    apply(installation, in_france(minimum_basket=max(demo_file().markets["fr"].prices.values())))
    with installation.db.reading() as session:
        new = finders.published(session, finders.edition_by_key(session, FR)).terms["fr_FR"]
        assert new.version == old.version + 1
        assert session.get_one(TermsVersion, old.id).sha256 == old.sha256 != new.sha256


def test_a_file_that_fails_half_way_changed_nothing(installation: Installation) -> None:
    file = demo_file()
    taken = {"fr-paris-popup": next(iter(file.markets["de"].placements.values()))}
    germany = file.markets["de"].model_copy(update={"placements": taken})
    cheaper = {name: price - 1 for name, price in file.markets["fr"].prices.items()}
    france = file.markets["fr"].model_copy(update={"prices": cheaper})
    broken = file.model_copy(update={"markets": {**file.markets, "fr": france, "de": germany}})
    with installation.db.reading() as session:
        before = how_many(session, Price)
    with pytest.raises(BadInput, match="belongs to fr"):
        apply(installation, broken)
    with installation.db.reading() as session:
        assert how_many(session, Price) == before
        assert set(session.exec(select(Edition.revision))) == {1}


def test_a_bundle_no_longer_in_the_file_still_opens_and_is_issued_no_more(
    installation: Installation,
) -> None:
    file = demo_file()
    gone = list(file.bundles)[-1]
    batch = a_batch(installation, bundle=gone)
    bundles = {slug: bundle for slug, bundle in file.bundles.items() if slug != gone}
    markets = {
        name: part.model_copy(
            update={
                "prices": {item: price for item, price in part.prices.items() if item != gone},
                "stock": {},
                "receipts": None,
            }
        )
        for name, part in file.markets.items()
    }
    applied = apply(installation, file.model_copy(update={"bundles": bundles, "markets": markets}))
    assert applied[FR].has_changed
    assert isinstance(unlock(installation, batch, batch.first_number), Claimed)
    assert spend(installation, batch, batch.first_number)
    with pytest.raises(BadInput, match="bundle"):
        a_batch(installation, bundle=gone)
    assert not apply(installation, file.model_copy(update={"bundles": bundles, "markets": markets}))[
        FR
    ].has_changed
    assert apply(installation, file)[FR].has_changed
    assert a_batch(installation, bundle=gone).bundle_id == batch.bundle_id


def test_importing_again_does_not_refill_stock(installation: Installation) -> None:
    slug = next(iter(demo_file().bundles))
    apply(installation, in_france(stock={slug: 9}))
    with installation.db.writing() as tx:
        edition_id = finders.edition_by_key(tx, FR).id or 0
        left = counters.remaining(tx, edition_id, f"stock:{slug}")
        assert counters.take(tx, edition_id, f"stock:{slug}", 1)
    apply(installation, in_france(stock={slug: 9}))
    with installation.db.reading() as session:
        assert counters.remaining(session, edition_id, f"stock:{slug}") == (left or 0) - 1


def test_every_picture_is_there_once(installation: Installation) -> None:
    with installation.db.reading() as session:
        content = finders.published(session, finders.edition_by_key(session, FR))
        shown = {bundle.picture for bundle in content.bundles}
        shown |= {line.picture for bundle in content.bundles for line in bundle.lines}
        assert all(session.get(Picture, digest) for digest in shown if digest)


def test_the_logo_of_a_campaign_is_kept_for_its_paper_and_a_file_without_one_has_none(
    installation: Installation,
) -> None:
    drawn = (DEMO / "pictures" / "logo.svg").read_bytes()
    with installation.db.reading() as session:
        content = finders.published(session, finders.edition_by_key(session, FR))
        assert showing.picture_bytes(session, content.logo) == drawn
    applied = apply(installation, demo_file().model_copy(update={"logo": None}))
    assert applied[FR] == AppliedEdition(FR, 2, True)
    with installation.db.reading() as session:
        content = finders.published(session, finders.edition_by_key(session, FR))
        assert showing.picture_bytes(session, content.logo) is None
