"""The main job, end to end: print a code, scan it, unlock, redeem, reverse, see it by market.

Everything is real: the `omni` command as a process, its server, the PDF on paper (rendered), two decoders,
HTTP on loopback, and each database in turn.
"""

import csv
import io
import json
import re
from pathlib import Path

import pypdfium2
import pytest
import zxingcpp
from pyzbar import pyzbar

from tests.support.phone import Phone
from tests.support.processes import OmniProcess

PHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15"
    " Version/18.0 Mobile/15E148 Safari/604.1"
)
EDITIONS = {"fr": ("fr-paris-popup", "fr"), "sa": ("sa-riyadh-popup", "ar")}


@pytest.fixture
def omni(engine_url: str, tmp_path: Path) -> OmniProcess:
    """A new installation made by the command, with the demo campaign live."""
    command = OmniProcess.in_folder(tmp_path, engine_url)
    command("init")
    command("import", str(command.demo_file()))
    for market in ("fr", "sa"):
        command("launch", f"double-11/{market}")
    return command


def printed_address(omni: OmniProcess, market: str, placement: str) -> str:
    """Issue one code, print its sheet, render the paper, and read it with two decoders that must agree."""
    batch = json.loads(
        omni("issue", "--edition", f"double-11/{market}", "--placement", placement, "--count", "1", "--json")
    )
    sheet = omni.folder / f"{market}.pdf"
    omni("print", str(batch["batch"]), "--as", "pdf", "-o", str(sheet))
    page = pypdfium2.PdfDocument(sheet)[0].render(scale=4).to_pil().convert("L")
    first = {found.text for found in zxingcpp.read_barcodes(page, formats=zxingcpp.BarcodeFormat.QRCode)}
    second = {found.data.decode() for found in pyzbar.decode(page)}
    assert first == second
    assert len(first) == 1
    return first.pop()


def funnel_of(rows: list[dict[str, object]], market: str) -> list[int]:
    row = next(row for row in rows if row["market"] == market)
    return [int(str(row[name])) for name in ("issued", "scanned", "unlocked", "redeemed", "reversed")]


@pytest.mark.pages
def test_from_paper_to_the_marketers_five_numbers(omni: OmniProcess) -> None:
    key = re.search(r"omni_live_\w+", omni("keys", "add", "webshop", "--scopes", "pos,shop,stats"))
    assert key is not None
    with omni.serving() as base:
        shop = Phone(base, bearer=key.group())
        vouchers = {}
        for market, (placement, language) in EDITIONS.items():
            address = printed_address(omni, market, placement)
            assert address.startswith(base.upper() + "/C/")
            phone = Phone(base, language=language, user_agent=PHONE)
            page = phone.get(address)
            assert page.status == 200
            assert f'lang="{language}' in page.text
            assert not page.headers.get_all("Set-Cookie")
            vouchers[market] = phone.submit(page, action="/claim").find(r'data-voucher="(V-[^"]+)"')
        assert 'dir="rtl"' in Phone(base, language="ar", user_agent=PHONE).get(f"/v/{vouchers['sa']}").text

        order = {
            "voucher": vouchers["fr"],
            "order_ref": "A-1001",
            "order_total_minor": 49_900,
            "currency": "EUR",
        }
        redeemed = shop.post("/api/v1/redemptions", order, key="redeem-1")
        assert redeemed.status == 201
        half = {"amount_minor": redeemed.json["benefit_minor"] // 2, "reason": "one item came back"}
        reversal = shop.post(f"/api/v1/redemptions/{redeemed.json['id']}/reversals", half, key="reverse-1")
        assert reversal.status == 201
        again = shop.post("/api/v1/redemptions", order, key="redeem-1")
        assert (again.status, again.headers["Idempotency-Replayed"]) == (200, "true")
        assert again.json["id"] == redeemed.json["id"]

        omni("worker", "--once")
        by_api = shop.get("/api/v1/stats/funnel?campaign=double-11&by=market").json["rows"]
        by_command = json.loads(omni("stats", "double-11", "--by", "market", "--as", "json"))["rows"]
        as_csv = list(
            csv.DictReader(io.StringIO(omni("stats", "double-11", "--by", "market", "--as", "csv")))
        )
        omni("people", "add", "Mara", "--role", "marketer")
        studio = omni.sign_in(Phone(base), "Mara").get("/studio/?campaign=double-11").text
        for market, expected in {"fr": [1, 1, 1, 1, 1], "sa": [1, 1, 1, 0, 0]}.items():
            assert (
                funnel_of(by_api, market)
                == funnel_of(by_command, market)
                == funnel_of(as_csv, market)
                == expected
            )
            row = re.search(rf'data-market="{market}".*?</tr>', studio, re.DOTALL)
            assert row is not None
            assert [int(n) for n in re.findall(r"<td>(\d+)", row.group())] == expected
    omni("reconcile")
