"""What a shop or a till sends, as plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class Line:
    """What an order wants of one item, or gives back; `amount_minor` is what the shop charges for it."""

    sku: str
    qty: int = 1
    amount_minor: int | None = None


@dataclass(frozen=True)
class BoughtItem:
    """One line of a till's receipt."""

    sku: str
    qty: int
    amount_minor: int


@dataclass(frozen=True)
class OrderFact:
    """One event of an order; `amount_minor` is the money it is about, `total_minor` the whole order.

    Events are `placed`, `promised`, `shipped`, `delivered`, `returned`, `refunded` and `cancelled`. `voucher`
    is ours or the shop's own code.
    """

    order_ref: str
    event: str
    at: datetime
    voucher: str | None = None
    total_minor: int | None = None
    amount_minor: int | None = None
    currency: str | None = None
    lines: tuple[Line, ...] | None = None
    member_ref: str | None = None
    placement: str | None = None
    postal_area: str | None = None
    method: str | None = None
    promised_until: datetime | None = None
    costs: Mapping[str, int] | None = None


@dataclass(frozen=True)
class OfflineReceipt:
    """A receipt that was printed with a code of a pool while the line was down."""

    code: str
    printed_at: datetime
    receipt_no: str | None = None
    total_minor: int | None = None
    currency: str | None = None
    member_ref: str | None = None


def body_of(**members: object) -> dict[str, Any]:
    """What is sent, as JSON has it; what was not given is left out."""
    return {name: written(value) for name, value in members.items() if value is not None}


def written(value: Any) -> Any:
    """A value as JSON has it: instants as text, what is sent as its members."""
    if is_dataclass(value):
        return body_of(**{part.name: getattr(value, part.name) for part in fields(value)})
    if isinstance(value, (list, tuple)):
        return [written(part) for part in value]
    return value.isoformat() if isinstance(value, datetime) else value
