"""Writing rows that may already be there: insert or leave, change under a condition."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import CursorResult, Insert, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, SQLModel


def table_of(kind: type[SQLModel]) -> Table:
    """The table behind a row class."""
    table: Table = kind.__table__  # type: ignore[attr-defined]
    return table


def insert_if_absent(tx: Session, kind: type[SQLModel], **values: Any) -> bool:
    """Insert a row unless its key is taken; says whether it was inserted. Never raises for a duplicate."""
    statement = _insert(tx, table_of(kind)).values(**values).on_conflict_do_nothing()
    return rows_changed(tx, statement) == 1


def insert_all(tx: Session, kind: type[SQLModel], rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows, each naming the same columns; none of them may be there already."""
    if rows:
        tx.connection().execute(insert_into(kind), list(rows))


@cache
def insert_into(kind: type[SQLModel]) -> Insert:
    """The statement that inserts rows of a kind; made once."""
    return table_of(kind).insert()


def insert_missing(
    tx: Session, kind: type[SQLModel], rows: Sequence[Mapping[str, Any]], *, returning: str
) -> set[Any]:
    """Insert the rows whose keys are free; says which were inserted, by one of their columns.

    Who else inserts the same keys at this moment is waited for, so `rows` come in the order of their keys.
    """
    if not rows:
        return set()
    table = table_of(kind)
    statement = _insert(tx, table).on_conflict_do_nothing().returning(table.c[returning])
    return set(tx.connection().execute(statement, list(rows)).scalars())


def insert_or_replace(tx: Session, kind: type[SQLModel], values: Mapping[str, Any], *, where: Any) -> bool:
    """Insert a row, or give the one of its key these values where it meets a condition; says whether it did
    either. Of several at once, one is first, and the condition is asked of what it left.
    """
    table = table_of(kind)
    statement = _insert(tx, table).values(**values)
    statement = statement.on_conflict_do_update(
        index_elements=list(table.primary_key.columns),
        set_={name: statement.excluded[name] for name in values if not table.c[name].primary_key},
        where=where,
    )
    return rows_changed(tx, statement) == 1


def rows_changed(tx: Session, statement: Any, parameters: Mapping[str, Any] | None = None) -> int:
    """Run a statement and say how many rows it changed."""
    # Without being asked, SQLAlchemy keeps the count of updates and deletes alone; psycopg's inserts had -1.
    options = {"preserve_rowcount": True}
    result: CursorResult[Any] = tx.connection().execute(statement, parameters, execution_options=options)
    return result.rowcount


def _insert(tx: Session, table: Table) -> Any:
    dialect = tx.get_bind().dialect.name
    return sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)
