"""The life of an edition: is it ready, launch, pause, resume, end."""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session

from omni.domain.campaign import Edition, EditionState, EditionStep
from omni.domain.display_rule import DisplayRule
from omni.domain.hook import Topic
from omni.domain.readiness import may_launch
from omni.domain.refusal import BadInput, Reason, Refused
from omni.services import deciding
from omni.store.catalogue import has_changed
from omni.store.outbox import announce_of_edition

PAUSE_REASONS = ("price-being-corrected", "out-of-stock", "technical", "safety-recall", "other")

_TOPICS = {
    EditionState.LIVE: Topic.EDITION_LAUNCHED,
    EditionState.PAUSED: Topic.EDITION_PAUSED,
    EditionState.ENDED: Topic.EDITION_ENDED,
}


def launch(
    tx: Session, now: datetime, *, edition: Edition, rules: Sequence[DisplayRule], is_sandbox: bool, by: str
) -> Edition | Refused:
    """Make an edition live when nothing blocks it, and write down what every display rule said.

    Launching twice is one launch.
    """
    _take_turns(tx, edition)
    if edition.state is EditionState.LIVE:
        return edition
    found = deciding.checks(tx, now, edition=edition, rules=rules, is_sandbox=is_sandbox)
    refused = may_launch(edition, found)
    if refused is not None:
        return refused
    deciding.decide(tx, now, edition=edition, found=found, by=by)
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
    step = EditionStep(
        edition_id=edition.id or 0,
        state=state,
        reason=edition.pause_reason,
        words=edition.pause_words,
        at=now,
        by=by,
    )
    tx.add_all([edition, step])
    tx.flush()
    announce_of_edition(
        tx,
        _TOPICS[state],
        str(step.id),
        at=now,
        edition_id=step.edition_id,
        body={"state": state.value, "reason": step.reason, "words": step.words},
        turn=step.id or 0,
    )
    has_changed(tx)
    return edition
