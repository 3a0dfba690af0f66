"""Migrations lead from nothing to today's schema, which is exactly that of the models, CHECKs included."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, create_engine, text

from omni.app import Installation
from omni.domain.counting import CellLevel
from omni.domain.lag import LAG_KINDS
from omni.services.reconciling import reconcile
from omni.store.engine import Database
from omni.store.schema import is_current, standing, upgrade
from omni.store.tables import METADATA
from tests.support.codes import a_batch
from tests.support.installations import Clock
from tests.support.journeys import fold, spend, unlock

# Every constraint and index PostgreSQL knows, in its own words, and what a table is partitioned by. The
# partitions themselves come and go with the months and are like their parent.
_POSTGRES_DEFINITIONS = """
    WITH partition AS (SELECT inhrelid FROM pg_inherits)
    SELECT conrelid::regclass || '.' || conname, pg_get_constraintdef(oid)
    FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND conrelid <> 0
    AND conrelid NOT IN (SELECT inhrelid FROM partition)
    UNION ALL
    SELECT tablename || '.' || indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'
    AND to_regclass(quote_ident(tablename)) NOT IN (SELECT inhrelid FROM partition)
    UNION ALL
    SELECT table_name || '.' || column_name,
           data_type || coalesce(character_maximum_length::text, '') || ' null ' || is_nullable
    FROM information_schema.columns WHERE table_schema = 'public'
    AND to_regclass(quote_ident(table_name)) NOT IN (SELECT inhrelid FROM partition)
    UNION ALL
    SELECT partrelid::regclass || ' by', pg_get_partkeydef(partrelid) FROM pg_partitioned_table
"""
_SQLITE_DEFINITIONS = (
    "SELECT name, sql FROM sqlite_master WHERE type IN ('table', 'index') AND sql IS NOT NULL"
)


_A_SCAN = """
    INSERT INTO scan (bucket, number, scanned_at, spool_id, position, batch_id, edition_id, placement_id,
                      revision, touchpoint, variant, arm, locale, kind, device, is_shared, origin)
    VALUES (:number, :number, :at, 'm/f', 0, 1, 1, 1, 1, '', '', '', '', 'scan-bot', 'bot', false, 'live')
"""


@pytest.fixture
def empty(engine_url: str) -> Iterator[Database]:
    """A database without a single table."""
    opened = Database(engine_url)
    yield opened
    opened.close()


def definitions(engine: Engine) -> dict[str, list[str]]:
    """Everything the database says about its schema; the order of a table's constraints is no matter."""
    with engine.connect() as connection:
        statement = _SQLITE_DEFINITIONS if engine.dialect.name == "sqlite" else _POSTGRES_DEFINITIONS
        rows = connection.execute(text(statement)).all()
    return {
        # SQLite puts the name of a table it rebuilt in quotation marks.
        name: sorted(re.sub(r"[\s\"]+", " ", line).strip(" ,") for line in said.splitlines())
        for name, said in rows
        if not name.startswith("alembic_version")
    }


def of_the_models(url: str, engine_name: str, tmp_path: Path) -> dict[str, list[str]]:
    """The same, when the models themselves make the tables."""
    if engine_name == "sqlite":
        engine = create_engine(f"sqlite:///{tmp_path / 'models.db'}")
    else:
        engine = create_engine(url)
        with engine.begin() as connection:
            connection.execute(text("DROP SCHEMA public CASCADE"))
            connection.execute(text("CREATE SCHEMA public"))
    METADATA.create_all(engine)
    try:
        return definitions(engine)
    finally:
        engine.dispose()


def test_migrations_lead_from_nothing_to_the_newest_schema(empty: Database) -> None:
    assert standing(empty)[0] is None
    upgrade(empty)
    current, newest = standing(empty)
    assert current == newest != ""
    assert is_current(empty)


def test_upgrading_again_changes_nothing(empty: Database) -> None:
    upgrade(empty)
    with empty.migrating() as engine:
        before = definitions(engine)
    upgrade(empty)
    with empty.migrating() as engine:
        assert definitions(engine) == before


def test_migrations_make_what_the_models_say_checks_included(
    database: Database, migrated_url: str, engine_name: str, tmp_path: Path
) -> None:
    with database.migrating() as engine:
        migrated = definitions(engine)
    database.close()
    expected = of_the_models(migrated_url, engine_name, tmp_path)
    assert {name: said for name, said in migrated.items() if expected.get(name) != said} == {}
    assert expected.keys() == migrated.keys()


def test_alembic_finds_nothing_to_add(database: Database) -> None:
    def is_no_partition(name: str | None, kind: str, _parents: object) -> bool:
        return kind != "table" or not re.fullmatch(r"scan_(\d{6}|default)", name or "")

    with database.migrating() as engine, engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_name": is_no_partition})
        assert compare_metadata(context, METADATA) == []


def test_scans_of_before_lie_in_the_partition_of_their_month_and_none_is_lost(empty: Database) -> None:
    instants = ["2026-10-31 23:59:59.999", "2026-11-01 00:00:00", "2026-11-11 10:00:00"]
    upgrade(empty, "0004")
    with empty.migrating() as engine, engine.begin() as connection:
        for number, at in enumerate(instants):
            connection.execute(text(_A_SCAN), {"number": number, "at": at})
    upgrade(empty)
    with empty.migrating() as engine, engine.connect() as connection:
        where = "'scan'" if empty.is_sqlite else "tableoid::regclass::text"
        found = connection.execute(text(f"SELECT {where}, number FROM scan ORDER BY number")).all()
    if empty.is_sqlite:
        assert found == [("scan", 0), ("scan", 1), ("scan", 2)]
    else:
        assert found == [("scan_202610", 0), ("scan_202611", 1), ("scan_202611", 2)]


def test_first_uses_of_before_are_counted_by_how_long_they_took(
    installation: Installation, clock: Clock
) -> None:
    batch = a_batch(installation)
    for index in range(3):
        unlock(installation, batch, batch.first_number + index, key=str(index))
        clock.at += timedelta(hours=index)
        spend(installation, batch, batch.first_number + index, key=str(index), order_ref=str(index))
    fold(installation)
    with installation.db.migrating() as engine, engine.begin() as connection:
        forgotten = connection.execute(text("DELETE FROM cube WHERE kind LIKE 'redeem-lag-%'"))
        connection.execute(text("UPDATE alembic_version SET version_num = '0006'"))
    assert forgotten.rowcount == 3 * len(CellLevel)
    with installation.db.reading() as session:
        assert {found.what for found in reconcile(session)} == {f"cube {kind}" for kind in LAG_KINDS[:3]}
    upgrade(installation.db)
    with installation.db.reading() as session:
        assert reconcile(session) == []


def test_every_check_has_a_name_of_its_own(database: Database) -> None:
    with database.migrating() as engine:
        said = definitions(engine)
    lines = [line for name, lines in said.items() for line in lines if "CHECK" in line]
    if database.is_sqlite:
        assert [line for line in lines if not line.startswith("CONSTRAINT ck_")] == []
    else:
        names = [name.partition(".")[2] for name, lines in said.items() if lines[0].startswith("CHECK")]
        assert [name for name in names if not name.startswith("ck_")] == []
    assert len(lines) > 20


def test_facts_are_guarded_on_both_engines(database: Database) -> None:
    with database.migrating() as engine, engine.connect() as connection:
        statement = (
            "SELECT name FROM sqlite_master WHERE type = 'trigger'"
            if database.is_sqlite
            else "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal"
        )
        triggers = set(connection.execute(text(statement)).scalars())
    guarded = (
        "price",
        "terms_version",
        "edition_revision",
        "print_run",
        "recall",
        "receipt",
        "claim",
        "hold",
    )
    guarded += ("release", "redemption", "redemption_line", "reversal", "reversal_line")
    guarded += ("daily_sale", "rule_review", "rule_override", "decision")
    guarded += ("edition_step", "paper_answer", "code_exchange")
    guarded += ("print_stop", "repricing", "take_down", "taken_down")
    guarded += ("counter_move", "extension", "receipt_return", "reversal_effect")
    assert triggers == {f"{table}_no_{verb}" for table in guarded for verb in ("update", "delete")}
