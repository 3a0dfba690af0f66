"""The shopper's half in a real browser on the smallest phone: five languages, keyboard, paper, no script."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page
from pypdfium2 import PdfDocument

from omni.app import Installation
from omni.domain.campaign_file import Exchange
from tests.support.codes import a_receipt_code
from tests.support.installations import author, demo_file
from tests.support.looking import SCREENSHOTS, look_at, served

SMALLEST = {"width": 320, "height": 640}
USUAL = {"width": 390, "height": 844}


@pytest.fixture
def engine_name() -> str:
    """One engine is enough to look at pages."""
    return "sqlite"


@pytest.fixture
def base(installation: Installation) -> Iterator[str]:
    """The address of a server of this test's own."""
    with served(installation) as address:
        yield address


def a_phone(browser: Browser, language: str, size: dict[str, int] = SMALLEST) -> Page:
    """A phone in somebody's language."""
    return browser.new_context(viewport=size, locale=language, reduced_motion="reduce").new_page()


def keep(page: Page, name: str) -> None:
    """Leave a picture to be looked at, after what must hold on every page a shopper opens."""
    look_at(page, name)
    assert page.evaluate("document.scripts.length") == 0


@pytest.mark.parametrize(
    "language,till,direction",
    [
        ("fr-FR", "fr-paris-till-1", "ltr"),
        ("ar-SA", "sa-riyadh-till-1", "rtl"),
        ("ja-JP", "jp-tokyo-till-1", "ltr"),
        ("de-DE", "de-berlin-till-1", "ltr"),
        ("he-IL", "fr-paris-till-1", "rtl"),
    ],
)
@pytest.mark.parametrize("size", [SMALLEST, USUAL], ids=["320", "390"])
def test_a_shopper_scans_unlocks_and_holds_her_code(
    chromium: Browser,
    base: str,
    installation: Installation,
    language: str,
    till: str,
    direction: str,
    size: dict[str, int],
) -> None:
    code = a_receipt_code(installation, placement=till)
    page = a_phone(chromium, language, size)
    name = f"shopper-{language}-{size['width']}"

    page.goto(f"{base}/C/{code.replace('-', '')}")
    assert page.get_attribute("html", "dir") == direction
    assert page.context.cookies() == []
    keep(page, f"{name}-offer")

    page.locator("#terms summary").click()
    keep(page, f"{name}-conditions")

    page.locator("form.get button").click()
    voucher = page.locator("[data-voucher]")
    assert voucher.get_attribute("data-voucher") == voucher.inner_text()
    keep(page, f"{name}-voucher")

    page.goto(f"{base}/c/{code}")
    keep(page, f"{name}-again")
    page.locator("a.go").click()
    assert page.locator("[data-voucher]").count() == 1


def test_unlocking_needs_no_pointer(chromium: Browser, base: str, installation: Installation) -> None:
    page = a_phone(chromium, "en-GB")
    page.goto(f"{base}/c/{a_receipt_code(installation)}")
    for _ in range(12):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.className") == "go":
            break
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.keyboard.press("Enter")
    page.wait_for_selector("[data-voucher]")


def test_the_button_is_in_the_first_view(chromium: Browser, base: str, installation: Installation) -> None:
    page = a_phone(chromium, "fr-FR", USUAL)
    page.goto(f"{base}/c/{a_receipt_code(installation)}")
    box = page.locator("form.get button").bounding_box()
    assert box["y"] + box["height"] <= USUAL["height"]


def test_a_wrong_address_leads_on_to_the_right_one(
    chromium: Browser, base: str, installation: Installation
) -> None:
    page = a_phone(chromium, "ar")
    page.goto(f"{base}/c/not-one-of-ours")
    keep(page, "shopper-ar-320-unknown")
    page.fill("#code", a_receipt_code(installation).lower())
    page.keyboard.press("Enter")
    page.wait_for_selector("form.get")


@pytest.mark.parametrize("language", ["fr-FR", "ar", "he-IL"])
def test_codes_and_prices_are_not_mirrored(
    chromium: Browser, base: str, installation: Installation, language: str
) -> None:
    page = a_phone(chromium, language)
    page.goto(f"{base}/c/{a_receipt_code(installation)}")
    assert page.locator(".code").evaluate("e => getComputedStyle(e).direction") == "ltr"
    isolated = "list => list.every(e => e.tagName === 'BDI')"
    assert page.locator(".amount").evaluate_all(isolated)
    page.locator("form.get button").click()
    assert page.locator("[data-voucher]").evaluate("e => getComputedStyle(e).direction") == "ltr"


@pytest.mark.parametrize("language", ["fr-FR", "ar-SA", "de-DE"])
def test_a_reader_moves_her_code_to_another_country(
    chromium: Browser, base: str, installation: Installation, language: str
) -> None:
    with installation.db.writing() as tx:
        changed = {"exchange": Exchange.SWAP, "markets": {"jp": demo_file().markets["jp"]}}
        author(tx, installation.world.now(), demo_file().model_copy(update=changed))
    installation.catalogue.fresh()
    code = a_receipt_code(installation, placement="jp-tokyo-till-1")
    page = a_phone(chromium, language)
    page.goto(f"{base}/c/{code}")
    page.locator(".elsewhere summary").click()
    keep(page, f"shopper-{language}-320-elsewhere")
    page.select_option("#market", "fr")
    page.locator(".elsewhere button").click()
    page.wait_for_url(lambda address: code not in address)
    keep(page, f"shopper-{language}-320-moved")
    assert "€" in page.locator(".price").inner_text()
    page.goto(f"{base}/c/{code}")
    keep(page, f"shopper-{language}-320-exchanged")
    page.locator("a.go").click()
    assert "€" in page.locator(".price").inner_text()


@pytest.mark.parametrize("language", ["fr-FR", "ar-SA", "ja-JP"])
def test_a_printed_page_has_conditions_code_and_address_and_no_buttons(
    chromium: Browser, base: str, installation: Installation, language: str
) -> None:
    tills = {"fr-FR": "fr-paris-till-1", "ar-SA": "sa-riyadh-till-1", "ja-JP": "jp-tokyo-till-1"}
    code = a_receipt_code(installation, placement=tills[language])
    page = a_phone(chromium, language)
    page.goto(f"{base}/c/{code}")
    page.emulate_media(media="print")
    assert page.locator("#terms .clauses").is_visible()
    assert page.locator("#terms .clauses dd").last.bounding_box()["height"] > 0
    assert page.locator(".seller").is_visible()
    assert page.locator(".paper .code").is_visible()
    for pressed in ("button", ".tongues", "summary", ".elsewhere"):
        assert not page.locator(pressed).first.is_visible(), pressed
    SCREENSHOTS.mkdir(exist_ok=True)
    printed = SCREENSHOTS / f"shopper-{language}-paper.pdf"
    page.pdf(path=printed, format="A4")
    words = " ".join(sheet.get_textpage().get_text_range() for sheet in PdfDocument(printed))
    assert code in words
    if language == "fr-FR":
        assert "Larkfell" in words
        assert "La vente" in words or "offre" in words


def test_the_other_languages_wait_behind_one_tap(
    chromium: Browser, base: str, installation: Installation
) -> None:
    page = a_phone(chromium, "ja-JP")
    page.goto(f"{base}/c/{a_receipt_code(installation)}")
    assert not page.locator(".tongues details a").first.is_visible()
    page.locator(".tongues summary").click()
    keep(page, "shopper-ja-JP-320-languages")
    page.locator('.tongues a[hreflang="he"]').click()
    assert page.get_attribute("html", "lang") == "he"
