"""What a doctor asks the database: what time it is there, and which scans were lost on the way."""

from datetime import datetime

from sqlmodel import Session, func, select

from omni.domain.counting import OutboxMessage, SpoolDamage


def database_time(session: Session) -> datetime | None:
    """What time the database server has; None for SQLite, which has no clock of its own."""
    if session.get_bind().dialect.name == "sqlite":
        return None
    return session.exec(select(func.now())).one()


def newest_fact_at(session: Session) -> datetime | None:
    """When the newest fact was announced; later than now, somebody's clock was wrong."""
    return session.exec(select(func.max(OutboxMessage.at))).one()


def lost_pieces(session: Session) -> int:
    """How many pieces of a spool could not be read or believed, so that their scans are not counted."""
    return session.exec(select(func.count()).select_from(SpoolDamage)).one()
