"""A batch as lines of text that other programs read."""

from __future__ import annotations

import csv
import io
import json
from itertools import count, islice

from omni.present.listings import csv_lines, json_lines
from omni.present.slip import PrintedCode
from tests.support.paper import some_codes


def endless_codes():
    return (PrintedCode(n, "22222-22222-22222", "HTTPS://A.EXAMPLE/C/222222222222222") for n in count(1))


def test_the_csv_has_a_header_and_a_line_for_each_code() -> None:
    codes = some_codes(3)
    rows = list(csv.reader(io.StringIO("".join(csv_lines(codes)))))
    assert rows[0] == ["number_in_batch", "code", "url"]
    assert rows[1:] == [[str(code.number_in_batch), code.code, code.url] for code in codes]


def test_a_short_line_after_a_long_one_keeps_nothing_of_it() -> None:
    codes = [*some_codes(1, host="A-VERY-LONG-HOST.EXAMPLE"), *some_codes(1, host="A.EXAMPLE")]
    assert list(csv_lines(codes))[2] == f"1,{codes[1].code},{codes[1].url}\n"


def test_each_json_line_has_the_same_keys() -> None:
    codes = some_codes(3)
    objects = [json.loads(line) for line in json_lines(codes)]
    assert objects == [
        {"number_in_batch": code.number_in_batch, "code": code.code, "url": code.url} for code in codes
    ]


def test_listings_stream_an_endless_batch() -> None:
    assert next(islice(csv_lines(endless_codes()), 1_000, None)).startswith("1000,")
    assert json.loads(next(islice(json_lines(endless_codes()), 999, None)))["number_in_batch"] == 1_000


def test_an_empty_batch_is_a_header_and_nothing_else() -> None:
    assert list(csv_lines([])) == ["number_in_batch,code,url\n"]
    assert list(json_lines([])) == []
