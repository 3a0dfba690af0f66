"""The ledger's verbs against a real database: unlock, redeem, reverse, replay."""

from dataclasses import dataclass
from datetime import timedelta

import pytest
from sqlmodel import col, func, select

from omni.app import Installation
from omni.domain.batch import Batch
from omni.domain.claim import Claim
from omni.domain.record import Origin
from omni.domain.redemption import Redemption
from omni.domain.refusal import BadInput, Reason, Refused
from omni.services import issuing, launching
from omni.services.claiming import Claimed
from omni.services.matching import WantedLine
from omni.services.redeeming import Redeemed
from omni.services.reversing import Reversed
from omni.store import finders
from tests.support.codes import a_batch
from tests.support.installations import Clock
from tests.support.journeys import spend, take_back, unlock, unlock_poster


@dataclass
class Unlocked:
    """A claim of the first number of a fresh batch."""

    place: Installation
    batch: Batch
    number: int
    claimed: Claimed


@pytest.fixture
def unlocked(installation: Installation) -> Unlocked:
    batch = a_batch(installation)
    outcome = unlock(installation, batch, batch.first_number)
    assert isinstance(outcome, Claimed)
    return Unlocked(installation, batch, batch.first_number, outcome)


def test_a_claim_keeps_terms_price_and_printed_date(unlocked: Unlocked) -> None:
    made = unlocked.claimed.claim
    assert made.locale == "fr_FR"
    assert made.terms_id > 0
    assert made.price_minor > 0
    assert sum(e.price_minor for e in unlocked.claimed.entitlements) == made.price_minor
    assert made.expires_at > unlocked.place.world.now()


def test_the_same_tap_twice_is_one_claim(unlocked: Unlocked) -> None:
    again = unlock(unlocked.place, unlocked.batch, unlocked.number)
    assert isinstance(again, Claimed)
    assert again.is_replay
    assert again.claim.claimed_at == unlocked.claimed.claim.claimed_at


def test_a_second_person_is_told_it_was_unlocked(unlocked: Unlocked) -> None:
    refused = unlock(unlocked.place, unlocked.batch, unlocked.number, key="another")
    assert isinstance(refused, Refused)
    assert refused.reason is Reason.ALREADY_CLAIMED


def test_the_same_key_with_another_body_is_refused(unlocked: Unlocked) -> None:
    assert isinstance(spend(unlocked.place, unlocked.batch, unlocked.number, body="one"), Redeemed)
    refused = spend(unlocked.place, unlocked.batch, unlocked.number, body="two")
    assert isinstance(refused, Refused)
    assert refused.reason is Reason.KEY_REUSED


def test_an_order_asked_again_under_a_new_key_is_the_same_redemption(unlocked: Unlocked) -> None:
    first = spend(unlocked.place, unlocked.batch, unlocked.number, key="a")
    again = spend(unlocked.place, unlocked.batch, unlocked.number, key="b")
    assert isinstance(first, Redeemed)
    assert isinstance(again, Redeemed)
    assert again.is_replay
    assert again.redemption.seq == first.redemption.seq
    assert again.remaining == first.remaining


def test_a_voucher_is_spent_once(unlocked: Unlocked) -> None:
    assert isinstance(spend(unlocked.place, unlocked.batch, unlocked.number), Redeemed)
    refused = spend(unlocked.place, unlocked.batch, unlocked.number, key="later", body="c", order_ref="O-2")
    assert isinstance(refused, Refused)
    assert refused.reason is Reason.EXHAUSTED


def test_redeeming_line_by_line_sums_to_the_whole(unlocked: Unlocked) -> None:
    lines = unlocked.claimed.entitlements
    for index, entitlement in enumerate(lines):
        for unit in range(entitlement.granted):
            wanted = (WantedLine(entitlement.sku, 1),)
            key = f"{index}-{unit}"
            outcome = spend(
                unlocked.place,
                unlocked.batch,
                unlocked.number,
                key=key,
                body=key,
                order_ref=key,
                lines=wanted,
            )
            assert isinstance(outcome, Redeemed)
    with unlocked.place.db.reading() as session:
        total = session.exec(select(func.sum(Redemption.benefit_minor))).one()
    assert total == sum(entitlement.benefit_minor for entitlement in lines)


def test_reversing_everything_gives_everything_back(unlocked: Unlocked) -> None:
    redeemed = spend(unlocked.place, unlocked.batch, unlocked.number)
    assert isinstance(redeemed, Redeemed)
    back = take_back(unlocked.place, unlocked.batch, unlocked.number)
    assert isinstance(back, Reversed)
    assert back.reversal.benefit_minor == redeemed.redemption.benefit_minor
    assert back.reversal.refund_minor == unlocked.claimed.claim.price_minor
    again = spend(unlocked.place, unlocked.batch, unlocked.number, key="again", body="again", order_ref="O-2")
    assert isinstance(again, Redeemed)


def test_a_reversal_asked_twice_is_one_reversal(unlocked: Unlocked) -> None:
    spend(unlocked.place, unlocked.batch, unlocked.number)
    first = take_back(unlocked.place, unlocked.batch, unlocked.number, amount_minor=100)
    again = take_back(unlocked.place, unlocked.batch, unlocked.number, amount_minor=100)
    assert isinstance(first, Reversed)
    assert isinstance(again, Reversed)
    assert again.is_replay
    assert again.reversal.rev == first.reversal.rev == 1


def test_no_more_can_be_refunded_than_was_paid(unlocked: Unlocked) -> None:
    paid = unlocked.claimed.claim.price_minor
    spend(unlocked.place, unlocked.batch, unlocked.number)
    take_back(unlocked.place, unlocked.batch, unlocked.number, key="half", amount_minor=paid // 2)
    with pytest.raises(BadInput, match="amount_minor"):
        take_back(unlocked.place, unlocked.batch, unlocked.number, key="more", amount_minor=paid)


def test_another_currency_is_bad_input_and_writes_nothing(unlocked: Unlocked) -> None:
    with pytest.raises(BadInput, match="currency"):
        spend(unlocked.place, unlocked.batch, unlocked.number, currency="USD")
    with unlocked.place.db.reading() as session:
        assert session.exec(select(func.count()).select_from(Redemption)).one() == 0


def test_an_expired_claim_is_not_spent(unlocked: Unlocked, clock: Clock) -> None:
    clock.at = unlocked.claimed.claim.expires_at
    refused = spend(unlocked.place, unlocked.batch, unlocked.number)
    assert isinstance(refused, Refused)
    assert refused.reason is Reason.EXPIRED
    clock.at -= timedelta(seconds=1)
    assert isinstance(spend(unlocked.place, unlocked.batch, unlocked.number), Redeemed)


def test_changed_terms_are_shown_again_before_they_bind(installation: Installation) -> None:
    batch = a_batch(installation)
    refused = unlock(installation, batch, batch.first_number, terms_sha256="other words")
    assert isinstance(refused, Refused)
    assert refused.reason is Reason.TERMS_CHANGED
    refused = unlock(installation, batch, batch.first_number, price_minor=1)
    assert isinstance(refused, Refused)
    assert refused.reason is Reason.TERMS_CHANGED


def test_a_recalled_code_neither_unlocks_nor_redeems(unlocked: Unlocked) -> None:
    with unlocked.place.db.writing() as tx:
        issuing.recall(
            tx,
            unlocked.place.world.now(),
            batch_id=unlocked.batch.id or 0,
            first=1,
            count=2,
            reason="misprint",
            by="t",
        )
    second = unlock(unlocked.place, unlocked.batch, unlocked.number + 1)
    third = unlock(unlocked.place, unlocked.batch, unlocked.number + 2)
    spent = spend(unlocked.place, unlocked.batch, unlocked.number)
    assert [getattr(outcome, "reason", None) for outcome in (second, third, spent)] == [
        Reason.VOIDED,
        None,
        Reason.VOIDED,
    ]


def test_paused_and_ended_editions_unlock_nothing(installation: Installation) -> None:
    batch = a_batch(installation)
    now = installation.world.now()
    with installation.db.writing() as tx:
        edition = finders.edition_of(tx, batch.edition_id)
        launching.pause(tx, now, edition=edition, reason="technical", by="t")
    paused = unlock(installation, batch, batch.first_number)
    with installation.db.writing() as tx:
        launching.end(tx, now, edition=finders.edition_of(tx, batch.edition_id), by="t")
    ended = unlock(installation, batch, batch.first_number)
    assert (paused.reason, ended.reason) == (Reason.PAUSED, Reason.ENDED)


def test_two_shoppers_at_one_poster_get_two_numbers_and_a_double_tap_one(installation: Installation) -> None:
    batch = a_batch(installation, count=3, shared=True)
    first, again, second = (unlock_poster(installation, batch, token) for token in ("one", "one", "two"))
    assert first.claim.number == again.claim.number != second.claim.number
    unlock_poster(installation, batch, "three")
    refused = unlock_poster(installation, batch, "four")
    assert isinstance(refused, Refused)
    assert refused.reason is Reason.CAP_REACHED


def test_a_test_client_never_meets_a_live_code(unlocked: Unlocked) -> None:
    refused = spend(unlocked.place, unlocked.batch, unlocked.number, origin=Origin.TEST)
    assert isinstance(refused, Refused)
    assert refused.reason is Reason.TEST_LIVE_MISMATCH


def test_the_last_unit_of_stock_has_exactly_one_winner(installation: Installation) -> None:
    with installation.db.writing() as tx:
        from omni.store import counters

        edition = finders.edition_by_key(tx, "double-11/gb")
        content = finders.published(tx, edition)
        slug = content.bundles[0].slug
        if counters.remaining(tx, edition.id or 0, f"stock:{slug}") is None:
            counters.grant(tx, edition.id or 0, f"stock:{slug}", 3)
        left = counters.remaining(tx, edition.id or 0, f"stock:{slug}") or 0
    batch = a_batch(
        installation, edition="double-11/gb", placement="gb-london-popup", count=left + 5, bundle=slug
    )
    numbers = range(batch.first_number, batch.first_number + batch.size)
    outcomes = [unlock(installation, batch, number, locale="en_GB") for number in numbers]
    assert sum(isinstance(outcome, Claimed) for outcome in outcomes) == left
    assert {outcome.reason for outcome in outcomes if isinstance(outcome, Refused)} == {Reason.OUT_OF_STOCK}
    with installation.db.reading() as session:
        assert (
            session.exec(select(func.count()).select_from(Claim).where(col(Claim.batch_id) == batch.id)).one()
            == left
        )
