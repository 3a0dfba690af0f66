"""Paper from the studio: what can be printed, what it will look like, and a PDF whose run is written down."""

import base64
import io
import re

import pytest
from PIL import Image
from sqlmodel import select
from werkzeug.test import TestResponse

from omni.app import Installation
from omni.domain.batch import Batch
from omni.domain.people import Role
from omni.domain.print_run import PrintRun
from tests.integration.test_studio import INNER_WORDS
from tests.support.codes import a_batch
from tests.support.paper import pages, read_by_zxing, text_of
from tests.support.staff import Browser, signed_in

LIST = "/studio/campaigns/double-11/fr/print"


@pytest.fixture
def engine_name() -> str:
    """One engine is enough: what these pages ask of the database is tested beside its service."""
    return "sqlite"


@pytest.fixture
def ada(installation: Installation) -> Browser:
    return signed_in(installation, "Ada", Role.MARKETER)


def open_batch(browser: Browser, batch: Batch, query: str = "") -> TestResponse:
    return browser.get(f"{LIST}/{batch.id}{query}")


def download(browser: Browser, page: TestResponse, **fields: str) -> TestResponse:
    """Press the download button of a batch's page; its form has no address, so it goes where the page is."""
    token = re.search(r'name="csrf_token" value="([^"]+)"', page.text)
    assert token
    sent = {"csrf_token": token[1], "do": "download", **fields}
    return browser.client.post(page.request.path, data=sent, headers=browser.headers, buffered=True)


def runs(place: Installation) -> list[PrintRun]:
    with place.db.reading() as session:
        return list(session.exec(select(PrintRun).order_by(PrintRun.id)))


def proof(page: TestResponse) -> Image.Image:
    """The picture of what will come out."""
    shown = re.search(r'src="data:image/png;base64,([^"]+)"', page.text)
    assert shown
    return Image.open(io.BytesIO(base64.b64decode(shown[1])))


def test_what_can_be_printed_is_one_link_away_from_the_campaign(
    installation: Installation, ada: Browser
) -> None:
    labels = a_batch(installation, count=40)
    poster = a_batch(installation, count=50, shared=True)
    a_batch(installation, edition="double-11/de", placement="de-berlin-popup")
    assert f'href="{LIST}"' in ada.get("/studio/campaigns").text
    page = ada.get(LIST).text
    assert re.findall(rf"{LIST}/(\d+)", page) == [str(poster.id), str(labels.id)]
    assert "Larkfell Paris" in page
    assert INNER_WORDS.findall(re.sub(r"<[^>]+>", " ", page)) == []


def test_a_campaign_without_codes_says_so(ada: Browser) -> None:
    assert "There are no codes to print yet." in ada.get(LIST).text


def test_a_page_shows_the_label_its_host_and_its_measures_before_anything_is_printed(
    installation: Installation, ada: Browser
) -> None:
    page = open_batch(ada, a_batch(installation, count=40))
    assert "GO.LARKFELL.EXAMPLE" in page.text
    assert re.search(r"measures 0\.\d+ mm; a phone reads it from up to \d+ cm", page.text)
    [url] = read_by_zxing(proof(page))
    assert url.startswith("HTTPS://GO.LARKFELL.EXAMPLE/C/")
    assert INNER_WORDS.findall(re.sub(r"<[^>]+>", " ", page.text)) == []
    assert runs(installation) == []


def test_a_download_is_a_run_and_the_pdf_names_it(installation: Installation, ada: Browser) -> None:
    batch = a_batch(installation, count=40)
    answer = download(ada, open_batch(ada, batch), layout="L7160", first="5", count="10", slot="3")
    assert answer.mimetype == "application/pdf"
    [run] = runs(installation)
    said = (run.batch_id, run.first_number, run.copies, run.form, run.layout, run.printed_by)
    assert said == (batch.id, batch.first_number + 4, 10, "pdf", "L7160", "Ada")
    assert f"-{run.id}.pdf" in answer.headers["Content-Disposition"]
    assert f"#{run.id}" in text_of(answer.data)
    assert sum(read_by_zxing(pages(answer.data, dpi=300)[0]).values()) == 10


def test_the_next_sheet_begins_where_the_last_one_ended(installation: Installation, ada: Browser) -> None:
    batch = a_batch(installation, count=40)
    assert 'name="first" value="1"' in open_batch(ada, batch).text
    download(ada, open_batch(ada, batch), count="21")
    page = open_batch(ada, batch).text
    assert 'name="first" value="22"' in page
    assert 'name="count" value="19"' in page
    assert "<dd>21</dd>" in page


def test_a_shared_code_becomes_a_poster_read_from_as_far_as_was_asked(
    installation: Installation, ada: Browser
) -> None:
    batch = a_batch(installation, count=50, shared=True)
    page = open_batch(ada, batch, "?layout=a5&distance=500")
    assert list(read_by_zxing(proof(page)))
    assert "reads it from up to 50 cm" in page.text
    answer = download(ada, page, layout="a5", distance="500")
    assert answer.mimetype == "application/pdf"
    [run] = runs(installation)
    assert (run.copies, run.layout, run.first_number) == (1, "a5", batch.first_number)


def test_showing_leads_to_an_address_of_its_own_and_prints_nothing(
    installation: Installation, ada: Browser
) -> None:
    page = open_batch(ada, a_batch(installation, count=40))
    answer = download(ada, page, do="show", layout="L7163", first="900", count="many", slot="-3")
    assert answer.status_code == 303
    assert answer.location.endswith("?layout=L7163&slot=1&first=40&count=1")
    assert runs(installation) == []


def test_more_than_five_thousand_are_left_to_the_command(installation: Installation, ada: Browser) -> None:
    batch = a_batch(installation, count=9_000)
    answer = download(ada, open_batch(ada, batch), count="5001")
    assert answer.status_code == 422
    assert "At most 5,000 at once here." in answer.text
    assert f"omni print {batch.id} --layout L7160 --from 1 --count 5001" in answer.text
    assert runs(installation) == []


def test_paper_that_cannot_be_made_is_one_sentence_and_no_run(
    installation: Installation, ada: Browser
) -> None:
    batch = a_batch(installation, count=50, shared=True)
    answer = download(ada, open_batch(ada, batch), layout="a6", distance="5000")
    assert answer.status_code == 422
    assert "This does not fit: choose another size or a shorter distance." in answer.text
    assert "a6 has no room" in answer.text
    assert 'value="download"' not in answer.text
    assert runs(installation) == []


@pytest.mark.parametrize("path", [LIST.replace("fr", "xx"), f"{LIST}/999999", f"{LIST}/words"])
def test_what_is_not_there_to_be_printed_is_not_found(ada: Browser, path: str) -> None:
    assert ada.get(path).status_code == 404


def test_codes_of_another_market_and_of_receipts_are_not_printed_here(
    installation: Installation, ada: Browser
) -> None:
    other = a_batch(installation, edition="double-11/de", placement="de-berlin-popup")
    assert open_batch(ada, other).status_code == 404


def test_only_who_runs_campaigns_prints_them_and_only_with_the_token_of_the_page(
    installation: Installation, ada: Browser
) -> None:
    batch = a_batch(installation, count=40)
    clerk = signed_in(installation, "Tom", Role.STAFF)
    assert open_batch(clerk, batch).status_code == 403
    assert ada.client.post(f"{LIST}/{batch.id}", data={"do": "download"}).status_code == 400
    assert runs(installation) == []
