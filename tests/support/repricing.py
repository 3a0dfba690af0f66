"""Paper that says one price and bundles that cost another: what was printed, and prices that move."""

from datetime import datetime

from omni.app import Installation
from omni.domain.batch import Batch
from omni.domain.price import ANY_SURFACE
from omni.domain.price_list import PriceList, WrittenPrice
from omni.domain.print_run import PrintRun
from omni.domain.repricing import PrintedPrice
from omni.services import issuing, printing
from omni.services.pricing import Recorded, record_prices


def print_codes(
    place: Installation,
    batch: Batch,
    *,
    first: int = 0,
    copies: int | None = None,
    form: str = "pdf",
    layout: str | None = "L7160",
    made: int | None = None,
) -> PrintRun:
    """Codes of a batch on paper at the price of this instant; `made` of them where the printer stopped."""
    now, catalogue = place.world.now(), place.catalogue.fresh()
    bundle = catalogue.contents[batch.edition_id].bundle(batch.bundle_id)
    with place.db.writing() as tx:
        run = printing.record_run(
            tx,
            now,
            batch=batch,
            first_number=batch.first_number + first,
            copies=batch.size - first if copies is None else copies,
            form=form,
            layout=layout,
            price_minor=catalogue.price(batch.edition_id, bundle.slug, now) or 0,
            currency=catalogue.markets[catalogue.contents[batch.edition_id].market].currency,
            by="tests",
        )
        if made is not None:
            printing.record_stop(tx, now, run=run, copies_made=made, reason="no paper", by="tests")
    return run


def reprice(
    place: Installation,
    amount_minor: int,
    *,
    bundle: str = "double-11/ski",
    market: str = "fr",
    at: datetime | None = None,
    printed: PrintedPrice | None = PrintedPrice.HONOUR,
) -> Recorded:
    """A bundle costs this from now, or from another instant."""
    told = PriceList(market, bundle, ANY_SURFACE, [WrittenPrice(1, amount_minor, at or place.world.now())])
    with place.db.writing() as tx:
        recorded = record_prices(
            tx,
            place.world.now(),
            lists=[told],
            source="prices.csv",
            by="tests",
            printed=printed,
        )
    place.catalogue.fresh()
    return recorded


def withdraw(
    place: Installation, batch: Batch, *, first: int = 1, count: int | None = None, reason: str = "misprint"
) -> None:
    """Codes of a batch are taken back, from the `first`, counted from 1."""
    now = place.world.now()
    with place.db.writing() as tx:
        issuing.recall(tx, now, batch_id=batch.id or 0, first=first, count=count, reason=reason, by="tests")
