"""What every process knows by heart: learned again when it changed, and not forgotten with the database."""

import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from omni.app import Installation
from omni.domain.campaign import EditionState
from omni.services import issuing, launching
from omni.store import finders
from omni.store.catalogue import POLL, Catalogue, CatalogueKeeper
from omni.store.engine import Database, StoreBusy
from tests.integration.test_ledger import a_batch
from tests.support.installations import Clock

KEY = "double-11/fr"

PAUSING = """
import sys
from datetime import UTC, datetime
from omni.services import launching
from omni.store import finders
from omni.store.engine import Database
with Database(sys.argv[1]).writing() as tx:
    edition = finders.edition_by_key(tx, sys.argv[2])
    launching.pause(tx, datetime.now(UTC), edition=edition, reason="technical", by="another process")
"""


def state(catalogue: Catalogue) -> EditionState:
    edition = catalogue.edition_named(KEY)
    assert edition is not None
    return edition.state


def pause(place: Installation) -> None:
    with place.db.writing() as tx:
        edition = finders.edition_by_key(tx, KEY)
        launching.pause(tx, place.world.now(), edition=edition, reason="technical", by="tests")


@pytest.fixture
def lose_the_database(installation: Installation, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    def lose() -> None:
        away = Database("postgresql+psycopg://nobody@127.0.0.1:1/omni")
        monkeypatch.setattr(installation.db, "_reader", away._reader)
        monkeypatch.setattr(installation.db, "is_sqlite", False)

    return lose


def test_a_pause_by_another_process_is_known_after_half_a_second(
    installation: Installation, clock: Clock, live_url: str
) -> None:
    assert state(installation.catalogue.current(clock.at)) is EditionState.LIVE
    subprocess.run([sys.executable, "-c", PAUSING, live_url, KEY], check=True, timeout=60)
    just_before = clock.at + POLL - timedelta(microseconds=1)
    assert state(installation.catalogue.current(just_before)) is EditionState.LIVE
    assert state(installation.catalogue.current(clock.at + POLL)) is EditionState.PAUSED


def test_whoever_changed_something_sees_it_at_once(installation: Installation, clock: Clock) -> None:
    installation.catalogue.current(clock.at)
    pause(installation)
    assert state(installation.catalogue.fresh()) is EditionState.PAUSED


def test_what_did_not_change_is_not_read_again(installation: Installation, clock: Clock) -> None:
    first = installation.catalogue.current(clock.at)
    assert installation.catalogue.current(clock.at + 2 * POLL) is first


def test_a_clock_that_was_set_back_does_not_stop_the_learning(
    installation: Installation, clock: Clock
) -> None:
    installation.catalogue.current(clock.at)
    pause(installation)
    assert state(installation.catalogue.current(clock.at - timedelta(hours=1))) is EditionState.PAUSED


def test_while_the_database_is_away_the_last_catalogue_serves(
    installation: Installation, clock: Clock, lose_the_database: Callable[[], None]
) -> None:
    known = installation.catalogue.current(clock.at)
    lose_the_database()
    assert installation.catalogue.current(clock.at + 2 * POLL) is known
    with pytest.raises(StoreBusy):
        CatalogueKeeper(installation.db).current(clock.at)


def test_nobody_waits_for_the_one_who_asks_a_database_that_does_not_answer(
    installation: Installation, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    keeper = installation.catalogue
    known = keeper.current(clock.at)
    asked, answer = threading.Event(), threading.Event()

    def slow(_: Catalogue) -> Catalogue:
        asked.set()
        assert answer.wait(30)
        return known

    monkeypatch.setattr(keeper, "_refreshed", slow)
    asking = threading.Thread(target=keeper.current, args=(clock.at + 2 * POLL,))
    asking.start()
    assert asked.wait(30)
    assert keeper.current(clock.at + 4 * POLL) is known
    assert not answer.is_set()
    answer.set()
    asking.join(30)


def test_a_number_is_found_in_its_batch_and_nowhere_else(installation: Installation) -> None:
    first, second = a_batch(installation, count=3), a_batch(installation, count=2)
    catalogue = installation.catalogue.fresh()
    numbers = range(first.first_number - 1, second.first_number + 3)
    found = [getattr(catalogue.batch_of(number), "id", None) for number in numbers]
    assert found == [None, first.id, first.id, first.id, second.id, second.id, None]


def test_recalled_codes_are_known_by_their_range(installation: Installation, clock: Clock) -> None:
    batch = a_batch(installation, count=5)
    with installation.db.writing() as tx:
        issuing.recall(tx, clock.at, batch_id=batch.id or 0, first=2, count=2, reason="misprint", by="tests")
    catalogue = installation.catalogue.fresh()
    numbers = range(batch.first_number, batch.first_number + 5)
    assert [catalogue.code(batch, number).is_recalled for number in numbers] == [
        False,
        True,
        True,
        False,
        False,
    ]


def test_bundles_and_items_have_one_price_and_strangers_none(
    installation: Installation, clock: Clock
) -> None:
    catalogue = installation.catalogue.fresh()
    edition = catalogue.edition_named(KEY)
    assert edition is not None
    content = catalogue.contents[edition.id or 0]
    bundle = content.bundles[0]
    published = {price.item: price.amount_minor for price in content.prices}
    assert catalogue.price(edition.id or 0, bundle.slug, clock.at) == published[f"double-11/{bundle.slug}"]
    sku = bundle.lines[0].sku
    assert catalogue.price(edition.id or 0, sku, clock.at) == published[sku]
    assert catalogue.price(edition.id or 0, "nothing", clock.at) is None


def test_an_edition_nobody_wrote_has_no_name_here(installation: Installation) -> None:
    assert installation.catalogue.fresh().edition_named("double-11/xx") is None


def test_a_process_without_any_database_has_nothing_to_serve(tmp_path: Path, clock: Clock) -> None:
    with pytest.raises(StoreBusy):
        CatalogueKeeper(Database(f"sqlite:///{tmp_path}/nowhere/omni.db")).current(clock.at)
