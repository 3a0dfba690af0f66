"""A fresh database for every test that asks, on both engines.

A migrated database is made once per engine and worker and then copied, because migrating takes seconds and
copying takes milliseconds. The PostgreSQL half of a test is skipped, by name, where no server can be had.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from secrets import token_hex

import pytest
from sqlalchemy import URL, NullPool, create_engine

from omni.store.engine import Database
from omni.store.schema import upgrade

ENGINES = ("sqlite", "postgresql")


class Cluster:
    """The databases this worker has made on a PostgreSQL server, and will drop again."""

    def __init__(self, server: URL) -> None:
        self._server = server
        self._prefix = f"omni_{token_hex(4)}_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
        self._numbers = count(1)
        self._engine = create_engine(server, isolation_level="AUTOCOMMIT", poolclass=NullPool)
        self._template: str | None = None

    def create(self, *, template: str = "template1") -> URL:
        """Make a database like `template`."""
        name = f"{self._prefix}_{next(self._numbers)}"
        self._say(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return self._server.set(database=name)

    def create_migrated(self) -> URL:
        """Make a database with today's schema."""
        if self._template is None:
            made = self.create()
            _migrate(made)
            self._template = made.database
        assert self._template is not None
        return self.create(template=self._template)

    def drop(self, url: URL) -> None:
        """Remove a database, whoever is still connected."""
        self._say(f'DROP DATABASE "{url.database}" WITH (FORCE)')

    def close(self) -> None:
        """Remove the template too."""
        if self._template is not None:
            self.drop(self._server.set(database=self._template))

    def _say(self, statement: str) -> None:
        with self._engine.connect() as connection:
            connection.exec_driver_sql(statement)


def _migrate(url: URL) -> None:
    database = Database(_text(url))
    upgrade(database)
    database.close()


def _text(url: URL) -> str:
    return url.render_as_string(hide_password=False)


@pytest.fixture(scope="session")
def cluster(postgres: URL) -> Iterator[Cluster]:
    """This worker's share of the PostgreSQL server."""
    made = Cluster(postgres)
    yield made
    made.close()


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file with today's schema, to be copied and never opened."""
    path = tmp_path_factory.mktemp("migrated") / "omni.db"
    _migrate(URL.create("sqlite", database=str(path)))
    return path


@pytest.fixture(params=ENGINES)
def engine_name(request: pytest.FixtureRequest) -> str:
    """The engine this run of the test is about: "sqlite" or "postgresql"."""
    return str(request.param)


@pytest.fixture
def engine_url(engine_name: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A fresh, empty database."""
    if engine_name == "sqlite":
        yield _text(URL.create("sqlite", database=str(tmp_path / "empty.db")))
    else:
        yield from _on_cluster(request, Cluster.create)


@pytest.fixture
def migrated_url(engine_name: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A fresh database with today's schema and no rows of ours."""
    if engine_name == "sqlite":
        path = shutil.copy(request.getfixturevalue("migrated_file"), tmp_path / "omni.db")
        yield _text(URL.create("sqlite", database=str(path)))
    else:
        yield from _on_cluster(request, Cluster.create_migrated)


@pytest.fixture
def database(migrated_url: str) -> Iterator[Database]:
    """A fresh database with today's schema, open."""
    opened = Database(migrated_url)
    yield opened
    opened.close()


def _on_cluster(request: pytest.FixtureRequest, create: Callable[[Cluster], URL]) -> Iterator[str]:
    cluster: Cluster = request.getfixturevalue("cluster")
    url = create(cluster)
    yield _text(url)
    cluster.drop(url)
