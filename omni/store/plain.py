"""Rows to look at: no session follows them, which makes them ten times cheaper to have.

What is changed on such a row is written by nobody: whoever changes it says so with an update of its own.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import Column
from sqlalchemy.orm import ClassManager, class_mapper
from sqlmodel import SQLModel

from omni.store.rows import table_of

Kind = TypeVar("Kind", bound=SQLModel)


def plain(kind: type[Kind], values: Mapping[str, Any]) -> Kind:
    """A row of these values, each of its columns named, as it would be after it was read."""
    row: Kind = _manager(kind).new_instance()
    row.__dict__.update(values)
    return row


def columns_of(*kinds: type[SQLModel]) -> list[Column[Any]]:
    """The columns of several tables, to be read side by side."""
    return [column for kind in kinds for column in table_of(kind).columns]


def side_by_side(values: Sequence[Any], *kinds: type[SQLModel]) -> Iterator[Any]:
    """What was read of `columns_of` these kinds, as a row of each; None where an outer join met none."""
    read = iter(values)
    for kind in kinds:
        names = _names(kind)
        row = dict(zip(names, islice(read, len(names)), strict=True))
        yield None if row[names[0]] is None else plain(kind, row)


@cache
def _names(kind: type[SQLModel]) -> tuple[str, ...]:
    return tuple(column.key for column in table_of(kind).columns)


@cache
def _manager(kind: type[Kind]) -> ClassManager[Kind]:
    return class_mapper(kind).class_manager
