"""Bringing a database to the newest schema, and saying where it stands."""

from pathlib import Path

from sqlalchemy import inspect, text
from sqlmodel import Session

from omni.store.engine import Database

_MIGRATIONS = Path(__file__).parent / "migrations"


def upgrade(db: Database, to: str = "head") -> None:
    """Run every migration the database has not had; each is one transaction, so a failure changes nothing.

    `to` is the schema revision to stop at: the newest unless told.
    """
    # Here alone: every serving process would keep it in memory, and no page migrates anything.
    from alembic import command
    from alembic.config import Config

    with db.migrating() as engine, engine.connect() as connection:
        config = Config()
        config.set_main_option("script_location", str(_MIGRATIONS))
        config.attributes["connection"] = connection
        command.upgrade(config, to)
        if db.is_sqlite:
            broken = connection.execute(text("PRAGMA foreign_key_check")).all()
            if broken:
                raise RuntimeError(f"the migration left {len(broken)} rows without their parent")


def standing(db: Database) -> tuple[str | None, str]:
    """The schema revision a database has, and the newest there is."""
    with db.reading() as session:
        return _current(session), _newest()


def is_current(db: Database) -> bool:
    """Whether the database has the newest schema."""
    current, newest = standing(db)
    return current == newest


def is_current_for(session: Session) -> bool:
    """Whether the database a session reads has the newest schema; takes no lock and no turn."""
    return _current(session) == _newest()


def _current(session: Session) -> str | None:
    connection = session.connection()
    if not inspect(connection).has_table("alembic_version"):
        return None
    revision: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return revision


def _newest() -> str:
    """Each migration's file is named for its revision: `v0001_first_schema.py`."""
    return max(path.name[1:5] for path in (_MIGRATIONS / "versions").glob("v[0-9]*.py"))
