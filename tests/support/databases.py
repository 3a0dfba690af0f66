"""A fresh database for every test that asks, on both engines.

An original is made once per engine and worker and then copied, because migrating takes seconds and copying
takes milliseconds. The PostgreSQL half of a test is skipped, by name, where no server can be had.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from secrets import token_hex

import pytest
from sqlalchemy import URL, NullPool, create_engine, make_url

from omni.store.engine import Database
from omni.store.schema import upgrade

ENGINES = ("sqlite", "postgresql")


Make = Callable[[str], None]
"""Fills an empty database, by its address."""


class Cluster:
    """The databases this worker has made on a PostgreSQL server, and will drop again."""

    def __init__(self, server: URL) -> None:
        self._server = server
        self._prefix = f"omni_{token_hex(4)}_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
        self._numbers = count(1)
        self._engine = create_engine(server, isolation_level="AUTOCOMMIT", poolclass=NullPool)
        self._originals: dict[Make, URL] = {}

    def create(self, template: str | None = "template1") -> URL:
        """Make a database like `template`."""
        name = f"{self._prefix}_{next(self._numbers)}"
        # Copying files is five times as fast as writing each page into the log, which nobody will replay.
        self._say(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY FILE_COPY')
        return self._server.set(database=name)

    def copy(self, make: Make) -> URL:
        """A copy of the database that `make` fills."""
        return self.create(self.original(make).database)

    def original(self, make: Make) -> URL:
        """The database that `make` fills, which is made for the first that asks."""
        if make not in self._originals:
            original = self.create()
            make(_text(original))
            self._originals[make] = original
        return self._originals[make]

    def refill(self, url: URL, make: Make) -> None:
        """Let a database nobody is connected to become a copy of what `make` fills."""
        self.drop(url)
        original = self.original(make)
        self._say(f'CREATE DATABASE "{url.database}" TEMPLATE "{original.database}" STRATEGY FILE_COPY')

    def drop(self, url: URL) -> None:
        """Remove a database, whoever is still connected."""
        self._say(f'DROP DATABASE "{url.database}" WITH (FORCE)')

    def close(self) -> None:
        """Remove the originals too."""
        for original in self._originals.values():
            self.drop(original)

    def _say(self, statement: str) -> None:
        with self._engine.connect() as connection:
            connection.exec_driver_sql(statement)


class Files:
    """The SQLite files this worker has made, to be copied and never opened."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._originals: dict[Make, Path] = {}

    def original(self, make: Make) -> Path:
        """The file that `make` fills."""
        if make not in self._originals:
            path = self._folder / f"{len(self._originals)}.db"
            make(_sqlite(path))
            self._originals[make] = path
        return self._originals[make]


def migrate(address: str) -> None:
    """Bring an empty database to today's schema."""
    database = Database(address)
    upgrade(database)
    database.close()


def _text(url: URL) -> str:
    return url.render_as_string(hide_password=False)


def _sqlite(path: Path) -> str:
    return _text(URL.create("sqlite", database=str(path)))


@pytest.fixture(scope="session")
def cluster(postgres: URL) -> Iterator[Cluster]:
    """This worker's share of the PostgreSQL server."""
    made = Cluster(postgres)
    yield made
    made.close()


@pytest.fixture(scope="session")
def files(tmp_path_factory: pytest.TempPathFactory) -> Files:
    """This worker's SQLite originals."""
    return Files(tmp_path_factory.mktemp("originals"))


@pytest.fixture(scope="session")
def migrated_file(files: Files) -> Path:
    """An SQLite file with today's schema, to be copied and never opened."""
    return files.original(migrate)


@pytest.fixture(params=ENGINES)
def engine_name(request: pytest.FixtureRequest) -> str:
    """The engine this run of the test is about: "sqlite" or "postgresql"."""
    return str(request.param)


@pytest.fixture
def engine_url(engine_name: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A fresh, empty database."""
    if engine_name == "sqlite":
        yield _sqlite(tmp_path / "empty.db")
    else:
        cluster: Cluster = request.getfixturevalue("cluster")
        url = cluster.create()
        yield _text(url)
        cluster.drop(url)


@pytest.fixture
def migrated_url(engine_name: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A fresh database with today's schema and no rows of ours."""
    yield from a_copy(migrate, engine_name, request, tmp_path)


@pytest.fixture
def database(migrated_url: str) -> Iterator[Database]:
    """A fresh database with today's schema, open."""
    opened = Database(migrated_url)
    yield opened
    opened.close()


def a_copy(make: Make, engine_name: str, request: pytest.FixtureRequest, folder: Path) -> Iterator[str]:
    """The address of a copy of what `make` fills, for as long as the test lasts."""
    if engine_name == "sqlite":
        files: Files = request.getfixturevalue("files")
        yield _sqlite(Path(shutil.copy(files.original(make), folder / "omni.db")))
    else:
        cluster: Cluster = request.getfixturevalue("cluster")
        url = cluster.copy(make)
        yield _text(url)
        cluster.drop(url)


def refill(address: str, make: Make, request: pytest.FixtureRequest) -> None:
    """Let a database that nobody has open become a copy of what `make` fills."""
    url = make_url(address)
    if url.get_backend_name() == "sqlite":
        files: Files = request.getfixturevalue("files")
        shutil.copy(files.original(make), str(url.database))
    else:
        cluster: Cluster = request.getfixturevalue("cluster")
        cluster.refill(url, make)
