"""The figures as they come in, in a real browser: by a stream, by asking, and without any script."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from omni.app import Installation
from omni.domain.cube import Kind
from omni.domain.people import Role
from tests.integration.test_studio import happened
from tests.support.installations import sandbox
from tests.support.looking import look_at, served, signed_in_page

PATH = "/studio/double-11/live"


@pytest.fixture
def base(installation: Installation) -> Iterator[str]:
    with served(sandbox(installation)) as address:
        yield address


def number(page: Page, step: str) -> str:
    return page.locator(f"[data-live='all.{step}']").inner_text()


@pytest.mark.parametrize("language", ["fr", "ar", "ja"])
def test_the_page_is_read_at_a_glance(
    chromium: Browser, installation: Installation, base: str, language: str
) -> None:
    for place, issued in (("fr-paris-till-1", 41_240), ("sa-riyadh-till-1", 380_000), ("jp-tokyo-till-1", 7)):
        happened(installation, place, Kind.ISSUED, issued)
        happened(installation, place, Kind.SCAN_FIRST, issued // 3)
    page = signed_in_page(chromium, installation, base, role=Role.MARKETER, language=language)
    page.goto(base + PATH)
    for width in (390, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        look_at(page, f"studio-{language}-{width}-live")
    page.context.close()


@pytest.mark.parametrize("is_streamed", [True, False], ids=["by a stream", "by asking"])
def test_what_happens_is_seen_without_a_touch(
    chromium: Browser, installation: Installation, base: str, is_streamed: bool
) -> None:
    page = signed_in_page(chromium, installation, base, role=Role.MARKETER)
    if not is_streamed:
        page.route("**/live/events", lambda route: route.fulfill(status=503))
    page.goto(base + PATH)
    assert number(page, "issued") == "0"
    happened(installation, "fr-paris-till-1", Kind.ISSUED, 1240)
    expect(page.locator("[data-live='all.issued']")).to_have_text("1,240")
    expect(page.locator("[data-live='fr.issued']")).to_have_text("1,240")
    assert page.locator("[data-away]").is_hidden()
    assert page.locator("[data-aloud]").inner_text() == ""
    page.context.close()


def test_without_script_the_page_comes_again_by_itself(
    chromium: Browser, installation: Installation, base: str
) -> None:
    happened(installation, "fr-paris-till-1", Kind.ISSUED, 1240)
    page = signed_in_page(chromium, installation, base, role=Role.MARKETER, script=False)
    page.goto(base + PATH)
    assert number(page, "issued") == "1,240"
    assert page.locator("noscript meta[http-equiv='refresh'], meta[http-equiv='refresh']").count() == 1
    page.context.close()


def test_figures_that_stay_away_are_said_to(chromium: Browser, installation: Installation, base: str) -> None:
    page = signed_in_page(chromium, installation, base, role=Role.MARKETER)
    page.clock.install()
    for address in ("**/live/events", "**/live.json"):
        page.route(address, lambda route: route.abort())
    page.goto(base + PATH)
    assert page.locator("[data-away]").is_hidden()
    page.clock.fast_forward(20_000)
    expect(page.locator("[data-away]")).to_be_visible()
    page.context.close()
