"""In-store screens in a real browser: a wall whose clock a test moves, and what must hold of it."""

from __future__ import annotations

import io
from datetime import datetime

from PIL import Image
from playwright.sync_api import Browser, Page

from omni.app import Installation
from omni.domain.code import Purpose
from omni.domain.market import Market
from omni.domain.price import Price
from omni.services import launching
from omni.store import finders
from omni.store.catalogue import has_changed
from tests.support.codes import a_batch
from tests.support.installations import FESTIVAL
from tests.support.looking import SCREENSHOTS, look_at
from tests.support.paper import read_by_zxing

SIZES = {"portrait": (1080, 1920), "landscape": (1920, 1080), "small": (800, 480)}
ORIENTATIONS = ("portrait", "landscape")
DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS = 86_400_000, 3_600_000, 60_000, 1_000
CITIES = {"fr": "paris", "sa": "riyadh", "jp": "tokyo", "ca-qc": "montreal"}

# Whatever sticks out of the screen, lies over another thing, or has no room for its picture.
FAULTS = """isOverlay => {
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
  if (isOverlay) return faults;
  const picture = box(document.querySelector('.picture'));
  if (picture.height < innerHeight / 8) faults.push(`the picture is only ${picture.height} high`);
  return faults;
}"""


def a_wall(browser: Browser, size: str = "landscape", *, still: bool = False, script: bool = True) -> Page:
    """A screen of some size whose clock a test moves; a still one may not move anything."""
    width, height = SIZES[size]
    context = browser.new_context(
        viewport={"width": width, "height": height},
        reduced_motion="reduce" if still else "no-preference",
        java_script_enabled=script,
    )
    page = context.new_page()
    if script:
        page.clock.install(time=FESTIVAL)
    return page


def later(page: Page, ms: int) -> None:
    """Let the browser's time pass, and each thing that was due happen once."""
    page.clock.fast_forward(ms)


def is_kept(page: Page) -> None:
    """Wait until a screen has put its page away, and the worker that will show it is there."""
    page.evaluate("""async () => {
      await navigator.serviceWorker.ready;
      while (!await caches.match(location.href));
    }""")


def reprice(place: Installation, amount_minor: int, since: datetime) -> None:
    """Give the bundle of the French screen another price from some instant on."""
    catalogue = place.catalogue.fresh()
    batch = catalogue.posters["fr-paris-screen"]
    content = catalogue.contents[batch.edition_id]
    with place.db.writing() as tx:
        tx.add(
            Price(
                market_id="fr",
                item=f"{content.campaign}/{content.bundle(batch.bundle_id).slug}",
                amount_minor=amount_minor,
                currency="EUR",
                valid_from=since,
                recorded_at=FESTIVAL,
                source="test",
            )
        )
        has_changed(tx)
    place.catalogue.fresh()


def pause(place: Installation) -> None:
    """Pause the French edition."""
    with place.db.writing() as tx:
        edition = finders.edition_by_key(tx, "double-11/fr")
        launching.pause(tx, place.world.now(), edition=edition, reason="price-being-corrected", by="tests")
    place.catalogue.fresh()


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
    assert page.context.cookies() == []
    assert page.page_errors() == []
    return Image.open(io.BytesIO(page.screenshot()))


def look_at_rest(page: Page, name: str) -> None:
    """A screen at rest shows the brand, and nothing anybody could want to have."""
    assert page.locator(".price, .code, .left").locator("visible=true").count() == 0
    assert page.locator(".resting .headline").first.is_visible()
    assert list(read_by_zxing(Image.open(io.BytesIO(page.screenshot())))) == []
    page.screenshot(path=SCREENSHOTS / f"{name}.png")
