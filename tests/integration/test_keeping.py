"""What a shopper keeps of her voucher, and the offer she shares: links of the voucher's page."""

import io
import json
import zipfile
from dataclasses import replace
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
import zxingcpp
from PIL import Image

from omni.app import Installation, build_app
from omni.domain.campaign_file import CampaignFile
from omni.domain.record import Origin
from omni.present import voucher_card
from omni.settings import BadSetting, Settings
from tests.support.codes import a_batch, a_receipt_code, code_of
from tests.support.installations import BASE_URL, FESTIVAL, Clock, author, demo_file
from tests.support.journeys import spend
from tests.support.keepsakes import a_chain, a_key, with_apple, with_google
from tests.support.shopper import Shopper, another, scans

pytestmark = pytest.mark.pages

IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Safari/604.1"
KEPT = ("/pass.pkpass", "/google", "/until.ics", "/card.png")


@pytest.fixture
def engine_name() -> str:
    """One engine is enough for pages."""
    return "sqlite"


def with_settings(place: Installation, settings: Settings, language: str = "en") -> Shopper:
    """A shopper of the same installation with other settings."""
    changed = replace(place, settings=settings)
    return Shopper(changed, build_app(changed).test_client(), language)


@pytest.fixture
def wallets(installation: Installation) -> Shopper:
    """A shopper where both wallets are set up."""
    settings = with_google(with_apple(installation.settings, a_chain()), a_key())
    return with_settings(installation, settings)


def links(page: str) -> list[str]:
    """The ways to keep a voucher that a page offers."""
    return [way for way in KEPT if f'{way}"' in page]


def test_a_phone_is_offered_its_own_wallet_and_everybody_calendar_and_picture(wallets: Shopper) -> None:
    voucher = wallets.voucher(a_receipt_code(wallets.place))
    assert links(wallets.open(voucher).text) == ["/google", "/until.ics", "/card.png"]
    assert links(wallets.open(voucher, User_Agent=IPHONE).text) == ["/pass.pkpass", "/until.ics", "/card.png"]


def test_where_people_have_neither_wallet_calendar_and_picture_come_first(wallets: Shopper) -> None:
    voucher = wallets.voucher(a_receipt_code(wallets.place, placement="cn-shanghai-till-1"))
    assert links(wallets.open(voucher, User_Agent=IPHONE).text) == ["/until.ics", "/card.png"]


def test_without_keys_no_wallet_is_offered_and_its_link_leads_back(shopper: Shopper) -> None:
    voucher = shopper.voucher(a_receipt_code(shopper.place))
    assert links(shopper.open(voucher).text) == ["/until.ics", "/card.png"]
    for way in ("/pass.pkpass", "/google"):
        answer = shopper.open(f"{voucher}{way}?lang=ar")
        assert (answer.status_code, answer.headers["Location"]) == (303, f"{voucher}?lang=ar")


def test_a_certificate_that_ended_makes_no_passes(installation: Installation) -> None:
    ended = a_chain(ends_at=FESTIVAL - timedelta(days=1))
    shopper = with_settings(installation, with_apple(installation.settings, ended))
    voucher = shopper.voucher(a_receipt_code(installation))
    assert "/pass.pkpass" not in links(shopper.open(voucher, User_Agent=IPHONE).text)
    assert shopper.open(f"{voucher}/pass.pkpass").headers["Location"] == voucher


def test_a_key_that_is_none_is_found_out_at_the_start(installation: Installation) -> None:
    broken = replace(with_apple(installation.settings, a_chain()), apple_pass_key="none")
    with pytest.raises(BadSetting, match="OMNI_APPLE_PASS_KEY"):
        with_settings(installation, broken)


def test_a_pass_speaks_every_language_of_its_market(wallets: Shopper) -> None:
    voucher = another(wallets, "he").voucher(a_receipt_code(wallets.place))
    answer = another(wallets, "he").open(f"{voucher}/pass.pkpass")
    assert answer.content_type == "application/vnd.apple.pkpass"
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        said = json.loads(archive.read("pass.json"))
        tables = {name.partition(".")[0] for name in archive.namelist() if name.endswith(".strings")}
    # Her own language first, which the market does not speak, then the market's.
    assert tables == {"he", "fr", "en"}
    assert said["barcodes"][0]["message"] == voucher.removeprefix("/v/")
    assert said["expirationDate"] == "2027-01-15T00:00:00+01:00"


def test_google_is_sent_the_voucher_in_a_link(wallets: Shopper) -> None:
    voucher = wallets.voucher(a_receipt_code(wallets.place))
    answer = wallets.open(f"{voucher}/google")
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith("https://pay.google.com/gp/v/save/")
    assert len(answer.headers["Location"]) < 2_000


def test_the_calendar_has_the_last_day_in_the_words_she_reads(shopper: Shopper) -> None:
    french = another(shopper, "fr")
    voucher = french.voucher(a_receipt_code(shopper.place))
    answer = french.open(f"{voucher}/until.ics")
    assert answer.content_type == "text/calendar; charset=utf-8"
    assert "DTSTART;VALUE=DATE:20270114\r\n" in answer.text
    assert f"URL:{BASE_URL}{voucher}" in answer.text.replace("\r\n ", "")
    assert "LANGUAGE=fr" in answer.text


@pytest.mark.parametrize("language, till", [("ar", "sa-riyadh-till-1"), ("ja", "jp-tokyo-till-1")])
def test_the_picture_can_be_read_by_a_till(shopper: Shopper, language: str, till: str) -> None:
    reader = another(shopper, language)
    voucher = reader.voucher(a_receipt_code(shopper.place, placement=till))
    answer = reader.open(f"{voucher}/card.png")
    assert answer.content_type == "image/png"
    (read,) = zxingcpp.read_barcodes(Image.open(io.BytesIO(answer.data)))
    assert read.text == voucher.removeprefix("/v/")


def test_without_the_extra_print_no_picture_is_offered(
    shopper: Shopper, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(voucher_card, "font_folders", dict)
    voucher = shopper.voucher(a_receipt_code(shopper.place))
    assert links(shopper.open(voucher).text) == ["/until.ics"]


def test_a_voucher_past_its_last_day_or_used_is_not_kept(shopper: Shopper, clock: Clock) -> None:
    used, past = (a_receipt_code(shopper.place, number=number) for number in ("1", "2"))
    vouchers = [shopper.voucher(code) for code in (used, past)]
    opened = shopper.place.keyring.open(used)
    batch = shopper.place.catalogue.fresh().batch_of(opened.number)
    assert spend(shopper.place, batch, opened.number)
    pages = [shopper.open(vouchers[0])]
    clock.at += timedelta(days=100)
    pages.append(shopper.open(vouchers[1]))
    for voucher, page in zip(vouchers, pages, strict=True):
        assert links(page.text) == []
        assert "Share the offer" not in page.text
        for way in KEPT:
            assert shopper.open(f"{voucher}{way}").headers["Location"] == voucher


def test_nothing_is_kept_of_what_is_no_voucher(shopper: Shopper) -> None:
    code = a_receipt_code(shopper.place)
    assert shopper.open(f"/v/{code}/until.ics").headers["Location"] == f"/c/{code}"
    assert shopper.open("/v/V-XXXX-XXXX-XXXX-XXX/until.ics").status_code == 404


def test_what_is_kept_of_a_test_says_so(shopper: Shopper) -> None:
    batch = a_batch(shopper.place, origin=Origin.TEST)
    voucher = shopper.voucher(code_of(shopper.place, batch))
    assert "TEST · " in shopper.open(f"{voucher}/until.ics").text


def test_keeping_sets_no_cookie_and_is_never_stored(wallets: Shopper) -> None:
    voucher = wallets.voucher(a_receipt_code(wallets.place))
    for way in KEPT:
        answer = wallets.open(f"{voucher}{way}")
        assert "Set-Cookie" not in answer.headers
        assert answer.headers["Cache-Control"] == "private, no-store"


def test_the_script_that_copies_may_run_and_ask_nobody(shopper: Shopper) -> None:
    page = shopper.open(shopper.voucher(a_receipt_code(shopper.place)))
    policy = page.headers["Content-Security-Policy"].split("; ")
    assert "script-src 'self'" in policy
    assert not [rule for rule in policy if rule.startswith(("connect-src", "worker-src"))]


def test_the_symbol_on_the_page_is_the_voucher(shopper: Shopper) -> None:
    voucher = shopper.voucher(a_receipt_code(shopper.place)).removeprefix("/v/")
    assert f"<title>{voucher}</title>" in shopper.open(f"/v/{voucher}").text


def test_shared_is_the_public_page_and_never_the_voucher(shopper: Shopper) -> None:
    voucher = shopper.voucher(a_receipt_code(shopper.place))
    shared = shared_link(shopper.open(voucher).text)
    assert shared == f"{BASE_URL}/fr/en-FR/double-11/"
    assert shopper.open(urlsplit(shared).path).status_code == 200


def test_a_place_for_sharing_is_shared_and_counted_as_its_own(shopper: Shopper) -> None:
    with shopper.place.db.writing() as tx:
        author(tx, FESTIVAL, with_place_for_sharing())
    a_batch(shopper.place, placement="fr-friends", shared=True)
    shared = shared_link(shopper.open(shopper.voucher(a_receipt_code(shopper.place))).text)
    assert shared == f"{BASE_URL}/p/fr-friends"
    another(shopper).open(urlsplit(shared).path)
    assert scans(shopper.place)[-1].touchpoint == "shared-link"


def test_an_offer_that_ended_is_not_shared(shopper: Shopper, clock: Clock) -> None:
    voucher = shopper.voucher(a_receipt_code(shopper.place))
    clock.at += timedelta(days=60)
    page = shopper.open(voucher).text
    assert links(page) == ["/until.ics", "/card.png"]
    assert "Share the offer" not in page


def test_the_page_says_where_the_order_goes_and_until_when_it_may_come_back(shopper: Shopper) -> None:
    page = shopper.open(shopper.voucher(a_receipt_code(shopper.place))).text
    part = page[page.index('aria-labelledby="order"') :]
    part = part[: part.index("</section>")]
    for said in ("Delivery ", "Delivers to:", "Returns until", "Larkfell", "mailto:"):
        assert said in part


def shared_link(page: str) -> str:
    """The address a page gives to be passed on."""
    part = page[page.index('class="shared"') :]
    return part[part.index('href="') :].split('"')[1]


def with_place_for_sharing() -> CampaignFile:
    """The demo of which France has a place whose code friends pass on."""
    file = demo_file()
    part = file.markets["fr"]
    till = part.placements["fr-paris-popup"]
    place = till.model_copy(update={"kind": "shared-link"})
    changed = part.model_copy(update={"placements": {**part.placements, "fr-friends": place}})
    return file.model_copy(update={"markets": {"fr": changed}})
