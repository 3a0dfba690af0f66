"""A batch as lines of text that other programs read."""

from __future__ import annotations

import csv
import io
import json
from itertools import count, islice

from omni.domain.batch import Batch
from omni.domain.code import Purpose
from omni.domain.keyring import CodeKey, Keyring, Opened
from omni.present.listings import LINES_A_PIECE, csv_lines, json_lines
from omni.present.paper import printed_code, printed_codes
from omni.present.slip import PrintedCode
from tests.support.paper import some_codes


def endless_codes():
    return (PrintedCode(n, "22222-22222-22222", "HTTPS://A.EXAMPLE/C/222222222222222") for n in count(1))


def test_the_csv_has_a_header_and_a_line_for_each_code() -> None:
    codes = some_codes(3)
    rows = list(csv.reader(io.StringIO("".join(csv_lines(codes)))))
    assert rows[0] == ["number_in_batch", "code", "url"]
    assert rows[1:] == [[str(code.number_in_batch), code.code, code.url] for code in codes]


def test_each_json_line_has_the_same_keys() -> None:
    codes = some_codes(3)
    objects = [json.loads(line) for line in "".join(json_lines(codes)).splitlines()]
    assert objects == [
        {"number_in_batch": code.number_in_batch, "code": code.code, "url": code.url} for code in codes
    ]


def test_listings_stream_an_endless_batch_in_pieces_of_whole_lines() -> None:
    header, first, second = islice(csv_lines(endless_codes()), 3)
    assert header == "number_in_batch,code,url\n"
    assert (first.count("\n"), first[:2], second[:5]) == (LINES_A_PIECE, "1,", f"{LINES_A_PIECE + 1},")
    objects = [json.loads(line) for line in next(json_lines(endless_codes())).splitlines()]
    assert [each["number_in_batch"] for each in objects] == list(range(1, LINES_A_PIECE + 1))


def test_nothing_is_drawn_before_it_is_asked_for() -> None:
    drawn = count(1)
    codes = (PrintedCode(next(drawn), "22222-22222-22222", "HTTPS://A.EXAMPLE/C/2") for _ in count())
    next(json_lines(codes))
    assert next(drawn) == LINES_A_PIECE + 1


def test_a_batch_of_an_old_key_is_listed_under_that_key_as_one_code_is() -> None:
    ring = Keyring((CodeKey(1, b"1" * 32), CodeKey(2, b"2" * 32)), current_id=2)
    batch = Batch(host="https://go.larkfell.example", first_number=500, size=3, key_id=1)
    listed = list(printed_codes(ring, batch, range(501, 503)))
    assert listed == [printed_code(ring, batch, 501), printed_code(ring, batch, 502)]
    assert [code.number_in_batch for code in listed] == [2, 3]
    assert [ring.open(code.code) for code in listed] == [Opened(Purpose.CODE, n, 1) for n in (501, 502)]
    letters = ring.seal(501, Purpose.CODE, 1).replace("-", "")
    assert listed[0].url == f"HTTPS://GO.LARKFELL.EXAMPLE/C/{letters}"


def test_an_empty_batch_is_a_header_and_nothing_else() -> None:
    assert list(csv_lines([])) == ["number_in_batch,code,url\n"]
    assert list(json_lines([])) == []
