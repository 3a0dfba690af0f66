"""Goods come back at the till, in three scripts: what is held back, and a purchase that comes back."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from omni.app import Installation
from omni.domain.code import Purpose
from omni.services.claiming import Claimed
from omni.store import finders
from tests.support.codes import a_receipt_code
from tests.support.installations import sandbox
from tests.support.journeys import spend, unlock
from tests.support.looking import look_at, served, signed_in_page
from tests.support.policies import decide


@pytest.fixture
def base(installation: Installation) -> Iterator[str]:
    with served(sandbox(installation)) as address:
        yield address


def a_used_voucher(place: Installation) -> str:
    """A voucher of a receipt that was used in full for an order of 100 €."""
    opened = place.keyring.open(a_receipt_code(place, number="used"))
    assert opened is not None
    with place.db.reading() as session:
        batch = finders.batch_of(session, opened.number)
    assert batch is not None
    assert isinstance(unlock(place, batch, opened.number), Claimed)
    spend(place, batch, opened.number, total_minor=10_000)
    return place.keyring.seal(opened.number, Purpose.VOUCHER, batch.key_id)


@pytest.mark.parametrize("language,width", [("fr", 390), ("ar", 320), ("ja", 390)])
def test_what_comes_back_is_read_on_a_phone_in_every_script(
    chromium: Browser, installation: Installation, base: str, language: str, width: int
) -> None:
    decide(installation, minimum="100", below_minimum="charge", units="burn")
    voucher, unused = a_used_voucher(installation), a_receipt_code(installation)
    page = signed_in_page(chromium, installation, base, language=language, width=width)
    name = f"till-returns-{language}-{width}"
    page.goto(f"{base}/till/place")
    place = page.locator("button[value=fr-paris-till-1]")
    page.locator("details", has=place).locator("summary").click()
    place.click()
    page.goto(f"{base}/till/return")
    look_at(page, f"{name}-ask")
    page.locator("#what").fill(voucher)
    page.keyboard.press("Enter")
    page.locator("input[type=checkbox]").last.uncheck()
    page.locator("details form .go").click()
    expect(page.locator(".sum")).to_be_visible()
    look_at(page, f"{name}-sum")
    page.locator("button[name=confirm]").click()
    expect(page.locator(".note-done")).to_be_visible()
    look_at(page, f"{name}-returned")
    page.locator("details summary").click()
    page.locator("details form .go").click()
    look_at(page, f"{name}-rest")
    page.goto(f"{base}/till/return")
    page.locator("#what").fill(unused)
    page.keyboard.press("Enter")
    page.locator("#amount").fill("much")
    page.keyboard.press("Enter")
    expect(page.locator(".error")).to_be_visible()
    look_at(page, f"{name}-purchase")
    page.locator("#amount").fill("")
    page.keyboard.press("Enter")
    expect(page.locator(".note-done")).to_be_visible()
    look_at(page, f"{name}-purchase-back")
