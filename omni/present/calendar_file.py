"""The last day of a voucher as a file for calendars (iCalendar, RFC 5545)."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from urllib.parse import urlsplit

from omni.present.keepsake import Keepsake
from omni.present.locales import bcp47

MEDIA_TYPE = "text/calendar; charset=utf-8"
"""What servers call such a file."""

_LINE = 75
_ALARM = "-PT15H"  # from midnight: nine in the morning of the day before, on the phone's own clock


def calendar_file(kept: Keepsake, *, made_at: datetime) -> bytes:
    """One whole day, the last on which a voucher can be used in its market, and an alarm the day before.

    A day of the calendar belongs to no zone, so nothing is said of any. The same voucher is the same entry:
    a calendar that has it already changes it.
    """
    words, host = kept.spoken, urlsplit(kept.address).hostname
    language = f";LANGUAGE={bcp47(words.spoken)}"
    summary = f"{words.offer} · {words.title}"
    told = f"{kept.shown}\n{words.until}\n{words.price}\n{kept.address}\n{kept.seller}"
    lines = (
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Omni//Offers//EN",
        "BEGIN:VEVENT",
        f"UID:{kept.voucher}@{host}",
        f"DTSTAMP:{made_at:%Y%m%dT%H%M%SZ}",
        f"DTSTART;VALUE=DATE:{_day(kept.last_on)}",
        f"DTEND;VALUE=DATE:{_day(kept.last_on + timedelta(days=1))}",
        f"SUMMARY{language}:{_text(summary)}",
        f"DESCRIPTION{language}:{_text(told)}",
        f"URL:{kept.address}",
        "TRANSP:TRANSPARENT",
        "CLASS:PRIVATE",
        "BEGIN:VALARM",
        "ACTION:DISPLAY",
        f"DESCRIPTION{language}:{_text(summary)}",
        f"TRIGGER:{_ALARM}",
        "END:VALARM",
        "END:VEVENT",
        "END:VCALENDAR",
    )
    return b"".join(_folded(line) for line in lines)


def _day(on: date) -> str:
    return f"{on:%Y%m%d}"


def _text(words: str) -> str:
    """Words as a TEXT value (section 3.3.11)."""
    return re.sub(r"\r\n?|\n", r"\\n", re.sub(r"([\\;,])", r"\\\1", words))


def _folded(line: str) -> bytes:
    """A content line of at most 75 octets a row (section 3.1), never broken inside a letter."""
    rows, row = [], b""
    for letter in line:
        octets = letter.encode()
        if len(row) + len(octets) > _LINE:
            rows.append(row)
            row = b" "
        row += octets
    return b"\r\n".join((*rows, row)) + b"\r\n"
