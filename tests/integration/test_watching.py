"""What waits to be counted, and for how long: numbers for machines, and the same in words."""

import subprocess
import sys
import threading
from datetime import timedelta

from alembic.config import Config
from alembic.script import ScriptDirectory

from omni.app import Installation, build_app
from omni.cli.leases import Leases
from omni.cli.working import fold_all
from omni.services.leasing import LASTS_SECONDS
from omni.services.watching import Backlog, backlog
from omni.store import schema
from tests.support.codes import a_batch
from tests.support.commands import Omni
from tests.support.installations import Clock
from tests.support.journeys import fold, scan, unlock

NEVER = threading.Event()


def test_the_newest_schema_is_the_one_that_migrations_lead_to(installation: Installation) -> None:
    scripts = Config()
    scripts.set_main_option("script_location", "omni:store/migrations")
    head = ScriptDirectory.from_config(scripts).get_current_head()
    assert schema.standing(installation.db) == (head, head)


def test_serving_keeps_no_tool_for_migrations_in_memory() -> None:
    asked = "import sys, omni.app; sys.exit('alembic' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", asked], check=False).returncode == 0


def waiting(place: Installation) -> Backlog:
    with place.db.reading() as session:
        return backlog(session, place.settings.data_dir / "spool")


def numbers(place: Installation) -> dict[str, float]:
    lines = build_app(place).test_client().get("/metrics").text.splitlines()
    return {name: float(value) for name, value in (line.split() for line in lines if line[0] != "#")}


def test_what_waits_is_as_old_as_its_oldest(installation: Installation, clock: Clock) -> None:
    batch = a_batch(installation)
    fold(installation)
    assert waiting(installation) == Backlog(0, None, 0, None)
    began = clock.at
    for number in range(batch.first_number, batch.first_number + 2):
        scan(installation, batch, number)
        unlock(installation, batch, number)
        clock.at += timedelta(minutes=1)
    waits = waiting(installation)
    assert (waits.oldest_scan_at, waits.oldest_message_at, waits.messages) == (began, began, 2)
    assert waits.spool_bytes > 0
    assert waits.scans_wait_seconds(clock.at) == waits.messages_wait_seconds(clock.at) == 120
    fold(installation)
    scan(installation, batch, batch.first_number)
    assert waiting(installation).oldest_scan_at == clock.at


def test_a_scan_from_a_clock_that_is_ahead_has_waited_for_nothing(
    installation: Installation, clock: Clock
) -> None:
    batch = a_batch(installation)
    scan(installation, batch, batch.first_number, at=clock.at + timedelta(hours=1))
    assert waiting(installation).scans_wait_seconds(clock.at) == 0


def test_the_numbers_say_how_long_something_waits_and_who_attends_to_it(
    installation: Installation, clock: Clock
) -> None:
    batch = a_batch(installation)
    fold_all(installation, NEVER, Leases(installation, "ann").holds)
    scan(installation, batch, batch.first_number)
    unlock(installation, batch, batch.first_number)
    assert numbers(installation)['omni_job_unattended_seconds{job="fold-outbox"}'] == 0
    clock.at += timedelta(seconds=90)
    found = numbers(installation)
    assert found["omni_spool_unfolded_bytes"] > 0
    assert found["omni_spool_oldest_seconds"] == 90
    assert found["omni_outbox_waiting"] == 1
    assert found["omni_outbox_oldest_seconds"] == 90
    assert found['omni_job_unattended_seconds{job="fold-outbox"}'] == 90 - LASTS_SECONDS
    assert found["omni_database_up"] == 1


def test_the_doctor_says_when_something_waits_for_longer_than_a_minute(omni: Omni, clock: Clock) -> None:
    omni("issue", "--edition", "double-11/fr", "--placement", "fr-paris-popup", "--count", "1")
    clock.at += timedelta(minutes=1)
    assert "the oldest" not in omni("doctor").out
    clock.at += timedelta(minutes=4)
    assert "the oldest for 5 minutes, so no worker runs or it is behind" in omni("doctor").out
