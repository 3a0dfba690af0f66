"""What a shop gives and tells as CSV: its own codes, and what happened to its orders.

shop codes   code
orders       order_ref, event, at, and if wanted voucher, total_minor, amount_minor, currency, lines,
             placement, member_ref, postal_area, method, promised_until

Amounts are whole minor units, instants carry their offset, and lines are `sku:quantity` with spaces between.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from enum import StrEnum

from omni.domain.order_report import OrderReport, ReportedLine
from omni.domain.shop import OrderEvent
from omni.present.table_file import Cells, columns_of, read_rows

_ORDER_NEEDED = ("order_ref", "event", "at")
_ORDER_WELCOME = (
    "voucher",
    "total_minor",
    "amount_minor",
    "currency",
    "lines",
    "placement",
    "member_ref",
    "postal_area",
    "method",
    "promised_until",
)
_CURRENCY = re.compile(r"[A-Z]{3}")
_LINE = re.compile(r"(\S{1,64}):(\d{1,6})")
_MOST_MINOR = 2**53


class Kind(StrEnum):
    """What a shop's file tells."""

    CODES = "shop codes"
    ORDERS = "orders"


def kind_of(first_line: str) -> Kind | None:
    """What a file tells, by its first line; None when that is no header of a shop's."""
    columns = set(columns_of(first_line))
    if columns == {"code"}:
        return Kind.CODES
    return Kind.ORDERS if columns.issuperset(_ORDER_NEEDED) else None


def read_codes(lines: Iterable[str], *, file: str) -> Iterator[str]:
    """The codes of a file, one after the other, as they are read.

    Raises FileProblems at its end: a file is taken whole or not at all.
    """
    return read_rows(
        lines, lambda _, cell: cell("code", _code), file=file, what=Kind.CODES.value, needed=("code",)
    )


def read_orders(
    lines: Iterable[str], *, file: str, member: Callable[[str], str]
) -> list[tuple[int, OrderReport]]:
    """The order events of a file with their lines. `member` says what stands for a shop's word for a person.

    Raises FileProblems; what can be read is checked by the ledger event by event.
    """

    def take(line: int, cell: Cells) -> tuple[int, OrderReport]:
        return line, OrderReport(
            order_ref=cell("order_ref", _reference),
            event=cell("event", _event),
            at=cell("at", _instant),
            voucher=cell("voucher", _text(64)),
            total_minor=cell("total_minor", _minor),
            amount_minor=cell("amount_minor", _minor),
            currency=cell("currency", _currency),
            lines=cell("lines", _lines),
            placement=cell("placement", _text(96)),
            member_hash=cell("member_ref", lambda text: member(text) if text else None),
            postal_area=cell("postal_area", _text(32)),
            method=cell("method", _text(64)),
            promised_until=cell("promised_until", lambda text: _instant(text) if text else None),
        )

    return list(
        read_rows(
            lines, take, file=file, what=Kind.ORDERS.value, needed=_ORDER_NEEDED, welcome=_ORDER_WELCOME
        )
    )


def _code(text: str) -> str:
    if not 3 <= len(text) <= 64 or not text.isprintable() or any(letter.isspace() for letter in text):
        raise ValueError("is no code; a code has 3 to 64 letters and no spaces")
    return text


def _text(longest: int) -> Callable[[str], str | None]:
    def read(text: str) -> str | None:
        if len(text) > longest or not text.isprintable():
            raise ValueError(f"has more than {longest} letters, or one that cannot be printed")
        return text or None

    return read


def _reference(text: str) -> str:
    reference = _text(128)(text)
    if reference is None:
        raise ValueError("is empty; every order has a reference")
    return reference


def _event(text: str) -> OrderEvent:
    if text not in tuple(OrderEvent):
        raise ValueError(f"is no event; write one of {', '.join(OrderEvent)}")
    return OrderEvent(text)


def _instant(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError("is no instant; write for example 2026-11-11T09:00+01:00") from None
    if at.tzinfo is None or not 2000 <= at.year < 2100:
        raise ValueError("lacks its offset, or is out of all reason; write for example 2026-11-11T09:00Z")
    return at.astimezone(UTC)


def _minor(text: str) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdigit()) or int(text) > _MOST_MINOR:
        raise ValueError("is no whole number of minor units; write 4990 for 49.90")
    return int(text)


def _currency(text: str) -> str | None:
    if text and not _CURRENCY.fullmatch(text):
        raise ValueError("is no currency; write its three letters, such as EUR")
    return text or None


def _lines(text: str) -> tuple[ReportedLine, ...]:
    found = [_LINE.fullmatch(one) for one in text.split()]
    if not all(found):
        raise ValueError("is no list of items; write sku:quantity, with spaces between them")
    return tuple(ReportedLine(one[1], int(one[2])) for one in found if one)
