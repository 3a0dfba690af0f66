"""The doctor: one line for everything that is looked at, and exit code 1 when something is to be mended."""

import json
import os
import threading
from datetime import timedelta
from pathlib import Path

import pytest

from omni.app import Composer, Installation
from omni.cli.working import work
from omni.domain.counting import SpoolDamage
from omni.settings import Settings, read_settings
from omni.store.engine import Database
from omni.world import World
from tests.support.commands import Omni
from tests.support.installations import Clock

pytestmark = pytest.mark.pages


def examined(omni: Omni) -> dict[str, tuple[str, str]]:
    """What the doctor said, and that its exit code agrees with it."""
    said = omni("doctor", "--json")
    found = {one["what"]: (one["standing"], one["told"]) for one in json.loads(said.out)}
    wrong = [what for what, (standing, _) in found.items() if standing == "mend"]
    assert (said.code, said.err) == ((1, f"omni: to mend: {', '.join(wrong)}\n") if wrong else (0, ""))
    return found


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    """Where the keys of the installation lie."""
    return tmp_path / "data" / "keys" / "code-keys"


def test_all_is_well_once_the_recovery_sheet_is_locked_away(omni: Omni, clock: Clock, tmp_path: Path) -> None:
    if "postgresql" in os.environ["OMNI_DATABASE_URL"]:
        clock.at = World().now()
    assert examined(omni)["recovery sheet"][0] == "mend"
    (tmp_path / "data" / "recovery-sheet.txt").unlink()
    assert {standing for standing, _ in examined(omni).values()} == {"ok"}
    text = omni("doctor").out.splitlines()
    assert all(line.startswith("ok    ") for line in text)


def test_every_thing_missing_is_named_with_its_remedy(bare_omni: Omni) -> None:
    found = examined(bare_omni)
    assert found["database"] == ("mend", "empty: run `omni init`")
    for what in ("code keys", "sign-in secret"):
        assert (found[what][0], "run `omni init`" in found[what][1]) == ("mend", True)


def test_keys_that_are_not_this_databases_are_told_from_keys_that_are_gone(
    fresh_omni: Omni, keys: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = keys.read_text()
    keys.write_text("1:" + "B" * 42 + "A")
    assert "Code key 1 of this database is not here" in examined(fresh_omni)["code keys"][1]
    keys.unlink()
    assert "There are no code keys" in examined(fresh_omni)["code keys"][1]
    monkeypatch.setenv("OMNI_CODE_KEYS", held)
    assert examined(fresh_omni)["code keys"][0] == "ok"


def test_a_database_that_does_not_answer_is_one_line(command: Omni, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMNI_DATABASE_URL", "postgresql+psycopg://127.0.0.1:1/x")
    standing, told = examined(command)["database"]
    assert (standing, told.startswith("the database does not answer (")) == ("mend", True)
    assert told.endswith("start it, or mend OMNI_DATABASE_URL")


def test_a_setting_that_cannot_be_read_is_all_there_is_to_say(
    command: Omni, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OMNI_BASE_URL", "go.example")
    assert list(examined(command)) == ["settings"]


def test_a_clock_that_went_back_is_noticed(omni: Omni, clock: Clock) -> None:
    omni("issue", "--edition", "double-11/fr", "--placement", "fr-paris-popup", "--count", "1")
    clock.at -= timedelta(days=1)
    standing, told = examined(omni)["clock"]
    assert (standing, "NTP" in told or "behind a fact of 2026-11-11" in told) == ("mend", True)


def test_what_waits_and_what_was_lost_is_said_and_is_no_failure(omni: Omni, clock: Clock) -> None:
    omni("issue", "--edition", "double-11/fr", "--placement", "fr-paris-popup", "--count", "1")
    database = Database(os.environ["OMNI_DATABASE_URL"])
    with database.writing() as tx:
        tx.add(SpoolDamage(spool_id="machine/file", position=0, reason="torn", found_at=clock.at))
    database.close()
    found = examined(omni)
    assert found["counting"] == (
        "note",
        "1 facts and 0 bytes of scans wait: `omni worker --once` counts them",
    )
    assert (found["scans"][0], found["scans"][1].startswith("1 pieces")) == ("note", True)
    omni("worker", "--once")
    assert examined(omni)["counting"] == ("ok", "nothing waits")


def test_reconciling_says_what_is_not_counted_yet_and_ends_the_same(omni: Omni) -> None:
    omni("issue", "--edition", "double-11/fr", "--placement", "fr-paris-popup", "--count", "1")
    waiting, last = omni("reconcile").out.splitlines()
    assert waiting == "1 facts and 0 bytes of scans are not counted yet."
    omni("worker", "--once")
    assert omni("reconcile").out == f"{last}\n" == "Statistics and balances are as they should be.\n"


def test_rebuilding_counts_every_fact_anew(omni: Omni) -> None:
    omni("issue", "--edition", "double-11/fr", "--placement", "fr-paris-popup", "--count", "7")
    assert omni("worker", "--rebuild").code == 0
    assert omni("stats", "double-11", "--as", "csv").out.splitlines()[1] == "fr,7,0,0,0,0,0"
    assert omni("reconcile").out == "Statistics and balances are as they should be.\n"


def test_a_worker_told_to_wait_says_once_why_it_cannot_start_and_begins_when_it_can(
    fresh_omni: Omni,
    keys: Path,
    clock: Clock,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr("omni.cli.working.AWAY_SECONDS", 0.01)
    held, stop, tries = keys.read_text(), threading.Event(), []
    keys.unlink()

    class Counting(Composer):
        def installation(self, settings: Settings) -> Installation:
            tries.append(settings)
            if len(tries) == 4:
                keys.write_text(held)
                stop.set()
            return super().installation(settings)

    work(Counting(clock.world), read_settings(data_dir=tmp_path / "data"), once=False, waits=True, stop=stop)
    assert len(tries) == 4
    assert caplog.text.count("counting waits: There are no code keys") == 1
