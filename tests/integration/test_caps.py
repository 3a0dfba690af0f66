"""What an edition limits: stock and caps, never exceeded, and the last of them has one winner."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from random import Random

import pytest

from omni.app import Installation
from omni.domain import scarcity
from omni.domain.batch import Batch
from omni.domain.policies import CapsPart, HoldPart, HoldWhen
from omni.domain.record import Origin
from omni.domain.refusal import BadInput, Reason, Unknown
from omni.domain.rulebook import Caller, PageState
from omni.services import holding, shop_codes, taking, validating
from omni.services.claiming import Claimed
from omni.services.matching import WantedLine
from omni.services.redeeming import Redeemed
from omni.store import finders
from tests.support.codes import a_batch
from tests.support.installations import Clock
from tests.support.journeys import spend, take_back, unlock
from tests.support.limits import (
    BUNDLE,
    SKU,
    books_agree,
    euros,
    in_france,
    is_refused,
    left,
    page_of,
    race,
    some_unlocked,
    spend_all,
)


def test_unlocks_are_capped_in_all_and_the_page_knows(installation: Installation) -> None:
    in_france(installation, caps=CapsPart(unlocks=2))
    batch = a_batch(installation)
    assert page_of(installation, batch, 2) is PageState.OFFER
    outcomes = [unlock(installation, batch, batch.first_number + index) for index in range(3)]
    assert all(isinstance(outcome, Claimed) for outcome in outcomes[:2])
    assert is_refused(outcomes[2], Reason.CAP_REACHED, what="unlocks")
    assert page_of(installation, batch, 2) is PageState.OUT_OF_STOCK
    assert isinstance(unlock(installation, batch, batch.first_number), Claimed), "the same tap again"
    tests = a_batch(installation, origin=Origin.TEST)
    assert isinstance(unlock(installation, tests, tests.first_number), Claimed)
    assert books_agree(installation)


def test_a_day_and_a_place_have_caps_of_their_own(installation: Installation, clock: Clock) -> None:
    in_france(installation, caps=CapsPart(unlocks_a_day=3, unlocks_a_place_a_day=2))
    popup, till = a_batch(installation), a_batch(installation, placement="fr-paris-till-1")
    for index in range(2):
        assert isinstance(unlock(installation, popup, popup.first_number + index), Claimed)
    a_place = unlock(installation, popup, popup.first_number + 2)
    assert is_refused(a_place, Reason.CAP_REACHED, what="unlocks-a-place-a-day")
    assert isinstance(unlock(installation, till, till.first_number), Claimed)
    a_day = unlock(installation, till, till.first_number + 1)
    assert is_refused(a_day, Reason.CAP_REACHED, what="unlocks-a-day")
    clock.at += timedelta(hours=13)  # It is past midnight in Paris.
    assert isinstance(unlock(installation, popup, popup.first_number + 2), Claimed)
    assert left(installation)["unlocks:2026-11-12"] == 2
    assert books_agree(installation)


def test_of_many_orders_at_once_one_gets_the_last_use(installation: Installation) -> None:
    in_france(installation, caps=CapsPart(uses=1))
    batch = some_unlocked(installation, 8)
    outcomes = race(8, lambda index: spend_all(installation, batch, index))
    assert [isinstance(outcome, Redeemed) for outcome in outcomes].count(True) == 1
    assert [is_refused(outcome, Reason.CAP_REACHED, what="uses") for outcome in outcomes].count(True) == 7
    assert books_agree(installation)


def test_of_many_orders_at_once_no_more_benefit_is_given_than_capped(installation: Installation) -> None:
    batch = some_unlocked(installation, 8)
    with installation.db.reading() as session:
        each = sum(one.benefit_minor for one in finders.entitlements_of(session, batch.first_number))
    in_france(installation, caps=CapsPart(uses=8, benefit=euros(3 * each + 7), benefit_a_day=euros(5 * each)))
    outcomes = race(8, lambda index: spend_all(installation, batch, index))
    assert [isinstance(outcome, Redeemed) for outcome in outcomes].count(True) == 3
    assert left(installation)["benefit"] == 7
    assert left(installation)["uses"] == 5, "a refused order takes of no cap"
    assert left(installation)["benefit:2026-11-11"] == 2 * each
    assert books_agree(installation)


def test_a_cap_written_later_counts_what_was_taken_before(installation: Installation) -> None:
    batch = some_unlocked(installation, 3)
    assert isinstance(spend_all(installation, batch, 0), Redeemed)
    in_france(installation, caps=CapsPart(unlocks=3, uses=1, uses_a_day=5, benefit=1))
    assert is_refused(spend_all(installation, batch, 1), Reason.CAP_REACHED, what="uses")
    more = a_batch(installation)
    assert is_refused(unlock(installation, more, more.first_number), Reason.CAP_REACHED, what="unlocks")
    assert left(installation)["uses:2026-11-11"] == 4
    assert left(installation)["benefit"] == 0
    assert books_agree(installation)


def test_what_comes_back_may_be_given_again(installation: Installation, clock: Clock) -> None:
    batch = some_unlocked(installation, 2)
    in_france(installation, caps=CapsPart(uses=1, uses_a_day=1, benefit=9000, benefit_a_day=8000))
    spent = spend_all(installation, batch, 0)
    assert isinstance(spent, Redeemed)
    clock.at += timedelta(days=1)
    take_back(installation, batch, batch.first_number, lines=(WantedLine(SKU, 1),))
    assert is_refused(spend_all(installation, batch, 1), Reason.CAP_REACHED, what="uses")
    take_back(installation, batch, batch.first_number, key="rest")
    there = left(installation)
    assert (there["uses"], there["uses:2026-11-11"]) == (1, 1)
    assert (there["benefit"], there["benefit:2026-11-11"]) == (900_000, 800_000)
    assert isinstance(spend_all(installation, batch, 1), Redeemed)
    assert books_agree(installation)


def test_limits_follow_the_file_and_never_fall_below_what_is_taken(installation: Installation) -> None:
    in_france(installation, caps=CapsPart(unlocks=4), stock={BUNDLE: 9, SKU: 50})
    some_unlocked(installation, 3)
    in_france(installation, caps=CapsPart(unlocks=4), stock={BUNDLE: 9, SKU: 50})
    assert left(installation) == {"unlocks": 1, f"stock:{BUNDLE}": 6, f"item:{SKU}": 47}
    in_france(installation, caps=CapsPart(unlocks=2), stock={BUNDLE: 12})
    assert left(installation) == {"unlocks": 0, f"stock:{BUNDLE}": 9}
    in_france(installation, caps=CapsPart(), stock={})
    assert left(installation) == {}
    in_france(installation, caps=CapsPart(unlocks=5), stock={SKU: 50})
    assert left(installation) == {"unlocks": 2, f"item:{SKU}": 47}
    assert books_agree(installation)


def test_items_are_counted_across_bundles_and_the_last_has_one_winner(installation: Installation) -> None:
    in_france(installation, stock={SKU: 2, BUNDLE: 40})
    batch = a_batch(installation, count=8)
    outcomes = race(8, lambda index: unlock(installation, batch, batch.first_number + index))
    assert [isinstance(outcome, Claimed) for outcome in outcomes].count(True) == 2
    assert [is_refused(outcome, Reason.OUT_OF_STOCK, sku=SKU) for outcome in outcomes].count(True) == 6
    assert left(installation) == {f"stock:{BUNDLE}": 38, f"item:{SKU}": 0}
    assert page_of(installation, a_batch(installation), 0) is PageState.OUT_OF_STOCK
    assert books_agree(installation)


def test_with_holds_stock_goes_out_with_a_use_and_comes_back_with_a_return(
    installation: Installation, clock: Clock
) -> None:
    held = HoldPart(when=HoldWhen.SHOP, minutes=15)
    in_france(installation, stock={SKU: 2, BUNDLE: 2}, hold=held)
    batch = some_unlocked(installation, 3)
    first = batch.first_number
    assert left(installation) == {f"stock:{BUNDLE}": 2, f"item:{SKU}": 2}, "a claim reserves nothing"
    assert isinstance(spend_all(installation, batch, 0), Redeemed)
    assert isinstance(hold(installation, batch, 1), holding.Held)
    assert left(installation) == {f"stock:{BUNDLE}": 0, f"item:{SKU}": 0}
    assert is_refused(spend_all(installation, batch, 2), Reason.OUT_OF_STOCK)
    assert isinstance(spend_all(installation, batch, 1), Redeemed), "what it holds is there for it"
    assert left(installation) == {f"stock:{BUNDLE}": 0, f"item:{SKU}": 0}
    take_back(installation, batch, first, lines=(WantedLine(SKU, 1),))
    assert left(installation) == {f"stock:{BUNDLE}": 0, f"item:{SKU}": 1}
    take_back(installation, batch, first, key="rest")
    assert left(installation) == {f"stock:{BUNDLE}": 1, f"item:{SKU}": 1}
    clock.at += timedelta(hours=1)
    assert isinstance(spend_all(installation, batch, 2), Redeemed)
    assert books_agree(installation)


def hold(place: Installation, batch: Batch, index: int) -> object:
    caller = Caller("web", "", "")
    with place.db.writing() as tx:
        number = batch.first_number + index
        return holding.hold(
            tx, place.world.now(), batch=batch, number=number, caller=caller, order_ref=holding.PAGE
        )


def test_everything_at_once_waits_for_nobody_in_a_ring_and_loses_nothing(
    installation: Installation, dice: Random
) -> None:
    caps = CapsPart(uses=9, uses_a_day=50, benefit=2000, unlocks=20, unlocks_a_day=18)
    in_france(installation, stock={SKU: 7, BUNDLE: 8}, hold=HoldPart(when=HoldWhen.SHOP), caps=caps)
    batch, more = some_unlocked(installation, 10), a_batch(installation, count=20)
    seeds = [dice.random() for _ in range(8)]

    def live(racer: int) -> int:
        mine, done = Random(seeds[racer]), 0
        for step in range(12):
            number, key = batch.first_number + mine.randrange(10), f"{racer}-{step}"
            verb = mine.choice(["hold", "spend", "spend", "take back", "unlock"])
            if verb == "hold":
                done += isinstance(hold(installation, batch, mine.randrange(10)), holding.Held)
            elif verb == "spend":
                lines = mine.choice([(), (WantedLine(SKU, 1),)])
                asked = {"key": key, "body": key, "order_ref": key, "lines": lines}
                done += isinstance(spend(installation, batch, number, **asked), Redeemed)
            elif verb == "take back":
                with suppress(BadInput, Unknown):
                    take_back(installation, batch, number, key=key, seq=mine.randint(1, 2))
            else:
                unlock(installation, more, more.first_number + mine.randrange(20), key=key)
        return done

    assert sum(map(int, race(8, live))) > 5, "nothing much happened"
    assert books_agree(installation)
    with installation.db.reading() as session:
        held = [taking.held_by(session, batch.first_number + index) for index in range(10)]
        out = [taking.spent_by(session, batch.first_number + index) for index in range(10)]
    there = left(installation)
    for what, most in {f"item:{SKU}": 7, f"stock:{BUNDLE}": 8, "uses": 9, "benefit": 200_000}.items():
        assert there[what] == most - sum(each.get(what, 0) for each in (*held, *out)) >= 0


def test_a_use_that_is_refused_leaves_the_reservation_as_it_was(installation: Installation) -> None:
    held = HoldPart(when=HoldWhen.UNLOCK)
    in_france(installation, stock={BUNDLE: 1}, hold=held, caps=CapsPart(uses=1))
    batch = a_batch(installation)
    assert isinstance(unlock(installation, batch, batch.first_number), Claimed)
    assert left(installation)[f"stock:{BUNDLE}"] == 0, "reserved with the unlock"
    again = unlock(installation, batch, batch.first_number + 1)
    assert is_refused(again, Reason.OUT_OF_STOCK)
    with installation.db.reading() as session:
        assert finders.claim_of(session, batch.first_number + 1) is None
    in_france(installation, stock={BUNDLE: 1}, hold=held, caps=CapsPart(benefit="0.07"))
    assert is_refused(spend_all(installation, batch, 0), Reason.CAP_REACHED, what="benefit")
    with installation.db.reading() as session:
        state = finders.state_of(session, batch.first_number)
        assert state is not None
        assert state.held_until is not None
    assert books_agree(installation)


def test_a_shop_that_gives_codes_gives_one_a_claim_and_none_for_nothing(installation: Installation) -> None:
    in_france(installation, connect="list", caps=CapsPart(unlocks=5))
    with installation.db.writing() as tx:
        edition = finders.edition_by_key(tx, "double-11/fr")
        bundle = finders.published(tx, edition).bundles[0]
        now = installation.world.now()
        shop_codes.stock(tx, now, edition_id=edition.id or 0, bundle_id=bundle.id, codes=["SAVE-1", "SAVE-2"])
    batch = a_batch(installation, count=4)
    claims = race(4, lambda index: unlock(installation, batch, batch.first_number + index))
    given = [claim.shop_code for claim in claims if isinstance(claim, Claimed)]
    assert sorted(given) == ["SAVE-1", "SAVE-2"]
    assert [is_refused(claim, Reason.OUT_OF_STOCK) for claim in claims].count(True) == 2
    assert left(installation) == {"unlocks": 3}, "whoever got no code took nothing"
    winner = next(index for index, claim in enumerate(claims) if isinstance(claim, Claimed))
    again = unlock(installation, batch, batch.first_number + winner)
    assert isinstance(again, Claimed)
    assert (again.is_replay, again.shop_code) == (True, claims[winner].shop_code)
    assert books_agree(installation)


def test_asking_beforehand_tells_what_is_gone_and_takes_nothing(installation: Installation) -> None:
    in_france(installation, caps=CapsPart(uses=1))
    batch = some_unlocked(installation, 2)

    def ask() -> object:
        with installation.db.reading() as session:
            return validating.validate(
                session,
                installation.world.now(),
                batch=batch,
                number=batch.first_number + 1,
                caller=Caller("shop", "", "", Origin.LIVE),
                basket=validating.Basket(),
            )

    assert isinstance(ask(), validating.WouldRedeem)
    assert left(installation) == {}, "nothing was counted yet"
    spend_all(installation, batch, 0)
    assert is_refused(ask(), Reason.CAP_REACHED, what="uses")


@pytest.mark.parametrize(
    "name", ["uses", "unlocks:place-7:2026-11-11", "benefit:2026-11-11", "item:2026-11-11"]
)
def test_a_name_says_its_day(name: str) -> None:
    day = scarcity.day_of(name)
    assert (day is not None) == (name.startswith(("unlocks:", "benefit:")))
