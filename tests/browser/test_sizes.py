"""Size tables on the smallest phone: each market's own systems first, moved inside their own frame."""

import pytest
from playwright.sync_api import Browser

from omni.app import Installation
from tests.support.codes import a_batch, code_of
from tests.support.looking import look_at, until

SMALLEST = {"width": 320, "height": 640}


@pytest.fixture
def is_everywhere() -> bool:
    return True


HEADS = {
    ("fr", "fr-paris-popup", "fr-FR"): "EU INT UK US JP",
    ("us", "us-new-york-popup", "en-US"): "US INT EU UK JP",
    ("jp", "jp-tokyo-popup", "ja-JP"): "JP INT EU UK US",
    ("sa", "sa-riyadh-popup", "ar-SA"): "EU UK US INT JP",
}


def test_a_shopper_finds_her_size_on_the_smallest_phone(
    chromium: Browser, base: str, installation: Installation
) -> None:
    for (market, placement, language), systems in HEADS.items():
        batch = a_batch(installation, edition=f"double-11/{market}", placement=placement, bundle="rain")
        page = chromium.new_context(viewport=SMALLEST, locale=language).new_page()
        page.goto(f"{base}/c/{code_of(installation, batch)}")
        page.locator(".sizes summary").press("Enter")
        heads = page.locator(".sizes thead th").all_inner_texts()
        assert [heads[0], *heads[3:]] == systems.split()
        look_at(page, f"sizes-{language}")

        page.locator(".frame").press("ArrowLeft" if language.startswith("ar") else "ArrowRight")
        until(page, "document.querySelector('.frame').scrollLeft != 0")
        size, frame = (
            page.locator("th[scope=row]").first.bounding_box(),
            page.locator(".frame").bounding_box(),
        )
        assert size is not None
        assert frame is not None
        assert frame["x"] <= size["x"] <= size["x"] + size["width"] <= frame["x"] + frame["width"]
        assert page.evaluate("scrollX") == 0
