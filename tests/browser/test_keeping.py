"""What a script adds to the voucher's page: one tap copies, and the phone's own sheet shares the offer."""

from playwright.sync_api import Browser

from omni.app import Installation
from tests.support.codes import a_receipt_code
from tests.support.looking import follow, served

SHEET = "navigator.share = what => (window.told = what, Promise.resolve())"


def test_one_tap_copies_the_voucher_and_another_shares_the_offer(
    chromium: Browser, installation: Installation
) -> None:
    with served(installation) as base:
        context = chromium.new_context(permissions=["clipboard-read", "clipboard-write"], locale="en-GB")
        page = context.new_page()
        page.add_init_script(SHEET)
        page.goto(f"{base}/c/{a_receipt_code(installation)}")
        follow(page.locator("form.get button"))
        voucher = page.locator("[data-voucher]")
        voucher.click()
        assert page.evaluate("navigator.clipboard.readText()") == voucher.inner_text()

        link = page.locator("[data-share]")
        link.click()
        told = page.evaluate("window.told")
        assert told == {"title": "Slow-afternoon tea set", "url": link.get_attribute("href")}
        assert voucher.inner_text() not in str(told)
        assert "/v/" in page.url
