"""The one question a scan asks of the database: one code by its key, on a connection of the asking thread.

Here, and only here, we go below SQLAlchemy, pool and all: a scan is answered in less time than a session
takes to open. A database that does not answer within 150 ms is left alone for a second, and meanwhile nobody
waits for it.
"""

from __future__ import annotations

import select
import sqlite3
import threading
from datetime import UTC, datetime
from time import monotonic
from typing import Any, Protocol

from sqlalchemy import URL

from omni.domain.batch import UNTOUCHED, CodePhase, Glimpse
from omni.domain.record import bucket_of
from omni.store.busy import StoreBusy

PATIENCE_SECONDS = 0.15
REST_SECONDS = 1.0

_STATE = "SELECT phase FROM code_state WHERE bucket = {0} AND number = {1}"
_STATE_AND_RECEIPT = """
    SELECT state.phase, {printed_at} FROM (SELECT {0} AS bucket, {1} AS number) AS code
    LEFT JOIN code_state AS state ON state.bucket = code.bucket AND state.number = code.number
    LEFT JOIN receipt ON receipt.bucket = code.bucket AND receipt.number = code.number
"""


class _Line(Protocol):
    """A connection that can ask, and only this."""

    def ask(self, number: int, *, with_receipt: bool) -> Glimpse:
        """What is known of a number."""

    def close(self) -> None:
        """Hang up."""


class Glance:
    """Asks for codes; after a failure nobody asks for a second, and then one asks for all."""

    def __init__(self, url: URL, *, is_sqlite: bool) -> None:
        self._url, self._is_sqlite = url, is_sqlite
        self._own = threading.local()
        self._lines: set[_Line] = set()
        self._trying = threading.Lock()
        self._rests_until = 0.0
        self._has_failed = False

    def at(self, number: int, *, with_receipt: bool) -> Glimpse:
        """What is known of a number, and of its receipt where asked. Raises StoreBusy within 150 ms."""
        if monotonic() < self._rests_until:
            raise StoreBusy("the database did not answer a moment ago")
        if not self._has_failed:
            return self._ask(number, with_receipt)
        if not self._trying.acquire(blocking=False):
            raise StoreBusy("another request is asking whether the database is back")
        try:
            return self._ask(number, with_receipt)
        finally:
            self._trying.release()

    @property
    def is_resting(self) -> bool:
        """Whether the database is being left alone, or is not known to be back."""
        return self._has_failed

    def close(self) -> None:
        """Hang up everywhere."""
        for line in list(self._lines):
            line.close()
        self._lines.clear()
        self._own = threading.local()

    def _ask(self, number: int, with_receipt: bool) -> Glimpse:
        line: _Line | None = getattr(self._own, "line", None)
        try:
            if line is None:
                line = self._own.line = (
                    _SqliteLine(self._url) if self._is_sqlite else _PostgresLine(self._url)
                )
                self._lines.add(line)
            seen = line.ask(number, with_receipt=with_receipt)
        except Exception as failure:
            self._give_up(line)
            raise StoreBusy(str(failure)) from failure
        self._has_failed = False
        return seen

    def _give_up(self, line: _Line | None) -> None:
        self._has_failed = True
        self._rests_until = monotonic() + REST_SECONDS
        self._own.line = None
        if line is not None:
            self._lines.discard(line)
            line.close()


class _SqliteLine:
    """A reader of the file."""

    def __init__(self, url: URL) -> None:
        self._connection = sqlite3.connect(
            url.database or "", timeout=PATIENCE_SECONDS, isolation_level=None, check_same_thread=False
        )
        self._connection.execute("PRAGMA query_only=ON")
        self._state = _STATE.format("?", "?")
        self._both = _STATE_AND_RECEIPT.format("?", "?", printed_at="receipt.printed_at")

    def ask(self, number: int, *, with_receipt: bool) -> Glimpse:
        statement = self._both if with_receipt else self._state
        row = self._connection.execute(statement, (bucket_of(number), number)).fetchone()
        return _seen(*row) if row else UNTOUCHED

    def close(self) -> None:
        self._connection.close()


class _PostgresLine:
    """A session of the server, spoken to through libpq alone: psycopg would wait without an end."""

    def __init__(self, url: URL) -> None:
        import psycopg

        plain = url.set(drivername="postgresql").render_as_string(hide_password=False)
        read_only = "-c default_transaction_read_only=on -c statement_timeout=150"
        self._connection = psycopg.connect(
            plain, autocommit=True, connect_timeout=2, options=read_only, application_name="omni scan"
        )
        self._pg: Any = self._connection.pgconn
        as_text = "extract(epoch FROM receipt.printed_at)"
        asked = ("$1::integer", "$2::bigint")
        self._pg.prepare(b"state", _STATE.format(*asked).encode())
        self._pg.prepare(b"both", _STATE_AND_RECEIPT.format(*asked, printed_at=as_text).encode())
        self._poll = select.poll()
        self._poll.register(self._pg.socket, select.POLLIN)

    def ask(self, number: int, *, with_receipt: bool) -> Glimpse:
        pg = self._pg
        asked = (str(bucket_of(number)).encode(), str(number).encode())
        pg.send_query_prepared(b"both" if with_receipt else b"state", asked)
        pg.flush()
        found, last = None, monotonic() + PATIENCE_SECONDS
        while True:
            while pg.is_busy():
                if not self._poll.poll(max(0.0, last - monotonic()) * 1000):
                    raise TimeoutError("no answer within 150 ms")
                pg.consume_input()
            result = pg.get_result()
            if result is None:
                break
            found = result
        if found is None or found.error_message:
            raise ConnectionError(found.error_message.decode() if found else "no answer")
        if not found.ntuples:
            return UNTOUCHED
        printed = found.get_value(0, 1) if with_receipt else None
        phase = found.get_value(0, 0)
        return Glimpse(
            CodePhase(phase.decode()) if phase else None,
            datetime.fromtimestamp(float(printed), UTC) if printed else None,
        )

    def close(self) -> None:
        self._connection.close()


def _seen(phase: str | None, printed_at: str | None = None) -> Glimpse:
    return Glimpse(
        CodePhase(phase) if phase else None,
        datetime.fromisoformat(printed_at).replace(tzinfo=UTC) if printed_at else None,
    )
