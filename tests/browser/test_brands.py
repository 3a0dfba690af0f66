"""Brands in a real browser on the smallest phone: dark and with serifs, in three scripts, and on paper."""

import pytest
from playwright.sync_api import Browser, Page
from pypdfium2 import PdfDocument

from omni.app import Installation
from omni.domain.theme import LARGE
from tests.support.brands import DARK, SERIF, dress
from tests.support.codes import a_batch, a_receipt_code
from tests.support.looking import CONTRAST, SCREENSHOTS, follow, look_at

PHONE = {"width": 320, "height": 640}
PLACES = {
    "fr-FR": ("fr", "fr-paris-till-1"),
    "ar-SA": ("sa", "sa-riyadh-till-1"),
    "ja-JP": ("jp", "jp-tokyo-till-1"),
}
BRANDS = {"dark": DARK, "serif": SERIF}


def a_page(browser: Browser, address: str, language: str, size: dict[str, int] = PHONE) -> Page:
    """A page in somebody's language, and what the browser would not do for it."""
    page = browser.new_context(viewport=size, locale=language, reduced_motion="reduce").new_page()
    blocked: list[str] = []
    page.on("console", lambda said: blocked.append(said.text) if "Content Security" in said.text else None)
    page.goto(address)
    assert blocked == []
    return page


@pytest.mark.parametrize("brand", BRANDS)
def test_every_word_of_a_branded_page_can_be_read(
    chromium: Browser, base: str, installation: Installation, brand: str
) -> None:
    for language, (market, till) in PLACES.items():
        dress(installation, BRANDS[brand], market)
        page = a_page(chromium, f"{base}/c/{a_receipt_code(installation, placement=till)}", language)
        for summary in page.locator("main summary").all():
            summary.click()
        look_at(page, f"brand-{brand}-{language}-offer")
        follow(page.locator("form.get button"))
        look_at(page, f"brand-{brand}-{language}-voucher")
        page.context.close()


@pytest.mark.parametrize("brand", BRANDS)
def test_every_word_of_a_branded_screen_can_be_read(
    chromium: Browser, base: str, installation: Installation, brand: str
) -> None:
    a_batch(installation, shared=True, count=5, placement="fr-paris-popup")
    dress(installation, BRANDS[brand])
    size = {"width": 720, "height": 1280}
    page = a_page(chromium, f"{base}/screen/fr-paris-popup", "fr-FR", size)
    SCREENSHOTS.mkdir(exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"brand-{brand}-screen.png")
    # The price is as large as a hand: three to one is enough for it.
    faint = [fault.split() for fault in page.evaluate(CONTRAST)]
    assert [fault for fault in faint if fault[0] != "amount" or float(fault[1]) < LARGE] == []


def test_paper_is_white_whatever_the_brand(chromium: Browser, base: str, installation: Installation) -> None:
    dress(installation, DARK)
    page = a_page(chromium, f"{base}/c/{a_receipt_code(installation)}", "fr-FR")
    page.emulate_media(media="print")
    ink, paper = "rgb(0, 0, 0)", "rgb(255, 255, 255)"
    look = "e => [getComputedStyle(e).color, getComputedStyle(e).backgroundColor]"
    assert page.locator("body").evaluate(look) == [ink, paper]
    printed = SCREENSHOTS / "brand-dark-paper.pdf"
    page.pdf(path=printed, format="A4", print_background=True)
    corner = PdfDocument(printed)[0].render(scale=0.2).to_pil().convert("L").getpixel((60, 5))
    assert corner == 255
