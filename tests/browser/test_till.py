"""The till on the smallest phone: a code in two taps, used and taken back, in both directions."""

import io
from collections.abc import Iterator

import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from omni.app import Installation
from tests.support.installations import sandbox
from tests.support.looking import look_at, served, signed_in_page


@pytest.fixture
def engine_name() -> str:
    """One engine is enough to look at pages."""
    return "sqlite"


@pytest.fixture
def base(installation: Installation) -> Iterator[str]:
    with served(sandbox(installation)) as address:
        yield address


def stand_at(page: Page, base: str, till: str) -> None:
    page.goto(f"{base}/till/place")
    place = page.locator(f"button[value={till}]")
    page.locator("details", has=place).locator("summary").click()
    place.click()
    expect(page.locator("button[value=shown]")).to_be_visible()


def unlocked(page: Page, base: str, code: str) -> str:
    """What the shopper's phone does, in a window of its own."""
    phone = page.context.new_page()
    phone.goto(f"{base}/c/{code}")
    phone.locator("form[action$='/claim'] button").click()
    voucher = phone.locator("[data-voucher]").get_attribute("data-voucher")
    phone.close()
    assert voucher
    return voucher


@pytest.mark.parametrize(
    "language,till,direction", [("en-GB", "gb-london-till-1", "ltr"), ("ar", "sa-riyadh-till-1", "rtl")]
)
def test_a_whole_day_at_the_till(
    chromium: Browser, installation: Installation, base: str, language: str, till: str, direction: str
) -> None:
    page = signed_in_page(chromium, installation, base, language=language)
    name = f"till-{language[:2]}"
    look_at(page, f"{name}-place")
    stand_at(page, base, till)
    assert page.locator("html").get_attribute("dir") == direction
    look_at(page, f"{name}-home")
    page.locator("button[value=shown]").click()
    code = page.locator(".typed").inner_text()
    look_at(page, f"{name}-code")
    page.goto(f"{base}/till/use")
    page.locator("#code").fill(code)
    page.keyboard.press("Enter")
    expect(page.locator(f"a[href$='/c/{code}']")).to_be_visible()
    look_at(page, f"{name}-not-unlocked")
    voucher = unlocked(page, base, code)
    page.goto(f"{base}/till/use")
    page.locator("#code").fill(voucher)
    page.keyboard.press("Enter")
    expect(page.locator("#order_ref")).to_be_visible()
    look_at(page, f"{name}-spend")
    page.locator("#order_ref").fill("A-1001")
    page.locator("#total").fill("9999")
    page.keyboard.press("Enter")
    expect(page.locator(".note-done")).to_be_visible()
    look_at(page, f"{name}-used")
    page.goto(f"{base}/till/use/{voucher}")
    look_at(page, f"{name}-refused")
    page.goto(f"{base}/till/return")
    page.locator("#what").fill("A-1001")
    page.keyboard.press("Enter")
    page.locator("details form .go").click()
    expect(page.locator(".sum")).to_be_visible()
    look_at(page, f"{name}-sum")
    page.locator("button[name=confirm]").click()
    expect(page.locator(".note-done")).to_be_visible()
    look_at(page, f"{name}-returned")


def test_a_shown_code_is_read_by_a_phones_camera(
    chromium: Browser, installation: Installation, base: str
) -> None:
    page = signed_in_page(chromium, installation, base, width=390)
    stand_at(page, base, "fr-paris-till-1")
    page.locator("button[value=shown]").click()
    code = page.locator(".typed").inner_text()
    seen = zxingcpp.read_barcodes(Image.open(io.BytesIO(page.screenshot(full_page=True))))
    assert [barcode.text for barcode in seen] == [f"HTTP://127.0.0.1:8000/C/{code.replace('-', '')}"]


def test_a_slip_is_as_narrow_as_its_roll(chromium: Browser, installation: Installation, base: str) -> None:
    page = signed_in_page(chromium, installation, base, width=390)
    stand_at(page, base, "de-berlin-till-1")
    page.evaluate("window.print = () => {}")
    page.locator("button[value=print]").click()
    page.wait_for_url("**/slip")
    look_at(page, "till-slip")
    page.emulate_media(media="print")
    assert not page.locator("nav").is_visible()
    assert page.locator("body").evaluate("e => e.getBoundingClientRect().width") <= 72 * 96 / 25.4 + 1


def test_the_till_works_without_script(chromium: Browser, installation: Installation, base: str) -> None:
    page = signed_in_page(chromium, installation, base, script=False)
    stand_at(page, base, "fr-paris-till-1")
    page.locator("button[value=shown]").click()
    expect(page.locator(".symbol svg")).to_be_visible()
    page.locator("form[action$='/print'] button").click()
    expect(page.locator("body[data-print] svg")).to_be_visible()


def test_every_button_is_large_enough_for_a_thumb(
    chromium: Browser, installation: Installation, base: str
) -> None:
    page = signed_in_page(chromium, installation, base)
    stand_at(page, base, "fr-paris-till-1")
    sizes = page.locator("button:visible, nav a:visible, summary:visible").evaluate_all(
        "all => all.map(e => [e.innerText, Math.round(e.getBoundingClientRect().height)])"
    )
    assert len(sizes) > 5
    assert [told for told in sizes if told[1] < 44] == []
