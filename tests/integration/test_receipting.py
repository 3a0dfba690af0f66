"""A receipt earns a code: the same receipt the same one, whoever asks, and when."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlmodel import func, select

from omni.app import Installation
from omni.domain.batch import Batch
from omni.domain.receipt import Receipt
from omni.domain.record import Origin
from omni.domain.refusal import BadInput, Reason, Refused
from omni.services import issuing, launching, receipting
from omni.services.issuing import Seal
from omni.services.receipting import Purchase, ReceiptCode, code_for
from omni.store import finders
from tests.support.codes import SEAL
from tests.support.installations import Clock, author, demo_file

TILL = "fr-paris-till-1"


def ask(
    place: Installation,
    receipt_no: str,
    *,
    till: str = TILL,
    origin: Origin = Origin.LIVE,
    seal: Seal = SEAL,
    has_number: bool = True,
    total_minor: int | None = None,
    currency: str | None = None,
    campaign: str | None = None,
) -> ReceiptCode | Refused:
    purchase = Purchase(
        hashes=(f"{till if has_number else 'unbound'}/{receipt_no}",),
        has_number=has_number,
        total_minor=total_minor,
        currency=currency,
        campaign=campaign,
    )
    with place.db.writing() as tx:
        placement = finders.placement_by_slug(tx, till)
        return code_for(
            tx,
            place.world.now(),
            placement=placement,
            purchase=purchase,
            origin=origin,
            seals={placement.market_id: seal},
            client="till",
        )


def given(place: Installation, receipt_no: str, **asked: object) -> ReceiptCode:
    outcome = ask(place, receipt_no, **asked)
    assert isinstance(outcome, ReceiptCode)
    return outcome


def refusal(outcome: ReceiptCode | Refused) -> tuple[Reason, object]:
    assert isinstance(outcome, Refused)
    return outcome.reason, outcome.details.get("field")


def rival(place: Installation, *, priority: int) -> None:
    """A second campaign at the same tills of France, live."""
    file = demo_file()
    markets = {"fr": file.markets["fr"].model_copy(update={"priority": priority})}
    with place.db.writing() as tx:
        author(tx, place.world.now(), file.model_copy(update={"campaign": "rival", "markets": markets}))
        edition = finders.edition_by_key(tx, "rival/fr")
        launched = launching.launch(
            tx, place.world.now(), edition=edition, rules=place.rules, is_sandbox=False, by="tests"
        )
        assert launched


def test_the_same_receipt_has_the_same_code_and_another_has_another(installation: Installation) -> None:
    first, again, other = (given(installation, number) for number in ("1", "1", "2"))
    assert (first.number, first.is_replay) == (again.number, not again.is_replay)
    assert other.number == first.number + 1
    assert other.batch.id == first.batch.id


def test_the_same_number_at_another_till_is_another_receipt(installation: Installation) -> None:
    first, other = given(installation, "1"), given(installation, "1", till="fr-paris-till-2")
    assert first.number != other.number
    assert first.batch.id != other.batch.id


def test_eight_threads_with_one_receipt_get_one_code(installation: Installation) -> None:
    with ThreadPoolExecutor(8) as threads:
        codes = list(threads.map(lambda _: given(installation, "1"), range(16)))
    assert len({code.number for code in codes}) == 1
    assert sorted(code.is_replay for code in codes) == [False] + [True] * 15
    with installation.db.reading() as session:
        assert session.exec(select(func.count()).select_from(Receipt)).one() == 1


def test_eight_threads_at_a_new_till_share_one_roll_and_no_number(installation: Installation) -> None:
    with ThreadPoolExecutor(8) as threads:
        codes = list(threads.map(lambda number: given(installation, str(number)), range(24)))
    assert len({code.batch.id for code in codes}) == 1
    first = codes[0].batch.first_number
    assert sorted(code.number for code in codes) == list(range(first, first + 24))


def test_one_request_key_at_two_tills_at_once_is_one_code(installation: Installation) -> None:
    tills = [TILL, "fr-paris-till-2"] * 4
    with ThreadPoolExecutor(8) as threads:
        outcomes = list(threads.map(lambda till: ask(installation, "k", till=till, has_number=False), tills))
    codes = {outcome.number for outcome in outcomes if isinstance(outcome, ReceiptCode)}
    assert len(codes) == 1
    refused = [outcome for outcome in outcomes if isinstance(outcome, Refused)]
    assert {refusal(outcome) for outcome in refused} == {(Reason.KEY_REUSED, "placement")}


def test_a_reprint_may_leave_out_what_was_said_before(installation: Installation) -> None:
    first = given(installation, "1", total_minor=4990, currency="EUR")
    assert given(installation, "1").number == first.number
    assert given(installation, "1", total_minor=4990).number == first.number


def test_a_reprint_that_says_otherwise_is_refused(installation: Installation) -> None:
    given(installation, "1", total_minor=4990, currency="EUR")
    assert refusal(ask(installation, "1", total_minor=4991)) == (Reason.KEY_REUSED, "total_minor")
    assert refusal(ask(installation, "1", currency="USD")) == (Reason.KEY_REUSED, "currency")


def test_a_foreign_currency_is_bad_input_and_spends_no_number(installation: Installation) -> None:
    with pytest.raises(BadInput, match="currency"):
        ask(installation, "1", total_minor=4990, currency="USD")
    with installation.db.reading() as session:
        assert session.exec(select(func.count()).select_from(Batch)).one() == 0


def test_a_used_up_roll_is_followed_by_another(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receipting, "ROLL", 2)
    codes = [given(installation, str(number)) for number in range(5)]
    assert [len({code.batch.id for code in codes[:upto]}) for upto in (2, 4, 5)] == [1, 2, 3]
    assert len({code.number for code in codes}) == 5


@pytest.mark.parametrize(
    "seal", [replace(SEAL, host="https://go.maison.fr", must_be_reached=False), replace(SEAL, key_id=2)]
)
def test_a_new_host_or_key_begins_a_new_roll(installation: Installation, seal: Seal) -> None:
    before, after = given(installation, "1"), given(installation, "2", seal=seal)
    assert before.batch.id != after.batch.id
    assert (after.batch.host, after.batch.key_id) == (seal.host, seal.key_id)
    assert given(installation, "1", seal=seal).batch.host == SEAL.host


def test_a_recalled_roll_is_not_handed_out_any_further(installation: Installation) -> None:
    before = given(installation, "1")
    with installation.db.writing() as tx:
        issuing.recall(
            tx,
            installation.world.now(),
            batch_id=before.batch.id or 0,
            first=1,
            count=None,
            reason="misprint",
            by="tests",
        )
    after = given(installation, "2")
    assert after.batch.id != before.batch.id


def test_of_two_campaigns_at_one_till_the_higher_priority_speaks(installation: Installation) -> None:
    rival(installation, priority=5)
    assert given(installation, "1").content.campaign == "rival"
    assert given(installation, "2", campaign="double-11").content.campaign == "double-11"
    assert refusal(ask(installation, "3", campaign="nothing"))[0] is Reason.NO_RULE_MATCHED


def test_while_the_higher_one_is_paused_the_other_speaks(installation: Installation) -> None:
    rival(installation, priority=5)
    with installation.db.writing() as tx:
        edition = finders.edition_by_key(tx, "rival/fr")
        launching.pause(tx, installation.world.now(), edition=edition, reason="technical", by="tests")
    assert given(installation, "1").content.campaign == "double-11"


def test_before_the_doors_open_a_receipt_earns_nothing_yet(installation: Installation, clock: Clock) -> None:
    clock.at -= timedelta(days=30)
    assert refusal(ask(installation, "1"))[0] is Reason.NOT_STARTED


def test_a_practising_till_gets_test_codes_of_its_own_at_any_time(
    installation: Installation, clock: Clock
) -> None:
    live = given(installation, "1")
    clock.at -= timedelta(days=30)
    practice = given(installation, "practice", origin=Origin.TEST)
    assert practice.batch.origin is Origin.TEST
    assert practice.batch.id != live.batch.id
    assert refusal(ask(installation, "1", origin=Origin.TEST))[0] is Reason.TEST_LIVE_MISMATCH
