"""A batch as text for other programs: one line a code, streamed, never the whole batch in memory.

Lines are written without asking what must be quoted: numbers, the letters of a code, and an address made of
letters, digits, `:`, `/`, `.` and `-` never need it in either form.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice

from omni.present.slip import PrintedCode

COLUMNS = ("number_in_batch", "code", "url")
"""The columns of the CSV and the keys of the JSON lines, in order. Other people's programs read them."""

LINES_A_PIECE = 1_000
"""Lines that are handed on together: some 80 KB, so that a million codes are a thousand writes."""

_JSON = '{{"number_in_batch": {}, "code": "{}", "url": "{}"}}\n'


def csv_lines(codes: Iterable[PrintedCode]) -> Iterator[str]:
    """The batch as CSV: a header, then a line for each code, many lines to a piece."""
    yield ",".join(COLUMNS) + "\n"
    yield from _pieces(codes, lambda code: f"{code.number_in_batch},{code.code},{code.url}\n")


def json_lines(codes: Iterable[PrintedCode]) -> Iterator[str]:
    """The batch as JSON lines: one object for each code, many lines to a piece."""
    return _pieces(codes, lambda code: _JSON.format(code.number_in_batch, code.code, code.url))


def _pieces(codes: Iterable[PrintedCode], line: Callable[[PrintedCode], str]) -> Iterator[str]:
    left = iter(codes)
    while piece := "".join(map(line, islice(left, LINES_A_PIECE))):
        yield piece
