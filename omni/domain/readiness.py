"""Whether an edition may go live: rules with three weights, decided on values."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from omni.domain.campaign import Edition, EditionState
from omni.domain.market import Market
from omni.domain.price import Price, bundle_item, price_at
from omni.domain.published import Published
from omni.domain.refusal import Reason, Refused
from omni.domain.window import is_past, midnight


class Weight(StrEnum):
    """What a failed check means: it cannot go live, it may not once the rule is reviewed, or it is advice."""

    IMPOSSIBLE = "impossible"
    RULE = "rule"
    ADVICE = "advice"


@dataclass(frozen=True)
class Check:
    """One rule applied to one edition: which field it is about, and what to do when it failed."""

    rule: str
    weight: Weight
    passed: bool
    field: str
    remedy: str

    @property
    def blocks(self) -> bool:
        """Whether it keeps the edition from going live."""
        return not self.passed and self.weight is Weight.IMPOSSIBLE


@dataclass(frozen=True)
class Readiness:
    """An edition as the rules of readiness see it; `stock` is what is left where something is counted."""

    edition: Edition
    market: Market
    content: Published
    prices: Sequence[Price]
    stock: Mapping[str, int]
    rivals: Sequence[Edition]
    is_sandbox: bool


def checks(ready: Readiness, now: datetime) -> list[Check]:
    """Every rule of readiness, passed or not."""
    return [*_terms(ready), *_prices(ready, now), *_stock(ready), *_edition(ready, now), *_advice(ready)]


def may_launch(ready: Readiness, now: datetime) -> Refused | None:
    """An edition goes live with terms in every required locale, prices, and stock where it is counted."""
    edition = ready.edition
    if edition.state is EditionState.PAUSED:
        return Refused(Reason.PAUSED, {"why": edition.pause_reason})
    if edition.state is EditionState.ENDED:
        return Refused(Reason.ENDED)
    blocking = [check.rule for check in checks(ready, now) if check.blocks]
    return Refused(Reason.NOT_READY, {"rules": blocking}) if blocking else None


def _terms(ready: Readiness) -> Iterator[Check]:
    for locale in ready.market.required_locales:
        yield Check(
            "terms-published",
            Weight.IMPOSSIBLE,
            passed=locale in ready.content.terms,
            field=f"terms.{locale}",
            remedy=f"publish the terms in {locale}: this market requires them",
        )


def _prices(ready: Readiness, now: datetime) -> Iterator[Check]:
    at = max(now, midnight(ready.edition.opens_on, ready.market.time_zone))
    for bundle in ready.content.offered:
        item = bundle_item(ready.content.campaign, bundle.slug)
        yield Check(
            "price-known",
            Weight.IMPOSSIBLE,
            passed=price_at(ready.prices, item, at) is not None,
            field=f"prices.{bundle.slug}",
            remedy=f"give {bundle.slug} a price that holds on the first day",
        )


def _stock(ready: Readiness) -> Iterator[Check]:
    for bundle in ready.content.offered:
        yield Check(
            "stock-there",
            Weight.IMPOSSIBLE,
            passed=ready.stock.get(bundle.slug) != 0,
            field=f"stock.{bundle.slug}",
            remedy=f"there is no {bundle.slug} left: give it stock, or do not count it",
        )


def _edition(ready: Readiness, now: datetime) -> Iterator[Check]:
    yield Check(
        "not-over",
        Weight.IMPOSSIBLE,
        passed=not is_past(ready.edition.last_unlock_on, ready.market.time_zone, now),
        field="closes",
        remedy="the last day to unlock is over in this market: move it",
    )
    yield Check(
        "priority-tie",
        Weight.IMPOSSIBLE,
        passed=not any(_is_tie(ready.edition, rival) for rival in ready.rivals),
        field="priority",
        remedy="another live campaign wants the same till with the same priority: raise one of them",
    )


def _advice(ready: Readiness) -> Iterator[Check]:
    seller = ready.content.seller
    yield Check(
        "public-address",
        Weight.ADVICE,
        passed=not ready.is_sandbox,
        field="OMNI_BASE_URL",
        remedy="this is a sandbox: give a public https address before real paper is printed",
    )
    yield Check(
        "seller-complete",
        Weight.ADVICE,
        passed=all((seller.name, seller.address, seller.contact)),
        field="seller",
        remedy="name the seller with address and contact: every market asks for it",
    )


def _is_tie(edition: Edition, rival: Edition) -> bool:
    """Two launched editions of one priority at one placement leave open which one a receipt is for."""
    launched = rival.state in (EditionState.LIVE, EditionState.PAUSED)
    return rival.id != edition.id and launched and rival.priority == edition.priority
