"""Where a page leads besides its own offer: the same campaign elsewhere, the offer that runs afterwards."""

from dataclasses import dataclass
from datetime import datetime

from omni.domain.campaign_file import Exchange
from omni.domain.market import Market
from omni.domain.published import Published, PublishedBundle
from omni.domain.rulebook import PageState, may_unlock, takes_exchanged
from omni.services.exchanging import is_exchange_place
from omni.services.opening import OpenedCode
from omni.store.catalogue import Catalogue


@dataclass(frozen=True)
class Elsewhere:
    """The same campaign in other markets: the code can be exchanged there, or a place there shows the offer.

    `shown` pairs each market with the slug of that place.
    """

    swaps: tuple[Market, ...] = ()
    shown: tuple[tuple[Market, str], ...] = ()


@dataclass(frozen=True)
class RunningOffer:
    """An offer anybody can get now, and the slug of the place whose own code it is."""

    place: str
    content: Published
    bundle: PublishedBundle


def elsewhere(catalogue: Catalogue, now: datetime, view: OpenedCode) -> Elsewhere:
    """Where else a reader may go with a code that can still be unlocked, as its campaign allows."""
    policy, batch = view.content.exchange, view.batch
    if policy is Exchange.NONE or view.state not in (PageState.OFFER, PageState.OUT_OF_STOCK):
        return Elsewhere()
    markets = {
        edition.id or 0: catalogue.markets[edition.market_id]
        for edition in catalogue.editions.values()
        if edition.campaign_id == view.edition.campaign_id
        and edition.id != view.edition.id
        and takes_exchanged(edition, catalogue.markets[edition.market_id].time_zone, batch.origin, now)
    }
    is_own = not batch.is_shared_code(view.number) and not is_exchange_place(view.placement)
    if policy is Exchange.SWAP and is_own and view.state is PageState.OFFER:
        return Elsewhere(swaps=tuple(markets.values()))
    hanging = ((batch.edition_id, slug) for slug, batch in catalogue.posters.items())
    places = {edition: slug for edition, slug in hanging if edition in markets}
    return Elsewhere(shown=tuple((markets[edition], slug) for edition, slug in places.items()))


def afterwards(catalogue: Catalogue, now: datetime, content: Published) -> RunningOffer | None:
    """The offer that runs now in the place an edition names for when it is over; None where none does."""
    if content.afterwards is None:
        return None
    batch = catalogue.posters.get(content.afterwards)
    if batch is None or may_unlock(catalogue.code(batch, batch.first_number), now) is not None:
        return None
    there = catalogue.contents[batch.edition_id]
    return RunningOffer(content.afterwards, there, there.bundle(batch.bundle_id))
