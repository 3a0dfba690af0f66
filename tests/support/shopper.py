"""A shopper at a test client: opens pages, presses the one button, and sees what the spool has of it."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from omni.app import Installation, build_app
from omni.domain.scan_record import ScanRecord
from omni.store.spool_files import read_from, spool_files

PHONE = "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 Chrome/130.0 Mobile Safari/537.36"


class Shopper:
    """One person and one phone, in one language."""

    def __init__(self, place: Installation, client: FlaskClient, language: str = "en") -> None:
        self.place = place
        self.client = client
        self._headers = {"Accept-Language": language, "User-Agent": PHONE}

    def open(self, address: str, *, method: str = "GET", **headers: str) -> TestResponse:
        """Open an address of ours."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.open(address, method=method, headers={**self._headers, **named})

    def send(self, address: str, **fields: str) -> TestResponse:
        """Send a form as it is."""
        return self.client.post(address, data=fields, headers=self._headers)

    def token(self, code: str) -> str:
        """The hidden proof in a code's page."""
        found = re.search(r'name="token" value="([^"]+)"', self.open(f"/c/{code}").text)
        assert found is not None
        return found.group(1)

    def unlock(self, code: str, *, token: str | None = None) -> TestResponse:
        """Open a code's page and press its button."""
        return self.send(f"/c/{code}/claim", token=token or self.token(code))

    def voucher(self, code: str) -> str:
        """Unlock a code: the address of the voucher's page."""
        answer = self.unlock(code)
        assert answer.status_code == 303, answer.text
        return answer.headers["Location"]


def scans(place: Installation) -> list[ScanRecord]:
    """Every scan written down so far."""
    files = spool_files(Path(place.settings.data_dir) / "spool")
    return [record for file in files for _, record in read_from(file.path, 0).records]


def headline(answer: TestResponse) -> str:
    """The first heading of a page, without markup."""
    found = re.search(r"<h1[^>]*>(.*?)</h1>", answer.text, re.DOTALL)
    assert found is not None, answer.text[:500]
    return re.sub(r"<[^>]+>", "", found.group(1)).strip()


@pytest.fixture
def shopper(installation: Installation) -> Iterator[Shopper]:
    """An English-speaking shopper with an empty phone."""
    with build_app(installation).test_client() as client:
        yield Shopper(installation, client)


def another(shopper: Shopper, language: str = "en") -> Shopper:
    """Somebody else with a phone of her own."""
    return Shopper(shopper.place, shopper.client.application.test_client(), language)
