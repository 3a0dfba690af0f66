"""The database itself refuses to change or delete a live fact, whoever asks."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.exc import DBAPIError
from sqlmodel import SQLModel

from omni.app import Installation
from omni.domain.batch import Recall
from omni.domain.campaign import EditionRevision
from omni.domain.claim import Claim, Hold, Release
from omni.domain.price import Price
from omni.domain.print_run import PrintRun
from omni.domain.receipt import Receipt
from omni.domain.record import Origin
from omni.domain.redemption import Redemption, RedemptionLine, Reversal, ReversalLine
from omni.domain.terms import TermsVersion
from omni.services import issuing, printing
from omni.store.rows import table_of
from tests.support.codes import a_batch
from tests.support.journeys import spend, take_back, unlock

# What erasure may blank; everything else of a fact is final.
PERSONAL = {
    Receipt: {"member_hash", "receipt_hash"},
    Redemption: {"shopper_hash"},
}
OF_CODES = (Receipt, Claim, Hold, Release, Redemption, RedemptionLine, Reversal, ReversalLine)
LEAVES = (Receipt, Release, RedemptionLine, ReversalLine)
OF_EDITIONS = (Price, EditionRevision, TermsVersion, PrintRun, Recall)


class Undo(Exception):
    pass


@pytest.fixture
def lived_in(installation: Installation) -> Installation:
    """One fact of every kind, live and test."""
    now = installation.world.now()
    for origin in (Origin.LIVE, Origin.TEST):
        batch = a_batch(installation, origin=origin)
        number = batch.first_number
        unlock(installation, batch, number)
        spend(installation, batch, number, shopper_hash="s" * 64)
        take_back(installation, batch, number)
        key = {"bucket": number % 1024, "number": number, "origin": origin}
        with installation.db.writing() as tx:
            tx.add(
                Receipt(
                    **key,
                    batch_id=batch.id,
                    placement_id=batch.placement_id,
                    receipt_hash=f"{number:064}",
                    member_hash="m" * 64,
                    total_minor=5,
                    currency="EUR",
                    why="every receipt",
                    printed_at=now,
                    recorded_at=now,
                    client="pos",
                )
            )
            tx.add(Hold(**key, seq=1, order_ref="O-1", client="shop", held_at=now, until=now))
            tx.flush()
            tx.add(Release(**key, seq=1, reason="freed", released_at=now))
            printing.record_run(
                tx,
                now,
                batch=batch,
                first_number=number,
                copies=1,
                form="pdf",
                layout="a4",
                price_minor=1,
                currency="EUR",
                by="t",
            )
            issuing.recall(tx, now, batch_id=batch.id or 0, first=2, count=1, reason="misprint", by="t")
    return installation


def is_refused(place: Installation, statement: Any) -> bool:
    """Whether the database refuses a statement that would change something; undone either way."""
    try:
        with suppress(Undo), place.db.writing() as tx:
            assert tx.connection().execute(statement).rowcount > 0, "nothing there to try it on"
            raise Undo
    except DBAPIError as refusal:
        if "facts are final" in str(refusal):
            return True
        raise
    return False


def free_columns(place: Installation, kind: type[SQLModel]) -> set[str]:
    """The columns of a fact that may be written to, even if only with what stands there."""
    table = table_of(kind)
    with place.db.reading() as session:
        row = session.connection().execute(select(table)).mappings().first()
    assert row is not None, f"no {table.name} to try it on"
    return {name for name in row if not is_refused(place, update(table).values({name: row[name]}))}


def can_be_deleted(place: Installation, kind: type[SQLModel], origin: Origin) -> bool:
    table = table_of(kind)
    return not is_refused(place, delete(table).where(table.c.origin == origin))


def test_no_column_of_a_fact_can_be_changed_but_the_personal_ones(lived_in: Installation) -> None:
    free = {kind: free_columns(lived_in, kind) for kind in (*OF_CODES, *OF_EDITIONS)}
    assert {kind: names for kind, names in free.items() if names} == PERSONAL


def test_a_live_fact_cannot_be_deleted(lived_in: Installation) -> None:
    assert [kind for kind in OF_CODES if can_be_deleted(lived_in, kind, Origin.LIVE)] == []


def test_a_test_fact_can_be_deleted_children_before_parents(lived_in: Installation) -> None:
    assert [kind for kind in LEAVES if not can_be_deleted(lived_in, kind, Origin.TEST)] == []


def test_what_was_published_printed_or_recalled_cannot_be_deleted(lived_in: Installation) -> None:
    assert [kind for kind in OF_EDITIONS if not is_refused(lived_in, delete(table_of(kind)))] == []


def test_erasing_a_person_keeps_the_fact(lived_in: Installation) -> None:
    with lived_in.db.writing() as tx:
        tx.connection().execute(update(table_of(Receipt)).values(member_hash=None))
        tx.connection().execute(update(table_of(Redemption)).values(shopper_hash=None))
    with lived_in.db.reading() as session:
        assert set(session.connection().execute(select(table_of(Receipt).c.member_hash)).scalars()) == {None}
