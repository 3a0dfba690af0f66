"""Whether this installation is able to serve, and what waits to be counted, and how long already."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlmodel import Session, col, func, select

from omni.domain.counting import OutboxMessage
from omni.domain.keyring import Keyring, KeyringProblem
from omni.services.folding import progress
from omni.services.keeping_keys import check_keys
from omni.store import schema, spool_files
from omni.store.spool_files import Spool


@dataclass(frozen=True)
class Backlog:
    """What waits to be counted: scans on this machine's disk, and facts announced; the oldest of each."""

    spool_bytes: int
    oldest_scan_at: datetime | None
    messages: int
    oldest_message_at: datetime | None

    def scans_wait_seconds(self, now: datetime) -> float:
        """How long the oldest scan has waited; 0 when none waits."""
        return _seconds(self.oldest_scan_at, now)

    def messages_wait_seconds(self, now: datetime) -> float:
        """How long the oldest fact has waited; 0 when none waits."""
        return _seconds(self.oldest_message_at, now)


def ailment(session: Session, keyring: Keyring) -> str | None:
    """Why this process must not serve: `schema` when it is not the newest, `keys` when one is missing."""
    if not schema.is_current_for(session):
        return "schema"
    try:
        check_keys(session, keyring)
    except KeyringProblem:
        return "keys"
    return None


def backlog(session: Session, folder: Path) -> Backlog:
    """What waits to be counted at this moment; `folder` is this machine's spool."""
    waiting = [(spool, folded_to) for spool, folded_to in progress(session, folder) if spool.size > folded_to]
    announced = select(func.count(), func.min(OutboxMessage.at)).where(col(OutboxMessage.folded_at).is_(None))
    messages, oldest_message_at = session.exec(announced).one()
    return Backlog(
        spool_bytes=sum(spool.size - folded_to for spool, folded_to in waiting),
        oldest_scan_at=min(_first_scans(waiting), default=None),
        messages=messages,
        oldest_message_at=oldest_message_at,
    )


def _first_scans(waiting: list[tuple[Spool, int]]) -> Iterator[datetime]:
    """When the first scan of each file was made that is not folded yet: within a file they are in order."""
    for spool, folded_to in waiting:
        try:
            reading = spool_files.read_from(spool.path, folded_to, limit_bytes=1)
        except FileNotFoundError:
            continue
        yield from (record.at for _, record in reading.records[:1])


def _seconds(since: datetime | None, now: datetime) -> float:
    return 0.0 if since is None else max(0.0, (now - since).total_seconds())
