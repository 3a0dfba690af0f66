"""Two clocks of a voucher on the smallest phone: reserved, over, sold out; and a code of the shop's own."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page

from omni.app import Installation
from omni.domain.policies import Connection
from omni.domain.shop import ShopCode
from omni.store import finders
from tests.support.codes import a_receipt_code
from tests.support.holds import with_holds
from tests.support.installations import Clock
from tests.support.looking import look_at, served

READERS = [
    ("fr-FR", "fr", "fr-paris-till-1"),
    ("ar-SA", "sa", "sa-riyadh-till-1"),
    ("ja-JP", "jp", "jp-tokyo-till-1"),
]

SHOP = "https://larkfell.example/cart?"


@pytest.fixture
def engine_name() -> str:
    """One engine is enough to look at pages."""
    return "sqlite"


@pytest.fixture
def base(installation: Installation) -> Iterator[str]:
    """The address of a server of this test's own."""
    with served(installation) as address:
        yield address


def a_phone(browser: Browser, language: str) -> Page:
    """A phone without script; the shop it is sent to cannot be reached from here."""
    size = {"width": 320, "height": 640}
    return browser.new_context(viewport=size, locale=language, java_script_enabled=False).new_page()


def unlocked(page: Page, base: str, code: str) -> str:
    """Unlock a code; the address of its voucher."""
    page.goto(f"{base}/c/{code}")
    page.locator("form.get button").click()
    return page.url


@pytest.mark.parametrize("language,market,till", READERS)
def test_a_reservation_from_the_unlock_to_its_end(
    chromium: Browser,
    base: str,
    installation: Installation,
    clock: Clock,
    language: str,
    market: str,
    till: str,
) -> None:
    with_holds(installation, market=market)
    name = f"reservation-{language}-320"
    page = a_phone(chromium, language)
    voucher = unlocked(page, base, a_receipt_code(installation, placement=till))
    look_at(page, f"{name}-unlocked")
    other = a_phone(chromium, language)
    unlocked(other, base, a_receipt_code(installation, placement=till, number="2"))

    with page.expect_event("requestfailed", lambda request: request.url.startswith(SHOP)):
        page.locator("form.get button").click()
    page.wait_for_url("chrome-error://**")
    page.goto(voucher)
    look_at(page, f"{name}-reserved")
    page.locator(".held button").click()
    assert page.url == voucher

    other.locator("form.get button").click()
    look_at(other, f"{name}-sold-out")
    assert other.locator("[data-voucher]").count() == 1

    clock.at += timedelta(minutes=15)
    page.reload()
    assert page.locator(".held button").count() == 0
    look_at(page, f"{name}-over")


@pytest.mark.parametrize("language,market,till", READERS)
def test_a_code_of_the_shops_own(
    chromium: Browser, base: str, installation: Installation, language: str, market: str, till: str
) -> None:
    with_holds(installation, market=market, connect=Connection.LIST)
    with installation.db.writing() as tx:
        edition = finders.edition_by_key(tx, f"double-11/{market}")
        for bundle in finders.published(tx, edition).bundles:
            code = f"LARKFELL-DOUBLE-ELEVEN-{bundle.slug.upper()}-7Q4Z81XW-2026"
            row = {"edition_id": edition.id or 0, "bundle_id": bundle.id, "code": code}
            tx.add(ShopCode(**row, added_at=installation.world.now()))
    page = a_phone(chromium, language)
    unlocked(page, base, a_receipt_code(installation, placement=till))
    assert page.locator("[data-voucher]").inner_text().startswith("LARKFELL-")
    look_at(page, f"reservation-{language}-320-list-code")
