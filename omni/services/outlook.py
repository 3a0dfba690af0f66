"""Outlook: what an untouched code looks like now, found once and not for each who scans.

All codes of one print that nobody touched look alike until a price changes, a market's day begins or what is
published changes; only where they were printed differs.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from omni.domain.batch import Batch, CodePhase
from omni.domain.cube import QUARTER_SECONDS, quarter_of, quarter_start
from omni.domain.price import bundle_item
from omni.domain.rulebook import page_state
from omni.services import opening
from omni.services.exchanging import is_exchange_place
from omni.services.opening import OpenedCode
from omni.store.catalogue import Catalogue


@dataclass(frozen=True, eq=False)
class Outlook:
    """An untouched code of some print as its page says it from an instant until another.

    `in_stock` and `sold_out` are whichever code was looked at first, and may be the same: what was paused is
    not sold out as well. Pages are remembered by the outlook they show.
    """

    in_stock: OpenedCode
    sold_out: OpenedCode
    since: datetime
    until: datetime


def outlook(catalogue: Catalogue, now: datetime, batch: Batch) -> Outlook | None:
    """The outlook of a batch's codes; None where each piece of paper may have a price of its own."""
    known: Outlook | None = catalogue.outlooks.get(batch.id)
    if known is None or not known.since <= now < known.until:
        if catalogue.repricings.get(batch.bundle_id):
            return None
        known = catalogue.outlooks[batch.id] = _shared(catalogue, now, batch)
    return known


def _shared(catalogue: Catalogue, now: datetime, batch: Batch) -> Outlook:
    """The one outlook of all batches whose codes look alike."""
    is_exchange = is_exchange_place(catalogue.placements[batch.placement_id])
    key = (batch.edition_id, batch.bundle_id, batch.origin, batch.kind, batch.host, is_exchange)
    known: Outlook | None = catalogue.outlooks.get(key)
    if known is None or not known.since <= now < known.until:
        known = catalogue.outlooks[key] = _outlook(catalogue, now, batch)
    return known


def _outlook(catalogue: Catalogue, now: datetime, batch: Batch) -> Outlook:
    seen = opening.look_unread(now, catalogue=catalogue, batch=batch, number=batch.first_number)
    code = replace(seen.code, is_recalled=False, phase=CodePhase.OPEN)
    states = [page_state(code, None, now, has_stock=has) for has in (seen.price_minor is not None, False)]
    in_stock, sold_out = (replace(seen, code=code, state=state) for state in states)
    # Days begin on a quarter hour of UTC in every zone there is.
    quarter_ends = quarter_start(quarter_of(now)) + timedelta(seconds=QUARTER_SECONDS)
    until = min((at for at in _changes(catalogue, seen) if at > now), default=quarter_ends)
    return Outlook(in_stock, sold_out, now, min(until, quarter_ends))


def _changes(catalogue: Catalogue, seen: OpenedCode) -> Iterator[datetime]:
    """The instants at which a price of what is offered begins or ends to hold."""
    items = [bundle_item(seen.content.campaign, seen.bundle.slug), *(line.sku for line in seen.bundle.lines)]
    for item in items:
        for price in catalogue.prices.get((seen.content.market, item), ()):
            yield price.valid_from
            if price.valid_until is not None:
                yield price.valid_until
