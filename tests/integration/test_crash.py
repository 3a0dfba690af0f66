"""The server is killed with -9 under load, again and again: whatever it acknowledged stays true."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from omni.app import Installation
from tests.support.codes import a_batch, code_of
from tests.support.crowds import Client, Crowd, look
from tests.support.databases import ENGINES
from tests.support.histories import History, faults, read
from tests.support.machines import a_key
from tests.support.processes import OmniProcess, kill
from tests.support.proofs import share_of

KILLS = share_of(100)
CLIENTS = 8
CODES = 20 * KILLS
SMALL = ("--workers", "1", "--threads", "8", "--no-worker")
"""Most of the time goes into starting again, so the server is as small as serves eight at once."""


@pytest.mark.proof
def test_what_was_acknowledged_is_true_after_any_number_of_kills(
    today: tuple[Installation, OmniProcess], dice: Random, tmp_path: Path
) -> None:
    place, omni = today
    batch = a_batch(place, count=CODES)
    codes = [code_of(place, batch, index) for index in range(CODES)]
    history = History(tmp_path / "history.jsonl")
    clients = [Client(f"{n}", omni.port, a_key(place), history) for n in range(CLIENTS + 1)]
    crowd = Crowd(clients[1:], codes, dice)
    server = omni.start(*SMALL)
    try:
        with crowd.at_work():
            for _ in range(KILLS // len(ENGINES)):
                crowd.wait_for_answers(dice.randint(1, 40))
                kill(server)
                server = omni.start(*SMALL)
            crowd.wait_for_answers(CLIENTS)
        for code in crowd.touched():
            assert clients[0].ask_once(look(code)).is_answered
    finally:
        clients[0].close()
        history.close()
        kill(server)
    assert not list(map(str, faults(read(history.path))))
    omni("reconcile")
