"""The in-store screen left to itself: without a network, behind what is published, and for hours."""

from __future__ import annotations

import io
import re
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from PIL import Image
from playwright.sync_api import Browser, expect

from omni.app import Installation
from tests.support.installations import FESTIVAL
from tests.support.looking import look_at, until
from tests.support.paper import read_by_zxing
from tests.support.screens import (
    DAY_MS,
    HOUR_MS,
    MINUTE_MS,
    SECOND_MS,
    a_screen,
    a_wall,
    is_kept,
    keep,
    later,
    look_at_rest,
    pause,
    reprice,
)


def test_without_a_network_a_screen_starts_again_with_its_last_good_page(
    chromium: Browser, base: str, installation: Installation
) -> None:
    path, address = a_screen(installation, "fr")
    page = a_wall(chromium)
    page.goto(base + path)
    is_kept(page)
    page.context.set_offline(True)
    for _ in range(2):
        page.reload()
        expect(page.locator("main .left bdi").first).to_have_text(re.compile("^50.jours 1[23]:"))
        assert list(read_by_zxing(keep(page, "screen-fr-offline"))) == [address]
    later(page, 6 * MINUTE_MS)
    expect(page.locator(".away")).to_be_visible()
    assert page.locator("main .price").is_visible()


def test_without_a_network_an_offer_stays_until_its_end_and_no_longer(
    chromium: Browser, base: str, installation: Installation
) -> None:
    path, _ = a_screen(installation, "fr")
    page = a_wall(chromium)
    page.goto(base + path)
    is_kept(page)
    page.context.set_offline(True)
    later(page, 50 * DAY_MS)
    expect(page.locator("main .left bdi").first).to_have_text(re.compile("^1[23]:"))
    assert page.locator(".code").is_visible()
    later(page, 13 * HOUR_MS)
    expect(page.locator(".resting")).to_be_visible()
    look_at_rest(page, "screen-fr-offline-after-the-end")


def test_without_a_network_a_price_stays_until_the_next_one_that_was_known(
    chromium: Browser, base: str, installation: Installation
) -> None:
    path, _ = a_screen(installation, "fr")
    reprice(installation, 39_900, FESTIVAL + timedelta(hours=2))
    page = a_wall(chromium)
    page.goto(base + path)
    is_kept(page)
    page.context.set_offline(True)
    later(page, 2 * HOUR_MS - 5 * SECOND_MS)
    assert page.locator("main .price").first.is_visible()
    later(page, 10 * SECOND_MS)
    expect(page.locator("main .price").first).to_be_hidden()


def test_a_screen_whose_clock_went_back_shows_no_price_until_it_hears_the_time(
    chromium: Browser, base: str, installation: Installation
) -> None:
    path, _ = a_screen(installation, "fr")
    page = a_wall(chromium)
    page.goto(base + path)
    is_kept(page)
    page.context.set_offline(True)
    page.clock.set_system_time(datetime(2020, 1, 1, tzinfo=UTC))
    page.reload()
    expect(page.locator(".resting")).to_be_visible()
    page.context.set_offline(False)
    later(page, 31 * SECOND_MS)
    expect(page.locator("main .price").first).to_be_visible()


def test_a_new_price_is_on_the_screen_within_its_refresh(
    chromium: Browser, base: str, installation: Installation
) -> None:
    path, _ = a_screen(installation, "fr")
    page = a_wall(chromium)
    page.goto(base + path)
    is_kept(page)
    reprice(installation, 39_900, FESTIVAL - timedelta(minutes=1))
    later(page, 30 * SECOND_MS)
    expect(page.locator("main .amount").first).to_have_text("399,00\xa0€")
    expect(page.locator(".alarm")).to_be_hidden()


def test_a_pause_is_on_the_screen_within_its_refresh_also_where_the_new_page_does_not_come(
    chromium: Browser, base: str, installation: Installation
) -> None:
    path, _ = a_screen(installation, "fr")
    page, torn = a_wall(chromium), a_wall(chromium, "portrait")
    for each in (page, torn):
        each.goto(base + path)
        is_kept(each)
    torn.route(re.compile(path + "$"), lambda route: route.abort())
    pause(installation)
    for each in (page, torn):
        later(each, 30 * SECOND_MS)
    expect(page.locator("h1")).to_have_text("L’offre est en pause")
    expect(torn.locator(".resting")).to_be_visible()
    look_at_rest(torn, "screen-fr-portrait-resting")


def test_a_screen_that_stays_behind_says_so_after_a_minute(
    chromium: Browser, base: str, installation: Installation
) -> None:
    path, _ = a_screen(installation, "fr")
    page = a_wall(chromium)
    page.goto(base + path)
    is_kept(page)
    page.route(re.compile(path + "$"), lambda route: route.abort())
    reprice(installation, 39_900, FESTIVAL - timedelta(minutes=1))
    with page.expect_request_finished(lambda request: request.url.endswith("/state")):
        later(page, 30 * SECOND_MS)
    until(page, "behindSince !== null")
    later(page, 30 * SECOND_MS)
    expect(page.locator(".alarm")).to_be_hidden()
    later(page, 40 * SECOND_MS)
    expect(page.locator(".alarm")).to_be_visible()
    look_at(page, "screen-fr-behind")
    page.unroute_all()
    later(page, 31 * SECOND_MS)
    expect(page.locator(".alarm")).to_be_hidden()
    expect(page.locator("main .amount").first).to_have_text("399,00\xa0€")


@pytest.mark.parametrize("still", [False, True])
def test_nothing_stands_still_on_the_glass_unless_it_must(
    chromium: Browser, base: str, installation: Installation, still: bool
) -> None:
    path, _ = a_screen(installation, "fr")
    page = a_wall(chromium, still=still)
    page.goto(base + path)
    places = []
    for pause_ms in (0, MINUTE_MS, MINUTE_MS, HOUR_MS):
        later(page, pause_ms)
        box = page.locator(".code svg").bounding_box()
        assert box is not None
        places.append((box["x"], box["y"]))
    steps = [max(abs(x - a), abs(y - b)) for (a, b), (x, y) in pairwise(places)]
    assert max(steps[:2]) <= 10
    assert len(set(places)) == (1 if still else 4)
    assert (steps[2] < 100) == still


def test_a_screen_stays_awake_and_wakes_again_when_it_is_seen_again(
    chromium: Browser, base: str, installation: Installation
) -> None:
    path, _ = a_screen(installation, "fr")
    page = a_wall(chromium)
    page.add_init_script("""window.asked = [];
      Object.defineProperty(navigator, "wakeLock", { value: { request: async kind => asked.push(kind) } })""")
    page.goto(base + path)
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    assert page.evaluate("asked") == ["screen", "screen"]


def test_without_script_a_screen_says_its_end_in_words_and_comes_again(
    chromium: Browser, base: str, installation: Installation
) -> None:
    path, address = a_screen(installation, "fr")
    page = a_wall(chromium, script=False)
    page.goto(base + path)
    assert page.locator("main .left").first.is_hidden()
    assert "31 décembre 2026" in page.locator("main .words").inner_text()
    assert page.locator("noscript").inner_html() == '<meta http-equiv="refresh" content="30">'
    assert list(read_by_zxing(Image.open(io.BytesIO(page.screenshot())))) == [address]
