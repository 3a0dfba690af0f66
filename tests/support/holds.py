"""Editions that reserve scarce stock for minutes, and what is reserved of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlmodel import col, select

from omni.app import Installation
from omni.domain.campaign_file import CampaignFile
from omni.domain.claim import Hold, Release
from omni.domain.policies import HoldPart, HoldWhen
from omni.domain.scarcity import stock_of
from omni.store import counters, finders
from omni.store.engine import Database
from tests.support.installations import FESTIVAL, author, demo_file, go_live

MARKET = "fr"


def a_file_with_holds(
    *,
    when: HoldWhen = HoldWhen.SHOP,
    minutes: int = 15,
    stock: Mapping[str, int] | None = None,
    market: str = MARKET,
    **changes: Any,
) -> CampaignFile:
    """The demo campaign in one market, which reserves its last tea set; changes go into the market's part."""
    changed = {"hold": HoldPart(when=when, minutes=minutes), "stock": dict(stock or {"tea": 1}), **changes}
    part = demo_file().markets[market].model_copy(update=changed)
    return demo_file().model_copy(update={"markets": {market: part}})


def with_holds(place: Installation, **changes: Any) -> None:
    """Let the demo's edition of a market hold its stock from now on; what is counted stays as it is."""
    with place.db.writing() as tx:
        author(tx, place.world.now(), a_file_with_holds(**changes))
    place.catalogue.fresh()


def go_live_with_holds(database_url: str) -> None:
    """Put the demo live; France reserves its last tea set on the way to the shop."""
    go_live(database_url)
    db = Database(database_url)
    with db.writing() as tx:
        author(tx, FESTIVAL, a_file_with_holds())
    db.close()


def stock_left(place: Installation, what: str = stock_of("tea"), market: str = MARKET) -> int | None:
    """How much of something nobody has taken or reserved."""
    with place.db.reading() as session:
        edition = finders.edition_by_key(session, f"double-11/{market}")
        return counters.remaining(session, edition.id or 0, what)


def holds(place: Installation) -> list[tuple[str, str | None]]:
    """Every hold there was, first to last: for which order, and what ended it."""
    with place.db.reading() as session:
        facts = session.exec(select(Hold).order_by(col(Hold.held_at), col(Hold.seq))).all()
        ends = {(end.number, end.seq): end.reason for end in session.exec(select(Release))}
    return [(fact.order_ref, ends.get((fact.number, fact.seq))) for fact in facts]
