"""Running the `omni` command inside the test, on a data folder of its own."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
from sqlalchemy import make_url

from omni.app import Composer
from omni.cli import run
from omni.services.reaching import record_reach
from omni.store.engine import Database
from tests.support.databases import migrate, refill
from tests.support.installations import BASE_URL, DEMO, KEYRING, Clock
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


class Begun:
    """A database and a data folder as `omni init`, `omni import` and `omni launch` leave them; done once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._throws: dict[str, int] = {}

    def __call__(self, address: str) -> None:
        """Begin on an empty database."""
        migrate(address)
        clock, data = Clock(), self._data(address)
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("OMNI_DATABASE_URL", address)
            patch.setenv("OMNI_BASE_URL", BASE_URL)
            for line in (["init"], ["import", str(DEMO / "double-11.yaml")], ["launch", "double-11/fr"]):
                assert run(Composer(clock.world), ["--data-dir", str(data), *line]) == 0
        self._throws[data.name] = clock.throw()

    def give(self, address: str, data: Path, clock: Clock) -> None:
        """Let a test go on from there, with dice that have fallen as often."""
        shutil.copytree(self._data(address), data)
        while clock.throw() < self._throws[self._data(address).name]:
            pass

    def _data(self, address: str) -> Path:
        return self._folder / make_url(address).get_backend_name()


@pytest.fixture(scope="session")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Begun:
    """The demo campaign imported, and live in France."""
    return Begun(tmp_path_factory.mktemp("begun"))


@pytest.fixture
def unreached_omni(
    command: Omni,
    begun: Begun,
    migrated_url: str,
    tmp_path: Path,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> Omni:
    """The command where the demo campaign is live in France, at an address nobody has opened yet."""
    refill(migrated_url, begun, request)
    begun.give(migrated_url, tmp_path / "data", clock)
    monkeypatch.setenv("OMNI_DATABASE_URL", migrated_url)
    return command


@pytest.fixture
def omni(unreached_omni: Omni, migrated_url: str, clock: Clock) -> Omni:
    """The same once its address was opened from outside, so that real codes may be issued."""
    database = Database(migrated_url)
    with database.writing() as tx:
        record_reach(tx, clock.at, "https://go.larkfell.example")
    database.close()
    return unreached_omni


@pytest.fixture
def omni_beside(command: Omni, live_url: str, monkeypatch: pytest.MonkeyPatch) -> Omni:
    """The command beside the installation of the test, on its database."""
    monkeypatch.setenv("OMNI_DATABASE_URL", live_url)
    monkeypatch.setenv("OMNI_CODE_KEYS", KEYRING.as_setting())
    monkeypatch.setenv("OMNI_SECRET_KEY", "a secret of the tests")
    return command
