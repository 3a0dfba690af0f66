"""Receipts to try, as people type them: in a form, on a command line, or many in a CSV file.

place       a place of the edition; else its first till
at          a day and time on the market's clock, or with an offset; else now
total       what was paid, such as 42.00
items       what was bought, as sku:quantity:amount, one after the other with spaces between
member      any word that tells members apart; else nobody was named

The amount of an item is that of its whole line, in major units. What is left out is not known.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from omni.domain.placement import Placement
from omni.domain.receipt_facts import BoughtItem, facts_of
from omni.domain.receipt_trial import TrialGround, TriedReceipt
from omni.domain.typed_amount import typed_minor
from omni.present.file_problems import FileProblems, Problem

COLUMNS = ("place", "at", "total", "items", "member")
MOST_RECEIPTS = 10_000
_MOST_ITEMS = 1000
_MOST_UNITS = 1_000_000


class WrongCell(ValueError):
    """What was typed cannot be read: the field, and how to write it."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


def typed_receipt(cells: Mapping[str, str], ground: TrialGround, now: datetime) -> TriedReceipt:
    """One receipt to try, from what was typed into each field. Raises WrongCell."""
    told = {column: cells.get(column, "").strip() for column in COLUMNS}
    facts = facts_of(
        _place(told["place"], ground),
        ground.market,
        at=_instant(told["at"], ground.market.time_zone) if told["at"] else now,
        total_minor=_minor(told["total"], ground, "total") if told["total"] else None,
        items=_items(told["items"], ground) if told["items"] else None,
        is_member=bool(told["member"]),
    )
    return TriedReceipt(facts, told["member"] or None)


def read_receipts(text: str, *, file: str, ground: TrialGround, now: datetime) -> list[TriedReceipt]:
    """The receipts of a CSV file with a header. Raises FileProblems, by line and field."""
    receipts, problems = [], []
    for line, cells in _rows(text, file):
        try:
            receipts.append(typed_receipt(cells, ground, now))
        except WrongCell as wrong:
            problems.append(Problem(file, line, wrong.field, str(wrong)))
        if len(receipts) + len(problems) > MOST_RECEIPTS:
            problems = [Problem(file, line, "", f"has more than {MOST_RECEIPTS:,} receipts; cut it in two")]
            break
    if problems:
        raise FileProblems(problems)
    return receipts


def decoded(body: bytes, *, file: str) -> str:
    """The text of a CSV file. Raises FileProblems."""
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError:
        message = "is not UTF-8; save it again as CSV in UTF-8"
        raise FileProblems([Problem(file, None, "", message)]) from None


def _rows(text: str, file: str) -> Iterator[tuple[int, dict[str, str]]]:
    lines = text.splitlines()
    # Spreadsheets where the comma parts decimals write semicolons.
    separator = ";" if lines and ";" in lines[0] else ","
    rows = csv.reader(lines, delimiter=separator, strict=True)
    try:
        header = _header(next(rows, []), file)
        for values in filter(None, rows):
            if len(values) != len(header):
                message = f"has {len(values)} cells; the header has {len(header)}"
                raise FileProblems([Problem(file, rows.line_num, "", message)])
            yield rows.line_num, dict(zip(header, values, strict=True))
    except csv.Error as wrong:
        raise FileProblems([Problem(file, rows.line_num, "", f"is not CSV: {wrong}")]) from None


def _header(written: Sequence[str], file: str) -> list[str]:
    names = [name.strip().lower() for name in written]
    strange = next((name for name in names if name not in COLUMNS or names.count(name) > 1), None)
    if strange is not None or not names:
        message = f"is no header of receipts; it names, each once, {', '.join(COLUMNS)}"
        raise FileProblems([Problem(file, 1, strange or "", message)])
    return names


def _place(slug: str, ground: TrialGround) -> Placement:
    if not slug:
        return ground.tills[0]
    if slug not in ground.places:
        raise WrongCell("place", f"{slug} is no place of this offer; `omni placements` lists them")
    return ground.places[slug]


def _instant(text: str, zone: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
        return (at if at.tzinfo else at.replace(tzinfo=ZoneInfo(zone))).astimezone(UTC)
    except (ValueError, OverflowError):
        raise WrongCell("at", f"{text} is not a day and time; write for example 2026-11-11T13:30") from None


def _minor(text: str, ground: TrialGround, field: str) -> int:
    try:
        return typed_minor(text, digits=ground.market.digits)
    except ValueError:
        raise WrongCell(field, f"{text} is not an amount in {ground.market.currency}") from None


def _items(text: str, ground: TrialGround) -> tuple[BoughtItem, ...]:
    written = text.split()
    if len(written) > _MOST_ITEMS:
        raise WrongCell("items", f"are more than {_MOST_ITEMS:,}")
    return tuple(_item(item, ground) for item in written)


def _item(text: str, ground: TrialGround) -> BoughtItem:
    sku, quantity, amount = (*text.rsplit(":", 2), "", "")[:3]
    if not sku or not quantity.isdecimal() or not 1 <= int(quantity[:9]) <= _MOST_UNITS or not amount:
        raise WrongCell(
            "items", f"{text} is not an item; write sku:quantity:amount, such as shoes-42:1:49.90"
        )
    return BoughtItem(sku, int(quantity), _minor(amount, ground, "items"))
