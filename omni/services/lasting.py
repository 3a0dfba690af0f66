"""Lasting: until when what is shown of a code is known to stay true, for whoever cannot ask again."""

from collections.abc import Iterator
from datetime import datetime

from omni.domain.price import bundle_item
from omni.domain.window import day_after
from omni.services.opening import OpenedCode
from omni.store.catalogue import Catalogue


def unlocked_until(view: OpenedCode) -> datetime:
    """The first instant at which the offer can no longer be got: midnight after its last day, there."""
    return day_after(view.edition.last_unlock_on, view.market.time_zone)


def holds_until(catalogue: Catalogue, view: OpenedCode, now: datetime) -> datetime:
    """The first instant at which an offer ends, or one of its prices changes, as far as is known by now."""
    return min(at for at in (unlocked_until(view), *_price_changes(catalogue, view)) if at > now)


def _price_changes(catalogue: Catalogue, view: OpenedCode) -> Iterator[datetime]:
    content, bundle = view.content, view.bundle
    for item in (bundle_item(content.campaign, bundle.slug), *(line.sku for line in bundle.lines)):
        for price in catalogue.prices.get((content.market, item), ()):
            yield price.valid_from
            if price.valid_until is not None:
                yield price.valid_until
