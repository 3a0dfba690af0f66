"""The in-store screen in a real browser: nothing scrolls or is cut off, and phones read what it shows."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page

from omni.app import Installation
from omni.domain.code import Purpose
from omni.domain.market import Market
from omni.services import launching
from omni.store import finders
from omni.store.catalogue import has_changed
from tests.support.codes import a_batch
from tests.support.installations import sandbox
from tests.support.looking import look_at, served
from tests.support.paper import read_by_zbar, read_by_zxing

SIZES = {"portrait": (1080, 1920), "landscape": (1920, 1080), "small": (800, 480)}
CITIES = {"fr": "paris", "sa": "riyadh", "jp": "tokyo", "ca-qc": "montreal"}

# Whatever sticks out of the screen, lies over another thing, or has no room for its picture.
FAULTS = """() => {
  const shown = [...document.querySelectorAll('h1, h2, p, svg, img, .foot > *')].filter(
    e => getComputedStyle(e).visibility === 'visible');
  const name = e => e.className.baseVal || e.className || e.tagName;
  const box = e => e.getBoundingClientRect();
  const faults = [];
  for (const e of shown) {
    const b = box(e);
    if (b.left < -1 || b.top < -1 || b.right > innerWidth + 1 || b.bottom > innerHeight + 1)
      faults.push(`${name(e)} sticks out`);
    for (const other of shown) {
      const c = box(other);
      const beside = b.left > c.right - 1 || c.left > b.right - 1;
      const apart = beside || b.top > c.bottom - 1 || c.top > b.bottom - 1;
      if (e !== other && !apart)
        faults.push(`${name(e)} lies over ${name(other)}`);
    }
  }
  const picture = box(document.querySelector('.picture'));
  if (picture.height < innerHeight / 8) faults.push(`the picture is only ${picture.height} high`);
  return faults;
}"""


@pytest.fixture
def engine_name() -> str:
    """One engine is enough to look at pages."""
    return "sqlite"


@pytest.fixture
def base(installation: Installation) -> Iterator[str]:
    """The address of a server of this test's own."""
    with served(installation) as address:
        yield address


def a_wall(browser: Browser, size: str, *, still: bool = False) -> Page:
    """A screen of some size; a still one may not move anything."""
    width, height = SIZES[size]
    context = browser.new_context(
        viewport={"width": width, "height": height},
        reduced_motion="reduce" if still else "no-preference",
    )
    return context.new_page()


def a_screen(place: Installation, market: str) -> tuple[str, str]:
    """The path of a market's screen, and the address its symbol must say."""
    slug = f"{market}-{CITIES[market]}-screen"
    batch = a_batch(place, edition=f"double-11/{market}", placement=slug, shared=True, count=100)
    code = place.keyring.seal(batch.first_number, Purpose.CODE, batch.key_id).replace("-", "")
    return f"/screen/{slug}", f"{batch.host.upper()}/C/{code}"


def require(place: Installation, market: str, locales: list[str]) -> None:
    """Let a market's law want other languages."""
    with place.db.writing() as tx:
        tx.get_one(Market, market).required_locales = locales
        has_changed(tx)
    place.catalogue.fresh()


def keep(page: Page, name: str) -> Image.Image:
    """Leave a picture to be looked at, after what must hold on every screen."""
    look_at(page, name)
    assert page.evaluate(FAULTS) == [], name
    assert page.evaluate("document.scripts.length") == 0
    assert page.context.cookies() == []
    return Image.open(io.BytesIO(page.screenshot()))


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


@pytest.mark.parametrize("market,locales", [("ca-qc", ["fr_CA", "en_CA"]), ("fr", ["fr_FR", "de_DE", "es"])])
@pytest.mark.parametrize("size", SIZES)
def test_where_nothing_may_move_every_language_stands_there_at_once(
    chromium: Browser, base: str, installation: Installation, size: str, market: str, locales: list[str]
) -> None:
    path, address = a_screen(installation, market)
    require(installation, market, locales)
    page = a_wall(chromium, size, still=True)
    page.goto(base + path)
    assert all(each.is_visible() for each in page.locator(".headline").all())
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
        for each in (".headline", ".caption p"):
            assert [line.is_visible() for line in page.locator(each).all()] == wanted, (second, each)
    keep(page, f"screen-fr-landscape-{len(locales)}-languages")


@pytest.mark.parametrize("size", SIZES)
def test_a_paused_screen_falls_back_to_the_brand_picture(
    chromium: Browser, base: str, installation: Installation, size: str
) -> None:
    path, _ = a_screen(installation, "fr")
    with installation.db.writing() as tx:
        edition = finders.edition_by_key(tx, "double-11/fr")
        launching.pause(
            tx, installation.world.now(), edition=edition, reason="price-being-corrected", by="tests"
        )
    installation.catalogue.fresh()
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
