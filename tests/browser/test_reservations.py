"""A reservation in a real browser without script: from the unlock to its end, and who comes too late."""

from datetime import timedelta

from playwright.sync_api import Browser, Page

from omni.app import Installation
from tests.support.codes import a_receipt_code
from tests.support.holds import with_holds
from tests.support.installations import Clock
from tests.support.looking import follow

SHOP = "https://larkfell.example/cart?"


def a_phone(browser: Browser, language: str) -> Page:
    """A phone without script; the shop it is sent to cannot be reached from here."""
    size = {"width": 320, "height": 640}
    return browser.new_context(viewport=size, locale=language, java_script_enabled=False).new_page()


def unlocked(page: Page, base: str, code: str) -> str:
    """Unlock a code; the address of its voucher."""
    page.goto(f"{base}/c/{code}")
    follow(page.locator("form.get button"))
    return page.url


def test_a_reservation_from_the_unlock_to_its_end(
    chromium: Browser, base: str, installation: Installation, clock: Clock
) -> None:
    with_holds(installation)
    page = a_phone(chromium, "ar-SA")
    voucher = unlocked(page, base, a_receipt_code(installation))
    assert page.locator("p.held").count() == 1
    other = a_phone(chromium, "ar-SA")
    unlocked(other, base, a_receipt_code(installation, number="2"))

    with page.expect_event("requestfailed", lambda request: request.url.startswith(SHOP)):
        page.locator("form.get button").click()
    page.wait_for_url("chrome-error://**")
    page.goto(voucher)
    follow(page.locator(".held button"))
    assert page.url == voucher

    follow(other.locator("form.get button"))
    assert other.locator("[data-voucher]").count() == 1

    clock.at += timedelta(minutes=15)
    page.reload()
    assert page.locator(".held button").count() == 0
    assert page.locator("p.held").count() == 1
