"""Everything a scan must know besides the code's own state, held in process and refreshed when it changed.

One row carries a revision that every publishing verb raises; a process asks for it at most twice a second.
"""

import logging
import threading
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

from sqlmodel import Session, select, update

from omni.domain.batch import Batch, BatchKind, CodePhase, CodeState, Recall
from omni.domain.campaign import Campaign, Edition, EditionState, Publication
from omni.domain.campaign_file import Compare
from omni.domain.comparison import bundle_reference
from omni.domain.market import Market
from omni.domain.placement import Placement
from omni.domain.price import DailySale, Price, bundle_item, price_at
from omni.domain.price_history import reduction_start
from omni.domain.published import Published, PublishedBundle, PublishedTerms, terms_by_price
from omni.domain.record import Origin
from omni.domain.reference import NoReference, Reference
from omni.domain.repricing import Repricing
from omni.domain.rulebook import CodeInLife
from omni.domain.window import midnight
from omni.store import catalogue_rows
from omni.store.catalogue_rows import CatalogueRows
from omni.store.contents import content_of
from omni.store.engine import Database, StoreBusy
from omni.store.rows import rows_changed

_log = logging.getLogger(__name__)

POLL = timedelta(seconds=0.5)

ItemThere = tuple[str, str]
"""A market and what is sold there: an item, or a bundle as `campaign/bundle`."""


def has_changed(tx: Session) -> None:
    """Say that something in the catalogue changed; every process learns of it within half a second."""
    rows_changed(tx, update(Publication).values(revision=Publication.revision + 1))


@dataclass(frozen=True)
class Catalogue:
    """Markets, editions, placements, batches, recalls and prices at one revision of the publication row.

    Prices and sales are those of what editions offer, by market and item; a shop's other history stays in
    the database. Repricings are by bundle, and `promised` has the terms of each price such a bundle had.
    `versions` say by edition which content its pages and screens show, and `clauses` are those of the terms
    in force, by their id. `outlooks` is where services/outlook remembers.
    """

    revision: int
    markets: Mapping[str, Market]
    campaigns: Mapping[int, Campaign]
    editions: Mapping[int, Edition]
    contents: Mapping[int, Published]
    versions: Mapping[int, str]
    placements: Mapping[int, Placement]
    batches: Sequence[Batch]
    first_numbers: Sequence[int]
    recalls: Mapping[int, Sequence[Recall]]
    prices: Mapping[ItemThere, Sequence[Price]]
    sales: Mapping[ItemThere, Sequence[DailySale]]
    repricings: Mapping[int, Sequence[Repricing]]
    promised: Mapping[int, Mapping[int, Mapping[str, PublishedTerms]]]
    clauses: Mapping[int, Sequence[dict[str, Any]]]
    outlooks: dict[Any, Any] = field(default_factory=dict, init=False)
    _found: dict[tuple[int, str, datetime | None], Reference | NoReference] = field(default_factory=dict)

    @cached_property
    def posters(self) -> Mapping[str, Batch]:
        """The shared code that hangs at each place now: the newest live one whose edition has not ended."""
        hanging = (
            batch
            for batch in self.batches
            if batch.kind is BatchKind.SHARED
            and batch.origin is Origin.LIVE
            and self.editions[batch.edition_id].state is not EditionState.ENDED
        )
        oldest_first = sorted(hanging, key=lambda batch: (batch.issued_at, batch.id or 0))
        return {self.placements[batch.placement_id].slug: batch for batch in oldest_first}

    def batch_of(self, number: int) -> Batch | None:
        """The batch a number was issued in."""
        index = bisect_right(self.first_numbers, number) - 1
        if index < 0 or not self.batches[index].has(number):
            return None
        return self.batches[index]

    def code(self, batch: Batch, number: int, state: CodeState | None = None) -> CodeInLife:
        """A code of a batch as the rules see it; without a state it is untouched."""
        edition = self.editions[batch.edition_id]
        recalled = self.is_recalled(batch, number)
        phase = state.phase if state else CodePhase.OPEN
        zone = self.markets[edition.market_id].time_zone
        return CodeInLife(batch, edition, zone, recalled, phase, state.extended_until if state else None)

    def is_recalled(self, batch: Batch, number: int) -> bool:
        """Whether a recall covers a number."""
        recalls = self.recalls.get(batch.id or 0, ())
        return any(recall.first_number <= number < recall.first_number + recall.size for recall in recalls)

    def edition_key(self, edition_id: int) -> str:
        """The edition as people write it: campaign/market."""
        edition = self.editions[edition_id]
        return f"{self.campaigns[edition.campaign_id].slug}/{edition.market_id}"

    def edition_named(self, key: str) -> Edition | None:
        """The edition written `campaign/market`."""
        return next(
            (edition for edition in self.editions.values() if self.edition_key(edition.id or 0) == key), None
        )

    def price(self, edition_id: int, item: str, at: datetime) -> int | None:
        """The one price of an item or bundle (by slug) of an edition at an instant, in minor units."""
        content = self.contents[edition_id]
        if any(bundle.slug == item for bundle in content.bundles):
            item = bundle_item(content.campaign, item)
        return price_at(self.prices.get((content.market, item), ()), item, at)

    def price_in_print(self, edition_id: int, item: str, now: datetime) -> int | None:
        """What paper printed now has to say: until its first day, the price an edition opens with."""
        edition = self.editions[edition_id]
        opens_at = midnight(edition.opens_on, self.markets[edition.market_id].time_zone)
        return self.price(edition_id, item, max(now, opens_at))

    def reference(
        self, edition_id: int, bundle: PublishedBundle, at: datetime
    ) -> Reference | NoReference | None:
        """What a bundle's price at an instant may be compared with; None where the edition compares nothing.

        Found once for each time its price began to hold, not once for each scan.
        """
        content = self.contents[edition_id]
        if content.compare is not Compare.BEFORE:
            return None
        own = bundle_item(content.campaign, bundle.slug)
        start = reduction_start(self.prices.get((content.market, own), ()), own, at)
        known = (edition_id, bundle.slug, start)
        if known not in self._found:
            there = [(content.market, item) for item in (own, *(line.sku for line in bundle.lines))]
            self._found[known] = bundle_reference(
                content,
                bundle,
                prices=[price for each in there for price in self.prices.get(each, ())],
                sales=[sale for each in there for sale in self.sales.get(each, ())],
                at=at,
                zone=self.markets[content.market].time_zone,
            )
        return self._found[known]


class CatalogueKeeper:
    """The newest catalogue of a process. When the database is away, the last one goes on serving."""

    def __init__(self, db: Database, folder: Path | None = None) -> None:
        self._db = db
        self._folder = folder
        self._lock = threading.Lock()
        self._keeping: threading.Thread | None = None
        self._catalogue: Catalogue | None = None
        self._asked_at: datetime | None = None

    def current(self, now: datetime) -> Catalogue:
        """The catalogue, at most half a second old. Raises StoreBusy only when there never was one.

        When the database is away before this process has one, the last that was kept in `folder` serves.
        """
        catalogue, asked_at = self._catalogue, self._asked_at
        if catalogue is not None and asked_at is not None and abs(now - asked_at) < POLL:
            return catalogue
        # While one request asks a database that may be away, the others go on with what is known.
        if not self._lock.acquire(blocking=catalogue is None) and catalogue is not None:
            return catalogue
        try:
            self._asked_at = now
            self._catalogue = self._refreshed(self._catalogue)
        except StoreBusy:
            self._catalogue = self._catalogue or self._kept()
            if self._catalogue is None:
                raise
        finally:
            self._lock.release()
        return self._catalogue

    def fresh(self) -> Catalogue:
        """The catalogue as the database has it this instant: for whoever just changed it."""
        with self._lock:
            self._catalogue = self._refreshed(self._catalogue)
            return self._catalogue

    def wait_until_kept(self) -> None:
        """Wait until what was last published is written down for a later start."""
        if self._keeping is not None:
            self._keeping.join()

    def _refreshed(self, known: Catalogue | None) -> Catalogue:
        with self._db.reading() as session:
            revision = session.exec(select(Publication.revision)).one()
            if known is not None and known.revision == revision:
                return known
            rows = catalogue_rows.read(session, revision)
        if self._folder is not None:
            # Beside the request that came upon it: 20,000 batches are a second of writing.
            self._keeping = threading.Thread(target=self._keep, args=(self._folder, rows), daemon=True)
            self._keeping.start()
        return assemble(rows)

    def _keep(self, folder: Path, rows: CatalogueRows) -> None:
        try:
            catalogue_rows.keep(folder, self._db.url, rows)
        except OSError as full:
            _log.warning("the catalogue cannot be kept for when the database is away: %s", full)

    def _kept(self) -> Catalogue | None:
        rows = catalogue_rows.kept(self._folder, self._db.url) if self._folder is not None else None
        return None if rows is None else assemble(rows)


def load(session: Session, revision: int) -> Catalogue:
    """Read the whole catalogue of a database."""
    return assemble(catalogue_rows.read(session, revision))


def assemble(rows: CatalogueRows) -> Catalogue:
    """The catalogue that these rows make."""
    recalls: dict[int, list[Recall]] = defaultdict(list)
    for recall in rows.recalls:
        recalls[recall.batch_id].append(recall)
    repricings: dict[int, list[Repricing]] = defaultdict(list)
    for repricing in rows.repricings:
        repricings[repricing.bundle_id].append(repricing)
    history: dict[int, list[Published]] = defaultdict(list)
    for revision in rows.history:
        history[revision.edition_id].append(content_of(revision))
    prices: dict[ItemThere, list[Price]] = defaultdict(list)
    for price in rows.prices:
        prices[price.market_id, price.item].append(price)
    sales: dict[ItemThere, list[DailySale]] = defaultdict(list)
    for sale in rows.sales:
        sales[sale.market_id, sale.item].append(sale)
    return Catalogue(
        revision=rows.revision,
        markets={market.id: market for market in rows.markets},
        campaigns={campaign.id or 0: campaign for campaign in rows.campaigns},
        editions={edition.id or 0: edition for edition in rows.editions},
        contents=rows.contents,
        versions={row.edition_id: row.version for row in rows.revisions},
        placements={placement.id or 0: placement for placement in rows.placements},
        batches=rows.batches,
        first_numbers=[batch.first_number for batch in rows.batches],
        recalls=recalls,
        prices=prices,
        sales=sales,
        repricings=repricings,
        clauses={terms.id or 0: terms.clauses for terms in rows.terms},
        promised={
            bundle: terms_by_price(history[some[0].edition_id], bundle) for bundle, some in repricings.items()
        },
    )
