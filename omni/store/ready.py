"""Statements made ready once and sent in one go: for what happens a hundred times a second.

SQLAlchemy compiles each of them once for each engine; then it goes to the driver as it is, with the same
types and parameters, at a quarter of the cost. PostgreSQL is sent all of a group before it has answered the
first (libpq's pipeline mode), SQLite one after the other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Dialect, Executable
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

Values = Mapping[str, Any]
Conversion = Callable[[Any], Any]


@dataclass(frozen=True)
class Ready:
    """A statement as a driver takes it; `names` are in order where the driver counts its parameters."""

    sql: str
    names: Sequence[str]
    is_counted: bool
    given: Mapping[str, Conversion]
    read: Sequence[tuple[int, Conversion]]

    def parameters(self, values: Values) -> Any:
        """Values as the driver takes them."""
        converted = dict(values)
        for name, convert in self.given.items():
            converted[name] = convert(converted[name])
        return [converted[name] for name in self.names] if self.is_counted else converted

    def row(self, values: Sequence[Any]) -> list[Any]:
        """What the driver read, as the columns' own types."""
        row = list(values)
        for place, convert in self.read:
            row[place] = convert(row[place])
        return row


_READY: dict[tuple[Executable, tuple[str, ...], str], Ready] = {}


def ready(session: Session, statement: Executable, names: Sequence[str]) -> Ready:
    """A statement for the engine of a session; `names` are those of its parameters.

    It is kept for good, so it is one that was made once, never one made for the occasion.
    """
    dialect = session.get_bind().dialect
    key = (statement, tuple(names), dialect.name)
    if key not in _READY:
        _READY[key] = _made_ready(statement, key[1], dialect)
    return _READY[key]


def _made_ready(statement: Any, names: tuple[str, ...], dialect: Dialect) -> Ready:
    compiled = statement.compile(dialect=dialect, column_keys=list(names))
    given = {
        name: bind.type.dialect_impl(dialect).bind_processor(dialect) for name, bind in compiled.binds.items()
    }
    columns = statement.selected_columns if statement.is_select else ()
    read = [column.type.dialect_impl(dialect).result_processor(dialect, None) for column in columns]
    return Ready(
        sql=str(compiled),
        names=compiled.positiontup or names,
        is_counted=compiled.positional,
        given={name: convert for name, convert in given.items() if convert is not None},
        read=[(place, convert) for place, convert in enumerate(read) if convert is not None],
    )


def send(tx: Session, *statements: tuple[Ready, Sequence[Values]]) -> list[Any]:
    """Send statements, each with its rows of values; the cursors, which know what became of each.

    Raises what SQLAlchemy raises when the database refuses or is away.
    """
    cursors = []
    with at_the_driver(tx) as lent, getattr(lent.driver_connection, "pipeline", nullcontext)():
        for statement, rows in statements:
            cursors.append(lent.cursor())
            execute(cursors[-1], statement.sql, [statement.parameters(row) for row in rows])
    return cursors


@contextmanager
def at_the_driver(tx: Session) -> Iterator[Any]:
    """The driver's own connection, lent for a block; its failures are raised as SQLAlchemy's."""
    connection = tx.connection()
    try:
        yield connection.connection
    except connection.dialect.loaded_dbapi.Error as failure:
        raise _as_sqlalchemy(connection, failure) from failure


def execute(cursor: Any, sql: str, rows: Sequence[Any]) -> None:
    """Hand a statement to the driver, once or for several rows."""
    if len(rows) == 1:
        cursor.execute(sql, rows[0])
    else:
        cursor.executemany(sql, rows)


def _as_sqlalchemy(connection: Connection, failure: Exception) -> BaseException:
    """A failure of the driver as SQLAlchemy would raise it; a connection that is gone is given up."""
    dialect = connection.dialect
    is_gone = dialect.is_disconnect(failure, connection.connection, None)  # type: ignore[arg-type]
    if is_gone:
        connection.invalidate(failure)
    kind = dialect.loaded_dbapi.Error
    return DBAPIError.instance(None, None, failure, kind, connection_invalidated=is_gone, dialect=dialect)
