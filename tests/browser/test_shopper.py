"""The shopper's half in a real browser on the smallest phone: four languages, keyboard, no script."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page
from werkzeug.serving import make_server

from omni.app import Installation, build_app
from tests.support.codes import a_receipt_code

SCREENSHOTS = Path(__file__).parents[2] / "screenshots"
SMALLEST = {"width": 320, "height": 640}
USUAL = {"width": 390, "height": 844}

CONTRAST = """() => {
  const channel = v => (v /= 255) <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4;
  const light = c => .2126 * channel(c[0]) + .7152 * channel(c[1]) + .0722 * channel(c[2]);
  const colour = text => text.match(/[\\d.]+/g).map(Number);
  const behind = e => {
    for (; e; e = e.parentElement) {
      const c = colour(getComputedStyle(e).backgroundColor);
      if (c.length < 4 || c[3] > 0) return c;
    }
    return [255, 255, 255];
  };
  const faults = [];
  for (const e of document.querySelectorAll("body *")) {
    const says = [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim());
    if (!says || !e.getClientRects().length || e.closest(".band")) continue;
    const [a, b] = [light(colour(getComputedStyle(e).color)), light(behind(e))].sort((x, y) => y - x);
    const ratio = (a + .05) / (b + .05);
    if (ratio < 4.5) faults.push(`${e.className || e.tagName} ${ratio.toFixed(2)}`);
  }
  return faults;
}"""


@pytest.fixture
def engine_name() -> str:
    """One engine is enough to look at pages."""
    return "sqlite"


@pytest.fixture
def base(installation: Installation) -> Iterator[str]:
    """The address of a server of this test's own."""
    server = make_server("127.0.0.1", 0, build_app(installation), threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()


def a_phone(browser: Browser, language: str, size: dict[str, int] = SMALLEST) -> Page:
    """A phone in somebody's language."""
    return browser.new_context(viewport=size, locale=language, reduced_motion="reduce").new_page()


def keep(page: Page, name: str) -> None:
    """Leave a picture to be looked at, after what must hold on every page."""
    SCREENSHOTS.mkdir(exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"], name
    assert page.evaluate(CONTRAST) == [], name
    assert page.locator("h1").count() == 1
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
