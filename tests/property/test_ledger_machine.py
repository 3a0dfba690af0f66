"""The ledger against a model of it in plain Python: whatever is asked in whatever order, the books agree.

Three codes of one batch are unlocked, exchanged, spent, taken back, recalled and asked about again, while
the edition is paused and resumed and time goes by. After each step the balances must equal the facts, to the
last unit.
"""

import shutil
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlmodel import Session, col, func, select

from omni.app import Installation
from omni.domain.batch import CodePhase
from omni.domain.campaign_file import Exchange
from omni.domain.claim import Claim
from omni.domain.record import Origin
from omni.domain.redemption import Redemption
from omni.domain.refusal import BadInput, Reason, Refused
from omni.domain.rulebook import Caller
from omni.domain.window import day_after
from omni.services import claiming, exchanging, issuing, launching, redeeming, reversing
from omni.services.exchanging import Destination
from omni.services.redeeming import Order, WantedLine
from omni.services.reversing import Wish
from omni.store import finders
from tests.support.codes import SEAL, a_batch
from tests.support.databases import Files
from tests.support.installations import FESTIVAL, Clock, an_installation, author, demo_file, go_live
from tests.support.proofs import share_of

CODES = 3
codes = st.integers(min_value=0, max_value=CODES - 1)
quantities = st.sampled_from([1, 1, 1, 2, 4])


@dataclass
class Spent:
    """A redemption as the model knows it: units by item, and how many of them came back."""

    units: Counter[str]
    back: Counter[str] = field(default_factory=Counter)
    benefit_minor: int = 0
    taken_back_minor: int = 0


@dataclass
class Life:
    """One code as the model knows it."""

    claimed_with: str | None = None
    exchanged_for: int | None = None
    granted: Counter[str] = field(default_factory=Counter)
    spent: list[Spent] = field(default_factory=list)
    is_recalled: bool = False
    was_reversed_by_money: bool = False

    @property
    def left(self) -> Counter[str]:
        """How many of each item may still be spent."""
        left = self.granted.copy()
        for spent in self.spent:
            left.subtract(spent.units)
            left.update(spent.back)
        return left


class Ledger(RuleBasedStateMachine):
    """One batch of codes, in a database shared by all runs."""

    def __init__(self, place: Installation, clock: Clock) -> None:
        super().__init__()
        self.place, self.clock = place, clock
        clock.at = FESTIVAL
        self.lives = [Life() for _ in range(CODES)]
        self.asked: list[tuple[int, str, str, Order, int]] = []
        self.keys = 0
        self.is_paused = False
        self.batch = a_batch(place, count=CODES)
        with place.db.reading() as session:
            edition = finders.edition_by_key(session, "double-11/fr")
        self.unlock_ends = day_after(edition.last_unlock_on, "Europe/Paris")
        self.use_ends = day_after(edition.last_use_on, "Europe/Paris")
        for code in range(CODES - 1):
            self.claim(code, "hers")

    def teardown(self) -> None:
        if self.is_paused:
            self.resume()

    def number(self, code: int) -> int:
        return self.batch.first_number + code

    def fresh_key(self) -> str:
        self.keys += 1
        return f"key-{self.keys}"

    @rule(code=codes, key=st.sampled_from(["hers", "his"]))
    def unlock(self, code: int, key: str) -> None:
        self.claim(code, key)

    def claim(self, code: int, key: str) -> None:
        life = self.lives[code]
        with self.place.db.writing() as tx:
            outcome = claiming.claim(
                tx,
                self.clock.at,
                batch=self.batch,
                number=self.number(code),
                caller=Caller("web", key, "body"),
                screen=claiming.Screen("fr_FR"),
            )
        expected = self._why_not_claimed(life, key)
        if isinstance(outcome, Refused):
            assert outcome.reason is expected
            return
        assert expected is None
        assert outcome.is_replay is (life.claimed_with == key)
        life.claimed_with = key
        life.granted = Counter({row.sku: row.granted for row in outcome.entitlements})

    def _why_not_claimed(self, life: Life, key: str) -> Reason | None:
        if life.claimed_with == key:
            return None
        if life.is_recalled:
            return Reason.VOIDED
        if life.exchanged_for is not None:
            return Reason.EXCHANGED
        if self.is_paused:
            return Reason.PAUSED
        if self.clock.at >= self.unlock_ends:
            return Reason.ENDED
        return None if life.claimed_with is None else Reason.ALREADY_CLAIMED

    @rule(code=codes)
    def exchange(self, code: int) -> None:
        life = self.lives[code]
        with self.place.db.writing() as tx:
            outcome = exchanging.exchange(
                tx,
                self.clock.at,
                batch=self.batch,
                number=self.number(code),
                to=Destination("de", SEAL, {"de_DE": "Umtausch"}),
            )
        if life.exchanged_for is not None:
            assert not isinstance(outcome, Refused)
            assert (outcome.exchange.to_number, outcome.is_replay) == (life.exchanged_for, True)
            return
        expected = self._why_not_claimed(life, "nobody's key")
        if isinstance(outcome, Refused):
            assert outcome.reason is expected
            return
        assert expected is None
        life.exchanged_for = outcome.exchange.to_number

    @rule(code=codes, wants_all=st.sampled_from([False] * 5 + [True]), data=st.data())
    def redeem(self, code: int, wants_all: bool, data: st.DataObject) -> None:
        skus = [] if wants_all else sorted(self.lives[code].granted)
        wanted = (
            data.draw(st.dictionaries(st.sampled_from(skus), quantities, min_size=1, max_size=2))
            if skus
            else {}
        )
        order_ref = self.fresh_key()
        lines = tuple(WantedLine(sku, quantity) for sku, quantity in wanted.items())
        self._redeem(code, self.fresh_key(), order_ref, Order(order_ref, 10**6, "EUR", lines))

    def _redeem(self, code: int, key: str, body: str, order: Order) -> None:
        life, left = self.lives[code], self.lives[code].left
        outcome = self._ask_to_redeem(code, key, body, order)
        wanted = Counter({line.sku: line.quantity for line in order.lines}) or +left
        expected = self._why_not_redeemed(life, wanted, left)
        if isinstance(outcome, Refused):
            assert outcome.reason is expected
            return
        assert expected is None
        assert not outcome.is_replay
        assert Counter({line.sku: line.quantity for line in outcome.lines}) == wanted
        life.spent.append(Spent(wanted, benefit_minor=outcome.redemption.benefit_minor))
        assert outcome.redemption.seq == len(life.spent)
        self.asked.append((code, key, body, order, outcome.redemption.seq))

    def _ask_to_redeem(self, code: int, key: str, body: str, order: Order) -> redeeming.Redeemed | Refused:
        with self.place.db.writing() as tx:
            return redeeming.redeem(
                tx,
                self.clock.at,
                batch=self.batch,
                number=self.number(code),
                caller=Caller("shop", key, body, Origin.LIVE),
                order=order,
            )

    def _why_not_redeemed(self, life: Life, wanted: Counter[str], left: Counter[str]) -> Reason | None:
        if life.is_recalled:
            return Reason.VOIDED
        if life.claimed_with is None:
            return Reason.NOT_UNLOCKED
        if self.is_paused:
            return Reason.PAUSED
        if self.clock.at >= self.use_ends:
            return Reason.EXPIRED
        return None if wanted and wanted <= left else Reason.EXHAUSTED

    @precondition(lambda self: self.asked)
    @rule(data=st.data(), has_new_key=st.booleans())
    def ask_again(self, data: st.DataObject, has_new_key: bool) -> None:
        code, key, body, order, seq = data.draw(st.sampled_from(self.asked))
        again = self._ask_to_redeem(code, self.fresh_key() if has_new_key else key, body, order)
        assert not isinstance(again, Refused)
        assert (again.is_replay, again.redemption.seq) == (True, seq)

    @precondition(lambda self: self.asked)
    @rule(data=st.data())
    def ask_otherwise(self, data: st.DataObject) -> None:
        code, key, _, order, _ = data.draw(st.sampled_from(self.asked))
        refused = self._ask_to_redeem(code, key, "another body", order)
        assert isinstance(refused, Refused)
        assert refused.reason is Reason.KEY_REUSED

    @precondition(lambda self: any(life.spent for life in self.lives))
    @rule(data=st.data(), how=st.sampled_from(["all", "lines", "amount"]))
    def take_back(self, data: st.DataObject, how: str) -> None:
        code = data.draw(st.sampled_from([code for code, life in enumerate(self.lives) if life.spent]))
        life = self.lives[code]
        seq = data.draw(st.integers(min_value=1, max_value=len(life.spent)))
        spent = life.spent[seq - 1]
        out = spent.units - spent.back
        wish = Wish("returned")
        if how == "lines":
            sku = data.draw(st.sampled_from(sorted(spent.units)))
            wish = Wish("returned", lines=(WantedLine(sku, data.draw(quantities)),))
        elif how == "amount":
            wish = Wish("returned", amount_minor=data.draw(st.integers(min_value=1, max_value=5000)))
        key = self.fresh_key()
        try:
            outcome = self._ask_to_reverse(code, seq, key, wish)
        except BadInput:
            assert self._cannot_come_back(spent, out, wish)
            return
        assert not isinstance(outcome, Refused)
        assert not self._cannot_come_back(spent, out, wish)
        again = self._ask_to_reverse(code, seq, key, wish)
        assert not isinstance(again, Refused)
        assert (again.is_replay, again.reversal.rev) == (True, outcome.reversal.rev)
        spent.back.update({outcome.skus[line.line]: line.quantity for line in outcome.lines if line.quantity})
        spent.taken_back_minor += outcome.reversal.benefit_minor
        life.was_reversed_by_money |= how == "amount"

    def _ask_to_reverse(self, code: int, seq: int, key: str, wish: Wish) -> reversing.Reversed | Refused:
        with self.place.db.writing() as tx:
            return reversing.reverse(
                tx,
                self.clock.at,
                batch=self.batch,
                number=self.number(code),
                seq=seq,
                caller=Caller("shop", key, repr(wish), Origin.LIVE),
                wish=wish,
            )

    def _cannot_come_back(self, spent: Spent, out: Counter[str], wish: Wish) -> bool:
        if wish.lines:
            return wish.lines[0].quantity > out[wish.lines[0].sku]
        if wish.amount_minor is not None:
            return wish.amount_minor > spent.benefit_minor - spent.taken_back_minor
        return not out and spent.benefit_minor == spent.taken_back_minor

    @precondition(lambda self: not self.lives[-1].is_recalled)
    @rule()
    def recall_the_last(self) -> None:
        code = CODES - 1
        with self.place.db.writing() as tx:
            issuing.recall(
                tx,
                self.clock.at,
                batch_id=self.batch.id or 0,
                first=code + 1,
                count=1,
                reason="misprint",
                by="tests",
            )
        self.lives[code].is_recalled = True

    @precondition(lambda self: not self.is_paused)
    @rule()
    def pause(self) -> None:
        with self.place.db.writing() as tx:
            edition = finders.edition_by_key(tx, "double-11/fr")
            assert launching.pause(tx, self.clock.at, edition=edition, reason="technical", by="tests")
        self.is_paused = True

    @precondition(lambda self: self.is_paused)
    @rule()
    def resume(self) -> None:
        with self.place.db.writing() as tx:
            edition = finders.edition_by_key(tx, "double-11/fr")
            assert launching.resume(tx, self.clock.at, edition=edition, by="tests")
        self.is_paused = False

    @rule(days=st.sampled_from([0, 0, 0, 0, 0, 1, 1, 20, 60]))
    def time_passes(self, days: int) -> None:
        self.clock.at += timedelta(days=days, seconds=1)

    @invariant()
    def the_books_agree(self) -> None:
        with self.place.db.reading() as session:
            claimed = {self.number(code) for code, life in enumerate(self.lives) if life.claimed_with}
            made = session.exec(select(Claim.number).where(Claim.batch_id == self.batch.id)).all()
            assert sorted(made) == sorted(claimed)
            for code, life in enumerate(self.lives):
                if life.claimed_with:
                    self._agrees(session, self.number(code), life)
                state = finders.state_of(session, self.number(code))
                is_exchanged = state is not None and state.phase is CodePhase.EXCHANGED
                assert is_exchanged == (life.exchanged_for is not None)

    def _agrees(self, session: Session, number: int, life: Life) -> None:
        state = finders.state_of(session, number)
        assert state is not None
        assert (state.phase is CodePhase.REDEEMED) == (not +life.left)
        assert state.redemptions == len(life.spent) == len(finders.redemptions_of(session, number))
        self._money_agrees(session, number)
        for balance in finders.entitlements_of(session, number):
            lines = finders.units_out(session, balance)
            assert 0 <= balance.given_back <= balance.used <= balance.granted + balance.given_back
            assert balance.used == sum(line.quantity for line, _ in lines)
            assert balance.given_back == sum(back for _, back in lines)
            assert balance.left == life.left[balance.sku]
            back = [
                piece
                for spent in finders.redemptions_of(session, number)
                for piece in finders.reversal_lines_of(session, number, spent.seq)
                if piece.line == balance.line
            ]
            paid = sum(line.price_minor for line, _ in lines) - sum(piece.refund_minor for piece in back)
            given = sum(line.benefit_minor for line, _ in lines) - sum(piece.benefit_minor for piece in back)
            assert 0 <= paid <= balance.price_minor
            assert 0 <= given <= balance.benefit_minor
            if balance.left == 0:
                assert paid == balance.price_minor
                assert given == balance.benefit_minor or life.was_reversed_by_money
            if balance.left == balance.granted:
                assert paid == 0
                assert given == 0 or life.was_reversed_by_money

    def _money_agrees(self, session: Session, number: int) -> None:
        for redemption in finders.redemptions_of(session, number):
            lines = finders.redemption_lines_of(session, number, redemption.seq)
            pieces = finders.reversal_lines_of(session, number, redemption.seq)
            assert redemption.benefit_minor == sum(line.benefit_minor for line in lines)
            assert sum(piece.benefit_minor for piece in pieces) <= redemption.benefit_minor
            whole = [row for row in finders.reversals_of(session, number) if row.seq == redemption.seq]
            assert sum(row.benefit_minor for row in whole) == sum(piece.benefit_minor for piece in pieces)
            assert sum(row.refund_minor for row in whole) == sum(piece.refund_minor for piece in pieces)


@pytest.fixture(scope="module")
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="module")
def place(files: Files, tmp_path_factory: pytest.TempPathFactory, clock: Clock):
    """The demo campaign, in France with a bundle of many units whose price does not divide evenly."""
    folder = tmp_path_factory.mktemp("ledger")
    shutil.copy(files.original(go_live), folder / "omni.db")
    opened = an_installation(f"sqlite:///{folder}/omni.db", folder, clock=clock)
    file = demo_file()
    slug, bundle = next(iter(file.bundles.items()))
    france = file.markets["fr"].model_copy(update={"stock": {}})
    many = bundle.model_copy(update={"items": dict(zip(bundle.items, (7, 3, 6), strict=True))})
    changed = {
        "markets": {"fr": france},
        "bundles": {**file.bundles, slug: many},
        "exchange": Exchange.SWAP,
    }
    with opened.db.writing() as tx:
        author(tx, clock.at, file.model_copy(update=changed))
    yield opened
    opened.db.close()


@pytest.mark.proof
def test_the_books_agree_whatever_is_asked_in_whatever_order(place: Installation, clock: Clock) -> None:
    run_state_machine_as_test(
        lambda: Ledger(place, clock),
        settings=settings(max_examples=share_of(300), stateful_step_count=30, deadline=None),
    )
    with place.db.reading() as session:
        repeated = select(func.count()).select_from(Redemption).where(col(Redemption.seq) > 1)
        assert session.exec(repeated).one(), "the machine has not come far enough to prove anything"
