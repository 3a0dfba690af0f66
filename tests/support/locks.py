"""Knowing that somebody waits for a lock, for races whose order a test wants to fix."""

import time

from sqlalchemy import text

from omni.store.engine import Database

PATIENCE_SECONDS = 10
_WAITING = text(
    "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
)


def until_someone_waits(db: Database) -> None:
    """Until a statement of anybody's waits for a lock of another; of PostgreSQL alone."""
    until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until:
        with db.reading() as session:
            if session.connection().execute(_WAITING).first():
                return
        time.sleep(0.01)
    raise AssertionError("nobody waits")
