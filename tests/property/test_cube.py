"""The cube equals the facts, whatever happens in whatever order, and however the folding is cut."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from omni.app import Installation
from omni.domain.batch import Batch
from omni.domain.counting import CellLevel
from omni.domain.cube import cell, day_number, day_of, quarter_of, quarter_start
from omni.domain.placement import Placement, Touchpoint
from omni.domain.record import Origin
from omni.domain.refusal import BadInput, Unknown
from omni.domain.visit import VisitKind
from omni.services.folding import fold_outbox
from omni.services.reconciling import reconcile
from omni.services.recounting import rebuild_cube
from omni.store.cube import contents, gather
from tests.support.codes import a_batch
from tests.support.installations import FESTIVAL, Clock
from tests.support.journeys import an_orphan, fold, scan, spend, take_back, unlock, unlock_poster
from tests.support.proofs import share_of

INSTANTS = st.integers(0, 15 * 365 * 86_400).map(
    lambda seconds: datetime(2020, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
)
ZONES = st.sampled_from(["Europe/Paris", "Asia/Tokyo", "America/New_York", "Asia/Kathmandu", "UTC"])


@dataclass(frozen=True)
class Street:
    """Two batches, a poster and a batch of tests, and a code picked among their few."""

    place: Installation
    personal: Batch
    poster: Batch
    tests: Batch
    pick: int

    @property
    def number(self) -> int:
        return self.personal.first_number + self.pick


def fold_a_few(street: Street) -> None:
    with street.place.db.writing() as tx:
        fold_outbox(tx, street.place.world.now(), limit=1 + street.pick)


def rebuild(street: Street) -> None:
    with street.place.db.writing() as tx:
        rebuild_cube(tx)


def spend_all(street: Street) -> None:
    spend(street.place, street.personal, street.number, key=f"all {street.pick}", order_ref="O-all")


def take_all_back(street: Street) -> None:
    with suppress(BadInput, Unknown):
        take_back(street.place, street.personal, street.number, key=f"back {street.pick}")


def take_money_back(street: Street) -> None:
    with suppress(BadInput, Unknown):
        take_back(street.place, street.personal, street.number, key="money", amount_minor=1 + street.pick)


def live_a_whole_life(street: Street) -> None:
    unlock(street.place, street.personal, street.number, key=f"tap {street.pick}")
    spend_all(street)
    take_money_back(street)
    take_all_back(street)


def spend_a_test(street: Street) -> None:
    unlock(street.place, street.tests, street.tests.first_number)
    spend(street.place, street.tests, street.tests.first_number)


STEPS: list[Callable[[Street], object]] = [
    lambda street: scan(street.place, street.personal, street.number),
    lambda street: scan(street.place, street.personal, street.number, kind=VisitKind.BOT, locale="en_GB"),
    lambda street: scan(street.place, street.poster, street.poster.first_number),
    lambda street: scan(street.place, street.tests, street.tests.first_number),
    lambda street: street.place.spool.append(an_orphan(street.place)),
    lambda street: unlock(street.place, street.personal, street.number, key=f"tap {street.pick}"),
    lambda street: unlock(street.place, street.personal, street.number, key="another"),
    lambda street: unlock_poster(street.place, street.poster, f"token {street.pick}"),
    spend_all,
    take_all_back,
    take_money_back,
    live_a_whole_life,
    spend_a_test,
    lambda street: fold(street.place),
    fold_a_few,
    rebuild,
]
JOURNEYS = st.lists(
    st.tuples(st.sampled_from(STEPS), st.integers(0, 2), st.integers(0, 5000)), min_size=5, max_size=40
)


@pytest.mark.proof
@settings(
    max_examples=share_of(150),
    # Shrinking would take minutes: every example is some dozen transactions on a real database.
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(steps=JOURNEYS)
def test_the_cube_equals_the_facts_after_any_journey(
    installation: Installation, clock: Clock, steps: list[tuple[Callable[[Street], object], int, int]]
) -> None:
    clock.at = FESTIVAL
    street = Street(
        installation,
        a_batch(installation, count=3),
        a_batch(installation, count=2, shared=True),
        a_batch(installation, count=1, origin=Origin.TEST),
        0,
    )
    for step, pick, seconds in steps:
        clock.at += timedelta(seconds=seconds)
        step(replace(street, pick=pick))
    with installation.db.reading() as session:
        assert reconcile(session) == [], "with what still waits added in thought"
    fold(installation)
    with installation.db.reading() as session:
        assert reconcile(session) == []
        folded = contents(session)
    rebuild(street)
    with installation.db.reading() as session:
        assert contents(session) == folded


@given(at=INSTANTS, zone=ZONES)
def test_a_cell_lies_in_the_quarter_hour_and_the_market_day_of_its_instant(at: datetime, zone: str) -> None:
    place = Placement(
        id=7,
        slug="p",
        market_id="fr",
        touchpoint=Touchpoint.RECEIPT,
        names={},
        store_slug="s",
        store_names={},
    )
    counted = cell("claim", at=at, zone=zone, edition_id=3, placement=place)
    start = quarter_start(counted["quarter"])
    assert start <= at < start + timedelta(minutes=15)
    assert quarter_of(start) == counted["quarter"]
    assert day_number(day_of(counted["day"])) == counted["day"]
    assert abs(datetime.combine(day_of(counted["day"]), at.timetz()) - at) < timedelta(days=2)


@given(
    st.lists(
        st.tuples(INSTANTS, st.sampled_from(["scan", "claim"]), st.integers(1, 9), st.integers(0, 900)),
        max_size=20,
    )
)
def test_every_level_holds_the_same_sums(facts: list[tuple[datetime, str, int, int]]) -> None:
    cells = [
        cell(kind, at=at, zone="Asia/Tokyo", edition_id=1, placement=None, n=n, amount_minor=amount)
        for at, kind, n, amount in facts
    ]
    sums = gather(cells)
    for level in CellLevel:
        held = [held for where, held in sums.items() if where.level is level]
        assert sum(held.n for held in held) == sum(fact[2] for fact in facts)
        assert sum(held.amount_minor for held in held) == sum(fact[3] for fact in facts)
