"""The shopper's half in a real browser on the smallest phone: by keyboard, read aloud, and on paper."""

import re

import pytest
from playwright.sync_api import Browser, Page
from pypdfium2 import PdfDocument

from omni.app import Installation
from tests.support.codes import a_receipt_code
from tests.support.looking import SCREENSHOTS, follow, look_at

SMALLEST = {"width": 320, "height": 640}
USUAL = {"width": 390, "height": 844}
SHOP = "https://larkfell.example/cart?"


def a_phone(browser: Browser, language: str, size: dict[str, int] = SMALLEST) -> Page:
    """A phone in somebody's language."""
    return browser.new_context(viewport=size, locale=language, reduced_motion="reduce").new_page()


# What has the focus: where it stands, and whether it can be seen that it has it.
FOCUS = """() => {
  const e = document.activeElement, box = e.getBoundingClientRect(), drawn = getComputedStyle(e);
  const is_there = e !== document.body && box.bottom > 0 && box.top < innerHeight;
  return is_there && drawn.outlineStyle === "solid" && parseFloat(drawn.outlineWidth) >= 2;
}"""


def walk_to(page: Page, where: str, key: str = "Tab") -> None:
    """Go on by keyboard until something has the focus, which never gets lost on the way."""
    for _ in range(60):
        page.keyboard.press(key)
        assert page.evaluate(FOCUS), page.evaluate("document.activeElement.outerHTML")
        if page.evaluate("where => document.activeElement.matches(where)", where):
            return
    raise AssertionError(f"no way to {where}")


@pytest.mark.parametrize(
    "language,till", [("fr-FR", "fr-paris-till-1"), ("ar-SA", "sa-riyadh-till-1")], ids=["fr", "ar"]
)
def test_the_whole_journey_needs_no_pointer(
    chromium: Browser, base: str, installation: Installation, language: str, till: str
) -> None:
    page = a_phone(chromium, language)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(f"{base}/c/{a_receipt_code(installation, placement=till)}")
    walk_to(page, "#terms summary")
    page.keyboard.press("Enter")
    assert page.locator("#terms .clauses").is_visible()
    walk_to(page, "form.get button", "Shift+Tab")
    with page.expect_navigation():
        page.keyboard.press("Enter")

    walk_to(page, "[data-voucher]")
    page.keyboard.press("Enter")
    assert page.evaluate("navigator.clipboard.readText()") == page.locator("[data-voucher]").inner_text()
    walk_to(page, 'a[href*="until.ics"]')
    with page.expect_download():
        page.keyboard.press("Enter")
    walk_to(page, "form.get button", "Shift+Tab")
    with page.expect_event("requestfailed", lambda request: request.url.startswith(SHOP)):
        page.keyboard.press("Enter")


class ReadAloud:
    """A page as a screen reader goes through it: roles with names, one after another."""

    def __init__(self, page: Page) -> None:
        self.text = page.locator("body").aria_snapshot()
        self.lines = [line.strip(" -") for line in self.text.splitlines()]

    def at(self, start: str) -> int:
        """The place of the first line that begins so."""
        return next(place for place, line in enumerate(self.lines) if line.startswith(start))

    @property
    def landmarks(self) -> list[str]:
        """The parts of the page that one can jump to."""
        named = ("banner", "navigation", "main", "contentinfo")
        return [line.split()[0].strip(":") for line in self.lines if line.startswith(named)]

    @property
    def levels(self) -> list[int]:
        """How deep each heading stands."""
        return [int(level) for level in re.findall(r"heading .*\[level=(\d)\]", self.text)]


@pytest.mark.parametrize(
    "language,till,price,get,go",
    [
        ("fr-FR", "fr-paris-till-1", "59,90", "Débloquer l’offre", "Aller à la boutique"),
        ("ar-SA", "sa-riyadh-till-1", "259.00", "احصل على العرض", "الانتقال إلى المتجر"),
    ],
    ids=["fr", "ar"],
)
def test_read_aloud_the_price_comes_before_its_button_and_no_heading_is_skipped(
    chromium: Browser,
    base: str,
    installation: Installation,
    language: str,
    till: str,
    price: str,
    get: str,
    go: str,
) -> None:
    page = a_phone(chromium, language)
    page.goto(f"{base}/c/{a_receipt_code(installation, placement=till)}")
    offer = ReadAloud(page)
    said = next(place for place, line in enumerate(offer.lines) if price in line)
    assert offer.at("heading") < said < offer.at(f'button "{get}"') < offer.at("contentinfo")
    follow(page.locator("form.get button"))
    voucher = ReadAloud(page)
    assert voucher.at("heading") < voucher.at('button "V-') < voucher.at(f'button "{go}"')
    for heard in (offer, voucher):
        assert heard.landmarks == ["banner", "navigation", "main", "contentinfo"]
        assert heard.levels[0] == 1
        assert heard.levels.count(1) == 1
        assert max(heard.levels) <= 2


# Arabic words that a French voice would try to read.
MISREAD = """() => {
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), found = [];
  while (walker.nextNode()) {
    const text = walker.currentNode.textContent, said = walker.currentNode.parentElement.closest("[lang]");
    if (/[\u0600-\u06ff]/.test(text) && !said.lang.startsWith("ar")) found.push(text.trim());
  }
  return found;
}"""


def test_what_is_in_another_language_is_read_in_it(
    chromium: Browser, base: str, installation: Installation
) -> None:
    page = a_phone(chromium, "fr-FR")
    page.goto(f"{base}/c/{a_receipt_code(installation, placement='sa-riyadh-till-1')}?lang=fr")
    assert page.get_attribute("html", "lang") == "fr"
    assert page.locator("main [lang^=ar]").count() > 0
    assert page.evaluate(MISREAD) == []
    follow(page.locator("form.get button"))
    assert page.evaluate(MISREAD) == []


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
    follow(page.locator("form.get button"))
    assert page.locator("[data-voucher]").evaluate("e => getComputedStyle(e).direction") == "ltr"


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
    look_at(page, "shopper-ja-JP-320-languages")
    follow(page.locator('.tongues a[hreflang="he"]'))
    assert page.get_attribute("html", "lang") == "he"
