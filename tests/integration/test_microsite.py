"""The public page of an edition: one address for each language, the same for everybody, kept by caches."""

import gzip
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest

from omni.app import Installation, build_app
from omni.domain.campaign import EditionState
from omni.domain.price import Price, bundle_item
from omni.services import launching, opening, showing
from omni.store import finders
from omni.store.catalogue import has_changed
from tests.support import surfaces
from tests.support.codes import a_batch, code_of
from tests.support.installations import FESTIVAL, Clock, author, demo_file, sandbox
from tests.support.shopper import Shopper, another, headline, scans

pytestmark = pytest.mark.pages

FRENCH = "/fr/fr-FR/double-11/"
FIRST_VIEW_BYTES = 14_000
SECOND = timedelta(seconds=1)
# The demo's days in France as instants: it opens; unlocking, using and returning are over.
OPENS = datetime(2026, 10, 31, 23, tzinfo=UTC)
LAST_UNLOCK = datetime(2026, 12, 31, 23, tzinfo=UTC)
LAST_USE = datetime(2027, 1, 14, 23, tzinfo=UTC)
RETURNS = datetime(2027, 1, 31, 23, tzinfo=UTC)
EVERY_DAY = (
    OPENS - SECOND,
    OPENS,
    LAST_UNLOCK - SECOND,
    LAST_UNLOCK,
    LAST_USE - SECOND,
    LAST_USE,
    RETURNS - SECOND,
    RETURNS,
)
HELD = "A discount code you already received can be used until 14 January 2027."
PAST = "Its discount codes could be used until 14 January 2027."


@pytest.fixture
def is_everywhere() -> bool:
    return True


def change(place: Installation, verb: Callable[..., object], market: str = "fr", **details: object) -> None:
    """Pause, resume or end an edition."""
    with place.db.writing() as tx:
        edition = finders.edition_by_key(tx, f"double-11/{market}")
        assert verb(tx, place.world.now(), edition=edition, by="tests", **details)
    place.catalogue.fresh()


def addresses(place: Installation) -> list[str]:
    """Every public page there is."""
    catalogue = place.catalogue.fresh()
    keys = [catalogue.edition_key(edition) for edition in catalogue.editions]
    shown = [showing.in_public(catalogue, place.world.now(), key) for key in keys]
    return [
        f"/{each.market.id}/{locale.replace('_', '-')}/double-11/"
        for each in shown
        if each
        for locale in each.locales
    ]


def alternates(text: str) -> list[tuple[str, str]]:
    """The same page elsewhere, as a page or an entry of the sitemap names it."""
    return re.findall(r'rel="alternate" hreflang="([^"]+)" href="([^"]+)"', text)


def totals(page: str) -> list[int]:
    """The price of each bundle that the page of all lists, in minor units."""
    found = re.findall(r'<a class="what" href=.*?<bdi class="amount">(.*?)</bdi>', page, re.DOTALL)
    return [surfaces.minor_units(unescape(amount)) for amount in found]


def test_it_shows_every_bundle_with_its_price_delivery_days_and_terms(shopper: Shopper) -> None:
    page = shopper.open("/fr/en-FR/double-11/").text
    shown = showing.in_public(shopper.place.catalogue.fresh(), FESTIVAL, "double-11/fr")
    assert shown is not None
    content = shown.content
    assert len(totals(page)) == len(content.bundles)
    assert 'class="earlier"' not in page
    for bundle, total in zip(content.bundles, totals(page), strict=True):
        address = f"/fr/en-FR/double-11/{bundle.slug}/"
        assert f'href="{address}"' in page
        own = shopper.open(address).text
        names = (bundle.names, *(line.names for line in bundle.lines))
        assert [each["en_FR"] for each in names if each["en_FR"] not in own] == []
        assert surfaces.total_of(own) == total
        assert own.count('class="earlier"') == 2
        assert "Read the conditions in full" in own
    for said in (
        "Delivers only to: France and Monaco",
        "Get it until 31 December 2026, use it until 14 January 2027 (days in Paris).",
        "You get it with the code on a receipt or poster from our stores.",
        content.seller.registration,
    ):
        assert said in page
    assert '<a class="go" href="/?lang=en-FR">' in page
    ids = re.findall(r' id="([^"]+)"', page)
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize(
    "spelled",
    [
        "/fr/fr/double-11/",
        "/fr/fr_FR/double-11/",
        "/fr/FR-fr/double-11/",
        "/fr/fr-FR/double-11",
        "/fr/fr-CA/double-11/?utm_source=mail",
    ],
)
def test_every_spelling_leads_to_one_address(shopper: Shopper, spelled: str) -> None:
    answer = shopper.open(spelled)
    assert (answer.status_code, answer.headers["Location"]) == (301, FRENCH)
    assert shopper.open(FRENCH).status_code == 200


def test_a_script_that_matters_is_kept(shopper: Shopper) -> None:
    assert shopper.open("/cn/zh_CN/double-11/").headers["Location"] == "/cn/zh-Hans-CN/double-11/"
    assert shopper.open("/cn/zh-TW/double-11/").status_code == 404


@pytest.mark.parametrize(
    "address",
    [
        "/fr/ja/double-11/",
        "/fr/fr-FR/double-12/",
        "/xx/fr-FR/double-11/",
        "/fr/klingon!/double-11/",
        "/fr/v1/double-11/",
        "/fr/fr-FR/double-11/more",
    ],
)
def test_what_is_not_there_is_not_found(shopper: Shopper, address: str) -> None:
    assert shopper.open(address).status_code == 404


def test_an_unknown_address_of_the_api_is_still_a_problem_of_the_api(shopper: Shopper) -> None:
    answer = shopper.open("/api/v1/nothing")
    assert (answer.status_code, answer.mimetype) == (404, "application/problem+json")


def test_before_the_launch_nothing_is_there(fresh_shopper: Shopper) -> None:
    assert fresh_shopper.open(FRENCH).status_code == 404


@pytest.fixture
def fresh_shopper(shopper: Shopper) -> Shopper:
    """A shopper where the edition in France was never launched."""
    with shopper.place.db.writing() as tx:
        edition = finders.edition_by_key(tx, "double-11/fr")
        edition.state = EditionState.DRAFT
        tx.add(edition)
        has_changed(tx)
    shopper.place.catalogue.fresh()
    return shopper


def test_whoever_asks_gets_the_same_bytes_and_leaves_no_trace(shopper: Shopper) -> None:
    plain = shopper.open(FRENCH)
    asked = another(shopper, "ja").open(f"{FRENCH}?lang=ja", User_Agent="WhatsApp/2.23", Cookie="omni_held=x")
    assert plain.data == asked.data
    assert '<html lang="fr' in plain.text
    for answer in (plain, asked):
        assert "Set-Cookie" not in answer.headers
        assert "Vary" not in answer.headers
        assert re.findall("<script[^>]*>", answer.text) == ['<script type="application/ld+json">']
    assert scans(shopper.place) == []


def test_it_is_kept_for_a_minute_and_asked_for_by_its_hash(shopper: Shopper) -> None:
    first = shopper.open(FRENCH)
    assert first.headers["Cache-Control"] == "public, max-age=60"
    again = shopper.open(FRENCH, If_None_Match=first.headers["ETag"])
    assert (again.status_code, again.data) == (304, b"")
    head = shopper.open(FRENCH, method="HEAD")
    assert (head.status_code, head.headers["ETag"], head.data) == (200, first.headers["ETag"], b"")
    change(shopper.place, launching.end)
    assert shopper.open(FRENCH, If_None_Match=first.headers["ETag"]).status_code == 200


def test_search_engines_may_read_it_only_at_a_public_address(shopper: Shopper) -> None:
    public = shopper.open(FRENCH)
    assert public.headers["X-Robots-Tag"] == "all"
    assert "noindex" not in public.text
    trial = build_app(sandbox(shopper.place)).test_client().get(FRENCH)
    assert trial.headers["X-Robots-Tag"] == "noindex"
    assert '<meta name="robots" content="noindex">' in trial.text
    assert 'class="band"' in trial.text


def test_it_names_its_address_and_its_other_languages(shopper: Shopper) -> None:
    page = shopper.open("/kz/ru-KZ/double-11/").text
    host = "https://go.larkfell.example"
    assert f'<link rel="canonical" href="{host}/kz/ru-KZ/double-11/">' in page
    others = alternates(page)
    own = {"kk-KZ": "kk-KZ", "ru-KZ": "ru-KZ", "en-KZ": "en"}
    assert others[:3] == [(tag, f"{host}/kz/{path}/double-11/") for tag, path in own.items()]
    assert others[-1] == ("x-default", f"{host}/fr/en-FR/double-11/")
    assert {url.removeprefix(host) for _, url in others} == set(addresses(shopper.place))
    assert len(dict(others)) == len(others) == 41


@pytest.mark.parametrize("part", ["", "ski/", "terms/", "stores/"])
def test_every_page_and_the_sitemap_name_the_same_family(shopper: Shopper, part: str) -> None:
    host = "https://go.larkfell.example"
    there = shopper.open(f"/jp/ja-JP/double-11/{part}").text
    family = dict(alternates(there))
    assert family["ja-JP"] == f"{host}/jp/ja-JP/double-11/{part}"
    here = shopper.open(family["ar-SA"].removeprefix(host)).text
    assert dict(alternates(here)) == family
    entries = shopper.open("/sitemap.xml").text.split("<url>")[1:]
    own = next(entry for entry in entries if f"<loc>{family['ja-JP']}</loc>" in entry)
    assert dict(alternates(own)) == family
    assert len(entries) == 40 * 7


def test_crawlers_may_read_a_public_site_and_no_trial(shopper: Shopper) -> None:
    public = shopper.open("/robots.txt").text
    assert public == "User-agent: *\nAllow: /\n\nSitemap: https://go.larkfell.example/sitemap.xml\n"
    trial = build_app(sandbox(shopper.place)).test_client().get("/robots.txt")
    assert trial.text == "User-agent: *\nDisallow: /\n"


def test_the_only_bundle_of_a_campaign_stands_at_its_home(shopper: Shopper) -> None:
    file = demo_file()
    france = file.markets["fr"]
    prices = {name: price for name, price in france.prices.items() if name not in ("ski", "rain")}
    france = france.model_copy(update={"prices": prices, "receipts": None, "stock": {}})
    only = {"bundles": {"tea": file.bundles["tea"]}, "markets": {"fr": france}}
    with shopper.place.db.writing() as tx:
        author(tx, shopper.place.world.now(), file.model_copy(update=only))
    shopper.place.catalogue.fresh()
    assert 'class="total"' in shopper.open(FRENCH).text
    answer = shopper.open(f"{FRENCH}tea/")
    assert (answer.status_code, answer.headers["Location"]) == (301, FRENCH)
    assert shopper.open(f"{FRENCH}ski/").status_code == 404


def test_its_stores_have_addresses_and_maps_that_are_only_linked(shopper: Shopper) -> None:
    page = shopper.open("/fr/en-FR/double-11/stores/").text
    assert "11 quai de l’Alouette, 75010 Paris" in unescape(page)
    links = re.findall(
        r'<a href="https://www.openstreetmap.org/search\?query=([^"]+)" rel="noreferrer"', page
    )
    assert [link.startswith("11+quai+de+l") for link in links] == [True]
    assert page.count("https://www.openstreetmap.org") == 1


def test_its_terms_in_full_are_the_frozen_ones(shopper: Shopper) -> None:
    shown = showing.in_public(shopper.place.catalogue.fresh(), FESTIVAL, "double-11/fr")
    assert shown is not None
    with shopper.place.db.reading() as session:
        clauses = showing.terms_version(session, shown.content.terms["fr_FR"].id).clauses
    page = unescape(shopper.open(f"{FRENCH}terms/").text)
    assert [clause["text"] for clause in clauses if "text" in clause and clause["text"] not in page] == []


def test_every_page_fits_the_first_round_trip_and_shows_pictures_that_are_there(shopper: Shopper) -> None:
    every = addresses(shopper.place)
    assert len(every) == 40
    pictures: set[str] = set()
    for address in (f"{home}{part}" for home in every for part in ("", "ski/", "terms/")):
        answer = shopper.open(address)
        assert answer.status_code == 200, address
        assert len(gzip.compress(answer.data)) <= FIRST_VIEW_BYTES, address
        pictures |= set(re.findall(r'src="([^"]+)"', answer.text))
    for picture in pictures:
        assert picture.endswith(".svg")
        assert shopper.open(picture).mimetype == "image/svg+xml"
    assert shopper.open(picture.replace(".svg", ".png")).status_code == 404


@pytest.mark.parametrize("at", EVERY_DAY)
def test_it_says_what_the_page_of_an_untouched_code_says(
    shopper: Shopper, clock: Clock, at: datetime
) -> None:
    place = shopper.place
    batch = a_batch(place)
    for verb, details in ((None, {}), (launching.pause, {"reason": "technical"}), (launching.end, {})):
        if verb:
            change(place, verb, **details)
        catalogue = place.catalogue.fresh()
        shown = showing.in_public(catalogue, at, "double-11/fr")
        code = opening.look_unread(at, catalogue=catalogue, batch=batch, number=batch.first_number)
        assert shown is not None
        assert shown.state is code.state


@pytest.mark.parametrize(
    "at, first, said, unsaid",
    [
        (OPENS - SECOND, "This offer opens on 1 November 2026", ("local time in Paris",), (HELD, "/?lang")),
        (OPENS, "Double 11", ("Get it until 31 December 2026",), (HELD,)),
        (LAST_UNLOCK, "This offer ended on 31 December 2026", (HELD,), (PAST, "/?lang", "Get it until")),
        (LAST_USE, "This offer ended on 31 December 2026", (PAST, "Returns until"), (HELD,)),
        (RETURNS, "This offer ended on 31 December 2026", (PAST, "Returns ended on"), (HELD,)),
    ],
)
def test_before_and_after_its_days_it_says_so(
    shopper: Shopper, clock: Clock, at: datetime, first: str, said: tuple[str, ...], unsaid: tuple[str, ...]
) -> None:
    clock.at = at
    answer = shopper.open("/fr/en-FR/double-11/")
    assert (answer.status_code, headline(answer)) == (200, first)
    assert [words for words in said if words not in answer.text] == []
    assert [words for words in unsaid if words in answer.text] == []


def test_paused_and_ended_are_said_with_what_runs_now(shopper: Shopper) -> None:
    change(shopper.place, launching.pause, reason="safety-recall")
    answer = shopper.open("/fr/en-FR/double-11/")
    assert headline(answer) == "The offer is paused"
    assert "A product is being checked for safety." in answer.text
    assert 'class="go"' not in answer.text
    change(shopper.place, launching.resume)
    file = demo_file()
    france = file.markets["fr"].model_copy(update={"afterwards": "de-berlin-popup"})
    with shopper.place.db.writing() as tx:
        author(tx, shopper.place.world.now(), file.model_copy(update={"markets": {"fr": france}}))
    a_batch(shopper.place, edition="double-11/de", placement="de-berlin-popup", shared=True)
    change(shopper.place, launching.end)
    answer = shopper.open("/fr/en-FR/double-11/")
    assert headline(answer) == "This offer has ended"
    assert 'href="/p/de-berlin-popup?lang=en-FR"' in answer.text


@pytest.mark.parametrize("market, till", [("fr", "fr-paris-till-1"), ("sa", "sa-riyadh-till-1")])
def test_its_prices_are_those_of_every_codes_page_before_and_after_they_change(
    shopper: Shopper, clock: Clock, market: str, till: str
) -> None:
    place = shopper.place
    catalogue = place.catalogue.fresh()
    edition = catalogue.edition_named(f"double-11/{market}")
    assert edition is not None
    content = catalogue.contents[edition.id or 0]
    codes = {
        bundle.slug: code_of(
            place, a_batch(place, edition=f"double-11/{market}", placement=till, bundle=bundle.slug)
        )
        for bundle in content.offered
    }
    with place.db.writing() as tx:
        tx.add(
            Price(
                market_id=market,
                item=bundle_item("double-11", content.offered[0].slug),
                amount_minor=39_900,
                currency=catalogue.markets[market].currency,
                valid_from=FESTIVAL + timedelta(hours=1),
                recorded_at=FESTIVAL,
                source="tests",
            )
        )
        has_changed(tx)
    place.catalogue.fresh()
    before = after = None
    for clock.at in (FESTIVAL + timedelta(hours=1) - SECOND, FESTIVAL + timedelta(hours=1)):
        before, after = (
            after,
            {slug: surfaces.on_page(shopper.client.application, code, {}) for slug, code in codes.items()},
        )
        for locale in content.terms:
            page = shopper.open(f"/{market}/{locale.replace('_', '-')}/double-11/").text
            assert totals(page) == list(after.values())
    assert before != after
