"""The shopper's page in every language Omni speaks, on the smallest phone, and all of them on one sheet."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page

from omni.app import Installation
from omni.present.locales import bcp47, direction
from tests.support.codes import a_receipt_code
from tests.support.looking import SCREENSHOTS, follow, look_at, served
from tests.support.pseudo import pseudo_languages

SMALLEST = {"width": 320, "height": 640}
MARKET_OF = {
    "en": "gb-london",
    "fr": "fr-paris",
    "fr_CA": "ca-qc-montreal",
    "de": "de-berlin",
    "es": "us-new-york",
    "es_MX": "mx-mexico-city",
    "it": "fr-paris",
    "nl": "de-berlin",
    "pl": "pl-warsaw",
    "pt_BR": "br-sao-paulo",
    "tr": "tr-istanbul",
    "ar": "sa-riyadh",
    "he": "gb-london",
    "ja": "jp-tokyo",
    "ko": "kr-seoul",
    "zh_Hans": "cn-shanghai",
    "zh_Hant": "tw-taipei",
    "th": "th-bangkok",
    "vi": "sg-singapore",
    "id": "id-jakarta",
    "ms": "sg-singapore",
    "hi": "in-mumbai",
    "ru": "kz-almaty",
    "kk": "kz-almaty",
}
"""Every language, at home where the demo has a home for it, else as a guest in another market."""

# Whether a symbol, a code or an amount is drawn mirrored or runs from right to left.
TURNED = """() => [...document.querySelectorAll('.code, .voucher, .amount, bdi')].filter(e => {
  const style = getComputedStyle(e);
  const flipped = new DOMMatrix(style.transform === 'none' ? '' : style.transform).a < 0;
  return flipped || (e.matches('.code, .voucher') && style.direction !== 'ltr');
}).length"""


@pytest.fixture
def is_everywhere() -> bool:
    return True


@pytest.fixture(scope="module", autouse=True)
def sheet() -> Iterator[None]:
    """All first views on one sheet, laid out by whichever worker ends last."""
    yield
    pictures = [SCREENSHOTS / f"language-{locale}-offer.png" for locale in MARKET_OF]
    if all(picture.exists() for picture in pictures):
        contact_sheet(pictures).save(SCREENSHOTS / "languages.png")


def contact_sheet(pictures: list[Path], columns: int = 8) -> Image.Image:
    """The first view of every page, in rows."""
    width, height = SMALLEST["width"], SMALLEST["height"]
    rows = -(-len(pictures) // columns)
    laid = Image.new("RGB", (columns * width, rows * height), "white")
    for index, picture in enumerate(pictures):
        with Image.open(picture) as page:
            row, column = divmod(index, columns)
            laid.paste(page.crop((0, 0, width, height)), (column * width, row * height))
    return laid.resize((laid.width // 2, laid.height // 2))


@pytest.mark.parametrize("locale", MARKET_OF)
def test_the_page_fits_the_smallest_phone_in_every_language(
    chromium: Browser, base: str, installation: Installation, locale: str
) -> None:
    code = a_receipt_code(installation, placement=f"{MARKET_OF[locale]}-till-1")
    page = chromium.new_context(viewport=SMALLEST, locale="en", reduced_motion="reduce").new_page()
    _opens(page, f"{base}/c/{code}?lang={bcp47(locale)}", locale, f"language-{locale}-offer")

    follow(page.locator("form.get button"))
    assert page.locator("[data-voucher]").inner_text().startswith("V-")
    _looks_right(page, locale, f"language-{locale}-voucher")


def _opens(page: Page, address: str, locale: str, name: str) -> None:
    answer = page.goto(address)
    assert answer is not None
    assert answer.status == 200
    _looks_right(page, locale, name)


def _looks_right(page: Page, locale: str, name: str) -> None:
    assert page.get_attribute("html", "lang").partition("-")[0] == locale.partition("_")[0]
    assert page.get_attribute("html", "dir") == direction(locale)
    assert page.evaluate(TURNED) == 0
    assert page.evaluate("document.documentElement.scrollWidth") <= page.evaluate("window.innerWidth")
    look_at(page, name)


# Texts of a page that no catalogue says.
UNSAID = """() => {
  const walker = document.createTreeWalker(document.querySelector('main'), NodeFilter.SHOW_TEXT);
  const bare = [];
  while (walker.nextNode()) {
    const said = walker.currentNode.textContent.trim();
    const line = walker.currentNode.parentElement.closest('p, h1, h2, button, label, li');
    if (said && !/[⟦⟧]/.test(line.textContent)) bare.push(said);
  }
  return bare;
}"""


@pytest.mark.parametrize("locale", ["eo", "yi"])
def test_words_half_as_long_again_still_fit_and_none_is_left_unsaid(
    chromium: Browser, installation: Installation, locale: str
) -> None:
    """Pseudo-languages: accents and brackets round every message, the second from right to left."""
    code = a_receipt_code(installation)
    with pseudo_languages(), served(installation) as base:
        page = chromium.new_context(viewport=SMALLEST, locale="en", reduced_motion="reduce").new_page()
        _opens(page, f"{base}/?lang={locale}", locale, f"pseudo-{locale}-type")
        assert page.evaluate(UNSAID) == []
        _opens(page, f"{base}/c/{code}?lang={locale}", locale, f"pseudo-{locale}-offer")
        follow(page.locator("form.get button"))
        _looks_right(page, locale, f"pseudo-{locale}-voucher")
