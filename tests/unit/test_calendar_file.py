"""The last day of a voucher in a calendar, line by line as RFC 5545 wants it."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from omni.present.calendar_file import calendar_file
from tests.support.keepsakes import FRENCH, JAPANESE, a_keepsake

NOW = datetime(2026, 11, 11, 10, tzinfo=UTC)


def unfolded(body: bytes) -> list[str]:
    """The content lines of a calendar, each whole again."""
    assert body.endswith(b"\r\n")
    return body.decode().replace("\r\n ", "").removesuffix("\r\n").split("\r\n")


def properties(body: bytes) -> dict[str, str]:
    """The properties of the one event, by name with parameters; the alarm's are left out."""
    lines = unfolded(body)
    event = lines[lines.index("BEGIN:VEVENT") + 1 : lines.index("BEGIN:VALARM")]
    return dict(line.split(":", 1) for line in event)


def test_it_is_one_whole_day_the_last_in_the_market_and_of_no_zone() -> None:
    body = calendar_file(a_keepsake(), made_at=NOW)
    said = properties(body)
    assert said["DTSTART;VALUE=DATE"] == "20270114"
    assert said["DTEND;VALUE=DATE"] == "20270115"
    assert said["DTSTAMP"] == "20261111T100000Z"
    assert said["UID"] == "V-2345-6789-BCDF-GHJ@go.larkfell.example"
    assert not [line for line in unfolded(body) if "VTIMEZONE" in line or "TZID" in line]


def test_the_alarm_rings_on_the_morning_of_the_day_before() -> None:
    lines = unfolded(calendar_file(a_keepsake(), made_at=NOW))
    alarm = lines[lines.index("BEGIN:VALARM") : lines.index("END:VALARM")]
    assert "TRIGGER:-PT15H" in alarm
    assert "ACTION:DISPLAY" in alarm


def test_parts_are_opened_and_closed_in_order() -> None:
    lines = unfolded(calendar_file(a_keepsake(), made_at=NOW))
    parts = [line for line in lines if line.startswith(("BEGIN", "END"))]
    assert parts == [
        "BEGIN:VCALENDAR",
        "BEGIN:VEVENT",
        "BEGIN:VALARM",
        "END:VALARM",
        "END:VEVENT",
        "END:VCALENDAR",
    ]
    assert lines[1] == "VERSION:2.0"
    assert all(line.partition(":")[1] for line in lines)


def test_signs_that_part_values_are_written_as_text() -> None:
    said = properties(calendar_file(a_keepsake(), made_at=NOW))
    assert said["SUMMARY;LANGUAGE=fr-FR"] == 'Coffret "Matin"\\, thé\\; deux tasses · Votre code avantage'
    assert said["DESCRIPTION;LANGUAGE=fr-FR"].startswith("V-2345-6789-BCDF-GHJ\\nValable jusqu'au 14")


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_name_with_a_line_break_adds_no_line(end: str) -> None:
    words = replace(FRENCH, offer=f"Coffret{end}ATTACH:https://elsewhere.example")
    lines = unfolded(calendar_file(a_keepsake(words=(words,)), made_at=NOW))
    assert not [line for line in lines if line.startswith("ATTACH")]
    assert "\r" not in "".join(lines)


@pytest.mark.parametrize("words", [FRENCH, JAPANESE], ids=["fr", "ja"])
def test_no_row_has_more_than_75_octets_and_no_letter_is_broken(words) -> None:
    body = calendar_file(a_keepsake(words=(words,)), made_at=NOW)
    rows = body.split(b"\r\n")
    assert max(map(len, rows)) <= 75
    assert all(row.decode() for row in rows[:-1])
    assert words.offer.split('"')[0] in "".join(unfolded(body))
