"""What a catalogue is made of: its rows, read from the database or from the file that outlives it.

The file lies beside the spool. It has what every shopper's page shows anyway and nothing about a person; with
it a process can start, and show its pages, while the database is away.
"""

import json
import os
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TypeVar

from sqlalchemy import URL
from sqlmodel import Session, SQLModel, col, select

from omni.domain.batch import Batch, KeyFingerprint, Recall
from omni.domain.campaign import Campaign, Edition, EditionRevision
from omni.domain.campaign_file import Compare
from omni.domain.market import Market
from omni.domain.placement import Placement
from omni.domain.price import ANY_SURFACE, DailySale, Price, bundle_item
from omni.domain.published import Published
from omni.domain.repricing import Repricing
from omni.domain.terms import TermsVersion
from omni.store.contents import content_of

FILE = "catalogue.json"
_FORM = 1

Kind = TypeVar("Kind", bound=SQLModel)


@dataclass(frozen=True)
class CatalogueRows:
    """Every row a catalogue is made of, at one revision of the publication row.

    `revisions` are the newest of each edition, `contents` what they say, by edition; `history` are all
    revisions of those whose paper may keep a price.
    """

    revision: int
    markets: Sequence[Market]
    campaigns: Sequence[Campaign]
    editions: Sequence[Edition]
    revisions: Sequence[EditionRevision]
    contents: Mapping[int, Published]
    history: Sequence[EditionRevision]
    placements: Sequence[Placement]
    batches: Sequence[Batch]
    recalls: Sequence[Recall]
    prices: Sequence[Price]
    sales: Sequence[DailySale]
    repricings: Sequence[Repricing]
    terms: Sequence[TermsVersion]
    keys: Sequence[KeyFingerprint]


_KINDS: dict[str, type[SQLModel]] = {
    "markets": Market,
    "campaigns": Campaign,
    "editions": Edition,
    "revisions": EditionRevision,
    "history": EditionRevision,
    "placements": Placement,
    "batches": Batch,
    "recalls": Recall,
    "prices": Price,
    "sales": DailySale,
    "repricings": Repricing,
    "terms": TermsVersion,
    "keys": KeyFingerprint,
}


def read(session: Session, revision: int) -> CatalogueRows:
    """Read everything. Costs grow with editions and batches, never with codes."""
    newest = select(EditionRevision).join(
        Edition,
        (col(Edition.id) == EditionRevision.edition_id) & (col(Edition.revision) == EditionRevision.revision),
    )
    revisions = session.exec(newest).all()
    contents = _contents(revisions)
    repricings = _all(session, Repricing)
    priced = select(EditionRevision).where(
        col(EditionRevision.edition_id).in_({each.edition_id for each in repricings})
    )
    said = {terms.id for content in contents.values() for terms in content.terms.values()}
    return CatalogueRows(
        revision=revision,
        markets=_all(session, Market),
        campaigns=_all(session, Campaign),
        editions=_all(session, Edition),
        revisions=revisions,
        contents=contents,
        history=session.exec(priced.order_by(col(EditionRevision.revision))).all(),
        placements=_all(session, Placement),
        batches=session.exec(select(Batch).order_by(col(Batch.first_number))).all(),
        recalls=_all(session, Recall),
        prices=_prices(session, contents.values()),
        sales=_sales(session, contents.values()),
        repricings=repricings,
        terms=session.exec(select(TermsVersion).where(col(TermsVersion.id).in_(said))).all(),
        keys=_all(session, KeyFingerprint),
    )


def keep(folder: Path, url: URL, rows: CatalogueRows) -> None:
    """Write the rows down, whole or not at all. Raises OSError when the disk does not take them."""
    document = {
        "form": _FORM,
        "database": _name_of(url),
        "revision": rows.revision,
        **{name: [row.model_dump(mode="json") for row in getattr(rows, name)] for name in _KINDS},
    }
    beside = folder / f"{FILE}.{os.getpid()}"
    beside.write_text(json.dumps(document), "utf-8")
    beside.replace(folder / FILE)


def kept(folder: Path, url: URL) -> CatalogueRows | None:
    """The rows that were kept of this database; None when there are none that can be read."""
    try:
        document = json.loads((folder / FILE).read_text("utf-8"))
        if (document["form"], document["database"]) != (_FORM, _name_of(url)):
            return None
        rows = {name: [kind.model_validate(row) for row in document[name]] for name, kind in _KINDS.items()}
        contents = _contents(rows["revisions"])  # type: ignore[arg-type]
        return CatalogueRows(revision=document["revision"], contents=contents, **rows)  # type: ignore[arg-type]
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _contents(revisions: Iterable[EditionRevision]) -> Mapping[int, Published]:
    return {row.edition_id: content_of(row) for row in revisions}


def _name_of(url: URL) -> str:
    return sha256(url.render_as_string(hide_password=True).encode()).hexdigest()


def _all(session: Session, kind: type[Kind]) -> Sequence[Kind]:
    return session.exec(select(kind)).all()


def _prices(session: Session, contents: Iterable[Published]) -> list[Price]:
    """Our own surface's prices of whatever is offered."""
    prices: list[Price] = []
    for market, items in _items_of(contents).items():
        rows = select(Price).where(
            Price.market_id == market, Price.surface == ANY_SURFACE, col(Price.item).in_(items)
        )
        prices += session.exec(rows)
    return prices


def _sales(session: Session, contents: Iterable[Published]) -> list[DailySale]:
    """What was sold of whatever is compared with an earlier price; nobody else asks."""
    sales: list[DailySale] = []
    comparing = [content for content in contents if content.compare is Compare.BEFORE]
    for market, items in _items_of(comparing).items():
        rows = select(DailySale).where(DailySale.market_id == market, col(DailySale.item).in_(items))
        sales += session.exec(rows)
    return sales


def _items_of(contents: Iterable[Published]) -> dict[str, set[str]]:
    """What is offered in each market, under the names prices are kept by."""
    items: dict[str, set[str]] = defaultdict(set)
    for content in contents:
        for bundle in content.bundles:
            items[content.market] |= {bundle_item(content.campaign, bundle.slug)}
            items[content.market] |= {line.sku for line in bundle.lines}
    return items
