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
from werkzeug.test import TestResponse

from omni.app import Installation, build_app
from omni.domain.batch import Batch
from omni.domain.campaign import EditionRevision
from omni.domain.people import Role
from omni.services import issuing, launching
from omni.store import finders
from tests.support.codes import a_batch, code_of
from tests.support.installations import FESTIVAL, Clock, author, demo_file, sandbox
from tests.support.screens import reprice
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
    reprice(installation, 4_321, FESTIVAL + timedelta(hours=1))
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


def test_a_screen_comes_again_by_itself_where_no_script_sees_to_it_also_after_an_error(
    installation: Installation, wall: FlaskClient
) -> None:
    a_screen(installation)
    page = wall.get(PARIS)
    assert '<noscript><meta http-equiv="refresh" content="30"></noscript>' in page.text
    assert "Refresh" not in page.headers
    missing = wall.get("/screen/nowhere")
    assert (missing.status_code, missing.headers["Refresh"]) == (404, "30")
    assert "Refresh" not in wall.get("/").headers


def test_only_screens_run_scripts_and_only_ours(installation: Installation, wall: FlaskClient) -> None:
    a_screen(installation)
    policy = wall.get(PARIS).headers["Content-Security-Policy"]
    for rule in ("script-src 'self'", "connect-src 'self'", "worker-src 'self'"):
        assert rule in policy.split("; ")
    # The worker lives by the policy of its own file.
    assert "connect-src 'self'" in wall.get("/screen/keeper.js").headers["Content-Security-Policy"]
    assert "script-src" not in wall.get("/screen/nowhere").headers["Content-Security-Policy"]


def shown(page: TestResponse) -> str:
    """What a page says it shows, for the screen to compare."""
    found = re.search(r'data-shows="(\w+)"', page.text)
    assert found is not None
    return found[1]


@pytest.mark.parametrize("query", ["", "?lang=en", "?overlay=1"])
def test_the_state_of_a_screen_is_that_of_its_page_and_says_when_it_is_another(
    installation: Installation, wall: FlaskClient, clock: Clock, query: str
) -> None:
    a_screen(installation)
    page, state = wall.get(PARIS + query), wall.get(f"{PARIS}/state{query}")
    assert state.json is not None
    assert set(state.json) == {"version", "state", "refresh", "shows", "at"}
    assert (state.json["state"], state.json["refresh"]) == ("offer", 30)
    assert state.json["version"] in page.text
    clock.at += timedelta(minutes=1)
    assert state.json["shows"] == shown(page) == shown(wall.get(PARIS + query))
    reprice(installation, 4_321, clock.at)
    assert wall.get(f"{PARIS}/state{query}").get_json()["shows"] != shown(page)
    steer(installation, launching.pause, reason="safety-recall")
    assert wall.get(f"{PARIS}/state{query}").get_json()["state"] == "paused"


def test_screen_and_page_say_the_same_version_before_and_after_it_changes(
    installation: Installation, app: Flask, wall: FlaskClient, clock: Clock
) -> None:
    code = code_of(installation, a_screen(installation))
    said = []
    for shop in ("https://larkfell.example/old", "https://larkfell.example/new"):
        with installation.db.writing() as tx:
            author(tx, clock.at, demo_file().model_copy(update={"shop": shop}))
        installation.catalogue.fresh()
        said.append(wall.get(f"{PARIS}/state").get_json()["version"])
        for page in (wall.get(PARIS), app.test_client().get(f"/c/{code}")):
            assert f'<bdi class="version" dir="ltr">{said[-1]}</bdi>' in page.text
    assert re.fullmatch(r"r2 · [0-9a-f]{8}", said[0])
    assert re.fullmatch(r"r3 · [0-9a-f]{8}", said[1])


def test_a_screen_knows_the_end_of_its_offer_and_the_next_price(
    installation: Installation, wall: FlaskClient
) -> None:
    a_screen(installation)
    assert 'data-holds-until="2026-12-31T23:00:00+00:00"' in wall.get(PARIS).text
    reprice(installation, 4_321, FESTIVAL + timedelta(hours=1))
    page = wall.get(PARIS).text
    assert 'data-holds-until="2026-11-11T11:00:00+00:00"' in page
    assert 'data-ends-at="2026-12-31T23:00:00+00:00"' in page


def test_a_screen_may_keep_to_one_language_of_its_market(
    installation: Installation, wall: FlaskClient
) -> None:
    a_screen(installation, "ca-qc", "montreal")
    path = "/screen/ca-qc-montreal-screen"
    assert [tag for tag, *_ in _SECTION.findall(wall.get(f"{path}?lang=en").text)] == ["en-CA"]
    for nonsense in ("ja", "", "%00", "x" * 500):
        tags = [tag for tag, *_ in _SECTION.findall(wall.get(f"{path}?lang={nonsense}").text)]
        assert tags == ["fr-CA", "en-CA"]


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
