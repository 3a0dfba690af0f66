"""The in-store screen: what a place's shared code leads to now, and never a bare error on the wall."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlmodel import select

from omni.app import Installation, build_app
from omni.domain.batch import Batch
from omni.domain.campaign import EditionRevision
from omni.domain.people import Role
from omni.domain.price import Price, bundle_item
from omni.services import issuing, launching
from omni.store import finders
from omni.store.catalogue import has_changed
from tests.support.codes import a_batch, code_of
from tests.support.installations import FESTIVAL, Clock, sandbox
from tests.support.shopper import headline, scans
from tests.support.staff import signed_in
from tests.support.surfaces import minor_units, on_page

pytestmark = pytest.mark.pages

PARIS = "/screen/fr-paris-screen"
_AMOUNT = re.compile(r'<bdi class="amount">(.*?)</bdi>')
_SECTION = re.compile(r'<section lang="([^"]+)" dir="([^"]+)">(.*?)</section>', re.DOTALL)


@pytest.fixture
def wall(app: Flask) -> FlaskClient:
    """A browser that nobody touches."""
    return app.test_client()


def a_screen(place: Installation, market: str = "fr", city: str = "paris") -> Batch:
    """The shared code issued for a market's screen."""
    return a_batch(
        place, edition=f"double-11/{market}", placement=f"{market}-{city}-screen", shared=True, count=100
    )


def steer(place: Installation, step: Callable[..., object], **how: str) -> None:
    """Do to the French edition what a marketer can."""
    with place.db.writing() as tx:
        edition = finders.edition_by_key(tx, "double-11/fr")
        assert step(tx, place.world.now(), edition=edition, by="tests", **how)
    place.catalogue.fresh()


def reprice(place: Installation, batch: Batch, amount_minor: int, since: datetime) -> None:
    catalogue = place.catalogue.fresh()
    content = catalogue.contents[batch.edition_id]
    market = catalogue.markets[content.market]
    with place.db.writing() as tx:
        tx.add(
            Price(
                market_id=market.id,
                item=bundle_item(content.campaign, content.bundle(batch.bundle_id).slug),
                amount_minor=amount_minor,
                currency=market.currency,
                valid_from=since,
                recorded_at=place.world.now(),
                source="test",
            )
        )
        has_changed(tx)
    place.catalogue.fresh()


def test_a_screen_shows_the_offer_its_symbol_and_its_host(
    installation: Installation, wall: FlaskClient
) -> None:
    code = code_of(installation, a_screen(installation))
    page = wall.get(PARIS)
    assert page.status_code == 200
    assert f"<title>{code}</title>" in page.text
    assert "GO.LARKFELL.EXAMPLE" in page.text
    assert "/pictures/" in page.text
    assert "Scannez" in page.text


def test_a_screen_says_the_price_of_its_page_before_and_after_it_changes(
    installation: Installation, app: Flask, wall: FlaskClient, clock: Clock
) -> None:
    batch = a_screen(installation)
    reprice(installation, batch, 4_321, FESTIVAL + timedelta(hours=1))
    said = []
    for clock.at in (FESTIVAL, FESTIVAL + timedelta(hours=2)):
        found = _AMOUNT.search(wall.get(PARIS).text)
        assert found is not None
        said.append(minor_units(unescape(found[1])))
        assert said[-1] == on_page(app, code_of(installation, batch), {"Accept-Language": "ar"})
    assert said[0] != said[1] == 4_321


def test_the_market_s_legal_words_stand_beside_the_price(
    installation: Installation, wall: FlaskClient
) -> None:
    a_screen(installation)
    a_screen(installation, "ca-qc", "montreal")
    assert "Prix le plus bas des 30 derniers jours" in unescape(wall.get(PARIS).text)
    assert "TPS et TVQ" in wall.get("/screen/ca-qc-montreal-screen").text


def test_a_screen_speaks_the_languages_the_law_wants_in_its_order_whatever_the_browser_asks(
    installation: Installation, wall: FlaskClient
) -> None:
    a_screen(installation, "ca-qc", "montreal")
    a_screen(installation, "sa", "riyadh")
    asked = {"Accept-Language": "de"}
    quebec = _SECTION.findall(wall.get("/screen/ca-qc-montreal-screen", headers=asked).text)
    assert [(tag, way) for tag, way, _ in quebec] == [("fr-CA", "ltr"), ("en-CA", "ltr")]
    assert 'dir="rtl"' in wall.get("/screen/sa-riyadh-screen", headers=asked).text.partition("<head>")[0]


def test_looking_at_a_screen_is_no_scan_and_leaves_nothing_behind(
    installation: Installation, wall: FlaskClient
) -> None:
    a_screen(installation)
    for method in ("GET", "HEAD"):
        page = wall.open(PARIS, method=method)
        assert "Set-Cookie" not in page.headers
        assert "no-store" in page.headers["Cache-Control"]
    assert scans(installation) == []


def test_a_screen_asks_again_by_itself_also_after_an_error(
    installation: Installation, wall: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_screen(installation)
    assert wall.get(PARIS).headers["Refresh"] == "30"
    missing = wall.get("/screen/nowhere")
    assert (missing.status_code, missing.headers["Refresh"]) == (404, "30")
    assert "Refresh" not in wall.get("/").headers


def test_a_screen_and_its_error_page_may_each_carry_their_own_style(
    installation: Installation, wall: FlaskClient
) -> None:
    a_screen(installation)
    own, others = (wall.get(path).headers["Content-Security-Policy"] for path in (PARIS, "/screen/nowhere"))
    assert own != others == wall.get("/").headers["Content-Security-Policy"]


def test_a_paused_offer_shows_no_goods_and_no_symbol_but_why(
    installation: Installation, wall: FlaskClient
) -> None:
    a_screen(installation)
    steer(installation, launching.pause, reason="safety-recall")
    page = wall.get(PARIS)
    assert page.status_code == 200
    assert headline(page) == "L’offre est en pause"
    assert "/pictures/" not in page.text
    assert 'class="code"' not in page.text
    assert _AMOUNT.search(page.text) is None
    steer(installation, launching.resume)
    assert 'class="code"' in wall.get(PARIS).text


def test_before_its_first_day_an_offer_is_announced_without_a_symbol(
    installation: Installation, wall: FlaskClient, clock: Clock
) -> None:
    a_screen(installation)
    clock.at = datetime(2026, 10, 30, tzinfo=UTC)
    page = wall.get(PARIS)
    assert "1er novembre 2026" in page.text
    assert "/pictures/" in page.text
    assert 'class="code"' not in page.text


def test_after_its_last_day_a_screen_says_so(
    installation: Installation, wall: FlaskClient, clock: Clock
) -> None:
    a_screen(installation)
    clock.at = datetime(2027, 1, 3, tzinfo=UTC)
    page = wall.get(PARIS)
    assert "31 décembre 2026" in headline(page)
    assert "/pictures/" not in page.text


@pytest.mark.parametrize("what", ["nothing was issued", "ended by hand", "withdrawn"])
def test_a_screen_without_a_code_shows_a_name_and_no_error(
    installation: Installation, wall: FlaskClient, what: str
) -> None:
    if what != "nothing was issued":
        batch = a_screen(installation)
    if what == "ended by hand":
        steer(installation, launching.end)
    if what == "withdrawn":
        with installation.db.writing() as tx:
            now = installation.world.now()
            issuing.recall(tx, now, batch_id=batch.id or 0, first=1, count=1, reason="misprint", by="tests")
        installation.catalogue.fresh()
    page = wall.get(PARIS)
    assert page.status_code == 200
    assert headline(page) == ("Le double 11" if what == "withdrawn" else "Larkfell Paris Canal")
    assert 'class="code"' not in page.text


def test_the_small_line_is_the_revision_and_the_hash_kept_with_it(
    installation: Installation, wall: FlaskClient
) -> None:
    batch = a_screen(installation)
    with installation.db.reading() as session:
        kept = session.exec(
            select(EditionRevision).where(EditionRevision.edition_id == batch.edition_id)
        ).one()
    assert f"r{kept.revision} · {kept.sha256[:8]}<" in wall.get(PARIS).text


def test_a_screen_of_a_sandbox_says_test(installation: Installation) -> None:
    a_screen(installation)
    page = build_app(sandbox(installation)).test_client().get(PARIS).text
    assert ">TEST</text>" in page
    assert 'class="band"' in page


def test_the_marketers_page_leads_to_every_screen_that_shows_a_code(
    installation: Installation, wall: FlaskClient
) -> None:
    marketer = signed_in(installation, "Ada", Role.MARKETER)
    assert "/screen/" not in marketer.get("/studio/campaigns").text
    a_screen(installation)
    a_batch(installation, shared=True)
    led = re.findall(r'href="(/screen/[^"]+)"', marketer.get("/studio/campaigns").text)
    assert led == [PARIS]
    assert wall.get(led[0]).status_code == 200
