"""The database: one code path on SQLite and PostgreSQL, and the two ways to open it.

`with db.writing() as tx:` is one transaction that commits at its end; `with db.reading() as session:` can
write nothing. On SQLite the two are engines of their own: a writer begins IMMEDIATE, because a transaction
that upgrades from reading to writing fails at once when another wrote meanwhile; a reader is `query_only`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from sqlite3 import SQLITE_ERROR, SQLITE_READONLY
from time import monotonic
from typing import Any

from sqlalchemy import Engine, create_engine, event, make_url, text
from sqlalchemy.exc import DBAPIError, DisconnectionError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionFree
from sqlmodel import Session

# Tables refer to each other by name: a session that knows one of them must know all.
import omni.store.tables  # noqa: F401
from omni.store.busy import StoreBusy as StoreBusy
from omni.store.glance import Glance
from omni.store.queue import WriterQueue

LOCK_WAIT_SECONDS = 10.0
TRUSTED_SECONDS = 1.0

_SNAPSHOT = {"postgresql_readonly": True, "isolation_level": "REPEATABLE READ"}
_SQLITE_BUGS = (SQLITE_ERROR, SQLITE_READONLY)


class Database:
    """A database by its address: empty schema or not, on this machine or another."""

    def __init__(self, url: str) -> None:
        self.url = make_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.glance = Glance(self.url, is_sqlite=self.is_sqlite)
        if self.is_sqlite:
            self._writer = _sqlite_engine(url, writes=True)
            self._reader = _sqlite_engine(url, writes=False)
            self._queue = WriterQueue(Path(f"{self.url.database}-writers"))
        else:
            self._writer = self._reader = create_engine(
                url,
                isolation_level="READ COMMITTED",
                pool_size=10,
                # The one used last knows our statements; whoever came first would have all of them cold.
                pool_use_lifo=True,
                max_overflow=10,
                pool_timeout=LOCK_WAIT_SECONDS,
                connect_args={"connect_timeout": 3},
            )
            _try_what_lay_idle(self._writer)

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """One write transaction: commits when the block ends, rolls back when it raises.

        Raises StoreBusy when the database is away, or other writers kept it for ten seconds.
        """
        with self._turn(), _answering(), Session(self._writer, expire_on_commit=False) as tx, tx.begin():
            yield tx

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session that writes nothing and sees one instant. Raises StoreBusy when the database is away."""
        with _answering(), Session(self._reader, expire_on_commit=False) as session:
            if not self.is_sqlite:
                session.connection(execution_options=_SNAPSHOT)
            yield session
            # A rollback would be as good, were it not that psycopg then forgets every prepared statement.
            session.commit()

    @contextmanager
    def migrating(self) -> Iterator[Engine]:
        """An engine for schema changes; foreign keys rest on SQLite, where a change rebuilds the table."""
        if not self.is_sqlite:
            with _answering():
                yield self._writer
            return
        engine = create_engine(self.url)
        try:
            with self._turn(), _answering():
                yield engine
        finally:
            engine.dispose()

    def is_reachable(self) -> bool:
        """Whether the database answers at all."""
        try:
            with self.reading() as session:
                session.connection().execute(text("SELECT 1"))
        except StoreBusy:
            return False
        return True

    def close(self) -> None:
        """Give every connection back."""
        self.glance.close()
        self._writer.dispose()
        self._reader.dispose()

    @contextmanager
    def _turn(self) -> Iterator[None]:
        if not self.is_sqlite:
            yield
            return
        try:
            with self._queue.turn(LOCK_WAIT_SECONDS):
                yield
        except TimeoutError as late:
            raise StoreBusy("other writers kept the database for ten seconds") from late


@contextmanager
def _answering() -> Iterator[None]:
    """Turn a database that is away or locked into StoreBusy; a broken statement stays the bug it is."""
    try:
        yield
    except NoConnectionFree as failure:
        raise StoreBusy("every connection is in use") from failure
    except DBAPIError as failure:
        if failure.connection_invalidated or _is_away(failure):
            raise StoreBusy(str(failure.orig)) from failure
        raise


def _is_away(failure: DBAPIError) -> bool:
    """SQLite calls a missing table or a forbidden write operational too; its own code tells them apart."""
    if getattr(failure.orig, "sqlite_errorcode", None) in _SQLITE_BUGS:
        return False
    return isinstance(failure, OperationalError | InterfaceError)


def _try_what_lay_idle(engine: Engine) -> None:
    """Ask whether a connection still answers when it was not used for a second, and take another if not.

    SQLAlchemy's own pre-ping asks before every transaction, two round trips of a redemption's. A connection
    that broke within the second fails once; the pool then drops all it has.
    """

    @event.listens_for(engine, "checkin")
    def note(_connection: Any, record: Any) -> None:
        record.info["used_at"] = monotonic()

    @event.listens_for(engine, "checkout")
    def ask(connection: Any, record: Any, _proxy: Any) -> None:
        if monotonic() - record.info.get("used_at", monotonic()) < TRUSTED_SECONDS:
            return
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as broken:
            raise DisconnectionError from broken


def _sqlite_engine(url: str, *, writes: bool) -> Engine:
    engine = create_engine(url, connect_args={"timeout": LOCK_WAIT_SECONDS, "check_same_thread": False})

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: Any) -> None:
        # The driver's own transactions begin too late (at the first write); ours begin in `begin`.
        connection.isolation_level = None
        connection.execute("PRAGMA journal_mode=WAL")
        # FULL: a commit is on disk before it is acknowledged; NORMAL may lose the last with the power.
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA foreign_keys=ON")
        if not writes:
            connection.execute("PRAGMA query_only=ON")

    @event.listens_for(engine, "begin")
    def begin(connection: Any) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine
