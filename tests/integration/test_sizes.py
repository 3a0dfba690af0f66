"""Size tables on the pages of a code, of a voucher and of the public site, and the little room they take."""

import gzip
import re

import pytest

from omni.app import Installation
from tests.integration.test_shopper_offer import INITIAL_WINDOW_BYTES
from tests.support.codes import a_batch, code_of
from tests.support.shopper import Shopper, another

pytestmark = pytest.mark.pages

MARKETS = {"fr": "fr-paris-popup", "jp": "jp-tokyo-popup", "sa": "sa-riyadh-popup", "us": "us-new-york-popup"}


@pytest.fixture
def engine_name() -> str:
    """One engine is enough to look at pages."""
    return "sqlite"


@pytest.fixture
def is_everywhere() -> bool:
    return True


def a_code(place: Installation, market: str = "fr", *, bundle: str = "rain") -> str:
    batch = a_batch(place, edition=f"double-11/{market}", placement=MARKETS[market], bundle=bundle)
    return code_of(place, batch)


def table(page: str) -> list[list[str]]:
    """The cells of the one table of sizes, row by row, the heads first."""
    (found,) = re.findall(r"<table>.*?</table>", page, re.DOTALL)
    rows = re.findall(r"<tr>(.*?)</tr>", found, re.DOTALL)
    cells = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL) for row in rows]
    return [[re.sub(r"<[^>]+>", "", cell) for cell in row] for row in cells]


def test_the_table_stands_beside_the_item_before_and_after_the_unlock_and_in_public(shopper: Shopper) -> None:
    code = a_code(shopper.place)
    french = another(shopper, "fr")
    pages = (f"/c/{code}", french.voucher(code), "/fr/fr-FR/double-11/rain/")
    for address in pages:
        heads, *rows = table(french.open(address).text)
        assert heads == [
            "EU",
            "Tour de poitrine (cm)",
            "Tour de taille (cm)",
            "INT",
            "UK",
            "US",
            "JP",
        ], address
        assert rows[0] == ["44/46", "86\u201394", "74\u201382", "S", "34/36", "34/36", "M"]
        assert len(rows) == 5


def test_a_bundle_without_sizes_has_no_table(shopper: Shopper) -> None:
    assert "<table" not in shopper.open(f"/c/{a_code(shopper.place, bundle='tea')}").text


def test_every_cell_is_isolated_and_named_by_its_row_and_column(shopper: Shopper) -> None:
    page = another(shopper, "ar").open(f"/c/{a_code(shopper.place, 'sa')}").text
    (found,) = re.findall(r"<table>.*?</table>", page, re.DOTALL)
    assert found.count('<th scope="row"') == found.count("</tr>") - 1
    assert set(re.findall(r"<td>(.{13})", found)) == {'<bdi dir="ltr', '<bdi dir="rtl'}
    assert re.search(r'<caption id="sizes-1"><bdi lang="ar-SA">[^<]+</bdi></caption>', found)
    assert 'tabindex="0" aria-labelledby="sizes-1"' in page


@pytest.mark.parametrize("market", MARKETS)
def test_a_page_with_a_table_still_fits_into_one_round_trip(shopper: Shopper, market: str) -> None:
    code = a_code(shopper.place, market)
    for language in ("en", "fr", "ar", "ja", "de", "th", "hi", "ru", "zh-Hans"):
        body = shopper.open(f"/c/{code}?lang={language}").data
        assert len(gzip.compress(body, 6)) < INITIAL_WINDOW_BYTES
