"""The life of an edition: is it ready, launch, pause, resume, end."""

from datetime import datetime

from sqlmodel import Session

from omni.domain import readiness
from omni.domain.campaign import Edition, EditionState
from omni.domain.readiness import Check, Readiness
from omni.domain.refusal import BadInput, Reason, Refused
from omni.services.claiming import stock_of
from omni.store import counters, finders
from omni.store.catalogue import has_changed

PAUSE_REASONS = ("price-being-corrected", "out-of-stock", "technical", "safety-recall", "other")


def checks(session: Session, now: datetime, *, edition: Edition, is_sandbox: bool) -> list[Check]:
    """Every rule of readiness, passed or not, each with the field and the remedy."""
    return readiness.checks(_readiness(session, edition, is_sandbox=is_sandbox), now)


def launch(tx: Session, now: datetime, *, edition: Edition, is_sandbox: bool, by: str) -> Edition | Refused:
    """Make an edition live when nothing blocks it; launching twice is one launch."""
    _take_turns(tx, edition)
    if edition.state is EditionState.LIVE:
        return edition
    refused = readiness.may_launch(_readiness(tx, edition, is_sandbox=is_sandbox), now)
    return _become(tx, now, edition, EditionState.LIVE, by) if refused is None else refused


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


def _readiness(session: Session, edition: Edition, *, is_sandbox: bool) -> Readiness:
    content = finders.published(session, edition)
    stock = {
        bundle.slug: counters.remaining(session, edition.id or 0, stock_of(bundle.slug))
        for bundle in content.offered
    }
    placements = finders.placements_listed(session, edition.id or 0)
    return Readiness(
        edition=edition,
        market=finders.market_of(session, edition.market_id),
        content=content,
        prices=finders.prices_of(session, content),
        stock={slug: left for slug, left in stock.items() if left is not None},
        rivals=[rival for placement in placements for rival in finders.editions_at(session, placement)],
        is_sandbox=is_sandbox,
    )
