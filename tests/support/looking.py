"""Pages in a real browser: a server, somebody signed in, and what must hold of every page."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from wsgiref.types import WSGIApplication

from playwright.sync_api import Browser, Locator, Page
from werkzeug.serving import make_server

from omni.app import Installation, build_app
from omni.domain.people import Role
from tests.support.staff import a_link

SCREENSHOTS = Path(__file__).parents[2] / "screenshots"

# Every text whose colour stands out too little from what is behind it (WCAG AA).
CONTRAST = """() => {
  const channel = v => (v /= 255) <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4;
  const light = c => .2126 * channel(c[0]) + .7152 * channel(c[1]) + .0722 * channel(c[2]);
  const colour = text => text.match(/[\\d.]+/g).map(Number);
  const behind = e => {
    for (; e; e = e.parentElement) {
      const c = colour(getComputedStyle(e).backgroundColor);
      if (c.length < 4 || c[3] > 0) return c;
    }
    return [255, 255, 255];
  };
  const faults = [];
  for (const e of document.querySelectorAll("body *")) {
    const says = [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim());
    if (!says || !e.getClientRects().length || e.closest(".band")) continue;
    const [a, b] = [light(colour(getComputedStyle(e).color)), light(behind(e))].sort((x, y) => y - x);
    const ratio = (a + .05) / (b + .05);
    if (ratio < 4.5) faults.push(`${e.className || e.tagName} ${ratio.toFixed(2)}`);
  }
  return faults;
}"""


@contextmanager
def served(place: Installation) -> Iterator[str]:
    """The address of a server on this machine, for as long as the block lasts."""
    with serving(build_app(place)) as address:
        yield address


@contextmanager
def serving(app: WSGIApplication) -> Iterator[str]:
    """The same of an application that is built already."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        server.shutdown()
        thread.join()


def signed_in_page(
    browser: Browser,
    installation: Installation,
    base: str,
    *,
    role: Role = Role.STAFF,
    language: str = "en",
    width: int = 320,
    script: bool = True,
) -> Page:
    """A page of somebody who has pressed the button of a fresh link."""
    context = browser.new_context(
        viewport={"width": width, "height": 800}, locale=language, java_script_enabled=script
    )
    page = context.new_page()
    page.goto(base + a_link(installation, role.value, role))
    follow(page.locator("main button"))
    return page


def follow(link: Locator) -> None:
    """Press a link or a button, and wait for the page it leads to."""
    with link.page.expect_navigation():
        link.click()


def until(page: Page, condition: str) -> None:
    """Wait, ten seconds at most, for what a page's script knows.

    Playwright's own waiting evaluates text inside the page, which our policy forbids there.
    """
    for _ in range(500):
        if page.evaluate(condition):
            return
        page.wait_for_timeout(20)
    raise AssertionError(condition)


def look_at(page: Page, name: str) -> None:
    """Leave a picture to be looked at; nothing runs out of the screen, and every word can be read."""
    SCREENSHOTS.mkdir(exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=True)
    assert page.viewport_size is not None
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"], name
    assert page.evaluate(CONTRAST) == [], name
    assert page.locator("h1").count() == 1, name
