"""Rows by the thousand, in one go: what is folded from the spool.

PostgreSQL is sent a COPY, SQLite one statement that was made ready once. What may be there already is handed
over as one document, because an answer for each row would cost more than the row.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

from sqlalchemy import JSON, Executable, Table, Text, bindparam, cast, func, select, true
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, SQLModel

from omni.store.ready import Ready, Values, at_the_driver, ready
from omni.store.rows import insert_into, table_of

_ROOM = "PRAGMA cache_size = -32768"
"""Rows of codes lie all over their table, and SQLite's own two megabytes would be read again and again."""


def load(tx: Session, kind: type[SQLModel], rows: Sequence[Values]) -> None:
    """Insert rows, each naming the same columns; none of them may be there already."""
    if not rows:
        return
    made = ready(tx, insert_into(kind), tuple(rows[0]))
    converted = _converted(made, rows)
    with at_the_driver(tx) as lent:
        cursor = lent.cursor()
        if tx.get_bind().dialect.name == "sqlite":
            cursor.execute(_ROOM)
            cursor.executemany(made.sql, converted)
            return
        with cursor.copy(f"COPY {table_of(kind).name} ({', '.join(made.names)}) FROM STDIN") as copy:
            for row in converted:
                copy.write_row(row)


def load_missing(tx: Session, kind: type[SQLModel], rows: Sequence[Values], *, returning: str) -> set[Any]:
    """Insert the rows whose keys are free; says which were inserted, by one of their columns.

    Who else inserts the same keys at this moment is waited for, so `rows` come in the order of their keys.
    """
    if not rows:
        return set()
    made = ready(tx, insert_into(kind), tuple(rows[0]))
    statement = _insert_missing(kind, tuple(made.names), returning, tx.get_bind().dialect.name)
    return set(tx.connection().execute(statement, {"rows": _document(made, rows)}).scalars())


def load_sums(tx: Session, kind: type[SQLModel], rows: Sequence[Values], *, sums: Sequence[str]) -> None:
    """Add amounts to rows by their keys, making those that are not there.

    No key may be named twice, and `rows` come in the order of their keys, so that two who add never wait for
    each other in a ring.
    """
    if not rows:
        return
    made = ready(tx, insert_into(kind), tuple(rows[0]))
    if tx.get_bind().dialect.name == "sqlite":
        adding = ready(tx, _add_one(kind, tuple(sums)), tuple(rows[0]))
        with at_the_driver(tx) as lent:
            lent.cursor().executemany(adding.sql, _converted(adding, rows))
        return
    statement = _add_all(kind, tuple(made.names), tuple(sums))
    tx.connection().execute(statement, {"rows": _document(made, rows)})


def _document(made: Ready, rows: Sequence[Values]) -> str:
    return json.dumps(list(_converted(made, rows)), default=str)


def _converted(made: Ready, rows: Sequence[Values]) -> Iterator[tuple[Any, ...]]:
    """The rows as the driver takes them, converted a column at a time."""
    return zip(*(_column(made, name, rows) for name in made.names), strict=True)


def _column(made: Ready, name: str, rows: Sequence[Values]) -> list[Any]:
    values = [row[name] for row in rows]
    convert = made.given.get(name)
    return values if convert is None else list(map(convert, values))


@cache
def _insert_missing(kind: type[SQLModel], names: tuple[str, ...], returning: str, engine: str) -> Executable:
    table = table_of(kind)
    if engine == "sqlite":
        row = func.json_each(bindparam("rows", type_=Text)).table_valued("value").c.value
        values = [func.json_extract(row, f"$[{place}]") for place, _ in enumerate(names)]
        # Without a condition SQLite reads ON CONFLICT as the ON of a join.
        missing = sqlite.insert(table).from_select(names, select(*values).where(true()))
        return missing.on_conflict_do_nothing().returning(table.c[returning])
    return _from_document(table, names).on_conflict_do_nothing().returning(table.c[returning])


@cache
def _add_all(kind: type[SQLModel], names: tuple[str, ...], sums: tuple[str, ...]) -> Executable:
    return _adding(_from_document(table_of(kind), names), table_of(kind), sums)


@cache
def _add_one(kind: type[SQLModel], sums: tuple[str, ...]) -> Executable:
    return _adding(sqlite.insert(table_of(kind)), table_of(kind), sums)


def _adding(insert: Any, table: Table, sums: Sequence[str]) -> Executable:
    added: Executable = insert.on_conflict_do_update(
        index_elements=list(table.primary_key.columns),
        set_={name: table.c[name] + insert.excluded[name] for name in sums},
    )
    return added


def _from_document(table: Table, names: Sequence[str]) -> postgresql.Insert:
    row = func.json_array_elements(cast(bindparam("rows", type_=Text), JSON)).table_valued("value").c.value
    values = [cast(row.op("->>")(place), table.c[name].type) for place, name in enumerate(names)]
    return postgresql.insert(table).from_select(names, select(*values))
