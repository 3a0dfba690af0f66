"""PostgreSQL goes away and comes back under load: clients wait, and nothing is lost or done twice."""

from __future__ import annotations

import time
from pathlib import Path
from random import Random

import pytest

from omni.app import Installation
from omni.services.reconciling import not_yet_folded
from tests.support.codes import a_batch, code_of
from tests.support.crowds import Client, Crowd, look
from tests.support.histories import History, faults, read
from tests.support.machines import a_key
from tests.support.postgres import Restartable
from tests.support.processes import family, kill
from tests.support.proofs import share_of
from tests.support.today import go_live_today, in_both_ways

CLIENTS = 8
WAYS_TO_STOP = ("fast", "immediate")
ROUNDS = share_of(10)
CODES = 200 * ROUNDS
FOLDED_WITHIN_SECONDS = 60


def everything_is_folded(place: Installation) -> bool:
    """Whether the worker has caught up, within its time."""
    until = time.monotonic() + FOLDED_WITHIN_SECONDS
    while time.monotonic() < until:
        with place.db.reading() as session:
            if not not_yet_folded(session, place.settings.data_dir / "spool").messages:
                return True
        time.sleep(0.1)
    return False


@pytest.mark.proof
def test_clients_and_worker_go_on_after_the_database_came_back(
    restartable_postgres: Restartable, dice: Random, tmp_path: Path
) -> None:
    go_live_today(restartable_postgres.url)
    place, omni = in_both_ways(restartable_postgres.url, tmp_path)
    batch = a_batch(place, count=CODES)
    history = History(tmp_path / "history.jsonl")
    one, *others = (Client(f"{n}", omni.port, a_key(place), history) for n in range(CLIENTS + 1))
    crowd = Crowd(others, [code_of(place, batch, index) for index in range(CODES)], dice)
    server = omni.start("--workers", "1", "--threads", "8")
    try:
        assert everything_is_folded(place), "the worker has not begun"
        began_with = family(server.pid)
        with crowd.at_work():
            for way in WAYS_TO_STOP * ROUNDS:
                crowd.wait_for_answers(dice.randint(10, 40))
                restartable_postgres.stop(way)
                away = one.ask_once(look(crowd.touched()[0]))
                assert (away.status, (away.retry_after or "").isdigit()) == (503, True)
                restartable_postgres.start()
            crowd.wait_for_answers(CLIENTS)
        for code in crowd.touched():
            assert one.ask_once(look(code)).is_answered
        assert everything_is_folded(place)
        assert family(server.pid) == began_with
    finally:
        one.close()
        history.close()
        place.db.close()
        kill(server)
    calls = read(history.path)
    assert all(call.retry_after for call in calls if call.status == 503)
    assert not list(map(str, faults(calls)))
    omni("reconcile")
