"""Recording what things cost and sold for elsewhere: history is added to, and never changed."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from typing import Any, TypeVar

from sqlmodel import Session, col, select

from omni.domain.market import Market
from omni.domain.price import ANY_SURFACE, DailySale, Price
from omni.domain.price_list import DoesNotFit, Misfit, PriceList, SalesList, fit_prices, fit_sales
from omni.domain.repricing import PrintedPrice
from omni.services import repricing
from omni.services.repricing import Decider, Rise
from omni.store.catalogue import has_changed
from omni.store.rows import insert_all

_LISTS_AT_ONCE = 500
"""How many items are looked up with one question; far below what either database takes."""

_Row = dict[str, Any]
_List = TypeVar("_List", PriceList, SalesList)


@dataclass(frozen=True)
class Recorded:
    """How many rows are new, how many were known already, and which prices rose above what is printed."""

    added: int
    known: int
    rises: Sequence[Rise] = ()


def record_prices(
    tx: Session,
    now: datetime,
    *,
    lists: Iterable[PriceList],
    source: str,
    by: str,
    printed: PrintedPrice | None = PrintedPrice.HONOUR,
) -> Recorded:
    """Add prices of a market's items, for our own surface or as seen on others.

    Asking again adds nothing. `printed` says what becomes of paper that says less than a bundle costs then.
    Raises DoesNotFit with every line that cannot stand, and Undecided when there is such paper and nobody
    said; after either nothing may be committed.
    """
    bundles: set[tuple[str, str]] = set()

    def seen() -> Iterator[PriceList]:
        for each in lists:
            if each.surface == ANY_SURFACE and "/" in each.item:
                bundles.add((each.market, each.item))
            yield each

    def rows(written: PriceList, known: Sequence[Price]) -> list[_Row]:
        return [{"surface": written.surface} | price._asdict() for price in fit_prices(written, known)]

    recorded = _record(tx, seen(), _known_prices, rows, Price, said=_said(now, source, by))
    rises = repricing.settle_items(tx, Decider(now, printed, by), bundles)
    return replace(recorded, rises=tuple(rises))


def record_sales(tx: Session, now: datetime, *, lists: Iterable[SalesList], source: str, by: str) -> Recorded:
    """Add what was sold, by day and price; another number for a day and price known already corrects it.

    Asking again adds nothing. Raises DoesNotFit with every line that cannot stand, and then nothing may be
    committed.
    """

    def rows(written: SalesList, known: Sequence[DailySale]) -> list[_Row]:
        return [
            {
                "place": written.place,
                "sold_on": sale.sold_on,
                "units": sale.units,
                "amount_minor": sale.amount_minor,
            }
            for sale in fit_sales(written, known)
        ]

    return _record(tx, lists, _known_sales, rows, DailySale, said=_said(now, source, by))


_Known = TypeVar("_Known", Price, DailySale)
_Key = tuple[str, str, str]


def _record(
    tx: Session,
    lists: Iterable[_List],
    known_of: Callable[[Session, Sequence[_List]], dict[_Key, list[_Known]]],
    fitted: Callable[[_List, Sequence[_Known]], list[_Row]],
    kind: type[_Known],
    *,
    said: _Row,
) -> Recorded:
    """Write down what of some lists is new, some hundred items at a time; what does not fit is gathered."""
    told = added = 0
    misfits: list[Misfit] = []
    for some in _chunks(lists):
        markets = _markets(tx, {each.market for each in some})
        known = known_of(tx, some)
        rows: list[_Row] = []
        for each in some:
            told += len(each.lines)
            try:
                market = _market_of(each, markets)
                new = fitted(each, known[each.key])
            except DoesNotFit as wrong:
                misfits += wrong.misfits
                continue
            shared = {"market_id": market.id, "item": each.item, "currency": market.currency, **said}
            rows += [shared | row for row in new]
        insert_all(tx, kind, rows)
        added += len(rows)
    if misfits:
        raise DoesNotFit(misfits)
    if added:
        has_changed(tx)
    return Recorded(added, told - added)


def _said(now: datetime, source: str, by: str) -> _Row:
    return {"recorded_at": now, "source": f"{source}, by {by}"[:128]}


def _chunks(lists: Iterable[_List]) -> Iterator[list[_List]]:
    remaining = iter(lists)
    while some := list(islice(remaining, _LISTS_AT_ONCE)):
        yield some


def _markets(tx: Session, ids: set[str]) -> dict[str, Market]:
    return {market.id: market for market in tx.exec(select(Market).where(col(Market.id).in_(ids)))}


def _market_of(written: PriceList | SalesList, markets: dict[str, Market]) -> Market:
    if written.market not in markets:
        message = f"no campaign runs in {written.market} yet; import one for it first"
        raise DoesNotFit([Misfit(written.lines[0].line, "market", message)])
    return markets[written.market]


def _known_prices(tx: Session, some: Sequence[PriceList]) -> dict[_Key, list[Price]]:
    known: dict[_Key, list[Price]] = defaultdict(list)
    for market, items in _items(some).items():
        for price in tx.exec(select(Price).where(Price.market_id == market, col(Price.item).in_(items))):
            known[market, price.item, price.surface].append(price)
    return known


def _known_sales(tx: Session, some: Sequence[SalesList]) -> dict[_Key, list[DailySale]]:
    known: dict[_Key, list[DailySale]] = defaultdict(list)
    for market, items in _items(some).items():
        rows = select(DailySale).where(DailySale.market_id == market, col(DailySale.item).in_(items))
        for sale in tx.exec(rows):
            known[market, sale.item, sale.place].append(sale)
    return known


def _items(some: Iterable[PriceList | SalesList]) -> dict[str, set[str]]:
    items: dict[str, set[str]] = defaultdict(set)
    for each in some:
        items[each.market].add(each.item)
    return items
