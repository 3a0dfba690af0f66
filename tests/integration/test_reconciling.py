"""Reconciling: all is well after any journey, and whatever is changed behind our back is found by name."""

from __future__ import annotations

from contextlib import suppress

import pytest
from sqlalchemy import text

from omni.app import Installation
from omni.domain.record import Origin
from omni.domain.refusal import Refused
from omni.domain.scarcity import stock_of
from omni.domain.visit import VisitKind
from omni.services import printing, receipting
from omni.services.claiming import Claimed
from omni.services.receipting import Purchase
from omni.services.reconciling import discrepancies, not_yet_folded, reconcile
from omni.services.recounting import rebuild_cube
from omni.store import counters, finders
from omni.store.cube import contents
from tests.support.codes import SEAL, a_batch
from tests.support.journeys import an_orphan, fold, scan, spend, take_back, unlock, unlock_poster

# A change behind our back, and what it is found as.
CHANGES = {
    "UPDATE cube SET n = n + 1 WHERE kind = 'claim'": {"cube claim"},
    "UPDATE cube SET amount_minor = 0 WHERE kind = 'redeem'": {"cube redeem"},
    "DELETE FROM cube WHERE kind = 'issued'": {"cube issued"},
    "DELETE FROM cube WHERE level = 'quarter' AND kind = 'printed'": {"cube printed"},
    "UPDATE cube SET locale = 'fr' WHERE kind = 'reverse'": {"cube reverse"},
    "DELETE FROM scan WHERE kind = 'scan-bot'": {"cube scan-bot"},
    "DELETE FROM orphan_scan": {"cube orphan"},
    "DELETE FROM scan WHERE kind = 'scan-repeat'": {"cube scan", "cube scan-repeat"},
    "DELETE FROM scan WHERE kind = 'scan-first'": {
        "cube scan",
        "cube scan-first",
        "first scan of a code",
    },
    "DELETE FROM scan WHERE kind = 'scan-shared'": {"cube scan", "cube scan-shared"},
    "DELETE FROM seen": {"codes seen"},
    "UPDATE refusal_count SET n = n + 1": {"cube refused-already-claimed"},
    "UPDATE entitlement SET used = used - 1, given_back = 0 WHERE used > 0": {
        "units spent",
        "units given back",
        "phase of a code",
    },
    "UPDATE entitlement SET given_back = given_back - 1 WHERE given_back > 0": {
        "units given back",
        "phase of a code",
    },
    "UPDATE code_state SET redemptions = redemptions + 1 WHERE redemptions > 0": {"number of redemptions"},
    "UPDATE code_state SET phase = 'open' WHERE phase = 'claimed'": {"phase of a code"},
    "UPDATE code_state SET phase = 'claimed' WHERE phase = 'redeemed'": {"phase of a code"},
    "UPDATE counter SET remaining = remaining - 1 WHERE what LIKE 'serves:%' AND remaining > 0": {
        "taken of serves"
    },
    "UPDATE counter SET remaining = remaining - 1 WHERE what LIKE 'stock:%' AND remaining > 0": {
        "taken of stock"
    },
    "UPDATE counter SET granted = granted + 1 WHERE what LIKE 'stock:%'": {"taken of stock"},
    "UPDATE counter_move SET amount = amount + 1 WHERE what LIKE 'stock:%'": {"taken of stock"},
    "DELETE FROM counter_move WHERE what LIKE 'serves:%'": {"taken of serves"},
    "UPDATE code_state SET held_until = '2027-01-01 00:00:00+00:00'": {"end of a hold"},
    "UPDATE code_state SET extended_until = '2027-01-01 00:00:00+00:00'": {"extension of a claim"},
    "UPDATE claim SET price_minor = price_minor + 1": {"cube claim"},
    "UPDATE redemption SET order_total_minor = 1": {"cube redeem"},
    "UPDATE redemption SET benefit_minor = benefit_minor + 1": {"cube benefit", "benefit of a redemption"},
    "UPDATE redemption_line SET quantity = quantity + 1": {"units spent"},
    "UPDATE reversal SET benefit_minor = benefit_minor + 1": {"cube reverse", "benefit of a reversal"},
    "UPDATE reversal SET refund_minor = refund_minor + 1": {"refund of a reversal"},
    "UPDATE reversal_line SET benefit_minor = 1000000": {
        "benefit of a reversal",
        "benefit taken back of a redemption",
    },
    "UPDATE receipt SET recorded_at = '2026-11-10 10:00:00+00:00'": {"cube issued"},
    "UPDATE print_run SET copies = copies + 1": {"cube printed"},
}


@pytest.fixture
def lived_in(installation: Installation) -> Installation:
    """An installation where everything that is counted has happened."""
    personal = a_batch(installation)
    first = personal.first_number
    for number in (first, first, first + 1):
        scan(installation, personal, number)
    scan(installation, personal, first, kind=VisitKind.BOT)
    scan(installation, personal, first, kind=VisitKind.PREFETCH)
    installation.spool.append(an_orphan(installation))
    for number in (first, first + 1):
        unlock(installation, personal, number)
        spend(installation, personal, number)
    assert isinstance(unlock(installation, personal, first, key="another"), Refused)
    take_back(installation, personal, first)
    poster = a_batch(installation, count=20, shared=True)
    scan(installation, poster, poster.first_number)
    unlock_poster(installation, poster, "one")
    limited = a_batch(installation, edition="double-11/jp", placement="jp-tokyo-popup", bundle="ski")
    assert isinstance(unlock(installation, limited, limited.first_number, locale="ja_JP"), Claimed)
    record_print_and_receipt(installation)
    fold(installation)
    return installation


def record_print_and_receipt(place: Installation) -> None:
    now = place.world.now()
    with place.db.writing() as tx:
        till = finders.placement_by_slug(tx, "fr-paris-till-1")
        market = finders.market_of(tx, "fr")
        code = receipting.code_for(
            tx,
            now,
            placement=till,
            purchase=Purchase(hashes=("h1",), has_number=True, total_minor=1200),
            origin=Origin.LIVE,
            seals={market.id: SEAL},
            client="pos",
        )
        assert not isinstance(code, Refused)
        printing.record_run(
            tx,
            now,
            batch=code.batch,
            first_number=code.number,
            copies=1,
            form="escpos",
            layout=None,
            price_minor=100,
            currency="EUR",
            by="tests",
        )


def without_triggers(place: Installation) -> None:
    """What somebody with a database shell would do first."""
    with place.db.migrating() as engine, engine.connect() as connection:
        if place.db.is_sqlite:
            triggers = connection.execute(
                text("SELECT name FROM sqlite_master WHERE type = 'trigger'")
            ).scalars()
            statements = [f"DROP TRIGGER {name}" for name in triggers]
        else:
            tables = text("SELECT DISTINCT event_object_table FROM information_schema.triggers")
            names = connection.execute(tables).scalars()
            statements = [f'ALTER TABLE "{name}" DISABLE TRIGGER USER' for name in names]
        for statement in statements:
            connection.execute(text(statement))
        connection.commit()


def found_after(place: Installation, change: str) -> set[str]:
    """What is found after a change, which is then undone."""

    class Undo(Exception):
        pass

    found = []
    with suppress(Undo), place.db.writing() as tx:
        assert tx.connection().execute(text(change)).rowcount > 0, change
        found = list(discrepancies(tx))
        raise Undo
    assert all(one.expected != one.found and one.where for one in found)
    return {one.what.partition(":")[0] for one in found}


def found_in(place: Installation) -> list[object]:
    with place.db.reading() as session:
        return list(reconcile(session))


def test_all_is_well_after_everything_happened(lived_in: Installation) -> None:
    assert found_in(lived_in) == []


def test_whatever_is_changed_behind_our_back_is_found_by_name(lived_in: Installation) -> None:
    without_triggers(lived_in)
    assert {change: found_after(lived_in, change) for change in CHANGES} == CHANGES
    assert found_in(lived_in) == []


def test_a_discrepancy_says_where(lived_in: Installation) -> None:
    with lived_in.db.writing() as tx:
        tx.connection().execute(text("UPDATE cube SET n = n + 1 WHERE kind = 'issued' AND level = 'day'"))
    where = [one.where for one in found_in(lived_in)]
    assert "double-11/fr fr-paris-till-1 on 2026-11-11" in where


def test_what_waits_is_no_discrepancy_and_is_said(lived_in: Installation) -> None:
    batch = a_batch(lived_in)
    scan(lived_in, batch, batch.first_number)
    assert found_in(lived_in) == []
    folder = lived_in.settings.data_dir / "spool"
    with lived_in.db.reading() as session:
        waiting = not_yet_folded(session, folder)
    assert waiting.messages == 1
    assert waiting.spool_bytes > 0
    fold(lived_in)
    with lived_in.db.reading() as session:
        waiting = not_yet_folded(session, folder)
    assert (waiting.messages, waiting.spool_bytes) == (0, 0)


def test_a_cube_counted_anew_is_the_folded_cube(lived_in: Installation) -> None:
    with lived_in.db.reading() as session:
        folded = contents(session)
    with lived_in.db.writing() as tx:
        rebuild_cube(tx)
    with lived_in.db.reading() as session:
        assert contents(session) == folded


def test_counting_anew_does_not_count_what_waits_twice(lived_in: Installation) -> None:
    a_batch(lived_in)
    with lived_in.db.writing() as tx:
        rebuild_cube(tx)
    assert fold(lived_in) == 0
    assert found_in(lived_in) == []


def test_claims_from_before_stock_was_counted_took_none(installation: Installation) -> None:
    batch = a_batch(installation)
    unlock(installation, batch, batch.first_number)
    with installation.db.writing() as tx:
        edition = finders.edition_by_key(tx, "double-11/fr")
        slug = finders.published(tx, edition).bundle(batch.bundle_id).slug
        counters.grant(tx, edition.id or 0, stock_of(slug), 5)
    assert found_in(installation) == []
