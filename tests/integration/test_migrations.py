"""Migrations lead from nothing to today's schema, which is exactly that of the models, CHECKs included."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, create_engine, text

from omni.store.engine import Database
from omni.store.schema import is_current, standing, upgrade
from omni.store.tables import METADATA

# Every constraint and index PostgreSQL knows, in its own words.
_POSTGRES_DEFINITIONS = """
    SELECT conrelid::regclass || '.' || conname, pg_get_constraintdef(oid)
    FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND conrelid <> 0
    UNION ALL
    SELECT tablename || '.' || indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'
    UNION ALL
    SELECT table_name || '.' || column_name,
           data_type || coalesce(character_maximum_length::text, '') || ' null ' || is_nullable
    FROM information_schema.columns WHERE table_schema = 'public'
"""
_SQLITE_DEFINITIONS = (
    "SELECT name, sql FROM sqlite_master WHERE type IN ('table', 'index') AND sql IS NOT NULL"
)


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
    with database.migrating() as engine, engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), METADATA) == []


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
