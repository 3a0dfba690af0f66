"""The in-store screen in a real browser: nothing scrolls or is cut off, and phones read what it shows."""

from __future__ import annotations

import io

import pytest
from PIL import Image
from playwright.sync_api import Browser, expect

from omni.app import Installation
from tests.support.installations import sandbox
from tests.support.looking import look_at, served
from tests.support.paper import read_by_zbar, read_by_zxing
from tests.support.screens import (
    CITIES,
    FAULTS,
    HOUR_MS,
    ORIENTATIONS,
    SIZES,
    a_screen,
    a_wall,
    keep,
    later,
    pause,
    require,
)


@pytest.mark.parametrize("market", CITIES)
@pytest.mark.parametrize("size", SIZES)
def test_a_screen_fits_and_both_readers_read_its_symbol(
    chromium: Browser, base: str, installation: Installation, market: str, size: str
) -> None:
    path, address = a_screen(installation, market)
    page = a_wall(chromium, size)
    page.goto(base + path)
    picture = keep(page, f"screen-{market}-{size}")
    assert list(read_by_zxing(picture)) == list(read_by_zbar(picture)) == [address]
    symbol = page.locator(".code svg").bounding_box()
    assert symbol is not None
    assert symbol["width"] >= min(SIZES[size]) / 2
    later(page, HOUR_MS)
    expect(page.locator("html.swapped")).to_be_attached()
    assert list(read_by_zxing(keep(page, f"screen-{market}-{size}-other-hour"))) == [address]


@pytest.mark.parametrize("market,locales", [("ca-qc", ["fr_CA", "en_CA"]), ("fr", ["fr_FR", "de_DE", "es"])])
@pytest.mark.parametrize("size", SIZES)
def test_where_nothing_may_move_every_language_stands_there_at_once(
    chromium: Browser, base: str, installation: Installation, size: str, market: str, locales: list[str]
) -> None:
    path, address = a_screen(installation, market)
    require(installation, market, locales)
    page = a_wall(chromium, size, still=True)
    page.goto(base + path)
    assert all(each.is_visible() for each in page.locator("main .headline").all())
    picture = keep(page, f"screen-{market}-{size}-still")
    assert list(read_by_zxing(picture)) == [address]


@pytest.mark.parametrize(
    "locales,seen",
    [
        (["fr_FR", "de_DE"], {1: 0, 14: 0, 16: 1, 29: 1, 31: 0}),
        (["fr_FR", "de_DE", "es"], {1: 0, 9: 0, 11: 1, 19: 1, 21: 2, 29: 2, 31: 0}),
    ],
)
def test_languages_take_turns_each_for_the_same_time(
    chromium: Browser, base: str, installation: Installation, locales: list[str], seen: dict[int, int]
) -> None:
    path, _ = a_screen(installation, "fr")
    require(installation, "fr", locales)
    page = a_wall(chromium, "landscape")
    page.goto(base + path)
    for second, turn in seen.items():
        page.evaluate(
            "at => document.getAnimations().forEach(each => { each.pause(); each.currentTime = at })",
            1000 * second,
        )
        wanted = [index == turn for index in range(len(locales))]
        for each in ("main .headline", ".caption p"):
            assert [line.is_visible() for line in page.locator(each).all()] == wanted, (second, each)
    keep(page, f"screen-fr-landscape-{len(locales)}-languages")


@pytest.mark.parametrize("size", SIZES)
def test_a_paused_screen_falls_back_to_the_brand_picture(
    chromium: Browser, base: str, installation: Installation, size: str
) -> None:
    path, _ = a_screen(installation, "fr")
    pause(installation)
    page = a_wall(chromium, size)
    page.goto(base + path)
    picture = keep(page, f"screen-fr-{size}-paused")
    assert list(read_by_zxing(picture)) == []


@pytest.mark.parametrize("size", SIZES)
def test_a_screen_of_a_trial_run_carries_its_marks(
    chromium: Browser, installation: Installation, size: str
) -> None:
    path, address = a_screen(installation, "fr")
    with served(sandbox(installation)) as base:
        page = a_wall(chromium, size)
        page.goto(base + path)
        picture = keep(page, f"screen-fr-{size}-trial")
    assert list(read_by_zxing(picture)) == [address]


@pytest.mark.parametrize("market", ["fr", "sa", "jp"])
@pytest.mark.parametrize("size", ORIENTATIONS)
def test_over_a_stream_lies_a_lower_third_with_a_symbol_phones_read(
    chromium: Browser, base: str, installation: Installation, market: str, size: str
) -> None:
    path, address = a_screen(installation, market)
    page = a_wall(chromium, size)
    page.goto(f"{base}{path}?overlay=1")
    expect(page.locator("main .left")).to_be_visible()
    alone = Image.open(io.BytesIO(page.screenshot(omit_background=True)))
    assert alone.getpixel((alone.width // 2, alone.height // 2)) == (0, 0, 0, 0)
    page.evaluate("document.documentElement.style.backgroundColor = '#579'")
    look_at(page, f"screen-{market}-{size}-overlay")
    assert list(read_by_zxing(Image.open(io.BytesIO(page.screenshot())))) == [address]
    symbol, words = page.locator("main svg").bounding_box(), page.locator("main").bounding_box()
    assert symbol is not None
    assert words is not None
    assert symbol["height"] >= 0.22 * alone.height
    assert words["height"] <= 0.4 * alone.height
    assert words["y"] + words["height"] <= alone.height
    assert page.evaluate(FAULTS, True) == []
