"""Display rules at work: reviews that make them block, overrides with a reason, decisions kept."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import pytest
from sqlmodel import func, select

from omni.app import Installation
from omni.domain.campaign import Edition, EditionState
from omni.domain.decision import Decision, RuleOverride
from omni.domain.display_rule import DisplayRule, Weight
from omni.domain.price import Price
from omni.domain.readiness import Check, Standing
from omni.domain.refusal import BadInput, Reason, Refused
from omni.services import deciding, launching
from omni.services.authoring import AppliedEdition
from omni.store import finders
from tests.support.installations import author, demo_file

NEW, LIVE = "winter/fr", "double-11/fr"
TODAY = date(2026, 11, 11)


def a_rule(**changes: object) -> DisplayRule:
    """A rule of France that the demo campaign breaks: it names no permit there."""
    told = {
        "id": "FR-PERMIT",
        "markets": ["fr"],
        "title": "The permit is named",
        "check": "permit-given",
        "weight": "rule",
        "citation": "Code of the tests, article 1",
        "source": "the tests",
        "confidence": "high",
    }
    return DisplayRule.model_validate({**told, **changes})


def ruled(place: Installation, *rules: DisplayRule) -> Installation:
    """The same installation under other rules."""
    return replace(place, rules=rules)


def draft(place: Installation, **changes: object) -> list[AppliedEdition]:
    """A second campaign in France under these rules, written and not launched, or written again."""
    file = demo_file()
    france = file.markets["fr"].model_copy(update={"priority": 9, **changes})
    winter = file.model_copy(update={"campaign": "winter", "markets": {"fr": france}})
    with place.db.writing() as tx:
        return author(tx, place.world.now(), winter, rules=place.rules)


def checks(place: Installation, key: str = NEW) -> dict[str, Check]:
    with place.db.reading() as session:
        edition = finders.edition_by_key(session, key)
        found = deciding.checks(
            session, place.world.now(), edition=edition, rules=place.rules, is_sandbox=False
        )
    return {check.rule: check for check in found}


def launch(place: Installation, key: str = NEW) -> Edition | Refused:
    with place.db.writing() as tx:
        edition = finders.edition_by_key(tx, key)
        return launching.launch(
            tx, place.world.now(), edition=edition, rules=place.rules, is_sandbox=False, by="Ada"
        )


def review(place: Installation, rule: DisplayRule, *, by: str = "Ines Roth", on: date = TODAY) -> None:
    with place.db.writing() as tx:
        deciding.review(tx, place.world.now(), rule=rule, by=by, on=on)


def override(
    place: Installation, rule: DisplayRule, *, reason: str = "The permit is on its way.", key: str = NEW
) -> int:
    with place.db.writing() as tx:
        edition = finders.edition_by_key(tx, key)
        written = deciding.override(
            tx, place.world.now(), edition=edition, rule=rule, reason=reason, by="Ada"
        )
        assert written.id is not None
        return written.id


def decisions(place: Installation, key: str = NEW) -> Sequence[Decision]:
    with place.db.reading() as session:
        return deciding.decisions(session, finders.edition_by_key(session, key))


def test_a_rule_nobody_reviewed_warns_and_stops_nothing(installation: Installation) -> None:
    place = ruled(installation, a_rule())
    draft(place)
    assert checks(place)["FR-PERMIT"].standing is Standing.WARNS
    assert isinstance(launch(place), Edition)


def test_a_reviewed_rule_stops_a_launch_by_its_name(installation: Installation) -> None:
    place = ruled(installation, a_rule())
    draft(place)
    review(place, a_rule())
    assert launch(place) == Refused(Reason.NOT_READY, {"rules": ["FR-PERMIT"]})
    assert decisions(place) == []


def test_a_changed_record_is_unread_again(installation: Installation) -> None:
    changed = a_rule(citation="Code of the tests, article 2")
    place = ruled(installation, changed)
    draft(place)
    review(place, a_rule())
    assert checks(place)["FR-PERMIT"].review is None
    review(place, changed, by="Karl Beck")
    found = checks(place)["FR-PERMIT"]
    assert (found.standing, found.review and found.review.reviewed_by) == (Standing.STOPS, "Karl Beck")


def test_an_override_lets_it_go_live_and_is_named_in_the_decision(installation: Installation) -> None:
    place = ruled(installation, a_rule())
    draft(place)
    review(place, a_rule())
    written = override(place, a_rule())
    assert checks(place)["FR-PERMIT"].standing is Standing.WARNS
    assert isinstance(launch(place), Edition)
    [decided] = decisions(place)
    assert (decided.is_reviewed, decided.passed, decided.override_id) == (True, False, written)
    assert checks(place, LIVE)["FR-PERMIT"].blocks


def test_an_override_lapses_when_the_record_changes(installation: Installation) -> None:
    changed = a_rule(citation="Code of the tests, article 2")
    place = ruled(installation, changed)
    draft(place)
    override(place, a_rule())
    review(place, changed)
    assert checks(place)["FR-PERMIT"].blocks


def test_the_same_reason_again_is_one_override_and_another_is_a_row_more(installation: Installation) -> None:
    place = ruled(installation, a_rule())
    draft(place)
    written = [override(place, a_rule(), reason=why) for why in ("Known.", " Known. ", "Known and agreed.")]
    assert written[0] == written[1] != written[2]
    with place.db.reading() as session:
        assert session.exec(select(func.count()).select_from(RuleOverride)).one() == 2


@pytest.mark.parametrize(
    "changes",
    [{"weight": "impossible"}, {"weight": "advice"}, {"markets": ["de"]}, {"markets": ["jp", "kr"]}],
)
def test_what_cannot_be_overridden_is_said_to_be_so(
    installation: Installation, changes: dict[str, object]
) -> None:
    with pytest.raises(BadInput, match="FR-PERMIT"):
        override(installation, a_rule(**changes), key=LIVE)


@pytest.mark.parametrize("reason", ["", " \n", "x" * (deciding.LONGEST_REASON + 1)])
def test_an_override_needs_a_reason_somebody_can_read(installation: Installation, reason: str) -> None:
    with pytest.raises(BadInput, match="reason"):
        override(installation, a_rule(), reason=reason, key=LIVE)


@pytest.mark.parametrize(
    "by, on, field", [("", TODAY, "by"), (" ", TODAY, "by"), ("I", date(2026, 11, 13), "on")]
)
def test_a_review_says_who_read_it_on_a_day_that_has_come(
    installation: Installation, by: str, on: date, field: str
) -> None:
    with pytest.raises(BadInput, match=field):
        review(installation, a_rule(), by=by, on=on)


def test_what_was_never_fed_is_not_tracked_and_stops_nothing(installation: Installation) -> None:
    fees = a_rule(id="FR-FEES", check="no-fees-outside", needs=["fees"])
    place = ruled(installation, fees)
    draft(place)
    review(place, fees)
    found = checks(place)["FR-FEES"]
    assert (found.standing, found.lacks) == (Standing.NOT_TRACKED, ("fees",))
    assert isinstance(launch(place), Edition)
    [decided] = decisions(place)
    assert not decided.passed
    assert decided.inputs["standing"] == "not-tracked"


def test_a_launch_keeps_what_every_rule_that_speaks_saw(installation: Installation) -> None:
    silent = a_rule(id="DE-PERMIT", markets=["de"])
    late = a_rule(id="FR-LATER", **{"from": date(2027, 1, 1)})
    advice = a_rule(id="FR-ADVICE", weight="advice")
    place = ruled(installation, a_rule(), silent, late, advice)
    draft(place, permit="FTEB-1")
    launch(place)
    kept = {decided.rule: decided for decided in decisions(place)}
    assert set(kept) == {"FR-PERMIT", "FR-ADVICE"}
    decided = kept["FR-PERMIT"]
    assert (decided.revision, decided.passed, decided.is_reviewed) == (1, True, False)
    assert (decided.weight, decided.decided_by) == (Weight.RULE.value, "Ada")
    assert decided.record_sha256 == a_rule().sha256
    assert decided.inputs["seen"] == {"permit": "FTEB-1"}


def test_an_override_nobody_needed_is_not_in_the_decision(installation: Installation) -> None:
    place = ruled(installation, a_rule())
    draft(place, permit="FTEB-1")
    override(place, a_rule())
    launch(place)
    [decided] = decisions(place)
    assert (decided.passed, decided.override_id) == (True, None)


def test_a_live_edition_published_anew_is_decided_anew_and_a_draft_is_not(installation: Installation) -> None:
    place = ruled(installation, a_rule())
    draft(place)
    draft(place, permit="FTEB-1")
    assert decisions(place) == []
    launch(place)
    draft(place, permit="FTEB-2")
    draft(place, permit="FTEB-2")
    seen = [(decided.revision, decided.inputs["seen"]["permit"]) for decided in decisions(place)]
    assert seen == [(2, "FTEB-1"), (3, "FTEB-2")]


@pytest.mark.parametrize("is_paused", [False, True])
def test_a_live_edition_that_would_break_a_reviewed_rule_is_refused_whole(
    installation: Installation, is_paused: bool
) -> None:
    place = ruled(installation, a_rule())
    draft(place, permit="FTEB-1")
    review(place, a_rule())
    launch(place)
    with place.db.writing() as tx:
        if is_paused:
            edition = finders.edition_by_key(tx, NEW)
            launching.pause(tx, place.world.now(), edition=edition, reason="technical", by="Ada")
        before = tx.exec(select(func.count()).select_from(Price)).one()
    cheaper = {name: price - 1 for name, price in demo_file().markets["fr"].prices.items()}
    with pytest.raises(BadInput, match="FR-PERMIT") as refused:
        draft(place, permit=None, prices=cheaper)
    assert (refused.value.where, refused.value.reason) == ("permit", Reason.NOT_READY)
    with place.db.reading() as session:
        edition = finders.edition_by_key(session, NEW)
        assert edition.revision == 1
        assert edition.state is (EditionState.PAUSED if is_paused else EditionState.LIVE)
        assert session.exec(select(func.count()).select_from(Price)).one() == before
    override(place, a_rule())
    assert draft(place, permit=None, prices=cheaper)[0].has_changed
