"""Unlocking, the voucher's page, the way to the shop, and what typed codes lead to; on both engines."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlmodel import func, select

from omni.app import Installation
from omni.domain import render_token
from omni.domain.claim import Claim
from omni.domain.code import ALPHABET, Purpose
from omni.domain.price import Price, bundle_item
from omni.domain.record import Origin
from omni.domain.rulebook import Caller
from omni.services import launching
from omni.services.redeeming import Order, redeem
from omni.store import finders
from omni.store.catalogue import has_changed
from omni.web.limiting import CLAIMS, GUESSES
from tests.support.codes import a_batch, a_receipt_code, code_of, voucher_of
from tests.support.installations import Clock
from tests.support.shopper import Shopper, another, headline

pytestmark = pytest.mark.pages

ALIKE = {"5": "S", "8": "B", "2": "Z", "6": "G", "S": "5", "B": "8", "Z": "2", "G": "6"}


def claims(place: Installation) -> int:
    with place.db.reading() as session:
        return session.exec(select(func.count()).select_from(Claim)).one()


def a_claim(place: Installation) -> Claim:
    with place.db.reading() as session:
        return session.exec(select(Claim)).one()


def reprice(place: Installation, amount_minor: int) -> None:
    """The French tea set costs something else from now on."""
    now = place.world.now()
    with place.db.writing() as tx:
        item = bundle_item("double-11", "tea")
        row = {"market_id": "fr", "item": item, "currency": "EUR", "source": "tests"}
        tx.add(
            Price(**row, amount_minor=amount_minor, valid_from=now, recorded_at=now + timedelta(seconds=1))
        )
        has_changed(tx)
    place.catalogue.fresh()


def spend(place: Installation, code: str) -> None:
    opened = place.keyring.open(code)
    with place.db.writing() as tx:
        assert redeem(
            tx,
            place.world.now(),
            batch=finders.batch_of(tx, opened.number),
            number=opened.number,
            caller=Caller("shop", "k", "b", Origin.LIVE),
            order=Order(order_ref="O-1", total_minor=20_000, currency="EUR"),
        )


def test_unlocking_leads_to_the_voucher_and_keeps_what_was_on_the_screen(shopper: Shopper) -> None:
    code = a_receipt_code(shopper.place)
    french = another(shopper, "fr")
    answer = french.unlock(code)
    assert answer.status_code == 303
    page = french.open(answer.headers["Location"])
    assert f'data-voucher="{voucher_of(shopper.place, code)}"' in page.text
    made = a_claim(shopper.place)
    assert (made.locale, made.price_minor, made.client) == ("fr_FR", 5_990, "web")


def test_the_cookie_comes_with_unlocking_and_lasts_as_long_as_the_voucher(shopper: Shopper) -> None:
    cookie = shopper.unlock(a_receipt_code(shopper.place)).headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Secure" in cookie
    assert "Expires=Thu, 14 Jan 2027 23:00:00 GMT" in cookie


def test_the_front_door_opens_what_this_phone_holds(shopper: Shopper) -> None:
    voucher = shopper.voucher(a_receipt_code(shopper.place))
    cookie = shopper.client.get_cookie("omni_held").value
    page = shopper.client.get("/", headers={"Cookie": f"omni_held={cookie}"})
    assert f'href="{voucher}"' in page.text


def test_a_double_tap_is_one_claim(shopper: Shopper) -> None:
    code = a_receipt_code(shopper.place)
    token = shopper.token(code)
    first, second = (shopper.unlock(code, token=token) for _ in range(2))
    assert first.status_code == second.status_code == 303
    assert first.headers["Location"] == second.headers["Location"]
    assert claims(shopper.place) == 1


def test_taps_at_the_same_moment_are_one_claim(shopper: Shopper) -> None:
    code = a_receipt_code(shopper.place)
    token = shopper.token(code)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: another(shopper).unlock(code, token=token), range(8)))
    assert {answer.status_code for answer in answers} == {303}
    assert len({answer.headers["Location"] for answer in answers}) == 1
    assert claims(shopper.place) == 1


def test_a_poster_gives_two_shoppers_two_vouchers_and_a_double_tap_one(shopper: Shopper) -> None:
    code = code_of(shopper.place, a_batch(shopper.place, shared=True, count=5))
    token = shopper.token(code)
    mine = {shopper.unlock(code, token=token).headers["Location"] for _ in range(2)}
    hers = {another(shopper).voucher(code)}
    assert len(mine) == len(hers) == 1
    assert not mine & hers
    assert claims(shopper.place) == 2


def test_a_poster_offers_the_voucher_this_phone_already_has(shopper: Shopper) -> None:
    code = code_of(shopper.place, a_batch(shopper.place, shared=True, count=5))
    voucher = shopper.voucher(code)
    cookie = shopper.client.get_cookie("omni_held").value
    again = shopper.client.get(f"/c/{code}", headers={"Cookie": f"omni_held={cookie}"})
    assert f'href="{voucher}"' in again.text
    assert 'href="/v/' not in another(shopper).open(f"/c/{code}").text


def test_a_voucher_of_elsewhere_is_no_answer_to_a_poster(shopper: Shopper) -> None:
    shopper.voucher(a_receipt_code(shopper.place))
    cookie = shopper.client.get_cookie("omni_held").value
    code = code_of(shopper.place, a_batch(shopper.place, shared=True, count=5))
    page = shopper.client.get(f"/c/{code}", headers={"Cookie": f"omni_held={cookie}"})
    assert 'href="/v/' not in page.text


def test_one_network_cannot_empty_a_poster_in_a_minute(shopper: Shopper) -> None:
    code = code_of(shopper.place, a_batch(shopper.place, shared=True, count=500))
    for _ in range(CLAIMS.amount):
        shopper.place.limiter.try_once(CLAIMS, "claim", "127.0.0.0/24")
    answer = shopper.unlock(code)
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) > 0
    assert claims(shopper.place) == 0


@pytest.mark.parametrize("token,status", [("", 422), ("forged", 409), ("x" * 5_000, 409), ("é\0", 409)])
def test_a_form_without_its_proof_brings_the_page_back_with_a_fresh_one(
    shopper: Shopper, token: str, status: int
) -> None:
    code = a_receipt_code(shopper.place)
    answer = shopper.send(f"/c/{code}/claim", token=token)
    assert answer.status_code == status
    assert "please tap once more" in answer.text
    fresh = re.search(r'name="token" value="([^"]+)"', answer.text)[1]
    assert shopper.unlock(code, token=fresh).status_code == 303


def test_a_page_left_open_too_long_asks_to_tap_once_more(shopper: Shopper, clock: Clock) -> None:
    code = a_receipt_code(shopper.place)
    token = shopper.token(code)
    clock.at += timedelta(minutes=render_token.VALID_MINUTES + 1)
    assert shopper.unlock(code, token=token).status_code == 409
    assert claims(shopper.place) == 0


def test_the_proof_of_one_page_opens_no_other(shopper: Shopper) -> None:
    mine, other = (a_receipt_code(shopper.place, number=number) for number in ("1", "2"))
    assert shopper.unlock(other, token=shopper.token(mine)).status_code == 409
    assert claims(shopper.place) == 0


def test_a_form_of_another_site_is_refused(shopper: Shopper) -> None:
    code = a_receipt_code(shopper.place)
    token = shopper.token(code)
    for site, status in (("cross-site", 403), ("same-origin", 303)):
        answer = shopper.client.post(
            f"/c/{code}/claim", data={"token": token}, headers={"Sec-Fetch-Site": site}
        )
        assert answer.status_code == status


def test_a_price_that_changed_meanwhile_is_shown_before_it_is_accepted(shopper: Shopper) -> None:
    code = a_receipt_code(shopper.place)
    token = shopper.token(code)
    reprice(shopper.place, 6_490)
    answer = shopper.unlock(code, token=token)
    assert answer.status_code == 409
    said = re.sub(r"<[^>]+>", "", answer.text)
    assert re.search(r"The price was €?59[.,]90.* and is now €?64[.,]90", said)
    assert claims(shopper.place) == 0
    assert shopper.unlock(code).status_code == 303
    assert a_claim(shopper.place).price_minor == 6_490


def test_a_voucher_keeps_its_price_when_the_offer_gets_dearer(shopper: Shopper) -> None:
    voucher = another(shopper, "fr").voucher(a_receipt_code(shopper.place))
    reprice(shopper.place, 9_990)
    page = another(shopper, "fr").open(voucher).text
    assert "59,90" in page
    assert "99,90" not in page


def test_a_code_unlocked_meanwhile_says_when_and_the_way_on_and_never_who(shopper: Shopper) -> None:
    code = a_receipt_code(shopper.place)
    late = another(shopper)
    token = late.token(code)
    voucher = shopper.voucher(code)
    answer = late.unlock(code, token=token)
    assert answer.status_code == 409
    assert headline(answer).startswith("This code was unlocked on 11 November 2026")
    assert f'href="{voucher}"' in answer.text
    assert "someone" not in answer.text.lower()
    assert "somebody" not in answer.text.lower()


def test_reloading_after_a_refusal_is_the_page_of_the_code(shopper: Shopper) -> None:
    code = a_receipt_code(shopper.place)
    assert shopper.open(f"/c/{code}/claim?lang=fr").headers["Location"] == f"/c/{code}?lang=fr"


def test_the_shop_button_fills_basket_voucher_language_and_place(shopper: Shopper) -> None:
    code = a_receipt_code(shopper.place)
    voucher = another(shopper, "fr").voucher(code)
    page = shopper.open(voucher)
    assert "form-action 'self' https://larkfell.example" in page.headers["Content-Security-Policy"]
    answer = shopper.send(f"{voucher}/shop")
    assert answer.status_code == 303
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    link = urlsplit(answer.headers["Location"])
    assert link.netloc == "larkfell.example"
    assert parse_qs(link.query) == {
        "items": ["teapot-ember:1,cup-ember:2,tea-hillside:1"],
        "discount": [voucher_of(shopper.place, code)],
        "lang": ["fr-FR"],
        "ref": ["fr-paris-till-1"],
    }


def test_a_voucher_page_tells_its_last_day_and_the_way_on(shopper: Shopper) -> None:
    page = shopper.open(shopper.voucher(a_receipt_code(shopper.place)))
    assert (page.status_code, headline(page)) == (200, "Your discount code")
    assert "Valid until 14 January 2027, midnight in Paris" in page.text
    assert "this price is kept for you" in page.text


def test_a_used_voucher_leads_to_no_shop(shopper: Shopper) -> None:
    code = a_receipt_code(shopper.place)
    voucher = shopper.voucher(code)
    spend(shopper.place, code)
    page = shopper.open(voucher)
    assert (page.status_code, headline(page)) == (200, "This discount code was used on 11 November 2026")
    assert shopper.send(f"{voucher}/shop").status_code == 200


def test_an_expired_voucher_says_until_when_it_was_good(shopper: Shopper, clock: Clock) -> None:
    voucher = shopper.voucher(a_receipt_code(shopper.place))
    clock.at = datetime(2027, 3, 1, tzinfo=UTC)
    page = shopper.open(voucher)
    assert (page.status_code, headline(page)) == (410, "This discount code is past its last day")


def test_a_paused_voucher_stays_valid(shopper: Shopper) -> None:
    voucher = shopper.voucher(a_receipt_code(shopper.place))
    with shopper.place.db.writing() as tx:
        edition = finders.edition_by_key(tx, "double-11/fr")
        launching.pause(tx, shopper.place.world.now(), edition=edition, reason="technical", by="tests")
    shopper.place.catalogue.fresh()
    page = shopper.open(voucher)
    assert (page.status_code, headline(page)) == (200, "The offer is paused")
    assert "We are mending a technical problem." in page.text
    assert "Your discount code stays valid." in page.text
    assert "Go to the shop" not in page.text
    assert f'<a class="go" href="{voucher}">Look again</a>' in page.text
    assert shopper.send(f"{voucher}/shop").status_code == 200


def test_a_paused_voucher_past_its_last_day_does_not_say_that_it_stays_valid(
    shopper: Shopper, clock: Clock
) -> None:
    voucher = shopper.voucher(a_receipt_code(shopper.place))
    with shopper.place.db.writing() as tx:
        edition = finders.edition_by_key(tx, "double-11/fr")
        launching.pause(tx, shopper.place.world.now(), edition=edition, reason="technical", by="tests")
    clock.at = datetime(2027, 3, 1, tzinfo=UTC)
    page = shopper.open(voucher)
    assert (page.status_code, headline(page)) == (410, "This discount code is past its last day")


def test_a_voucher_nobody_unlocked_is_not_ours_to_a_stranger(shopper: Shopper) -> None:
    assert shopper.open(f"/v/{voucher_of(shopper.place, a_receipt_code(shopper.place))}").status_code == 404
    assert shopper.open("/v/V-BCDF-GHJK-LMNP-QRS").status_code == 404


def test_code_and_voucher_are_understood_in_each_others_place(shopper: Shopper) -> None:
    code = a_receipt_code(shopper.place)
    assert shopper.open(f"/v/{code}").headers["Location"] == f"/c/{code}"
    voucher = shopper.voucher(code)
    assert shopper.open(f"/v/{code}").headers["Location"] == voucher
    assert shopper.open(f"/c/{voucher.removeprefix('/v/')}").headers["Location"] == voucher


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_typed_code_forgives_case_spaces_and_dashes(shopper: Shopper, method: str) -> None:
    code = a_receipt_code(shopper.place)
    for typed in (code, code.lower(), code.replace("-", " "), f" {code.replace('-', '')} "):
        form = {"query_string": {"code": typed}} if method == "GET" else {"data": {"code": typed}}
        answer = shopper.client.open("/", method=method, **form)
        assert (answer.status_code, answer.headers["Location"]) == (303, f"/c/{code}")


def test_a_typed_voucher_leads_to_its_page(shopper: Shopper) -> None:
    voucher = shopper.voucher(a_receipt_code(shopper.place))
    assert shopper.send("/", code=voucher.removeprefix("/v/").lower()).headers["Location"] == voucher


def test_a_look_alike_is_asked_about_and_never_taken(shopper: Shopper) -> None:
    code = next(
        code
        for code in (code_of(shopper.place, a_batch(shopper.place), index) for index in range(10))
        if any(letter in ALIKE for letter in code)
    )
    at = next(place for place, letter in enumerate(code) if letter in ALIKE)
    answer = shopper.send("/", code=code[:at] + ALIKE[code[at]] + code[at + 1 :])
    assert answer.status_code == 404
    assert "Did you mean this one?" in answer.text
    assert f'href="/c/{code}"' in answer.text


def test_a_typed_text_that_cannot_be_a_code_is_not_repeated(shopper: Shopper) -> None:
    answer = shopper.send("/", code="<script>alert(1)</script>")
    assert answer.status_code == 404
    assert "alert" not in answer.text


def test_too_many_wrong_codes_of_a_network_wait_and_right_ones_do_not(shopper: Shopper) -> None:
    wrong = [f"{ALPHABET[number % 29] * 15}" for number in range(GUESSES.amount)]
    assert {shopper.send("/", code=code).status_code for code in wrong} == {404}
    answer = shopper.send("/", code="B" * 15)
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) > 0
    assert shopper.open("/c/nonsense").status_code == 429
    assert shopper.open(f"/c/{a_receipt_code(shopper.place)}").status_code == 200


def test_the_privacy_page_says_what_is_held(shopper: Shopper) -> None:
    code = a_receipt_code(shopper.place)
    shopper.voucher(code)
    page = shopper.open(f"/privacy/{code}")
    assert page.status_code == 200
    assert "Printed for a purchase: 11 November 2026" in page.text
    assert "Unlocked: 11 November 2026" in page.text
    assert shopper.open(f"/privacy/{voucher_of(shopper.place, code)}").status_code == 200


def test_pictures_are_kept_for_ever_and_can_run_nothing(shopper: Shopper) -> None:
    page = shopper.open(f"/c/{a_receipt_code(shopper.place)}").text
    answer = shopper.open(re.search(r'src="(/pictures/[^"]+)"', page)[1])
    assert answer.status_code == 200
    assert "immutable" in answer.headers["Cache-Control"]
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert shopper.open("/pictures/" + "0" * 64).status_code == 404


def test_no_secret_of_a_shopper_is_logged(shopper: Shopper, caplog: pytest.LogCaptureFixture) -> None:
    code = a_receipt_code(shopper.place)
    with caplog.at_level("DEBUG"):
        voucher = shopper.voucher(code)
        shopper.open(voucher)
        shopper.send(f"/c/{code}/claim", token="forged")
    opened = shopper.place.keyring.open(code)
    secrets = (code, voucher, shopper.place.keyring.seal(opened.number, Purpose.VOUCHER))
    assert not any(secret in record.getMessage() for record in caplog.records for secret in secrets)
