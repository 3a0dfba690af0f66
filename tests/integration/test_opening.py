"""Opening a code: what its page says, as its life goes on."""

from datetime import timedelta

from omni.app import Installation
from omni.domain.batch import Batch
from omni.domain.code import Purpose
from omni.domain.keyring import Opened
from omni.domain.record import Origin
from omni.domain.rulebook import PageState
from omni.services import issuing, opening
from omni.services.opening import OpenedCode
from omni.store import counters
from tests.integration.test_ledger import a_batch, spend, take_back, unlock
from tests.support.installations import Clock


def look(place: Installation, batch: Batch, number: int) -> OpenedCode:
    catalogue = place.catalogue.fresh()
    with place.db.reading() as session:
        return opening.look(session, place.world.now(), catalogue=catalogue, batch=batch, number=number)


def test_a_code_is_offered_then_unlocked_then_used_and_open_again_after_a_return(
    installation: Installation,
) -> None:
    batch = a_batch(installation)
    number, states = batch.first_number, []
    for act in (lambda *_: None, unlock, spend, take_back):
        act(installation, batch, number)
        states.append(look(installation, batch, number).state)
    assert states == [PageState.OFFER, PageState.UNLOCKED, PageState.REDEEMED, PageState.UNLOCKED]
    assert look(installation, batch, number + 1).state is PageState.OFFER


def test_after_its_printed_date_a_claim_is_over_and_an_untouched_code_ended(
    installation: Installation, clock: Clock
) -> None:
    batch = a_batch(installation)
    unlock(installation, batch, batch.first_number)
    clock.at += timedelta(days=90)
    assert look(installation, batch, batch.first_number).state is PageState.EXPIRED
    assert look(installation, batch, batch.first_number + 1).state is PageState.ENDED


def test_a_recalled_code_is_void_even_when_it_was_unlocked(installation: Installation) -> None:
    batch = a_batch(installation)
    unlock(installation, batch, batch.first_number)
    now = installation.world.now()
    with installation.db.writing() as tx:
        issuing.recall(tx, now, batch_id=batch.id or 0, first=1, count=1, reason="misprint", by="tests")
    assert look(installation, batch, batch.first_number).state is PageState.VOIDED


def test_a_poster_that_served_all_it_may_is_out_of_stock_and_a_test_poster_never(
    installation: Installation,
) -> None:
    live = a_batch(installation, count=1, shared=True)
    test = a_batch(installation, count=1, shared=True, origin=Origin.TEST)
    with installation.db.writing() as tx:
        assert counters.take(tx, live.edition_id, f"serves:{live.id}", live.first_number + 1)
    assert look(installation, live, live.first_number).state is PageState.OUT_OF_STOCK
    assert look(installation, test, test.first_number).state is PageState.OFFER


def test_a_claim_keeps_the_price_it_was_made_at(installation: Installation) -> None:
    batch = a_batch(installation)
    before = look(installation, batch, batch.first_number)
    unlock(installation, batch, batch.first_number)
    after = look(installation, batch, batch.first_number)
    assert after.claim is not None
    assert before.price_minor == after.price_minor == after.claim.price_minor
    assert len(after.item_prices_minor) == len(after.bundle.lines)


def test_a_number_nobody_issued_or_of_another_key_has_no_batch(installation: Installation) -> None:
    batch = a_batch(installation)
    catalogue = installation.catalogue.fresh()
    ours = Opened(Purpose.CODE, batch.first_number, 1)
    assert opening.batch_for(catalogue, ours) is not None
    assert opening.batch_for(catalogue, Opened(Purpose.CODE, batch.first_number, 2)) is None
    assert opening.batch_for(catalogue, Opened(Purpose.CODE, batch.first_number + 10, 1)) is None


def test_history_tells_every_fact_of_one_code_alone(installation: Installation) -> None:
    batch = a_batch(installation)
    for number in (batch.first_number, batch.first_number + 1):
        unlock(installation, batch, number)
    spend(installation, batch, batch.first_number)
    take_back(installation, batch, batch.first_number)
    with installation.db.reading() as session:
        told = opening.history(session, batch.first_number)
        other = opening.history(session, batch.first_number + 1)
    assert told.claim is not None
    assert (len(told.redemptions), len(told.reversals)) == (1, 1)
    assert (len(other.redemptions), len(other.reversals)) == (0, 0)
