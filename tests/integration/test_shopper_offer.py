"""A code's page in every state, language and accident, on both engines."""

import gzip
import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlmodel import func, select

from omni.app import Installation, build_app
from omni.domain.claim import Claim
from omni.domain.record import Origin
from omni.domain.rulebook import Caller
from omni.domain.visit import OrphanClass, VisitKind
from omni.services import issuing, launching
from omni.services.redeeming import Order, Redeemed, redeem
from omni.store import finders
from omni.store.catalogue import CatalogueKeeper
from omni.store.engine import Database
from omni.web.scan_page import STOCK_SEEN
from tests.support.codes import a_batch, a_receipt_code, code_of
from tests.support.installations import Clock, author, demo_file
from tests.support.shopper import Shopper, another, headline, scans

pytestmark = pytest.mark.pages

TILLS = [
    "fr-paris-till-1",
    "de-berlin-till-1",
    "gb-london-till-1",
    "jp-tokyo-till-1",
    "cn-shanghai-till-1",
    "us-new-york-till-1",
    "sa-riyadh-till-1",
    "ca-qc-montreal-till-1",
]
INITIAL_WINDOW_BYTES = 14_000
AFTER_ALL = datetime(2027, 3, 1, tzinfo=UTC)


def away(place: Installation) -> Database:
    """A database that nobody answers for."""
    return Database("postgresql+psycopg://nobody@127.0.0.1:1/none")


def change(place: Installation, verb: object, market: str = "fr", **details: object) -> None:
    """Pause or end an edition."""
    with place.db.writing() as tx:
        edition = finders.edition_by_key(tx, f"double-11/{market}")
        assert verb(tx, place.world.now(), edition=edition, by="tests", **details)
    place.catalogue.fresh()


def use_up(place: Installation, code: str) -> None:
    """Spend everything a code's claim has."""
    opened = place.keyring.open(code)
    assert opened is not None
    with place.db.writing() as tx:
        batch = finders.batch_of(tx, opened.number)
        order = Order(order_ref="O-1", total_minor=20_000, currency="EUR")
        caller = Caller("shop", "k", "b", Origin.LIVE)
        outcome = redeem(tx, place.world.now(), batch=batch, number=opened.number, caller=caller, order=order)
        assert isinstance(outcome, Redeemed)


def test_the_first_line_says_where_and_when_the_paper_was_printed(shopper: Shopper) -> None:
    page = shopper.open(f"/c/{a_receipt_code(shopper.place)}").text
    line = re.sub(r"<[^>]+>", "", re.search(r'class="origin">(.*?)</p>', page, re.DOTALL)[1])
    assert "Printed at Larkfell Paris Canal, Till 1, today 10:58" in line


@pytest.mark.parametrize("spelling", ["/C/{bare}", "/c/{code}", "/c/{small}", "/c/{code}/"])
def test_a_printed_code_opens_in_every_spelling(shopper: Shopper, spelling: str) -> None:
    code = a_receipt_code(shopper.place)
    address = spelling.format(bare=code.replace("-", ""), code=code, small=code.lower())
    assert shopper.open(address.rstrip("/")).status_code == 200


def test_the_sum_can_be_checked_by_hand(shopper: Shopper) -> None:
    code = a_receipt_code(shopper.place, placement="de-berlin-till-1")
    page = another(shopper, "de").open(f"/c/{code}").text
    amounts = [
        int(re.sub(r"\D", "", text)) * (-1 if "-" in text else 1)
        for text in re.findall(
            r"<bdi class=\"amount\">([^<]+)</bdi>", page.split('class="items"')[1].split("</dl>")[0]
        )
    ]
    *items, separately, saving, total = amounts
    assert sum(items) == separately == 7_860
    assert separately + saving == total == 5_990


def test_the_conditions_in_short_speak_of_her_own_bundle_only(shopper: Shopper) -> None:
    catalogue = shopper.place.catalogue.fresh()
    content = catalogue.contents[catalogue.edition_named("double-11/fr").id]
    for bundle in content.bundles:
        code = code_of(shopper.place, a_batch(shopper.place, bundle=bundle.slug))
        for page in (shopper.open(f"/c/{code}").text, shopper.open(shopper.voucher(code)).text):
            gist = re.search(r'id="terms".*?(<ul class="gist".*?</ul>)', page, re.DOTALL)[1]
            named = [other.slug for other in content.bundles if other.names["en_FR"] in gist]
            assert named == [bundle.slug]
            assert gist.count("<li>") == 4


def test_the_market_stays_and_the_words_follow_the_phone(shopper: Shopper) -> None:
    code = a_receipt_code(shopper.place, placement="jp-tokyo-till-1")
    page = another(shopper, "fr").open(f"/c/{code}").text
    assert '<html lang="fr"' in page
    assert 'class="name" lang="en"' in page
    assert "en japonais et anglais." in page
    assert 'hreflang="ja-JP" dir="ltr">日本語</a></p>' in page


def test_an_arabic_page_reads_from_the_right_and_its_code_does_not(shopper: Shopper) -> None:
    code = a_receipt_code(shopper.place, placement="sa-riyadh-till-1")
    page = another(shopper, "ar").open(f"/c/{code}").text
    assert re.search(r'<html lang="ar[^"]*" dir="rtl">', page)
    assert f'<bdi class="code" dir="ltr" translate="no">{code}</bdi>' in page


def test_the_chosen_language_wins_and_is_kept_to_the_voucher(shopper: Shopper) -> None:
    code = a_receipt_code(shopper.place)
    page = shopper.open(f"/c/{code}?lang=ar").text
    assert 'dir="rtl"' in page
    assert f'action="/c/{code}/claim?lang=ar"' in page
    token = re.search(r'name="token" value="([^"]+)"', page)[1]
    assert shopper.send(f"/c/{code}/claim?lang=ar", token=token).headers["Location"].endswith("?lang=ar")


def test_where_the_law_orders_the_languages_the_first_is_shown_first(shopper: Shopper) -> None:
    code = a_receipt_code(shopper.place, placement="ca-qc-montreal-till-1")
    assert 'lang="fr-CA"' in shopper.open(f"/c/{code}").text.split('class="name"')[1][:40]
    assert 'lang="en-CA"' in shopper.open(f"/c/{code}?lang=en").text.split('class="name"')[1][:40]


@pytest.mark.parametrize("till", TILLS)
def test_the_first_view_fits_into_one_round_trip(shopper: Shopper, till: str) -> None:
    code = a_receipt_code(shopper.place, placement=till)
    for language in ("en", "fr", "ar", "ja", "de", "zh-Hans"):
        body = shopper.open(f"/c/{code}?lang={language}").data
        assert len(gzip.compress(body, 6)) < INITIAL_WINDOW_BYTES


def test_a_page_that_nobody_should_list_still_says_what_it_is(shopper: Shopper) -> None:
    text = shopper.open(f"/c/{a_receipt_code(shopper.place)}?lang=fr").text
    assert '<meta name="robots" content="noindex">' in text
    (said,) = re.findall(r'<meta name="description" content="([^"]+)">', text)
    assert said in re.sub("<meta[^>]+>", "", text)


def test_a_page_asks_for_nothing_of_others_and_runs_only_its_clock(shopper: Shopper) -> None:
    answer = shopper.open(f"/c/{a_receipt_code(shopper.place)}")
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
    assert "connect-src 'self'" in policy
    assert re.findall(r"<script[^>]*>", answer.text) == re.findall(
        r'<script src="/assets/\w+/clock.js" defer>', answer.text
    )
    assert " style=" not in answer.text
    assert not re.findall(r'(?:src|srcset)="(?!/pictures/|/assets/)', answer.text)


def test_the_clock_knows_the_midnight_after_the_last_day_and_a_page_at_rest_has_none(
    shopper: Shopper, clock: Clock
) -> None:
    code = a_receipt_code(shopper.place)
    clock.at = datetime(2026, 12, 31, 21, 59, 59, tzinfo=UTC)
    left = f'data-left="{(3600 + 1) * 1000}"'
    assert left in shopper.open(f"/c/{code}").text
    assert left in shopper.open(f"/c/{code}").text
    clock.at = datetime(2026, 12, 31, 23, tzinfo=UTC)
    ended = shopper.open(f"/c/{code}")
    assert "data-left" not in ended.text
    assert "script" not in ended.headers["Content-Security-Policy"]


def test_the_style_is_the_one_the_policy_names(shopper: Shopper) -> None:
    from base64 import b64encode
    from hashlib import sha256

    answer = shopper.open("/")
    style = re.search(r"<style>(.*?)</style>", answer.text, re.DOTALL)[1]
    named = b64encode(sha256(style.encode()).digest()).decode()
    assert f"style-src 'sha256-{named}'" in answer.headers["Content-Security-Policy"]


def test_a_code_page_is_kept_by_nobody_and_told_to_nobody(shopper: Shopper) -> None:
    headers = shopper.open(f"/c/{a_receipt_code(shopper.place)}").headers
    assert headers["Cache-Control"] == "private, no-store"
    assert headers["X-Robots-Tag"] == "noindex"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "Strict-Transport-Security" in headers


def test_there_is_no_cookie_before_unlocking(shopper: Shopper) -> None:
    code = a_receipt_code(shopper.place)
    for address in ("/", f"/c/{code}", f"/C/{code}", "/?code=nonsense", f"/privacy/{code}", "/nothing"):
        assert "Set-Cookie" not in shopper.open(address).headers


def test_an_offer_that_has_not_opened_says_when_it_does(shopper: Shopper, clock: Clock) -> None:
    code = a_receipt_code(shopper.place)
    clock.at = datetime(2026, 10, 20, tzinfo=UTC)
    answer = shopper.open(f"/c/{code}")
    assert (answer.status_code, headline(answer)) == (200, "This offer opens on 1 November 2026")
    assert "token" not in answer.text


def test_a_paused_offer_says_why_and_that_the_code_stays_valid(shopper: Shopper) -> None:
    code = a_receipt_code(shopper.place)
    change(shopper.place, launching.pause, reason="price-being-corrected")
    answer = shopper.open(f"/c/{code}")
    assert (answer.status_code, headline(answer)) == (200, "The offer is paused")
    assert "A price is being corrected." in answer.text
    assert "Your code stays valid." in answer.text


def test_an_unlocked_code_of_a_paused_offer_says_so_and_still_shows_its_voucher(shopper: Shopper) -> None:
    code = a_receipt_code(shopper.place)
    voucher = shopper.voucher(code)
    change(shopper.place, launching.pause, reason="out-of-stock")
    answer = shopper.open(f"/c/{code}")
    assert (answer.status_code, headline(answer)) == (200, "The offer is paused")
    assert "The items are being restocked." in answer.text
    assert "Your discount code stays valid." in answer.text
    assert f'href="{voucher}"' in answer.text


def test_an_ended_offer_says_when_it_ended(shopper: Shopper, clock: Clock) -> None:
    code = a_receipt_code(shopper.place)
    clock.at = AFTER_ALL
    answer = shopper.open(f"/c/{code}")
    assert (answer.status_code, headline(answer)) == (410, "This offer ended on 31 December 2026")


# What is said at the last second before each of its midnights, and at it: days in Paris, instants in UTC.
LAST_ISSUE = datetime(2026, 11, 20, 23, tzinfo=UTC)
LAST_UNLOCK = datetime(2026, 11, 30, 23, tzinfo=UTC)
LAST_USE = datetime(2026, 12, 14, 23, tzinfo=UTC)
RETURNS = datetime(2026, 12, 28, 23, tzinfo=UTC)
SECOND = timedelta(seconds=1)
GET = "Get it until 30 November 2026, use it until 14 December 2026 (days in Paris)."
MORE = "New codes are given out until 20 November 2026."
OVER = "This offer ended on 30 November 2026"
HELD = "A discount code you already received can be used until 14 December 2026."
PAST = "Its discount codes could be used until 14 December 2026."
VALID = "Valid until 14 December 2026, midnight in Paris"
GONE = "This discount code is past its last day"
BACK = "Returns until 28 December 2026."
BACK_NO_MORE = "Returns ended on 28 December 2026."


def three_ends(place: Installation, *, afterwards: str | None = None) -> None:
    """France has its ends on 20 and 30 November and 14 December, and takes returns until 28 December."""
    file = demo_file()
    days = {"last_issue": "2026-11-20", "last_unlock": "2026-11-30", "last_use": "2026-12-14"}
    days["returns_until"] = "2026-12-28"
    changed = {field: date.fromisoformat(day) for field, day in days.items()} | {"afterwards": afterwards}
    france = file.markets["fr"].model_copy(update=changed)
    with place.db.writing() as tx:
        author(tx, place.world.now(), file.model_copy(update={"markets": {"fr": france}}))
    place.catalogue.fresh()


@pytest.mark.parametrize(
    "at, status, said, unsaid",
    [
        (LAST_ISSUE - SECOND, 200, (GET, MORE), ()),
        (LAST_ISSUE, 200, (GET,), (MORE,)),
        (LAST_UNLOCK - SECOND, 200, (GET,), (OVER,)),
        (LAST_UNLOCK, 410, (OVER, HELD), (GET, "Get the offer")),
        (LAST_USE - SECOND, 410, (OVER, HELD), (PAST,)),
        (LAST_USE, 410, (OVER, PAST, BACK), (HELD,)),
        (RETURNS - SECOND, 410, (OVER, PAST, BACK), (BACK_NO_MORE,)),
        (RETURNS, 410, (OVER, PAST, BACK_NO_MORE), (BACK,)),
    ],
)
def test_a_code_says_which_end_comes_next_and_what_has_ended(
    shopper: Shopper, clock: Clock, at: datetime, status: int, said: tuple[str, ...], unsaid: tuple[str, ...]
) -> None:
    three_ends(shopper.place)
    code = a_receipt_code(shopper.place)
    clock.at = at
    answer = shopper.open(f"/c/{code}")
    assert answer.status_code == status
    assert [words for words in said if words not in answer.text] == []
    assert [words for words in unsaid if words in answer.text] == []


@pytest.mark.parametrize(
    "at, status, said, unsaid",
    [
        (LAST_UNLOCK, 200, (VALID, BACK), (GONE,)),
        (LAST_USE - SECOND, 200, (VALID, BACK), (GONE,)),
        (LAST_USE, 410, (GONE, "It could be used until 14 December 2026.", BACK), (VALID,)),
        (RETURNS - SECOND, 410, (GONE, BACK), (BACK_NO_MORE,)),
        (RETURNS, 410, (GONE, BACK_NO_MORE), (BACK,)),
    ],
)
def test_a_voucher_says_which_end_comes_next_and_what_has_ended(
    shopper: Shopper, clock: Clock, at: datetime, status: int, said: tuple[str, ...], unsaid: tuple[str, ...]
) -> None:
    three_ends(shopper.place)
    voucher = shopper.voucher(a_receipt_code(shopper.place))
    clock.at = at
    answer = shopper.open(voucher)
    assert answer.status_code == status
    assert [words for words in said if words not in answer.text] == []
    assert [words for words in unsaid if words in answer.text] == []


def test_when_all_is_over_the_offer_that_runs_now_is_shown_at_a_place_of_its_own(
    shopper: Shopper, clock: Clock
) -> None:
    three_ends(shopper.place, afterwards="fr-paris-popup")
    code = a_receipt_code(shopper.place)
    voucher = shopper.voucher(a_receipt_code(shopper.place, number="4712"))
    a_batch(shopper.place, edition="double-11/de", placement="de-berlin-popup", shared=True)
    clock.at = LAST_USE
    assert "/p/" not in shopper.open(f"/c/{code}").text
    three_ends(shopper.place, afterwards="de-berlin-popup")
    for address in (f"/c/{code}", voucher):
        assert 'href="/p/de-berlin-popup"' in shopper.open(address).text
    assert shopper.open("/p/de-berlin-popup").status_code == 200
    assert scans(shopper.place)[-1].touchpoint == "pop-up"
    change(shopper.place, launching.pause, "de", reason="technical")
    assert "/p/" not in shopper.open(f"/c/{code}").text


def test_the_first_view_says_where_the_shop_delivers(shopper: Shopper) -> None:
    code = a_receipt_code(shopper.place, placement="jp-tokyo-till-1")
    page = shopper.open(f"/c/{code}").text
    assert page.index("Delivers only to: Japan") < page.index('class="get"')


def test_the_conditions_name_their_languages_and_the_others_are_a_tap_away(shopper: Shopper) -> None:
    code = a_receipt_code(shopper.place, placement="ca-qc-montreal-till-1")
    page = shopper.open(f"/c/{code}").text
    assert "Conditions in French and English." in page
    assert f'href="/c/{code}?lang=en-CA" lang="en-CA" hreflang="en-CA" dir="ltr">English</a></p>' in page


def test_an_unlocked_code_leads_whoever_holds_the_paper_to_the_voucher(shopper: Shopper) -> None:
    code = a_receipt_code(shopper.place)
    voucher = shopper.voucher(code)
    answer = another(shopper).open(f"/c/{code}")
    assert answer.status_code == 200
    assert headline(answer) == "This code was unlocked on 11 November 2026 at 11:00"
    assert f'href="{voucher}"' in answer.text


def test_a_used_code_says_so_and_shows_its_voucher(shopper: Shopper) -> None:
    code = a_receipt_code(shopper.place)
    shopper.voucher(code)
    use_up(shopper.place, code)
    answer = shopper.open(f"/c/{code}")
    assert (answer.status_code, headline(answer)) == (200, "The discount code of this offer was used")


def test_a_claim_past_its_last_day_says_so(shopper: Shopper, clock: Clock) -> None:
    code = a_receipt_code(shopper.place)
    shopper.voucher(code)
    clock.at = AFTER_ALL
    answer = shopper.open(f"/c/{code}")
    assert answer.status_code == 410
    assert headline(answer) == "The discount code of this offer is past its last day"


def test_a_withdrawn_code_says_where_to_get_a_new_one(shopper: Shopper) -> None:
    batch = a_batch(shopper.place)
    with shopper.place.db.writing() as tx:
        issuing.recall(
            tx, shopper.place.world.now(), batch_id=batch.id, first=1, count=1, reason="misprint", by="tests"
        )
    shopper.place.catalogue.fresh()
    answer = shopper.open(f"/c/{code_of(shopper.place, batch)}")
    assert (answer.status_code, headline(answer)) == (410, "This code was withdrawn")


def test_a_sold_out_offer_keeps_the_code_valid(shopper: Shopper, clock: Clock) -> None:
    batch = a_batch(shopper.place, shared=True, count=1)
    code = code_of(shopper.place, batch)
    shopper.voucher(code)
    clock.at += STOCK_SEEN
    answer = another(shopper).open(f"/c/{code}")
    assert (answer.status_code, headline(answer)) == (200, "Sold out for now")


def test_a_test_code_wears_a_band(shopper: Shopper) -> None:
    batch = a_batch(shopper.place, origin=Origin.TEST)
    assert 'class="band"' in shopper.open(f"/c/{code_of(shopper.place, batch)}").text
    assert 'class="band"' not in shopper.open(f"/c/{a_receipt_code(shopper.place)}").text


def test_an_installation_without_a_public_address_wears_a_band(shopper: Shopper) -> None:
    place = shopper.place
    local = replace(place, settings=replace(place.settings, base_url="http://127.0.0.1:8000"))
    page = build_app(local).test_client().get("/").text
    assert 'class="band"' in page


@pytest.mark.parametrize(
    "text",
    [
        "unknown",
        "x" * 10_240,
        "%00",
        "%ff%fe%80",
        "https://pay.example/x?y=1",
        "a//b",
        "%0d%0aSet-Cookie:a=b",
        "V-",
    ],
)
def test_what_is_not_ours_is_a_translated_page_and_an_orphan(shopper: Shopper, text: str) -> None:
    answer = another(shopper, "fr").open(f"/c/{text}")
    assert answer.status_code == 404
    assert '<html lang="fr"' in answer.text
    assert "Traceback" not in answer.text
    assert [scan.looks_like for scan in scans(shopper.place)] == [OrphanClass.NOT_A_CODE]


def test_a_slip_and_a_number_nobody_issued_are_different_orphans(shopper: Shopper) -> None:
    batch = a_batch(shopper.place)
    code = code_of(shopper.place, batch)
    slip = ("B" if code[0] != "B" else "C") + code[1:]
    assert shopper.open(f"/c/{slip}").status_code == 404
    assert shopper.open(f"/c/{code_of(shopper.place, batch, 10**9)}").status_code == 404
    assert [scan.looks_like for scan in scans(shopper.place)] == [
        OrphanClass.WRONG_CHECK,
        OrphanClass.NOT_ISSUED,
    ]


def issued_elsewhere(place: Installation) -> tuple[Installation, str]:
    """An installation that has not heard yet of a batch that another one issued, and a code of it."""
    late = replace(place, catalogue=CatalogueKeeper(place.db))
    late.catalogue.current(place.world.now())
    return late, code_of(place, a_batch(place))


def test_a_code_another_process_issued_this_moment_opens(shopper: Shopper) -> None:
    late, code = issued_elsewhere(shopper.place)
    phone = Shopper(late, build_app(late).test_client())
    voucher = phone.voucher(code)
    later, _ = issued_elsewhere(shopper.place)
    assert Shopper(later, build_app(later).test_client()).open(voucher).status_code == 200
    assert [scan.looks_like for scan in scans(shopper.place)] == [None]


def test_a_code_nobody_can_be_asked_about_is_not_called_a_stranger(shopper: Shopper) -> None:
    late, code = issued_elsewhere(shopper.place)
    late.catalogue._db = away(shopper.place)
    answer = build_app(replace(late, db=away(late))).test_client().get(f"/c/{code}")
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0


def test_an_opening_is_one_scan_with_its_place_and_language(shopper: Shopper) -> None:
    batch = a_batch(shopper.place)
    shopper.open(f"/c/{code_of(shopper.place, batch)}")
    (scan,) = scans(shopper.place)
    assert (scan.kind, scan.number, scan.batch_id) == (VisitKind.HUMAN, batch.first_number, batch.id)
    assert (scan.edition_id, scan.placement_id) == (batch.edition_id, batch.placement_id)
    assert (scan.locale, scan.shared, scan.touchpoint) == ("en_FR", False, "pop-up")


def test_looking_from_outside_is_not_a_scan(shopper: Shopper) -> None:
    code = a_receipt_code(shopper.place)
    assert shopper.open(f"/c/{code}", method="HEAD").status_code == 200
    shopper.send(f"/c/{code}/claim", token="forged")
    assert scans(shopper.place) == []


@pytest.mark.parametrize(
    "headers,kind",
    [
        ({"User_Agent": "WhatsApp/2.23.20.0"}, VisitKind.BOT),
        ({"User_Agent": "facebookexternalhit/1.1"}, VisitKind.BOT),
        ({"Sec_Purpose": "prefetch;prerender"}, VisitKind.PREFETCH),
    ],
)
def test_machines_and_prefetches_are_told_apart_and_spend_nothing(
    shopper: Shopper, headers: dict[str, str], kind: VisitKind
) -> None:
    code = a_receipt_code(shopper.place)
    for address in (f"/c/{code}", f"/c/{code}/claim", f"/p/{code}"):
        shopper.open(address, **headers)
    assert [scan.kind for scan in scans(shopper.place)] == [kind]
    with shopper.place.db.reading() as session:
        assert session.exec(select(func.count()).select_from(Claim)).one() == 0


def test_a_poster_has_a_friendly_address(shopper: Shopper) -> None:
    batch = a_batch(shopper.place, edition="double-11/gb", placement="gb-london-popup", shared=True, count=5)
    answer = shopper.open("/p/gb-london-popup")
    assert answer.status_code == 200
    assert code_of(shopper.place, batch) in answer.text
    assert scans(shopper.place)[0].shared
    assert shopper.open("/p/gb-london-till-2").status_code == 404


def test_the_page_still_answers_while_the_database_is_away(shopper: Shopper) -> None:
    place = shopper.place
    code = a_receipt_code(place)
    place.catalogue.current(place.world.now())
    answer = build_app(replace(place, db=away(place))).test_client().get(f"/c/{code}?lang=en")
    assert answer.status_code == 200
    assert "works again in a moment" in answer.text
    assert 'name="token"' not in answer.text
    assert len(scans(place)) == 1


def test_pictures_shown_before_are_there_while_the_database_is_away(shopper: Shopper) -> None:
    place = shopper.place
    page = shopper.open(f"/c/{a_receipt_code(place)}").text
    shown, unseen = sorted(set(re.findall(r"/pictures/[0-9a-f]{64}", page)))[:2]
    before = shopper.open(shown)
    gone = build_app(replace(place, db=away(place))).test_client()
    answer = gone.get(shown)
    assert (answer.status_code, answer.data) == (200, before.data)
    assert dict(answer.headers) == dict(before.headers)
    assert gone.get(unseen).status_code == 503


def test_the_catalogue_of_a_process_outlives_its_database(installation: Installation) -> None:
    now = installation.world.now()
    keeper = CatalogueKeeper(installation.db)
    known = keeper.current(now)
    keeper._db = away(installation)
    assert keeper.current(now + timedelta(minutes=1)) is known


def test_a_process_that_never_saw_the_database_asks_for_patience(shopper: Shopper) -> None:
    place, db = shopper.place, away(shopper.place)
    code = a_receipt_code(place)
    answer = build_app(replace(place, db=db, catalogue=CatalogueKeeper(db))).test_client().get(f"/c/{code}")
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0
    assert headline(answer) == "Many people are here right now"
