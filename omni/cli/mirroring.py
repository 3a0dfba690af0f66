"""Keeping connected shops stocked with discounts, taking away what ran out, and reading what was ordered."""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from omni.cli import order_reporting
from omni.domain.shop import Shop
from omni.outside.admin_api import Access, ShopAway, ShopRefuses, understanding
from omni.outside.shop_kinds import ADMIN_APIS
from omni.services import connecting, mirroring
from omni.services.mirroring import Wanted
from omni.services.ordering import Reporting
from omni.settings import Settings, shop_token

if TYPE_CHECKING:
    from omni.app import Installation

_log = logging.getLogger(__name__)

LOOK = timedelta(seconds=3)
"""How long a shop that lacks nothing is left alone."""

LOOK_AT_ORDERS = timedelta(minutes=1)

FIRST_PAUSE = timedelta(seconds=5)
LONGEST_PAUSE = timedelta(minutes=10)
"""How long a shop that does not answer is left alone: twice as long each time, unless it says how long."""


def client_of(shop: Shop) -> str:
    """How facts name a connected shop that reports its orders."""
    return f"shop:{shop.slug}"


def access_of(settings: Settings, shop: Shop) -> Access:
    """What opens a shop, from the environment or the data folder. Raises ShopRefuses without a token."""
    token = shop_token(shop.slug) or connecting.kept_token(settings.data_dir / "keys", shop.slug)
    if not token:
        raise ShopRefuses(f"there is no token for {shop.slug}: omni shops add it again")
    return Access(shop.address, token)


@dataclass(frozen=True)
class _Patience:
    """When a shop may be asked again, when its orders are read again, and how often it failed in a row."""

    again_at: datetime
    orders_at: datetime
    failures: int = 0


class Mirrors:
    """A worker's duty: looks at every connected shop in turn, and remembers which of them want to be left
    alone."""

    def __init__(self) -> None:
        self._known: dict[str, _Patience] = {}

    def __call__(self, place: Installation, stop: threading.Event) -> int:
        """Do for each shop what is due; says how many discounts were made or ended and orders reported."""
        with place.db.reading() as session:
            shops = connecting.shops(session)
        done = 0
        for shop in shops:
            now = place.world.now()
            patience = self._known.get(shop.slug, _Patience(now, now))
            if not stop.is_set() and patience.again_at <= now:
                done += self._look(place, stop, shop, patience)
        return done

    def _look(self, place: Installation, stop: threading.Event, shop: Shop, patience: _Patience) -> int:
        now = place.world.now()
        try:
            access = access_of(place.settings, shop)
            done = _stock_and_end(place, stop, shop, access)
            if patience.orders_at <= now:
                done += _read_orders(place, stop, shop, access)
                patience = replace(patience, orders_at=now + LOOK_AT_ORDERS)
        except (ShopAway, ShopRefuses) as problem:
            self._known[shop.slug] = later = _after_failure(place.world.now(), patience, problem)
            wait = (later.again_at - place.world.now()).total_seconds()
            _log.warning("%s: %s; asked again in %.0f s", shop.slug, problem, wait)
            return 0
        again_at = now if done else now + LOOK
        self._known[shop.slug] = replace(patience, again_at=again_at, failures=0)
        return done


def _after_failure(now: datetime, patience: _Patience, problem: Exception) -> _Patience:
    asked = problem.wait_seconds if isinstance(problem, ShopAway) else None
    own = min(FIRST_PAUSE * 2 ** min(patience.failures, 10), LONGEST_PAUSE)
    pause = own if asked is None else timedelta(seconds=asked)
    return replace(patience, again_at=now + pause, failures=patience.failures + 1)


def _stock_and_end(place: Installation, stop: threading.Event, shop: Shop, access: Access) -> int:
    with place.db.reading() as session:
        wanted = [each for each in mirroring.wanted(session, place.world.now(), shop=shop) if each.discount]
    return _end(place, stop, shop, access, wanted) + sum(
        _stock(place, stop, shop, access, each) for each in wanted
    )


def _stock(place: Installation, stop: threading.Event, shop: Shop, access: Access, each: Wanted) -> int:
    """Make what is planned; the shop is asked outside every transaction, one discount after the other."""
    assert each.discount is not None
    with place.db.writing() as tx:
        mirroring.plan(tx, place.world.now(), place.world.mint, shop=shop, each=each)
        planned = mirroring.planned(tx, shop=shop, each=each)
    made = 0
    for code in planned:
        if stop.is_set():
            break
        with understanding():
            native_id = ADMIN_APIS[shop.kind].make(access, replace(each.discount, code=code.code))
        with place.db.writing() as tx:
            mirroring.made(tx, code_id=code.id or 0, native_id=native_id)
        made += 1
    return made


def _end(place: Installation, stop: threading.Event, shop: Shop, access: Access, kept: list[Wanted]) -> int:
    with place.db.writing() as tx:
        going = mirroring.withdraw(tx, place.world.now(), shop=shop, kept=kept)
        named = [(code.id or 0, code.code, code.native_id) for code in going]
    ended = 0
    for code_id, text, native_id in named:
        if stop.is_set():
            break
        with understanding():
            ADMIN_APIS[shop.kind].delete(access, text, native_id)
        with place.db.writing() as tx:
            mirroring.gone(tx, place.world.now(), code_id=code_id)
        ended += 1
    return ended


def _read_orders(place: Installation, stop: threading.Event, shop: Shop, access: Access) -> int:
    client = client_of(shop)
    with place.db.reading() as session:
        since = mirroring.report_since(session, shop=shop, client=client)
    markets = place.catalogue.current(place.world.now()).markets.values()
    digits = {market.currency: market.digits for market in markets}
    with understanding():
        reports = list(ADMIN_APIS[shop.kind].orders_since(access, since, digits))
    with place.db.reading() as session:
        ours = {
            report.order_ref
            for report in reports
            if report.voucher and mirroring.is_ours(session, shop=shop, code=report.voucher)
        }
    count = 0
    for report in reports:
        if stop.is_set():
            break
        if report.order_ref in ours:
            told = order_reporting.tell(place, place.world.now(), report, client=client)
            count += told.reporting is Reporting.RECORDED
    return count
