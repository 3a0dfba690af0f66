"""The shopper's half in a real browser on the smallest phone: four languages, keyboard, no script."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from omni.app import Installation
from tests.support.codes import a_receipt_code
from tests.support.looking import look_at, served

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

    page.locator("details summary").click()
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
