"""Bringing a database to the newest schema, and saying where it stands."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text
from sqlmodel import Session

from omni.store.engine import Database

_MIGRATIONS = Path(__file__).parent / "migrations"


def upgrade(db: Database) -> None:
    """Run every migration the database has not had; each is one transaction, so a failure changes nothing."""
    with db.migrating() as engine, engine.connect() as connection:
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        if db.is_sqlite:
            broken = connection.execute(text("PRAGMA foreign_key_check")).all()
            if broken:
                raise RuntimeError(f"the migration left {len(broken)} rows without their parent")


def standing(db: Database) -> tuple[str | None, str]:
    """The schema revision a database has, and the newest there is."""
    with db.reading() as session:
        current = MigrationContext.configure(session.connection()).get_current_revision()
    newest = ScriptDirectory.from_config(_config()).get_current_head()
    return current, newest or ""


def is_current(db: Database) -> bool:
    """Whether the database has the newest schema."""
    current, newest = standing(db)
    return current == newest


def is_current_for(session: Session) -> bool:
    """Whether the database a session reads has the newest schema; takes no lock and no turn."""
    current = MigrationContext.configure(session.connection()).get_current_revision()
    return current == ScriptDirectory.from_config(_config()).get_current_head()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    return config
