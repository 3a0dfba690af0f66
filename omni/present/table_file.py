"""CSV files with a header, read line by line: every mistake with its line and field, none of them half.

Spreadsheets where the comma parts decimals write semicolons; both are understood.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, TypeVar

from omni.present.file_problems import FileProblems, Problem

_MOST_PROBLEMS = 1000

T = TypeVar("T")


class Wrong(ValueError):
    """A cell cannot be right: which column it is in, and why."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class Cells:
    """The cells of one line, each read with the function for its column."""

    def __init__(self, places: Mapping[str, int], values: list[str]) -> None:
        self._places, self._values = places, values

    def __call__(self, column: str, read: Callable[[str], T]) -> T:
        """What a cell says; one that is not there reads as empty. Raises Wrong for ValueError of `read`."""
        place = self._places.get(column)
        try:
            return read("" if place is None else self._values[place].strip())
        except ValueError as wrong:
            raise Wrong(column, str(wrong)) from None


def columns_of(header: str) -> list[str]:
    """The names in the first line of a file, in small letters."""
    line = header.removeprefix("\ufeff").strip()
    return [name.strip().strip('"').lower() for name in line.split(_separator(line))]


def read_rows(
    lines: Iterable[str],
    take: Callable[[int, Cells], T],
    *,
    file: str,
    what: str,
    needed: tuple[str, ...],
    welcome: tuple[str, ...] = (),
) -> Iterator[T]:
    """What `take` makes of each line, with its number; `what` says what the file tells, such as prices.

    Nothing is yielded behind the first mistake; at the end all of them are raised as FileProblems, so whoever
    takes a file whole takes it only when this has run out.
    """
    remaining = iter(lines)
    problems: list[Problem] = []
    try:
        header = next(remaining, "")
        places = _places(columns_of(header), needed, welcome, what, file)
        for line, values in _rows(remaining, _separator(header), file):
            try:
                if len(values) != len(places):
                    raise Wrong("", f"has {len(values)} cells; the header has {len(places)}")
                taken = take(line, Cells(places, values))
            except Wrong as wrong:
                problems.append(Problem(file, line, wrong.field, str(wrong)))
                if len(problems) == _MOST_PROBLEMS:
                    break
                continue
            if not problems:
                yield taken
    except UnicodeDecodeError:
        problems.append(Problem(file, None, "", "is not UTF-8; save it again as CSV in UTF-8"))
    if problems:
        raise FileProblems(problems)


def _separator(header: str) -> str:
    return ";" if ";" in header else ","


def _places(
    columns: list[str], needed: tuple[str, ...], welcome: tuple[str, ...], what: str, file: str
) -> dict[str, int]:
    known = (*needed, *welcome)
    problems = [
        Problem(file, 1, name, "is missing from the header") for name in needed if name not in columns
    ]
    problems += [
        Problem(file, 1, name, f"is no column of {what}; there are {', '.join(known)}")
        for name in columns
        if name not in known
    ]
    if len(set(columns)) < len(columns):
        problems.append(Problem(file, 1, "", "names a column twice"))
    if problems:
        raise FileProblems(problems)
    return {name: place for place, name in enumerate(columns)}


def _rows(lines: Iterator[str], separator: str, file: str) -> Iterator[tuple[int, list[str]]]:
    rows: Any = csv.reader(lines, delimiter=separator, strict=True)
    try:
        for values in rows:
            if values:
                yield rows.line_num + 1, values
    except csv.Error as wrong:
        raise FileProblems([Problem(file, rows.line_num + 1, "", f"is not CSV: {wrong}")]) from None
