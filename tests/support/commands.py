"""Running the `omni` command inside the test, on a data folder of its own."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from omni.app import Composer
from omni.cli import run
from omni.services.reaching import record_reach
from omni.store.engine import Database
from tests.support.installations import DEMO, Clock
from tests.support.outside import Outside


class Said(NamedTuple):
    """What a command answered."""

    code: int
    out: str
    err: str


Omni = Callable[..., Said]


@pytest.fixture
def command(
    tmp_path: Path,
    clock: Clock,
    outside: Outside,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> Omni:
    """The command in a folder of the test's own; its database is whatever OMNI_DATABASE_URL says."""
    monkeypatch.setenv("OMNI_BASE_URL", "https://go.larkfell.example")
    monkeypatch.chdir(tmp_path)

    def call(*arguments: str) -> Said:
        capfd.readouterr()
        composer = Composer(clock.world, outside.dial)
        code = run(composer, ["--data-dir", str(tmp_path / "data"), *arguments])
        return Said(code, *capfd.readouterr())

    return call


@pytest.fixture
def bare_omni(command: Omni, engine_url: str, monkeypatch: pytest.MonkeyPatch) -> Omni:
    """The command on an empty database of each engine, with nothing set up."""
    monkeypatch.setenv("OMNI_DATABASE_URL", engine_url)
    return command


@pytest.fixture
def fresh_omni(command: Omni, migrated_url: str, monkeypatch: pytest.MonkeyPatch) -> Omni:
    """The command after `omni init`, without a campaign."""
    monkeypatch.setenv("OMNI_DATABASE_URL", migrated_url)
    assert command("init").code == 0
    return command


@pytest.fixture
def unreached_omni(fresh_omni: Omni) -> Omni:
    """The command where the demo campaign is live in France, at an address nobody has opened yet."""
    for line in (["import", str(DEMO / "double-11.yaml")], ["launch", "double-11/fr"]):
        assert fresh_omni(*line).code == 0
    return fresh_omni


@pytest.fixture
def omni(unreached_omni: Omni, migrated_url: str, clock: Clock) -> Omni:
    """The same once its address was opened from outside, so that real codes may be issued."""
    database = Database(migrated_url)
    with database.writing() as tx:
        record_reach(tx, clock.at, "https://go.larkfell.example")
    database.close()
    return unreached_omni
