"""A code is a bearer paper: what a server writes down about its visitors must not hold any."""

import json
from pathlib import Path

import pytest

from tests.support.phone import Phone
from tests.support.processes import OmniProcess
from tests.support.shopper import PHONE


def test_the_server_writes_down_no_code_however_it_was_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRANIAN_LOG_ACCESS_ENABLED", "true")
    omni = OmniProcess.in_folder(tmp_path)
    omni("init")
    omni("import", str(omni.demo_file()))
    omni("launch", "double-11/fr")
    code = json.loads(omni("receipt", "--placement", "fr-paris-till-1", "--as", "json"))["code"]
    with omni.serving() as base:
        phone = Phone(base, user_agent=PHONE)
        voucher = phone.submit(phone.get(f"/c/{code}"), action="/claim").find('data-voucher="([^"]+)"')
        for address in (f"/v/{voucher}", f"/privacy/{code}", f"/?code={code}", f"/v/{code}", f"/c/{voucher}"):
            assert phone.get(address).status == 200, address
        assert phone.get(f"/c/{code[:-1]}").status == 404
    written = (tmp_path / "server.log").read_text().upper().replace("-", "")
    for text in (code, voucher):
        assert text.replace("-", "").removeprefix("V")[:10] not in written
