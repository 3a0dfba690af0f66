"""The life of an edition: is it ready, launch, pause, resume, end."""

from collections.abc import Iterator
from datetime import datetime

from sqlmodel import Session

from omni.domain.campaign import Edition, EditionState
from omni.domain.market import Market
from omni.domain.price import bundle_item, price_at
from omni.domain.published import Published
from omni.domain.readiness import Check, Weight
from omni.domain.refusal import BadInput, Reason, Refused
from omni.domain.window import is_past, midnight
from omni.services.claiming import stock_of
from omni.store import counters, finders
from omni.store.catalogue import has_changed

PAUSE_REASONS = ("price-being-corrected", "out-of-stock", "technical", "safety-recall", "other")


def checks(session: Session, now: datetime, *, edition: Edition, is_sandbox: bool) -> list[Check]:
    """Every rule of readiness, passed or not, each with the field and the remedy."""
    market = finders.market_of(session, edition.market_id)
    content = finders.published(session, edition)
    return [
        *_terms(content, market),
        *_prices(session, content, max(now, midnight(edition.opens_on, market.time_zone))),
        *_stock(session, edition, content),
        Check(
            "not-over",
            Weight.IMPOSSIBLE,
            passed=not is_past(edition.last_unlock_on, market.time_zone, now),
            field="closes",
            remedy="the last day to unlock is over in this market: move it",
        ),
        Check(
            "public-address",
            Weight.ADVICE,
            passed=not is_sandbox,
            field="OMNI_BASE_URL",
            remedy="this is a sandbox: give a public https address before real paper is printed",
        ),
        Check(
            "seller-complete",
            Weight.ADVICE,
            passed=all((content.seller.name, content.seller.address, content.seller.contact)),
            field="seller",
            remedy="name the seller with address and contact: every market asks for it",
        ),
    ]


def launch(tx: Session, now: datetime, *, edition: Edition, is_sandbox: bool, by: str) -> Edition | Refused:
    """Make an edition live when nothing blocks it; launching twice is one launch, and a pause is resumed."""
    _take_turns(tx, edition)
    if edition.state is EditionState.LIVE:
        return edition
    if edition.state is EditionState.PAUSED:
        return Refused(Reason.PAUSED, {"why": edition.pause_reason})
    if edition.state is EditionState.ENDED:
        return Refused(Reason.ENDED)
    blocking = [
        check.rule for check in checks(tx, now, edition=edition, is_sandbox=is_sandbox) if check.blocks
    ]
    blocking += _ties(tx, edition)
    if blocking:
        return Refused(Reason.NOT_READY, {"rules": blocking})
    return _become(tx, now, edition, EditionState.LIVE, by)


def pause(
    tx: Session, now: datetime, *, edition: Edition, reason: str, words: str | None = None, by: str
) -> Edition | Refused:
    """Stop an edition for a while; shoppers read why, and that their code stays valid.

    Raises BadInput for a reason that is not in PAUSE_REASONS, and for `other` without words of one's own.
    """
    if reason not in PAUSE_REASONS:
        raise BadInput("reason", f"there are {', '.join(PAUSE_REASONS)}")
    if reason == "other" and not words:
        raise BadInput("words", "say in your own words why")
    _take_turns(tx, edition)
    if edition.state not in (EditionState.LIVE, EditionState.PAUSED):
        return Refused(Reason.NOT_LAUNCHED)
    edition.pause_reason, edition.pause_words = reason, words
    return _become(tx, now, edition, EditionState.PAUSED, by)


def resume(tx: Session, now: datetime, *, edition: Edition, by: str) -> Edition | Refused:
    """Go on after a pause."""
    _take_turns(tx, edition)
    if edition.state is not EditionState.PAUSED:
        return Refused(Reason.STALE_EDIT, {"state": edition.state.value})
    edition.pause_reason = edition.pause_words = None
    return _become(tx, now, edition, EditionState.LIVE, by)


def end(tx: Session, now: datetime, *, edition: Edition, by: str) -> Edition | Refused:
    """End an edition for good: nothing more is unlocked; claims keep their printed date."""
    _take_turns(tx, edition)
    if edition.state is EditionState.DRAFT:
        return Refused(Reason.NOT_LAUNCHED)
    if edition.state is EditionState.ENDED:
        return edition
    edition.pause_reason = edition.pause_words = None
    return _become(tx, now, edition, EditionState.ENDED, by)


def _take_turns(tx: Session, edition: Edition) -> None:
    """Two verbs on one edition must not both go on from the state before: an end stays an end."""
    tx.refresh(edition, with_for_update={"key_share": True})


def _become(tx: Session, now: datetime, edition: Edition, state: EditionState, by: str) -> Edition:
    edition.state, edition.changed_at, edition.changed_by = state, now, by
    tx.add(edition)
    tx.flush()
    has_changed(tx)
    return edition


def _terms(content: Published, market: Market) -> Iterator[Check]:
    for locale in market.required_locales:
        yield Check(
            "terms-published",
            Weight.IMPOSSIBLE,
            passed=locale in content.terms,
            field=f"terms.{locale}",
            remedy=f"publish the terms in {locale}: this market requires them",
        )


def _prices(session: Session, content: Published, at: datetime) -> Iterator[Check]:
    history = finders.prices_of(session, content)
    for bundle in content.offered:
        yield Check(
            "price-known",
            Weight.IMPOSSIBLE,
            passed=price_at(history, bundle_item(content.campaign, bundle.slug), at) is not None,
            field=f"prices.{bundle.slug}",
            remedy=f"give {bundle.slug} a price that holds on the first day",
        )


def _stock(session: Session, edition: Edition, content: Published) -> Iterator[Check]:
    for bundle in content.offered:
        yield Check(
            "stock-there",
            Weight.IMPOSSIBLE,
            passed=counters.remaining(session, edition.id or 0, stock_of(bundle.slug)) != 0,
            field=f"stock.{bundle.slug}",
            remedy=f"there is no {bundle.slug} left: give it stock, or do not count it",
        )


def _ties(tx: Session, edition: Edition) -> list[str]:
    """Two launched editions of one priority at one placement leave open which one a receipt is for."""
    for placement_id in finders.placements_listed(tx, edition.id or 0):
        for other in finders.editions_at(tx, placement_id):
            if (
                other.id != edition.id
                and other.state in (EditionState.LIVE, EditionState.PAUSED)
                and other.priority == edition.priority
            ):
                return ["priority-tie"]
    return []
