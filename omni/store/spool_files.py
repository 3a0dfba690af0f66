"""The spool seen by whoever folds it: which files there are, what they hold, and when they may go."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, NamedTuple

from omni.domain.scan_record import ScanRecord
from omni.store.frames import FRAME_LIMIT, Damage, DamageReason, Frame, frames
from omni.store.spool import STARTED


@dataclass(frozen=True, slots=True)
class Spool:
    """A spool file found on the disk, with its size in bytes when it was looked at."""

    path: Path
    size: int

    @property
    def id(self) -> str:
        """Its name for ever, on whatever machine it is folded: `<machine>/<file>`."""
        return f"{self.path.parent.name}/{self.path.name}"

    @property
    def opened_at(self) -> datetime:
        """When the process that wrote it began, as its name says."""
        return datetime.strptime(self.path.name.split("-")[0], STARTED).replace(tzinfo=UTC)


class Reading(NamedTuple):
    """What a stretch of a spool holds: records with the position of each, damage, and where to go on."""

    records: list[tuple[int, ScanRecord]]
    damages: list[Damage]
    new_offset: int


def spool_files(folder: Path) -> list[Spool]:
    """Every spool file in a folder, the oldest process first; none when there is no folder yet."""
    return sorted(_found(folder), key=lambda spool: (spool.path.name, spool.id))


def read_from(path: Path, offset: int, limit_bytes: int = 1 << 20) -> Reading:
    """The records from a position on, as many as whole lines fit into the limit (at least one line).

    An unfinished last line waits while its writer lives, and is damage once the writer is dead. Raises
    FileNotFoundError when somebody else has folded and removed the file.
    """
    with path.open("rb") as file:
        # Asked before reading and held while reading: what a dead writer left cannot grow behind our back.
        is_over = _try_lock(file, fcntl.LOCK_SH)
        file.seek(offset)
        data = file.read(max(limit_bytes, FRAME_LIMIT))
        is_over = is_over and offset + len(data) >= os.fstat(file.fileno()).st_size
    return _reading(data, offset, is_over=is_over)


def is_abandoned(path: Path) -> bool:
    """Whether nobody writes to this file any more. A file that is gone counts as abandoned."""
    try:
        with path.open("rb") as file:
            return _try_lock(file, fcntl.LOCK_SH)
    except FileNotFoundError:
        return True


def remove(path: Path, *, folded_to: int) -> bool:
    """Remove a file whose writer is gone and whose every byte is folded; False when it must stay."""
    try:
        with path.open("rb") as file:
            is_done = _try_lock(file, fcntl.LOCK_EX) and os.fstat(file.fileno()).st_size == folded_to
            if is_done:
                path.unlink(missing_ok=True)
            return is_done
    except FileNotFoundError:
        return True


def unfolded_bytes(folder: Path, folded: Mapping[str, int]) -> int:
    """How much waits on this disk, given how far each spool id is folded."""
    return sum(max(0, spool.size - folded.get(spool.id, 0)) for spool in spool_files(folder))


def _reading(data: bytes, offset: int, *, is_over: bool) -> Reading:
    reading = Reading([], [], offset)
    for found in frames(data, offset):
        if isinstance(found, Damage) and found.reason is DamageReason.TORN and not is_over:
            break
        reading = reading._replace(new_offset=found.end)
        match _read(found):
            case Damage() as damage:
                reading.damages.append(damage)
            case record:
                reading.records.append((found.start, record))
    return reading


def _read(found: Frame | Damage) -> ScanRecord | Damage:
    if isinstance(found, Damage):
        return found
    try:
        return ScanRecord.from_payload(found.payload)
    except ValueError:
        return Damage(found.start, found.end, DamageReason.UNREADABLE)


def _found(folder: Path) -> Iterator[Spool]:
    for path in folder.glob("*/*.spool"):
        try:
            yield Spool(path, path.stat().st_size)
        except FileNotFoundError:
            continue


def _try_lock(file: BinaryIO, how: int) -> bool:
    """Take a lock that ends when the file is closed; False when the writer, or a remover, holds its own."""
    try:
        fcntl.flock(file, how | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
