"""Staff pages in a real browser: a server, somebody signed in, and what must hold of every page."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Page
from werkzeug.serving import make_server

from omni.app import Installation, build_app
from omni.domain.people import Role
from tests.browser.test_shopper import CONTRAST, SCREENSHOTS
from tests.support.installations import sandbox
from tests.support.staff import a_link


@contextmanager
def served(installation: Installation) -> Iterator[str]:
    """The address of a server on this machine, and therefore a sandbox."""
    with sandbox(installation) as place:
        server = make_server("127.0.0.1", 0, build_app(place), threaded=True)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.port}"
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
    page.locator("main button").click()
    page.wait_for_url(lambda address: "/sign-in" not in address)
    return page


def look_at(page: Page, name: str) -> None:
    """Leave a picture to be looked at; nothing runs out of the screen, and every word can be read."""
    SCREENSHOTS.mkdir(exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=True)
    assert page.viewport_size is not None
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"], name
    assert page.evaluate(CONTRAST) == [], name
    assert page.locator("h1").count() == 1, name
