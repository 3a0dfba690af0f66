"""Reporting an order event to the ledger, for whoever brings it: a file, or the look into a shop's system."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from omni.domain.order_report import OrderReport
from omni.domain.record import Origin
from omni.domain.refusal import BadInput, Refused
from omni.services import bridging, ordering
from omni.services.ordering import Reporting

if TYPE_CHECKING:
    from omni.app import Installation


@dataclass(frozen=True)
class Told:
    """What became of an event, None when it was refused; `wrong` says why, or why the order spent nothing."""

    reporting: Reporting | None
    wrong: str | None = None


def tell(place: Installation, now: datetime, report: OrderReport, *, client: str) -> Told:
    """Record one event, then settle its order: two transactions, and asking again mends what was cut off."""
    opened = place.keyring.open(report.voucher) if report.voucher else None
    try:
        with place.db.writing() as tx:
            reported = ordering.record(
                tx, now, report=report, opened=opened, client=client, origin=Origin.LIVE
            )
    except BadInput as wrong:
        return Told(None, wrong=str(wrong))
    if isinstance(reported, Refused):
        return Told(None, wrong=reported.reason.value)
    if reported.reporting is Reporting.CONFLICT:
        return Told(reported.reporting, wrong="the same event is recorded with other contents")
    if not reported.is_to_settle:
        return Told(reported.reporting)
    with place.db.writing() as tx:
        settled = bridging.settle(tx, now, client=client, order_ref=report.order_ref)
    refused = settled.refused
    return Told(reported.reporting, None if refused is None else refused.reason.value)
