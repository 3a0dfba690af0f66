"""A batch as text for other programs: one line a code, streamed, never the whole batch in memory."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator

from omni.present.slip import PrintedCode

COLUMNS = ("number_in_batch", "code", "url")
"""The columns of the CSV and the keys of the JSON lines, in order. Other people's programs read them."""


def csv_lines(codes: Iterable[PrintedCode]) -> Iterator[str]:
    """The batch as CSV: a header, then a line for each code."""
    line = io.StringIO()
    writer = csv.writer(line, lineterminator="\n")
    writer.writerow(COLUMNS)
    yield line.getvalue()
    for code in codes:
        line.seek(0)
        line.truncate()
        writer.writerow((code.number_in_batch, code.code, code.url))
        yield line.getvalue()


def json_lines(codes: Iterable[PrintedCode]) -> Iterator[str]:
    """The batch as JSON lines: one object for each code."""
    for code in codes:
        values = (code.number_in_batch, code.code, code.url)
        yield json.dumps(dict(zip(COLUMNS, values, strict=True))) + "\n"
