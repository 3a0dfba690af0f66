"""The life of an edition: what blocks a launch, and what each verb may do from where."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlmodel import col, select, update

from omni.app import Installation
from omni.domain.campaign import Edition, EditionRevision, EditionState, EditionStep
from omni.domain.counting import Counter
from omni.domain.published import digest
from omni.domain.readiness import Standing
from omni.domain.refusal import BadInput, Reason, Refused
from omni.services import deciding, launching
from omni.store import finders
from tests.support.installations import author, demo_file

NEW = "winter/fr"


def draft(place: Installation, *, priority: int = 9, stock: dict[str, int] | None = None) -> None:
    """A second campaign in France, written and not launched."""
    file = demo_file()
    france = file.markets["fr"].model_copy(update={"priority": priority, "stock": stock or {}})
    with place.db.writing() as tx:
        author(
            tx, place.world.now(), file.model_copy(update={"campaign": "winter", "markets": {"fr": france}})
        )


def act(place: Installation, verb: str, key: str = NEW, **asked: object) -> Edition | Refused:
    if verb == "launch":
        asked |= {"is_sandbox": False, "rules": place.rules}
    with place.db.writing() as tx:
        edition = finders.edition_by_key(tx, key)
        outcome: Edition | Refused = getattr(launching, verb)(
            tx, place.world.now(), edition=edition, by="tests", **asked
        )
        return outcome


def pause(
    place: Installation, key: str = NEW, reason: str = "technical", **asked: object
) -> Edition | Refused:
    return act(place, "pause", key, reason=reason, **asked)


def state(outcome: Edition | Refused) -> EditionState:
    assert isinstance(outcome, Edition)
    return outcome.state


def rules(outcome: Edition | Refused) -> list[str]:
    assert isinstance(outcome, Refused)
    assert outcome.reason is Reason.NOT_READY
    return list(outcome.details["rules"])


def republish(place: Installation, **changes: object) -> None:
    """A revision that no file could have written."""
    with place.db.writing() as tx:
        edition = finders.edition_by_key(tx, NEW)
        content = finders.published(tx, edition).model_copy(update=changes)
        edition.revision += 1
        revision = EditionRevision(
            edition_id=edition.id or 0,
            revision=edition.revision,
            content=content.document(),
            sha256=digest(content.document()),
            published_at=place.world.now(),
            published_by="tests",
        )
        tx.add(revision)


def test_a_draft_is_launched_once_and_twice_is_one_launch(installation: Installation) -> None:
    draft(installation)
    first = act(installation, "launch")
    assert state(first) is EditionState.LIVE
    again = act(installation, "launch")
    assert state(again) is EditionState.LIVE


def test_without_terms_in_every_required_language_nothing_is_launched(installation: Installation) -> None:
    draft(installation)
    republish(installation, terms={})
    assert rules(act(installation, "launch")) == ["terms-published", "ALL-TERM"]


def test_without_a_price_that_holds_on_the_first_day_nothing_is_launched(installation: Installation) -> None:
    draft(installation)
    republish(installation, campaign="without-prices")
    assert rules(act(installation, "launch")) == ["price-known", "ALL-TOTAL"]


def test_counted_stock_that_is_gone_blocks_and_stock_nobody_counts_does_not(
    installation: Installation,
) -> None:
    slug = next(iter(demo_file().bundles))
    draft(installation, stock={slug: 5})
    with installation.db.writing() as tx:
        edition = finders.edition_by_key(tx, NEW)
        tx.exec(update(Counter).where(col(Counter.edition_id) == edition.id).values(remaining=0))
    assert rules(act(installation, "launch")) == ["stock-there"]


@pytest.mark.parametrize("is_paused", [False, True])
def test_two_campaigns_of_one_priority_at_one_till_are_a_tie(
    installation: Installation, is_paused: bool
) -> None:
    if is_paused:
        pause(installation, "double-11/fr")
    draft(installation, priority=demo_file().markets["fr"].priority)
    assert rules(act(installation, "launch")) == ["priority-tie"]


def test_a_sandbox_is_advice_and_blocks_nothing(installation: Installation) -> None:
    with installation.db.reading() as session:
        edition = finders.edition_by_key(session, "double-11/fr")
        found = deciding.checks(session, installation.world.now(), edition=edition, rules=(), is_sandbox=True)
    assert [check.rule for check in found if check.standing is Standing.ADVISES] == ["public-address"]
    assert not any(check.blocks for check in found)
    assert all(check.field for check in found)


def steps(place: Installation, key: str = NEW) -> list[tuple[EditionState, str | None, str | None, str]]:
    """What was written down of an edition's life."""
    with place.db.reading() as session:
        edition = finders.edition_by_key(session, key)
        taken = select(EditionStep).where(EditionStep.edition_id == edition.id).order_by(col(EditionStep.id))
        return [(step.state, step.reason, step.words, step.by) for step in session.exec(taken)]


def test_every_step_is_written_down_once(installation: Installation) -> None:
    draft(installation)
    for verb in ("launch", "launch"):
        act(installation, verb)
    pause(installation, words="Back at noon.")
    for verb in ("launch", "resume", "end", "end"):
        act(installation, verb)
    assert steps(installation) == [
        (EditionState.LIVE, None, None, "tests"),
        (EditionState.PAUSED, "technical", "Back at noon.", "tests"),
        (EditionState.LIVE, None, None, "tests"),
        (EditionState.ENDED, None, None, "tests"),
    ]


def test_a_pause_says_why_and_a_resume_forgets_it(installation: Installation) -> None:
    paused = pause(installation, "double-11/fr", words="Back at noon.")
    assert isinstance(paused, Edition)
    assert (paused.state, paused.pause_reason, paused.pause_words) == (
        EditionState.PAUSED,
        "technical",
        "Back at noon.",
    )
    resumed = act(installation, "resume", "double-11/fr")
    assert isinstance(resumed, Edition)
    assert (resumed.state, resumed.pause_reason, resumed.pause_words) == (EditionState.LIVE, None, None)


@pytest.mark.parametrize(
    "reason, words, field", [("because", None, "reason"), ("", None, "reason"), ("other", None, "words")]
)
def test_a_pause_without_a_reason_is_bad_input(
    installation: Installation, reason: str, words: str | None, field: str
) -> None:
    with pytest.raises(BadInput, match=field):
        pause(installation, "double-11/fr", reason=reason, words=words)
    assert state(act(installation, "launch", "double-11/fr")) is EditionState.LIVE


def test_what_cannot_be_done_from_where_it_stands_is_refused(installation: Installation) -> None:
    draft(installation)
    refusals = [pause(installation), act(installation, "resume"), act(installation, "end")]
    act(installation, "launch")
    pause(installation)
    refusals.append(act(installation, "launch"))
    act(installation, "end")
    refusals += [act(installation, "launch"), pause(installation), act(installation, "resume")]
    assert [getattr(refusal, "reason", None) for refusal in refusals] == [
        Reason.NOT_LAUNCHED,
        Reason.STALE_EDIT,
        Reason.NOT_LAUNCHED,
        Reason.PAUSED,
        Reason.ENDED,
        Reason.NOT_LAUNCHED,
        Reason.STALE_EDIT,
    ]


def test_an_end_is_an_end_whoever_pauses_at_the_same_moment(installation: Installation) -> None:
    def either(turn: int) -> None:
        if turn == 3:
            act(installation, "end", "double-11/fr")
        else:
            pause(installation, "double-11/fr")

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(either, range(16)))
    assert state(act(installation, "end", "double-11/fr")) is EditionState.ENDED
    refused = act(installation, "launch", "double-11/fr")
    assert isinstance(refused, Refused)
    assert refused.reason is Reason.ENDED


def test_ending_twice_keeps_who_ended_it(installation: Installation) -> None:
    first = act(installation, "end", "double-11/fr")
    with installation.db.writing() as tx:
        edition = finders.edition_by_key(tx, "double-11/fr")
        again = launching.end(tx, installation.world.now(), edition=edition, by="somebody else")
    assert isinstance(first, Edition)
    assert isinstance(again, Edition)
    assert again.changed_by == first.changed_by
