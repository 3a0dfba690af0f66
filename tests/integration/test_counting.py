"""The funnel: what was issued, scanned, unlocked, redeemed and reversed, by whatever it is split."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlmodel import func, select

from omni.app import Installation
from omni.domain.counting import CellLevel
from omni.domain.cube import quarter_of
from omni.domain.lag import LAG_KINDS, STEPS, lag_kind
from omni.domain.redemption import Reversal
from omni.domain.refusal import BadInput
from omni.domain.visit import VisitKind
from omni.services.counting import DIMENSIONS, Beside, Funnel, FunnelRow, Money, beside, funnel, lags
from omni.services.reconciling import reconcile
from omni.services.redeeming import Redeemed
from omni.services.reversing import Reversed
from omni.store.cube import contents, drop_quarters
from tests.support.codes import a_batch
from tests.support.commands import Omni
from tests.support.installations import FESTIVAL, Clock
from tests.support.journeys import an_orphan, fold, scan, spend, take_back, unlock, unlock_poster


def split(place: Installation, *by: str, **asked: Any) -> Funnel:
    with place.db.reading() as session:
        return funnel(session, campaign="double-11", by=by, now=place.world.now(), **asked)


def numbers(row: FunnelRow) -> tuple[int, int, int, int, int]:
    return (row.issued, row.scanned, row.unlocked, row.redeemed, row.reversed)


@pytest.fixture
def lived_in(installation: Installation) -> Installation:
    """Ten codes in Paris: three scanned, two unlocked, one redeemed and partly reversed. A Tokyo poster."""
    batch = a_batch(installation)
    first = batch.first_number
    for number in (first, first, first + 1, first + 2):
        scan(installation, batch, number)
    scan(installation, batch, first, kind=VisitKind.BOT)
    installation.spool.append(an_orphan(installation))
    unlock(installation, batch, first)
    unlock(installation, batch, first + 1)
    assert isinstance(spend(installation, batch, first), Redeemed)
    assert isinstance(take_back(installation, batch, first, amount_minor=100), Reversed)
    assert isinstance(take_back(installation, batch, first, key="r2", amount_minor=50), Reversed)
    poster = a_batch(installation, edition="double-11/jp", placement="jp-tokyo-screen", count=20, shared=True)
    scan(installation, poster, poster.first_number, locale="ja_JP")
    scan(installation, poster, poster.first_number, locale="ja_JP")
    unlock_poster(installation, poster, "one", locale="ja_JP")
    fold(installation)
    return installation


def test_the_funnel_by_market(lived_in: Installation) -> None:
    found = split(lived_in, "market")
    assert found.as_of == FESTIVAL
    assert [(row.keys, numbers(row)) for row in found.rows] == [
        ({"market": "fr"}, (10, 3, 2, 1, 1)),
        ({"market": "jp"}, (1, 2, 1, 0, 0)),
    ]


def test_money_is_kept_apart_by_currency(lived_in: Installation) -> None:
    (whole,) = split(lived_in, with_money=True).rows
    assert set(whole.money) == {"EUR"}
    euros = whole.money["EUR"]
    with lived_in.db.reading() as session:
        ended = session.exec(select(func.sum(Reversal.benefit_minor))).one()
    assert euros == Money(orders_minor=200_000, benefit_minor=euros.benefit_minor, reversed_minor=int(ended))
    assert euros.benefit_minor > 0
    by_market = {row.keys["market"]: row.money for row in split(lived_in, "market", with_money=True).rows}
    assert by_market == {"fr": {"EUR": euros}, "jp": {}}
    assert all(not row.money for row in split(lived_in, "market").rows), "nobody asked"


@pytest.mark.parametrize("dimension", DIMENSIONS)
def test_every_split_sums_to_the_whole(lived_in: Installation, dimension: str) -> None:
    (whole,) = split(lived_in).rows
    rows = split(lived_in, dimension).rows
    assert tuple(map(sum, zip(*map(numbers, rows), strict=True))) == numbers(whole)
    assert all(list(row.keys) == [dimension] for row in rows)


def test_a_split_by_several_dimensions_is_sorted_and_named(lived_in: Installation) -> None:
    keys = [row.keys for row in split(lived_in, "edition", "placement", "touchpoint", "day").rows]
    assert keys == [
        {
            "edition": "double-11/fr",
            "placement": "fr-paris-popup",
            "touchpoint": "pop-up",
            "day": "2026-11-11",
        },
        {
            "edition": "double-11/jp",
            "placement": "jp-tokyo-screen",
            "touchpoint": "screen",
            "day": "2026-11-11",
        },
    ]


def test_a_day_is_the_markets_own(installation: Installation, clock: Clock) -> None:
    clock.at = datetime(2026, 11, 10, 15, 30, tzinfo=UTC)
    for edition, placement in (
        ("double-11/jp", "jp-tokyo-popup"),
        ("double-11/us", "us-new-york-popup"),
    ):
        a_batch(installation, edition=edition, placement=placement)
    fold(installation)
    days = {row.keys["market"]: row.keys["day"] for row in split(installation, "market", "day").rows}
    assert days == {"jp": "2026-11-11", "us": "2026-11-10"}


def test_first_and_last_day_are_inclusive(lived_in: Installation, clock: Clock) -> None:
    clock.at = datetime(2026, 11, 12, 12, tzinfo=UTC)
    a_batch(lived_in)
    fold(lived_in)
    eleventh, twelfth = date(2026, 11, 11), date(2026, 11, 12)

    def issued(**days: date) -> int:
        return sum(row.issued for row in split(lived_in, **days).rows)

    assert issued(from_on=eleventh, to_on=eleventh) == 11
    assert issued(from_on=twelfth) == 10
    assert issued(to_on=twelfth) == 21
    assert issued(to_on=date(2026, 11, 10)) == 0


def test_first_uses_are_counted_by_how_long_they_took(installation: Installation, clock: Clock) -> None:
    batch = a_batch(installation)
    numbers = list(range(batch.first_number, batch.first_number + 3))
    for number in numbers:
        unlock(installation, batch, number, key=str(number))
    for number, later in zip(
        numbers, (timedelta(minutes=10), timedelta(hours=5), timedelta(days=6)), strict=True
    ):
        clock.at = FESTIVAL + later
        spend(installation, batch, number, key=str(number), order_ref=str(number))
        take_back(installation, batch, number, key=f"back {number}")
        spend(installation, batch, number, key=f"again {number}", order_ref=f"again {number}")
    fold(installation)
    with installation.db.reading() as session:
        assert lags(session, campaign="double-11") == (1, 0, 1, 0, 0, 1, 0, 0)
        assert lags(session, campaign="double-11", to_on=date(2026, 11, 11)) == (1, 0, 1, 0, 0, 0, 0, 0)
        assert lags(session, campaign="double-11", markets=["jp"]) == (0,) * 8
        assert reconcile(session) == []


def test_how_soon_offers_were_used_is_told_in_steps(
    installation: Installation, omni_beside: Omni, clock: Clock
) -> None:
    batch = a_batch(installation)
    unlock(installation, batch, batch.first_number)
    clock.at += timedelta(minutes=11)
    spend(installation, batch, batch.first_number)
    assert "first use" not in omni_beside("stats", "double-11").out
    fold(installation)
    said = omni_beside("stats", "double-11").out.splitlines()[-1]
    assert said == "From the unlock to the first use: 1 (100%) 10 minutes – 1 hour."
    told = json.loads(omni_beside("stats", "double-11", "--as", "json").out)["first_uses"]
    assert {kind: n for kind, n in told.items() if n} == {"redeem-lag-3600": 1}


@pytest.mark.parametrize("step", range(len(STEPS)))
def test_a_step_ends_with_its_last_instant(step: int) -> None:
    assert lag_kind(STEPS[step]) == LAG_KINDS[step]
    assert lag_kind(STEPS[step] + timedelta(microseconds=1)) == LAG_KINDS[step + 1]
    assert lag_kind(-STEPS[step]) == LAG_KINDS[0]


def test_machines_and_orphans_stand_beside(lived_in: Installation) -> None:
    with lived_in.db.reading() as session:
        assert beside(session, campaign="double-11") == Beside(repeats=1, bots=1, prefetches=0, orphans=1)


def test_only_the_markets_asked_about_are_counted(lived_in: Installation) -> None:
    assert [row.keys for row in split(lived_in, "market", markets=["jp", "us"]).rows] == [{"market": "jp"}]
    assert split(lived_in, markets=[]).rows == []


def test_old_quarter_hours_are_dropped_and_nothing_else_is(lived_in: Installation, clock: Clock) -> None:
    clock.at += timedelta(minutes=15)
    a_batch(lived_in)
    fold(lived_in)
    with lived_in.db.writing() as tx:
        before, now = contents(tx), quarter_of(clock.at)
        old = {where for where in before if where.level is CellLevel.QUARTER and where.time < now}
        assert 0 in {where.edition_id for where in old}, "orphans are among them"
        assert drop_quarters(tx, now) == len(old)
        assert contents(tx) == {where: held for where, held in before.items() if where not in old}


@pytest.mark.parametrize(
    "wrong,where",
    [
        ({"by": ("weather",)}, "market, edition, placement, touchpoint, locale, variant, day"),
        ({"by": ("day", "day")}, "each once"),
        ({"campaign": "single-10"}, "there is double-11"),
        ({"from_on": date(2026, 11, 12), "to_on": date(2026, 11, 11)}, "first day"),
    ],
)
def test_what_cannot_be_counted_says_what_can(
    installation: Installation, wrong: dict[str, object], where: str
) -> None:
    with installation.db.reading() as session, pytest.raises(BadInput, match=where):
        funnel(session, **{"campaign": "double-11", **wrong})
