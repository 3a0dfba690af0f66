"""The figures and campaigns on a phone and on a desk, in both directions, without script too."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from omni.app import Installation
from omni.domain.people import Role
from omni.services import sampling
from tests.support.installations import sandbox
from tests.support.looking import look_at, served, signed_in_page


@pytest.fixture
def base(installation: Installation) -> Iterator[str]:
    with installation.db.writing() as tx:
        sampling.load_samples(tx, installation.world.now(), facts=1500)
    with served(sandbox(installation)) as address:
        yield address


@pytest.mark.parametrize("language", ["en", "fr", "ar"])
@pytest.mark.parametrize("width", [320, 1280])
def test_the_figures_are_read_at_a_glance(
    chromium: Browser, installation: Installation, base: str, language: str, width: int
) -> None:
    page = signed_in_page(chromium, installation, base, role=Role.MARKETER, language=language, width=width)
    name = f"studio-{language}-{width}"
    assert page.locator(".headline p").count() == 3
    assert page.locator(".five > li").count() == 5
    look_at(page, f"{name}-figures")
    page.goto(f"{base}/studio/campaigns")
    look_at(page, f"{name}-campaigns")


def test_a_campaign_is_paused_in_two_taps_without_script(
    chromium: Browser, installation: Installation, base: str
) -> None:
    page = signed_in_page(chromium, installation, base, role=Role.MARKETER, script=False)
    page.goto(f"{base}/studio/campaigns")
    page.locator("a[href$='/double-11/fr/pause']").click()
    expect(page.locator("h1")).to_have_text("Pause it?")
    page.locator("main form .go").click()
    expect(page.locator(".state-paused")).to_have_count(1)


def test_a_wide_table_scrolls_inside_its_own_frame(
    chromium: Browser, installation: Installation, base: str
) -> None:
    page = signed_in_page(chromium, installation, base, role=Role.MARKETER)
    frame = page.locator(".scroll")
    assert frame.evaluate("e => e.scrollWidth > e.clientWidth")
    frame.focus()
    for _ in range(50):
        page.keyboard.press("ArrowRight")
        if frame.evaluate("e => e.scrollLeft") > 0:
            break
    else:
        pytest.fail("the arrow key does not scroll the table")
