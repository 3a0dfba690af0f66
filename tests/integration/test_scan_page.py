"""The scan path: one row asked for, no session opened, and the page it fills in is the page drawn in full."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import event, make_url
from sqlmodel import select

from omni.app import Installation, build_app, open_installation
from omni.domain.batch import UNTOUCHED, Batch, CodePhase, Glimpse
from omni.domain.campaign import Edition
from omni.domain.receipt import Receipt
from omni.domain.record import Origin
from omni.needs import CannotStart
from omni.services import launching
from omni.store import catalogue_rows, glance
from omni.store.catalogue import POLL, CatalogueKeeper, assemble
from omni.store.engine import Database, StoreBusy
from omni.store.glance import Glance
from omni.web.shopper_offer import show_code
from tests.support.codes import a_batch, a_receipt_code, code_of
from tests.support.installations import Clock
from tests.support.journeys import unlock
from tests.support.shopper import Shopper, scans

PHONES = ("fr-FR,fr;q=0.9", "ar", "ja,en;q=0.5", "de-CH")
ENGLISH = {"User-Agent": "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X)", "Accept-Language": "en"}
NOWHERE = "postgresql+psycopg://nobody@127.0.0.1:1/omni"
_TOKEN = re.compile(r'name="token" value="[^"]+"')


@contextmanager
def asked(place: Installation) -> Iterator[list[str]]:
    """What SQLAlchemy is asked to send meanwhile."""
    seen: list[str] = []

    def note(_1: object, _2: object, statement: str, *_rest: object) -> None:
        seen.append(statement)

    engines = {place.db._reader, place.db._writer}
    for engine in engines:
        event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        for engine in engines:
            event.remove(engine, "before_cursor_execute", note)


def drawn_in_full(shopper: Shopper, code: str, language: str) -> str:
    """The page as it is drawn when it is not taken from a shell, but for its proof."""
    opened = shopper.place.keyring.open(code)
    assert opened is not None
    batch = shopper.place.catalogue.fresh().batch_of(opened.number)
    assert batch is not None
    with shopper.client.application.test_request_context("/", headers={"Accept-Language": language}):
        return _TOKEN.sub("", show_code(batch, opened.number).get_data(as_text=True))


def scanned(shopper: Shopper, code: str, language: str) -> str:
    """The page as a scan gets it, but for its proof."""
    return _TOKEN.sub("", shopper.open(f"/c/{code}", Accept_Language=language).text)


def away(place: Installation) -> Installation:
    """The same installation after its database went away."""
    return replace(place, db=Database(NOWHERE))


@pytest.mark.parametrize(
    "at",
    [
        datetime(2026, 10, 20, tzinfo=UTC),
        datetime(2026, 11, 11, 10, tzinfo=UTC),
        datetime(2026, 11, 11, 22, 59, tzinfo=UTC),
        datetime(2027, 2, 1, tzinfo=UTC),
    ],
)
@pytest.mark.pages
def test_the_page_of_a_scan_is_the_page_drawn_in_full(shopper: Shopper, clock: Clock, at: datetime) -> None:
    place = shopper.place
    personal, poster = a_batch(place, count=2), a_batch(place, shared=True, count=5)
    trial, other = a_batch(place, origin=Origin.TEST), a_batch(place, count=1, placement="fr-paris-till-1")
    codes = [code_of(place, batch) for batch in (personal, poster, trial, other)]
    codes += [
        code_of(place, personal, 1),
        a_receipt_code(place),
        a_receipt_code(place, number="2", minutes_ago=1500),
    ]
    clock.at = at
    for language in PHONES:
        for code in codes:
            assert scanned(shopper, code, language) == drawn_in_full(shopper, code, language), (
                code,
                language,
            )


def test_each_scan_has_its_own_code_and_proof(shopper: Shopper) -> None:
    batch = a_batch(shopper.place, count=2)
    one, other = (code_of(shopper.place, batch, index) for index in range(2))
    first, second = shopper.open(f"/c/{one}"), shopper.open(f"/c/{other}")
    assert one in first.text
    assert other not in first.text
    assert one not in second.text
    assert _TOKEN.search(first.text) != _TOKEN.search(second.text)
    assert shopper.unlock(other).status_code == 303
    assert shopper.unlock(one).status_code == 303
    assert first.headers == shopper.open("/").headers or first.headers["Cache-Control"] == "private, no-store"
    assert [record.number for record in scans(shopper.place)][:2] == [
        batch.first_number,
        batch.first_number + 1,
    ]


def test_a_warm_scan_opens_no_session(shopper: Shopper, clock: Clock) -> None:
    batch = a_batch(shopper.place, count=3)
    receipt = a_receipt_code(shopper.place)
    for code in (code_of(shopper.place, batch), receipt):
        shopper.open(f"/c/{code}")
    with asked(shopper.place) as statements:
        shopper.open(f"/c/{code_of(shopper.place, batch, 1)}")
        shopper.open(f"/c/{receipt}")
    assert statements == []


def test_a_code_with_a_history_is_drawn_from_it(shopper: Shopper) -> None:
    batch = a_batch(shopper.place, count=2)
    shopper.open(f"/c/{code_of(shopper.place, batch)}")
    assert unlock(shopper.place, batch, batch.first_number)
    assert "/v/" in shopper.open(f"/c/{code_of(shopper.place, batch)}").text
    assert "/claim" in shopper.open(f"/c/{code_of(shopper.place, batch, 1)}").text


def test_a_pause_is_seen_half_a_second_later(shopper: Shopper, clock: Clock) -> None:
    code = code_of(shopper.place, a_batch(shopper.place))
    assert "/claim" in shopper.open(f"/c/{code}").text
    with shopper.place.db.writing() as tx:
        for edition in tx.exec(select(Edition)):
            launching.pause(tx, clock.at, edition=edition, reason="technical", by="tests")
    clock.at += POLL
    assert "/claim" not in shopper.open(f"/c/{code}").text


def test_a_glance_sees_what_the_rows_say(installation: Installation) -> None:
    batch = a_batch(installation, count=2)
    receipt = installation.keyring.open(a_receipt_code(installation))
    assert receipt is not None
    assert unlock(installation, batch, batch.first_number)
    look = installation.db.glance
    with installation.db.reading() as session:
        printed_at = session.exec(select(Receipt.printed_at).where(Receipt.number == receipt.number)).one()
    assert look.at(batch.first_number, with_receipt=False) == Glimpse(CodePhase.CLAIMED)
    assert look.at(batch.first_number, with_receipt=True) == Glimpse(CodePhase.CLAIMED)
    assert look.at(batch.first_number + 1, with_receipt=False) == UNTOUCHED
    seen = look.at(receipt.number, with_receipt=True)
    assert (seen.phase or CodePhase.OPEN, seen.printed_at) == (CodePhase.OPEN, printed_at)


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_after_a_failure_nobody_asks_for_a_second_and_then_one_does(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [1000.0]
    monkeypatch.setattr(glance, "monotonic", lambda: now[0])
    look = Glance(make_url(NOWHERE), is_sqlite=False)
    with pytest.raises(StoreBusy, match="connection"):
        look.at(1, with_receipt=False)
    with pytest.raises(StoreBusy, match="a moment ago"):
        look.at(1, with_receipt=False)
    now[0] += glance.REST_SECONDS
    with pytest.raises(StoreBusy, match="connection"):
        look.at(1, with_receipt=False)
    look._url, look._is_sqlite = installation.db.url, True
    now[0] += glance.REST_SECONDS
    assert look.at(1, with_receipt=False) == UNTOUCHED
    assert not look.is_resting


def test_while_the_database_is_away_pages_answer_and_scans_are_counted(shopper: Shopper) -> None:
    batch = a_batch(shopper.place, count=2)
    shopper.place.catalogue.fresh()
    gone = build_app(away(shopper.place)).test_client()
    answer = gone.get(f"/c/{code_of(shopper.place, batch)}", headers=ENGLISH)
    assert answer.status_code == 200
    assert "in a moment" in answer.text
    assert "/claim" not in answer.text
    assert [record.number for record in scans(shopper.place)] == [batch.first_number]


def test_a_process_starts_from_what_was_kept_while_the_database_is_down(shopper: Shopper) -> None:
    place = shopper.place
    batch = a_batch(place, count=2)
    with place.db.reading() as session:
        rows = catalogue_rows.read(session, place.catalogue.fresh().revision)
    lost = Database(NOWHERE)
    folder = place.settings.data_dir
    settings = replace(place.settings, database_url=NOWHERE)
    (folder / catalogue_rows.FILE).unlink(missing_ok=True)
    with pytest.raises(CannotStart):
        open_installation(settings, place.world, may_be_away=True)
    catalogue_rows.keep(folder, lost.url, rows)
    again = catalogue_rows.kept(folder, lost.url)
    assert again is not None
    assert assemble(again) == assemble(rows)
    assert catalogue_rows.kept(folder, place.db.url) is None, "a file of another database is none of ours"
    started = open_installation(settings, place.world, may_be_away=True)
    answer = build_app(started).test_client().get(f"/c/{code_of(place, batch)}", headers=ENGLISH)
    assert answer.status_code == 200
    assert "in a moment" in answer.text
    with pytest.raises(CannotStart):
        open_installation(settings, place.world)


def test_what_was_kept_and_cannot_be_read_is_as_nothing(shopper: Shopper) -> None:
    folder, url = shopper.place.settings.data_dir, shopper.place.db.url
    for text in ("", "{", json.dumps({"form": 1}), json.dumps({"form": 99})):
        (folder / catalogue_rows.FILE).write_text(text)
        assert catalogue_rows.kept(folder, url) is None


def test_what_is_published_is_kept_for_the_next_start(installation: Installation, clock: Clock) -> None:
    keeper = CatalogueKeeper(installation.db, installation.settings.data_dir)
    newest: Batch = a_batch(installation)
    keeper.current(clock.at)
    keeper.wait_until_kept()
    rows = catalogue_rows.kept(installation.settings.data_dir, installation.db.url)
    assert rows is not None
    assert rows.batches[-1].first_number == newest.first_number
