"""Chromium without a window, for the tests that look at pages."""

import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")

# No sandbox, because tests may run as root; the rest keeps the browser from speaking to anybody but us.
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
)


@pytest.fixture(scope="session")
def lasting_chromium() -> Iterator[Browser]:
    """One browser for all tests of a worker."""
    executable = next(filter(None, map(shutil.which, NAMES)), None)
    if executable is None:
        pytest.skip("no Chromium: install Debian's package `chromium`")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=list(FLAGS))
        yield browser
        browser.close()


@pytest.fixture
def chromium(lasting_chromium: Browser) -> Iterator[Browser]:
    """The browser with nothing open; whatever contexts a test makes of its own are closed after it.

    A page that is left open goes on: its scripts run, it asks a server that is gone, and it takes memory.
    """
    yield lasting_chromium
    for context in lasting_chromium.contexts:
        context.close()
