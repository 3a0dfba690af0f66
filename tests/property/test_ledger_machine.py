"""The ledger against a model of it in plain Python: whatever is asked in whatever order, the books agree.

Codes are issued, unlocked, exchanged, held, spent, taken back, recalled and asked about again, under several
policies, while the edition is paused and resumed and time goes by. After each step the balances of the code
it was about must equal the facts, to the last unit; after each run everything is reconciled.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from hashlib import sha256
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlmodel import Session

from omni.app import Installation
from omni.domain.batch import CodePhase
from omni.domain.campaign_file import Exchange
from omni.domain.claim import Entitlement
from omni.domain.record import Origin
from omni.domain.refusal import BadInput, Reason, Refused
from omni.domain.rulebook import Caller
from omni.domain.scarcity import item_stock, stock_of
from omni.domain.window import day_after
from omni.services import claiming, exchanging, holding, issuing, launching, redeeming, reversing, running_out
from omni.services.exchanging import Destination
from omni.services.matching import WantedLine
from omni.services.reconciling import discrepancies
from omni.services.redeeming import Order
from omni.services.reversing import Wish
from omni.store import counters, finders
from tests.property.ledger_model import BUNDLE, POLICIES, SCARCE, UNITS, ZONE, Book, Life, Policy, Use
from tests.support.codes import SEAL, issue
from tests.support.databases import a_copy
from tests.support.installations import FESTIVAL, Clock, an_installation, author, demo_file, go_live
from tests.support.proofs import share_of

EXAMPLES = {"sqlite": share_of(120), "postgresql": share_of(40)}
EDITION = "double-11/fr"
quantities = st.sampled_from([1, 1, 1, 2, 4])
items = st.sampled_from(sorted(UNITS))
baskets = st.dictionaries(items, quantities, max_size=2)
kinds_of_return = st.lists(st.sampled_from(["all", "units", "units", "money"]), min_size=1, max_size=3)
moments = st.sampled_from(
    [timedelta(seconds=1), timedelta(minutes=20), timedelta(days=9), timedelta(days=30)]
)


def counter_of(name: str) -> str:
    return stock_of(name) if name == BUNDLE else item_stock(name)


class Ledger(RuleBasedStateMachine):
    """Some codes of one edition, in a database shared by all runs."""

    lives = Bundle("lives")

    def __init__(self, place: Installation, clock: Clock, policy: Policy) -> None:
        super().__init__()
        self.place, self.clock = place, clock
        clock.at = FESTIVAL
        self.all: list[Life] = []
        self.touched: Life | None = None
        self.asked: list[tuple[Life, str, str, Order, int]] = []
        self.keys = map("key-{}".format, count(1))
        with place.db.writing() as tx:
            edition = finders.edition_by_key(tx, EDITION)
            self.edition_id = edition.id or 0
            for name, amount in policy.stock.items():
                there = counters.levels(tx, self.edition_id, [counter_of(name)])[counter_of(name)]
                taken = there.granted - there.remaining
                counters.resize(tx, self.edition_id, counter_of(name), taken + amount)
        last_days = (edition.last_issue_on, edition.last_unlock_on, edition.last_use_on)
        ends = (day_after(day, ZONE) for day in last_days)
        self.book = Book(policy, *ends, stock=policy.stock.copy())

    def teardown(self) -> None:
        with self.place.db.reading() as session:
            assert not list(discrepancies(session))
        for life in self.all:
            self.free(life)

    def caller(self, key: str, body: str = "body") -> Caller:
        return Caller("shop", key, body, Origin.LIVE)

    def agreed(self, outcome: object, expected: Reason | None) -> bool:
        """Whether it was done; that or the reason must be what the model expected."""
        assert (outcome.reason if isinstance(outcome, Refused) else None) is expected
        return expected is None

    @initialize(target=lives)
    def unlock_two(self) -> Any:
        made = self.issue()
        for life in made.values:
            self.unlock(life, "hers")
            self.redeem(life, [{SCARCE: 1}])
        return made

    @precondition(lambda self: len(self.all) < 6)
    @rule(target=lives)
    def issue(self) -> Any:
        has_ended = self.clock.at >= self.book.issue_ends
        outcome = issue(self.place, count=2)
        if not self.agreed(outcome, Reason.ENDED if has_ended else None):
            return multiple()
        made = [Life(outcome.batch, outcome.batch.first_number + index) for index in range(2)]
        self.all += made
        return multiple(*made)

    @rule(life=lives, key=st.sampled_from(["hers", "hers", "his"]))
    def unlock(self, life: Life, key: str) -> None:
        self.touched = life
        expected = self.book.why_not_claimed(life, key, self.clock.at)
        with self.place.db.writing() as tx:
            outcome = claiming.claim(
                tx,
                self.clock.at,
                batch=life.batch,
                number=life.number,
                caller=Caller("web", key, "body"),
                screen=claiming.Screen("fr_FR"),
            )
        if self.agreed(outcome, expected):
            assert outcome.is_replay is (life.claimed_with == key)
            if life.claimed_with is None:
                self.book.claim(life, key)

    @precondition(lambda self: len(self.all) > 2)
    @rule(life=lives)
    def exchange(self, life: Life) -> None:
        self.touched = life
        expected = self.book.why_not_unlocked(life, self.clock.at)
        to = Destination("de", SEAL, {"de_DE": "Umtausch"})
        with self.place.db.writing() as tx:
            outcome = exchanging.exchange(tx, self.clock.at, batch=life.batch, number=life.number, to=to)
        if life.exchanged_for is not None:
            assert (outcome.exchange.to_number, outcome.is_replay) == (life.exchanged_for, True)
        elif self.agreed(outcome, expected):
            life.exchanged_for = outcome.exchange.to_number

    @rule(life=lives, order=st.sampled_from(["A", "A", "B"]), minutes=st.sampled_from([1, 15, 600]))
    def hold(self, life: Life, order: str, minutes: int) -> None:
        self.touched = life
        expected = self.book.why_not_held(life, self.clock.at)
        if self.agreed(self.ask_to_hold(life, order, minutes), expected):
            self.book.hold(life, order, self.clock.at + timedelta(minutes=minutes))

    def ask_to_hold(self, life: Life, order: str, minutes: int) -> holding.Held | Refused:
        with self.place.db.writing() as tx:
            return holding.hold(
                tx,
                self.clock.at,
                batch=life.batch,
                number=life.number,
                caller=self.caller(next(self.keys)),
                order_ref=order,
                minutes=minutes,
            )

    @rule(life=lives)
    def free(self, life: Life) -> None:
        self.touched = life
        with self.place.db.writing() as tx:
            caller = self.caller("")
            freed = holding.free(tx, self.clock.at, batch=life.batch, number=life.number, caller=caller)
        assert freed is (life.held_until is not None)
        self.book.release(life)

    @rule()
    def let_holds_run_out(self) -> None:
        with self.place.db.writing() as tx:
            for number, batch_id in running_out.run_out(tx, self.clock.at, limit=100):
                assert running_out.let_run_out(tx, self.clock.at, number=number, batch_id=batch_id)
        for life in self.all:
            if self.book.has_run_out(life, self.clock.at):
                self.book.release(life)

    @rule(life=lives, orders=st.lists(baskets, min_size=1, max_size=3))
    def redeem(self, life: Life, orders: list[dict[str, int]]) -> None:
        for wanted in orders:
            key = next(self.keys)
            lines = tuple(WantedLine(sku, quantity) for sku, quantity in wanted.items())
            order = Order(f"order of {key}", 10**6, "EUR", lines)
            units = Counter(wanted) or life.left
            expected = self.book.why_not_redeemed(life, units, self.clock.at)
            outcome = self.ask_to_redeem(life, key, key, order)
            if self.agreed(outcome, expected):
                assert not outcome.is_replay
                assert Counter({line.sku: line.quantity for line in outcome.lines}) == units
                self.book.redeem(life, Use(units, sum(line.price_minor for line in outcome.lines)))
                self.asked.append((life, key, key, order, outcome.redemption.seq))

    def ask_to_redeem(self, life: Life, key: str, body: str, order: Order) -> redeeming.Redeemed | Refused:
        self.touched = life
        with self.place.db.writing() as tx:
            return redeeming.redeem(
                tx,
                self.clock.at,
                batch=life.batch,
                number=life.number,
                caller=self.caller(key, body),
                order=order,
            )

    @precondition(lambda self: self.asked)
    @rule(data=st.data())
    def ask_again(self, data: st.DataObject) -> None:
        life, key, body, order, seq = data.draw(st.sampled_from(self.asked))
        for same_or_new in (key, next(self.keys)):
            again = self.ask_to_redeem(life, same_or_new, body, order)
            assert (again.is_replay, again.redemption.seq) == (True, seq)
        self.agreed(self.ask_to_redeem(life, key, "another body", order), Reason.KEY_REUSED)

    @precondition(lambda self: self.asked)
    @rule(data=st.data(), kinds=kinds_of_return)
    def take_back(self, data: st.DataObject, kinds: list[str]) -> None:
        life, *_, seq = data.draw(st.sampled_from(self.asked))
        use = life.uses[seq - 1]
        for kind in kinds:
            wish, key, done = self.wish(data, kind, use), next(self.keys), None
            with suppress(BadInput):
                done = self.ask_to_reverse(life, seq, key, wish)
            assert (done is None) == self.is_too_much(use, wish)
            if done is not None:
                again = self.ask_to_reverse(life, seq, key, wish)
                assert (again.is_replay, again.to_refund_minor) == (True, done.to_refund_minor)
                units = +Counter({done.skus[line.line]: line.quantity for line in done.lines})
                self.book.take_back(life, use, units, self.clock.at)
                use.refunded_minor += done.reversal.refund_minor
                use.handed_back_minor += done.to_refund_minor
                assert use.out or wish.amount_minor or use.handed_back_minor == use.price_minor

    def wish(self, data: st.DataObject, kind: str, use: Use) -> Wish:
        if kind == "units":
            sku = data.draw(st.sampled_from(sorted(use.units)))
            return Wish("returned", lines=(WantedLine(sku, data.draw(quantities)),))
        money = st.integers(min_value=1, max_value=20_000)
        return Wish("returned", amount_minor=data.draw(money) if kind == "money" else None)

    def ask_to_reverse(self, life: Life, seq: int, key: str, wish: Wish) -> reversing.Reversed | Refused:
        self.touched = life
        with self.place.db.writing() as tx:
            return reversing.reverse(
                tx,
                self.clock.at,
                batch=life.batch,
                number=life.number,
                seq=seq,
                caller=self.caller(key, sha256(repr(wish).encode()).hexdigest()),
                wish=wish,
            )

    def is_too_much(self, use: Use, wish: Wish) -> bool:
        if wish.lines:
            return wish.lines[0].quantity > use.out[wish.lines[0].sku]
        unpaid_minor = use.price_minor - use.refunded_minor
        if wish.amount_minor is not None:
            return wish.amount_minor > unpaid_minor
        return not use.out and not unpaid_minor

    @precondition(lambda self: len(self.asked) > 2)
    @rule(life=lives)
    def recall(self, life: Life) -> None:
        self.touched = life
        with self.place.db.writing() as tx:
            issuing.recall(
                tx,
                self.clock.at,
                batch_id=life.batch.id or 0,
                first=1 + life.number - life.batch.first_number,
                count=1,
                reason="misprint",
                by="tests",
            )
        life.is_recalled = True

    @rule(life=lives)
    def pause_for_a_moment(self, life: Life) -> None:
        self.book.is_paused = True
        with self.place.db.writing() as tx:
            edition = finders.edition_by_key(tx, EDITION)
            assert launching.pause(tx, self.clock.at, edition=edition, reason="technical", by="tests")
        self.unlock(life, "hers")
        self.redeem(life, [{}])
        self.hold(life, "A", 15)
        with self.place.db.writing() as tx:
            edition = finders.edition_by_key(tx, EDITION)
            assert launching.resume(tx, self.clock.at, edition=edition, by="tests")
        self.book.is_paused = False

    @rule(more=moments)
    def time_passes(self, more: timedelta) -> None:
        self.clock.at += more

    @invariant()
    def the_books_agree(self) -> None:
        life, self.touched = self.touched, None
        if life is None:
            return
        with self.place.db.reading() as session:
            there = counters.levels(session, self.edition_id, map(counter_of, self.book.policy.stock))
            assert {what: level.remaining for what, level in there.items()} == {
                counter_of(name): left for name, left in self.book.stock.items()
            }
            state, made = finders.state_of(session, life.number), finders.claim_of(session, life.number)
            assert (made is not None) == (life.claimed_with is not None)
            assert (state is not None and state.phase is CodePhase.EXCHANGED) == bool(life.exchanged_for)
            if state is not None and made is not None:
                assert (state.phase is CodePhase.REDEEMED) == (not life.left)
                assert state.held_until == life.held_until
                assert max(made.expires_at, state.extended_until or made.expires_at) == life.ends_at
                assert (
                    state.redemptions == len(life.uses) == len(finders.redemptions_of(session, life.number))
                )
                for balance in finders.entitlements_of(session, life.number):
                    assert balance.left == life.left[balance.sku]
                    self.money_agrees(session, life, balance)

    def money_agrees(self, session: Session, life: Life, balance: Entitlement) -> None:
        """What was paid for a line and given on it is never more than the whole, nor less once it is out."""
        lines = [line for line, _ in finders.units_out(session, balance)]
        back = [
            piece
            for seq in range(1, 1 + len(life.uses))
            for piece in finders.reversal_lines_of(session, life.number, seq)
            if piece.line == balance.line
        ]
        refunded, ended = (
            sum(piece.refund_minor for piece in back),
            sum(piece.benefit_minor for piece in back),
        )
        paid = sum(line.price_minor for line in lines) - refunded
        given = sum(line.benefit_minor for line in lines) - ended
        assert 0 <= paid <= balance.price_minor
        assert 0 <= given <= balance.benefit_minor
        if balance.left == 0 and all(piece.quantity for piece in back) and not life.gone[balance.sku]:
            assert (paid, given) == (balance.price_minor, balance.benefit_minor)
        if balance.left == balance.granted:
            assert (paid, given) == (0, 0)


@pytest.fixture
def place(
    engine_name: str, policy: Policy, request: pytest.FixtureRequest, tmp_path: Path, clock: Clock
) -> Iterator[Installation]:
    """The demo campaign, in France under a policy, with a bundle of many units."""
    for url in a_copy(go_live, engine_name, request, tmp_path):
        opened = an_installation(url, tmp_path, clock=clock)
        file = demo_file()
        france = file.markets["fr"].model_copy(update=policy.in_file)
        many = file.bundles[BUNDLE].model_copy(update={"items": dict(UNITS)})
        bundles = {**file.bundles, BUNDLE: many}
        changed = {"markets": {"fr": france}, "bundles": bundles, "exchange": Exchange.SWAP}
        with opened.db.writing() as tx:
            author(tx, clock.at, file.model_copy(update=changed))
        yield opened
        opened.db.close()


@pytest.mark.proof
@pytest.mark.parametrize("policy", POLICIES, ids=[policy.name for policy in POLICIES])
def test_the_books_agree_whatever_is_asked_in_whatever_order(
    place: Installation, clock: Clock, policy: Policy, engine_name: str
) -> None:
    run_state_machine_as_test(
        lambda: Ledger(place, clock, policy),
        settings=settings(max_examples=EXAMPLES[engine_name], stateful_step_count=40, deadline=None),
    )
