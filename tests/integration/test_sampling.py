"""The demo's invented past: believable, the same every time, within every rule, and gone without a trace."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlmodel import SQLModel, func, select

from omni.app import Installation
from omni.domain.batch import Batch, NumberAllocator
from omni.domain.claim import Claim
from omni.domain.counting import Cell, Scan
from omni.domain.record import Origin
from omni.domain.redemption import Redemption, Reversal
from omni.domain.refusal import Reason, Refused
from omni.domain.window import midnight
from omni.services import sampling
from omni.services.counting import Funnel, funnel
from omni.services.reconciling import reconcile
from omni.store import finders
from omni.store.cube import contents
from omni.store.tables import METADATA
from tests.support.codes import a_batch
from tests.support.installations import Clock, demo_file
from tests.support.journeys import fold, scan, spend, unlock

AFTERWARDS = datetime(2026, 12, 1, 12, tzinfo=UTC)
FACTS: tuple[type[SQLModel], ...] = (Scan, Claim, Redemption, Reversal)


@pytest.fixture
def is_everywhere() -> bool:
    return True


@pytest.fixture
def december(installation: Installation, clock: Clock) -> Installation:
    """The demo campaign a month after it opened."""
    clock.at = AFTERWARDS
    return installation


def load(place: Installation, **changed: int) -> int:
    with place.db.writing() as tx:
        return sampling.load_samples(tx, place.world.now(), **changed)


def remove(place: Installation) -> None:
    with place.db.writing() as tx:
        sampling.remove_samples(tx)


def by_market(place: Installation) -> Funnel:
    with place.db.reading() as session:
        return funnel(session, campaign="double-11")


def discrepancies(place: Installation) -> list[object]:
    with place.db.reading() as session:
        return list(reconcile(session))


def rows_by_table(place: Installation) -> dict[str, int]:
    with place.db.reading() as session:
        return {
            table.name: session.exec(select(func.count()).select_from(table)).one()
            for table in METADATA.sorted_tables
        }


def test_about_five_thousand_facts_obey_every_rule(december: Installation) -> None:
    number = load(december)
    assert 4_500 <= number <= 5_500
    assert discrepancies(december) == []
    rows = by_market(december).rows
    assert [row.keys["market"] for row in rows] == sorted(demo_file().markets)
    for row in rows:
        assert row.issued > row.unlocked > row.redeemed > row.reversed >= 0
        assert row.scanned > row.unlocked
    assert len({round(row.redeemed / row.issued, 2) for row in rows}) > 9


def test_nothing_happens_outside_the_editions_days_or_after_now(december: Installation) -> None:
    load(december, facts=1_000)
    with december.db.reading() as session:
        for edition_id, earliest, latest in session.exec(
            select(Scan.edition_id, func.min(Scan.scanned_at), func.max(Scan.scanned_at)).group_by(
                Scan.edition_id
            )
        ):
            edition = finders.edition_of(session, edition_id)
            market = finders.market_of(session, edition.market_id)
            assert midnight(edition.opens_on, market.time_zone) <= earliest <= latest < AFTERWARDS
        for made, redeemed, reversed_at in session.exec(
            select(Claim.claimed_at, Redemption.redeemed_at, Reversal.reversed_at)
            .join(Redemption, (Redemption.bucket == Claim.bucket) & (Redemption.number == Claim.number))
            .join(Reversal, (Reversal.bucket == Claim.bucket) & (Reversal.number == Claim.number))
        ):
            assert made < redeemed < reversed_at < AFTERWARDS


def test_the_same_seed_tells_the_same_past_and_another_seed_another(december: Installation) -> None:
    def told(**changed: int) -> dict[object, object]:
        load(december, facts=600, **changed)
        with december.db.reading() as session:
            past = contents(session)
        remove(december)
        return dict(past)

    assert told() == told() != told(seed=12)


def test_loading_twice_loads_once(december: Installation) -> None:
    assert load(december, facts=300) > 0
    assert load(december, facts=300) == 0


def test_before_the_first_day_there_is_no_past(installation: Installation, clock: Clock) -> None:
    clock.at = datetime(2026, 10, 31, 10, tzinfo=UTC)
    assert load(installation) == 0
    with installation.db.reading() as session:
        assert not sampling.has_samples(session)


def test_removing_samples_leaves_what_people_did(december: Installation) -> None:
    batch = a_batch(december)
    scan(december, batch, batch.first_number)
    unlock(december, batch, batch.first_number)
    fold(december)
    before, cube_before = rows_by_table(december), cells(december)
    load(december, facts=600)
    spend(december, batch, batch.first_number)
    assert discrepancies(december) == []
    remove(december)
    assert discrepancies(december) == []
    gone = {**rows_by_table(december)}
    spent = ("redemption", "redemption_line", "first_answer", "outbox", "cube")
    assert {name: n for name, n in gone.items() if name not in spent} == {
        name: n for name, n in before.items() if name not in spent
    }
    after = cells(december)
    assert {where: after[where] for where in cube_before} == cube_before


def cells(place: Installation) -> dict[object, object]:
    with place.db.reading() as session:
        return dict(contents(session))


def test_a_shop_never_meets_a_sample(december: Installation) -> None:
    load(december, facts=300)
    with december.db.reading() as session:
        claim = session.exec(select(Claim)).first()
        batch = session.get_one(Batch, claim.batch_id)
    refused = spend(december, batch, claim.number, origin=Origin.LIVE)
    assert isinstance(refused, Refused)
    assert refused.reason is Reason.TEST_LIVE_MISMATCH


def test_numbers_of_removed_samples_are_never_given_out_again(december: Installation) -> None:
    load(december, facts=300)
    with december.db.reading() as session:
        allocated = session.exec(select(NumberAllocator.next_number)).one()
    remove(december)
    assert a_batch(december).first_number == allocated


def test_samples_are_marked(december: Installation) -> None:
    load(december, facts=300)
    with december.db.reading() as session:
        for kind in FACTS:
            assert set(session.exec(select(kind.origin)).all()) <= {Origin.SAMPLE}
        assert session.exec(select(func.count()).select_from(Cell)).one() > 0
        assert {batch.host for batch in session.exec(select(Batch))} == {sampling.HOST}
