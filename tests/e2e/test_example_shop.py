"""From a receipt to an order and back: Omni, the example shop and a browser, each a process of its own."""

import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path

import pytest
import yaml
from playwright.sync_api import Browser, Page

from omni.client import Omni, ReceiptCode
from tests.support.looking import follow, look_at
from tests.support.processes import START_WITHIN_SECONDS, OmniProcess
from tests.support.serving import environment, free_port

TILL = "fr-paris-till-1"
LINK = "https://127.0.0.1:{port}/cart?{{items}}&discount={{voucher}}&lang={{locale}}&ref={{placement}}"
USUAL = {"width": 390, "height": 844}


@contextmanager
def example_shop(folder: Path, base: str, key: str, port: int) -> Iterator[str]:
    """The example shop as its reader starts it, over https: its address."""
    command = [sys.executable, "-m", "omni.demo.shop", "--omni", base, "--key", key]
    log = folder / "shop.log"
    with (
        log.open("wb") as said,
        subprocess.Popen(
            [*command, "--port", str(port), "--https"],
            env=environment(),
            cwd=folder,
            stdout=said,
            stderr=said,
        ) as shop,
    ):
        try:
            _wait(shop, port, log)
            yield f"https://127.0.0.1:{port}"
        finally:
            shop.terminate()


def _wait(shop: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
    until = time.monotonic() + START_WITHIN_SECONDS
    while time.monotonic() < until:
        assert shop.poll() is None, log.read_text()
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError(log.read_text())


@pytest.fixture
def port() -> int:
    """Where the example shop will be."""
    return free_port()


@pytest.fixture
def omni(tmp_path: Path, port: int) -> OmniProcess:
    """An installation whose campaign is live in France and leads to the example shop."""
    command = OmniProcess.in_folder(tmp_path)
    command("init")
    file = command.demo_file()
    written = yaml.safe_load(file.read_text())
    written["shop"] = LINK.format(port=port)
    written["markets"] = {"fr": written["markets"]["fr"]}
    file.write_text(yaml.safe_dump(written, allow_unicode=True))
    command("import", str(file))
    command("launch", "double-11/fr")
    return command


def a_code(till: Omni, receipt: str) -> str:
    """The address printed on a receipt."""
    printed = till.receipt(TILL, receipt_no=receipt, total_minor=5_000, currency="EUR")
    assert isinstance(printed, ReceiptCode)
    return printed.url


def a_phone(chromium: Browser, language: str) -> Page:
    """A phone that trusts the shop's certificate of the moment."""
    context = chromium.new_context(
        viewport=USUAL, locale=language, ignore_https_errors=True, reduced_motion="reduce"
    )
    return context.new_page()


def unlock_and_go(page: Page, address: str) -> str:
    """Scan, unlock, go to the shop: the voucher she has."""
    page.goto(address)
    follow(page.locator("form.get button"))
    voucher = page.locator("[data-voucher]").get_attribute("data-voucher")
    follow(page.locator("form.get button"))
    page.wait_for_url("**/cart")
    assert page.input_value("#voucher") == voucher
    return str(voucher)


def press(page: Page, name: str) -> None:
    """Press a button by its words."""
    follow(page.get_by_role("button", name=name))


def amount(page: Page, name: str) -> Decimal:
    """A sum on the page, in euros."""
    return Decimal(page.locator(f"[data-{name}]").inner_text().lstrip("−").removeprefix("€"))


def test_from_a_receipt_to_an_order_to_a_return_and_through_an_outage(
    omni: OmniProcess, chromium: Browser, tmp_path: Path, port: int
) -> None:
    key = re.search(r"omni_live_\w+", omni("keys", "add", "webshop", "--scopes", "pos,shop"))
    assert key is not None
    with example_shop(tmp_path, omni.base, key.group(), port) as shop:
        page, other = a_phone(chromium, "fr-FR"), a_phone(chromium, "fr-FR")
        till = Omni(omni.base, key.group())
        with omni.serving("--workers", "1", "--no-worker"):
            voucher = buy_and_send_back(till, page, other, shop)
            [found] = till.redemptions(voucher=voucher)
            [back] = found.reversals
            assert found.order_ref == page.locator("[data-order]").inner_text()
            assert (found.benefit_minor, found.order_total_minor) == (1_900, 5_990)
            assert amount(page, "total") == Decimal(5_990 - back.refund_minor) / 100
            unlock_and_go(other, a_code(till, "2"))

        press(other, "Place the order")
        other.wait_for_url("**/orders/*")
        assert "without the discount for now" in other.inner_text("main")
        assert amount(other, "total") == Decimal("78.90")
        look_at(other, "example-shop-fr-390-undecided")

        with omni.serving("--workers", "1", "--no-worker"):
            press(other, "Try the code again")
            assert (amount(other, "saved"), amount(other, "total")) == (19, Decimal("59.90"))
    omni("reconcile")


def buy_and_send_back(till: Omni, page: Page, other: Page, shop: str) -> str:
    """One shopper buys by her receipt and sends a cup back; another tries her codes: the voucher."""
    printed = a_code(till, "1")
    other.goto(f"{shop}/cart?items=cup-ember:1&discount={printed[-15:]}&lang=fr-FR&ref={TILL}")
    assert "Unlock it first" in other.inner_text("main")
    assert other.locator("main .note a").get_attribute("href") == printed
    look_at(other, "example-shop-fr-390-not-unlocked")

    voucher = unlock_and_go(page, printed)
    assert "Théière en fonte Ember" in page.inner_text("main")
    assert (amount(page, "saved"), amount(page, "total")) == (19, Decimal("59.90"))
    look_at(page, "example-shop-fr-390-basket")
    press(page, "Place the order")
    look_at(page, "example-shop-fr-390-order")

    other.goto(f"{shop}/cart?items=cup-ember:2&discount={voucher}&lang=ar&ref={TILL}")
    assert other.locator("label bdi[dir=rtl][lang=ar]").count() == 1
    assert "already used" in other.inner_text("main")
    look_at(other, "example-shop-ar-390-used")

    page.locator("[data-sku=cup-ember] select").select_option("1")
    press(page, "What do I get back?")
    assert 0 < amount(page, "refund") < Decimal("9.50")
    look_at(page, "example-shop-fr-390-return")
    press(page, "Send it back")
    assert "1 returned" in page.locator("[data-sku=cup-ember]").inner_text()
    return voucher
