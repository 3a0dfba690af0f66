"""Rationing: what an edition limits, as its file says now, begins to be counted, changes, or ends."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlmodel import Session

from omni.domain import scarcity
from omni.domain.campaign import Edition
from omni.domain.policies import Caps
from omni.domain.scarcity import Limit, Scarce
from omni.domain.window import local_day
from omni.store import counters, finders, takings


def ration(
    tx: Session,
    now: datetime,
    *,
    edition: Edition,
    bundles: Iterable[str],
    stock: Mapping[str, int],
    caps: Caps,
) -> None:
    """Count what is limited from now on, and no longer what is not.

    A stock is how many there are together with those taken: writing it again does not fill it up. A cap
    counts what was taken before it was written too. Where more was taken than is written, nothing is left.
    """
    edition_id, slugs = edition.id or 0, set(bundles)
    zone = finders.market_of(tx, edition.market_id).time_zone
    known = [what for what in counters.counted(tx, edition_id) if scarcity.kind_of(what) is not Scarce.SERVES]
    stocks = {
        scarcity.stock_of(name) if name in slugs else scarcity.item_stock(name): there
        for name, there in stock.items()
    }
    limits = _limits(tx, now, edition, caps, known, zone)
    most = {**stocks, **{what: limit.most for what, limit in limits.items()}}
    new = _begun(tx, now, edition_id, limits, known, zone)
    for what in scarcity.in_order({*known, *stocks, *new}):
        if what not in most:
            counters.forget(tx, edition_id, what)
        elif what in known:
            counters.resize(tx, edition_id, what, most[what])
        else:
            taken = takings.taken(tx, edition_id, new[what], zone) if what in new else None
            counters.grant(tx, edition_id, what, most[what], taken=taken)


def _limits(
    tx: Session, now: datetime, edition: Edition, caps: Caps, known: Iterable[str], zone: str
) -> dict[str, Limit]:
    """Every cap that is written, of today and of every day that was counted."""
    days = {local_day(now, zone), *filter(None, map(scarcity.day_of, known))}
    places = finders.placements_listed(tx, edition.id or 0)
    return {
        limit.what: limit for day in days for limit in scarcity.limits_of(caps, placements=places, day=day)
    }


def _begun(
    tx: Session, now: datetime, edition_id: int, limits: Mapping[str, Limit], known: Iterable[str], zone: str
) -> dict[str, Limit]:
    """The caps that something was taken of before they were written; others begin with their first taking."""
    if not takings.is_anything_unlocked(tx, edition_id):
        return {}
    today = local_day(now, zone)
    return {what: limit for what, limit in limits.items() if what not in known and limit.day in (None, today)}
