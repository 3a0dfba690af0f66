"""The public page in a real browser: three scripts, on the smallest phone and at a desk, before and after."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from playwright.sync_api import Browser

from tests.support.installations import Clock
from tests.support.looking import follow, look_at, until

SIZES = {"phone": {"width": 320, "height": 640}, "desk": {"width": 1280, "height": 900}}
PAGES = {"fr": "/fr/fr-FR/double-11/", "ar": "/sa/ar-SA/double-11/", "ja": "/jp/ja-JP/double-11/"}
PARTS = ("", "ski/", "terms/", "privacy/", "stores/")
INSTANTS = {
    "before": datetime(2026, 10, 1, tzinfo=UTC),
    "after": datetime(2027, 1, 5, tzinfo=UTC),
}


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("language", PAGES)
def test_the_public_pages_fit_and_can_be_read(chromium: Browser, base: str, language: str, size: str) -> None:
    context = chromium.new_context(viewport=SIZES[size], locale="en", reduced_motion="reduce")
    page = context.new_page()
    asked: list[str] = []
    complaints: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: complaints.append(message.text))
    for part in reversed(PARTS):
        answer = page.goto(f"{base}{PAGES[language]}{part}")
        assert answer is not None
        assert answer.status == 200
        assert page.get_attribute("html", "dir") == ("rtl" if language == "ar" else "ltr")
        # Linked data is no script, so a policy without any script has nothing to say of it.
        assert page.evaluate("[...document.scripts].every(each => each.type === 'application/ld+json')")
        drawn = "[...document.images].every(image => image.complete && image.naturalWidth > 0)"
        until(page, drawn)
        look_at(page, f"microsite-{language}-{size}-{part.strip('/') or 'home'}")
    assert complaints == []
    assert [url for url in asked if not url.startswith((base, "data:"))] == []
    assert context.cookies() == []
    follow(page.locator("main a.go"))
    assert page.locator("form.type input").is_visible()
    assert page.get_attribute("html", "lang").partition("-")[0] == language


@pytest.mark.parametrize("moment", INSTANTS)
def test_before_and_after_its_days_it_fits_too(
    chromium: Browser, base: str, clock: Clock, moment: str
) -> None:
    clock.at = INSTANTS[moment]
    page = chromium.new_context(viewport=SIZES["phone"], reduced_motion="reduce").new_page()
    page.goto(base + PAGES["ar"])
    look_at(page, f"microsite-ar-{moment}")
