"""The funnel of today while it happens: the page, the stream that keeps it current, and who may have one."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from http.client import HTTPConnection, HTTPResponse
from typing import Any
from urllib.parse import urlsplit

import pytest

from omni.app import Installation
from omni.domain.cube import Kind
from omni.domain.people import Role
from omni.store.engine import StoreBusy
from omni.web.studio.figures import Five
from omni.web.studio.live import Today, Watch
from tests.integration.test_folding import away
from tests.integration.test_studio import happened
from tests.support.codes import a_batch
from tests.support.installations import FESTIVAL, Clock
from tests.support.journeys import fold, scan
from tests.support.looking import served
from tests.support.staff import Browser, signed_in

PAGE = "/studio/double-11/live"
EVENTS = f"{PAGE}/events"


@pytest.fixture
def ada(installation: Installation) -> Browser:
    return signed_in(installation, "Ada", Role.MARKETER)


def cookie(browser: Browser) -> str:
    found = browser.client.get_cookie("omni")
    assert found is not None
    return f"omni={found.value}"


@contextmanager
def stream(base: str, browser: Browser) -> Iterator[Iterator[dict[str, Any]]]:
    """What a stream says, one message after the other, as long as somebody reads."""
    line = HTTPConnection(urlsplit(base).netloc, timeout=20)
    with closing(line):
        line.request("GET", EVENTS, headers={"Cookie": cookie(browser)})
        with closing(line.getresponse()) as answer:
            assert (answer.status, answer.headers.get_content_type()) == (200, "text/event-stream")
            yield messages(answer)


def messages(answer: HTTPResponse) -> Iterator[dict[str, Any]]:
    for line in answer:
        if line.startswith(b"data: "):
            yield json.loads(line.removeprefix(b"data: "))


@pytest.mark.pages
def test_the_page_has_todays_figures_of_every_market_on_its_own_clock(
    installation: Installation, clock: Clock
) -> None:
    clock.at = datetime(2026, 11, 11, 16, tzinfo=UTC)  # one in the morning of the twelfth in Tokyo
    browser = signed_in(installation, "Bo", Role.MARKETER)
    happened(installation, "fr-paris-till-1", Kind.ISSUED, 3, datetime(2026, 11, 11, 8, tzinfo=UTC))
    happened(installation, "fr-paris-till-1", Kind.ISSUED, 9, datetime(2026, 11, 10, 8, tzinfo=UTC))
    happened(installation, "jp-tokyo-till-1", Kind.ISSUED, 5, datetime(2026, 11, 11, 8, tzinfo=UTC))
    happened(installation, "jp-tokyo-till-1", Kind.ISSUED, 7, datetime(2026, 11, 11, 15, 30, tzinfo=UTC))
    page = browser.get(PAGE).text
    assert 'data-live="fr.issued">3<' in page
    assert 'data-live="jp.issued">7<' in page
    assert 'data-live="all.issued">10<' in page


@pytest.mark.pages
def test_whoever_asks_reads_the_same_as_whoever_listens(installation: Installation, ada: Browser) -> None:
    happened(installation, "fr-paris-till-1", Kind.ISSUED, 4000)
    happened(installation, "fr-paris-till-1", Kind.SCAN_FIRST, 1000)
    asked = json.loads(ada.get(f"{PAGE}.json?lang=fr").text)
    assert asked["texts"]["fr.issued"] == "4\u202f000"
    assert asked["texts"]["fr.scanned.rate"] == "25\xa0%"
    assert not asked["is_away"]
    with closing(ada.get(EVENTS)) as heard:
        first = next(text for text in heard.iter_encoded())
    assert json.loads(first.partition(b"data: ")[2]) == asked


def test_a_scan_is_on_the_stream_two_seconds_after_it_was_folded(
    installation: Installation, ada: Browser
) -> None:
    batch = a_batch(installation)
    with served(installation) as base, stream(base, ada) as heard:
        assert next(heard)["texts"]["fr.scanned"] == "0"
        scan(installation, batch, batch.first_number)
        fold(installation)
        folded_at = time.monotonic()
        news = next(news for news in heard if news["texts"]["fr.scanned"] == "1")
        assert time.monotonic() - folded_at < 2
        assert news["aloud"] == "10 codes were given out; scanned: 1."


def test_a_stream_outlives_a_database_that_is_away(
    installation: Installation, ada: Browser, engine_name: str
) -> None:
    if installation.db.is_sqlite:
        pytest.skip("a file cannot go away from whoever reads it")
    happened(installation, "fr-paris-till-1", Kind.ISSUED, 40)
    with served(installation) as base, stream(base, ada) as heard:
        assert next(heard)["texts"]["fr.issued"] == "40"
        with away(installation, engine_name):
            news = next(news for news in heard if news["is_away"])
            assert news["texts"]["fr.issued"] == "40"
        assert not next(news for news in heard if not news["is_away"])["is_away"]


@pytest.mark.pages
def test_a_quarter_of_the_threads_may_be_streams_and_at_least_one(ada: Browser) -> None:
    for threads, most in ((1, 1), (4, 1), (8, 2)):
        told = {"omni.threads": threads}
        open_streams = [ada.client.get(EVENTS, environ_overrides=told) for _ in range(most)]
        assert {answer.status_code for answer in open_streams} == {200}
        refused = ada.client.get(EVENTS, environ_overrides=told)
        assert refused.status_code == 503
        assert int(refused.headers["Retry-After"]) > 0
        assert ada.get(f"{PAGE}.json").status_code == 200
        for answer in open_streams:
            answer.close()


@pytest.mark.pages
def test_a_stream_ends_when_its_process_leaves(ada: Browser) -> None:
    answer = ada.client.get(EVENTS, environ_overrides={"omni.is_leaving": lambda: True})
    assert answer.text.count("data: ") == 1
    assert ada.client.get(EVENTS).status_code == 200


@pytest.mark.pages
def test_only_marketers_watch_and_only_campaigns_there_are(installation: Installation, ada: Browser) -> None:
    tom = signed_in(installation, "Tom", Role.STAFF)
    for path in (PAGE, EVENTS, f"{PAGE}.json"):
        assert tom.get(path).status_code == 403
        assert ada.get(path.replace("double-11", "single-10")).status_code == 404


def test_everybody_shares_one_reading_and_the_last_one_when_there_is_none() -> None:
    watch, readings = Watch(), iter([Today(FESTIVAL, {"fr": Five(issued=1)})])

    def read() -> Today:
        for today in readings:
            return today
        raise StoreBusy

    first = watch.today(1, read, StoreBusy)
    assert watch.today(1, read, StoreBusy) is first
    with pytest.raises(StoreBusy):
        watch.today(2, read, StoreBusy)
    until = time.monotonic() + 20
    while not (later := watch.today(1, read, StoreBusy)).is_away:
        assert time.monotonic() < until
    assert later.markets == first.markets
