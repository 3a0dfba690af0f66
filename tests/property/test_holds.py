"""Holds against a model in plain Python: whatever happens in whatever order, one is open at most, and what is
reserved is exactly what the model says."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import func, select

from omni.app import Installation
from omni.cli.holding import release_run_out
from omni.domain.batch import Batch
from omni.domain.claim import Hold, Release
from omni.domain.record import bucket_of
from omni.domain.refusal import Refused
from omni.domain.rulebook import Caller
from omni.services import holding, taking
from omni.services.matching import WantedLine
from omni.services.reconciling import reconcile
from omni.store import finders
from tests.support.codes import a_batch
from tests.support.databases import a_copy
from tests.support.holds import go_live_with_holds, with_holds
from tests.support.installations import FESTIVAL, Clock
from tests.support.journeys import fold, spend, take_back, unlock
from tests.support.proofs import share_of

CUPS = 2
ORDERS = st.tuples(st.just("hold"), st.sampled_from(["A", "B"]), st.sampled_from([1, 15, 60]))
STEPS = st.lists(
    st.one_of(
        ORDERS,
        ORDERS,
        st.tuples(st.just("free")),
        st.tuples(st.just("use"), st.booleans()),
        st.tuples(st.just("bring_back")),
        st.tuples(st.just("wait"), st.sampled_from([3, 59, 60, 840, 3_600])),
        st.tuples(st.just("work")),
    ),
    max_size=12,
)


@dataclass
class Model:
    """One voucher of one pot, two cups and a tin of tea, of which the set and the cups are counted."""

    now: datetime = FESTIVAL
    changed_at: datetime = FESTIVAL
    held_at: datetime = FESTIVAL
    order: str = ""
    until: datetime | None = None
    reserved: dict[str, int] = field(default_factory=dict)
    cups: int = CUPS
    rest: int = 2
    uses: list[tuple[int, int]] = field(default_factory=list)

    def hold(self, order: str, minutes: int) -> bool:
        if not self.cups and not self.rest:
            return False
        if self.until is not None and self.now >= self.until:
            self.free()
        until = self.now + timedelta(minutes=minutes)
        is_same = self.until is not None and order == self.order and self.changed_at <= self.held_at
        if is_same and self.until is not None and until < self.until + holding.ONE_PRESS:
            return True
        self.held_at = self.now
        self.order, self.until = order, max(until, self.until or until)
        is_out = any(cups or rest for cups, rest in self.uses)
        wanted = {"stock:tea": 0 if is_out else 1, "item:cup-ember": self.cups}
        self.reserved = {what: units for what, units in wanted.items() if units}
        return True

    def free(self) -> None:
        self.until, self.reserved = None, {}

    def use(self, one_cup: bool) -> tuple[int, int] | None:
        spent = (min(1, self.cups), 0) if one_cup else (self.cups, self.rest)
        if not any(spent):
            return None
        self.free()
        self.cups, self.rest, self.changed_at = self.cups - spent[0], self.rest - spent[1], self.now
        self.uses.append(spent)
        return spent

    def bring_back(self) -> int | None:
        seq = next((seq for seq, use in enumerate(self.uses) if any(use)), None)
        if seq is not None:
            self.cups, self.rest = self.cups + self.uses[seq][0], self.rest + self.uses[seq][1]
            self.uses[seq], self.changed_at = (0, 0), self.now
        return seq

    def work(self) -> None:
        if self.until is not None and self.now >= self.until:
            self.free()


@pytest.fixture
def engine_name() -> str:
    """The rules are the same on both engines; races have tests of their own."""
    return "sqlite"


@pytest.fixture
def live_url(engine_name: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The demo, of which France holds."""
    yield from a_copy(go_live_with_holds, engine_name, request, tmp_path)


def test_the_holds_of_a_voucher_are_those_of_the_model(installation: Installation, clock: Clock) -> None:
    with_holds(installation, market="de", stock={"tea": 10_000, "cup-ember": 10_000})
    batch = a_batch(
        installation, edition="double-11/de", placement="de-berlin-popup", bundle="tea", count=5_000
    )
    numbers = count(batch.first_number)

    @settings(
        max_examples=share_of(200),
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )
    @given(STEPS)
    def live(steps: list[tuple[Any, ...]]) -> None:
        number, model = next(numbers), Model()
        clock.at = model.now
        unlock(installation, batch, number, locale="de_DE")
        for step in steps:
            _take(installation, batch, number, clock, model, *step)
            _agree(installation, number, model)

    live()
    fold(installation)
    with installation.db.reading() as session:
        assert reconcile(session) == []


def _take(
    place: Installation, batch: Batch, number: int, clock: Clock, model: Model, what: str, *args: Any
) -> None:
    """One step, in the ledger and in the model."""
    caller = Caller(client="web", key="", body_hash="")
    match what:
        case "hold":
            with place.db.writing() as tx:
                made = holding.hold(
                    tx,
                    clock.at,
                    batch=batch,
                    number=number,
                    caller=caller,
                    order_ref=args[0],
                    minutes=args[1],
                )
            assert model.hold(*args) is not isinstance(made, Refused)
        case "free":
            with place.db.writing() as tx:
                assert holding.free(tx, clock.at, batch=batch, number=number, caller=caller) is (
                    model.until is not None
                )
            model.free()
        case "use":
            spent = model.use(*args)
            if spent is not None:
                key = f"use {len(model.uses)}"
                lines = (WantedLine("cup-ember", 1),) if args[0] else ()
                assert spend(place, batch, number, key=key, body=key, order_ref=key, lines=lines)
        case "bring_back":
            seq = model.bring_back()
            if seq is not None:
                assert take_back(place, batch, number, seq=seq + 1, key=f"back {seq}")
        case "wait":
            clock.at = model.now = model.now + timedelta(seconds=args[0])
        case "work":
            release_run_out(place, Event())
            model.work()


def _agree(place: Installation, number: int, model: Model) -> None:
    with place.db.reading() as session:
        state = finders.state_of(session, number)
        assert state is not None
        assert state.held_until == model.until
        assert taking.held_by(session, number) == model.reserved
        own = {"bucket": bucket_of(number), "number": number}
        begun, ended = (
            session.exec(select(func.count()).select_from(fact).filter_by(**own)).one()
            for fact in (Hold, Release)
        )
    assert begun - ended == (model.until is not None)
