"""The spool seen by whoever folds it: which files there are, what they hold, and when they may go."""

from __future__ import annotations

import fcntl
import os
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, NamedTuple

from omni.domain.scan_record import ScanRecord
from omni.store.frames import FRAME_LIMIT, Damage, DamageReason, Frame, frames
from omni.store.spool import opened_at


@dataclass(frozen=True, slots=True)
class Spool:
    """A spool file found on the disk, with its size in bytes when it was looked at.

    `id` is its name for ever, on whatever machine it is folded, `<machine>/<file>`; `opened_at` is when the
    process that wrote it began, as the name says.
    """

    path: Path
    size: int
    id: str
    opened_at: datetime


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
    records: list[tuple[int, ScanRecord]] = []
    damages: list[Damage] = []
    end = offset
    for found in frames(data, offset):
        if isinstance(found, Frame):
            record = _record(found.payload)
            if record is None:
                damages.append(Damage(found.start, found.end, DamageReason.UNREADABLE))
            else:
                records.append((found.start, record))
        elif found.reason is DamageReason.TORN and not is_over:
            break
        else:
            damages.append(found)
        end = found.end
    return Reading(records, damages, end)


def _record(payload: bytes) -> ScanRecord | None:
    # An instant of the year 1 in the east has no name in UTC, which is an overflow and no ValueError.
    try:
        return ScanRecord.from_payload(payload)
    except (ValueError, OverflowError):
        return None


def _found(folder: Path) -> Iterator[Spool]:
    for path in folder.glob("*/*.spool"):
        try:
            state = path.stat()
        except FileNotFoundError:
            continue
        # What no writer of ours has named is left where it is: it may be anything.
        name = f"{path.parent.name}/{path.name}"
        began_at = opened_at(name)
        if began_at is not None and stat.S_ISREG(state.st_mode):
            yield Spool(path, state.st_size, name, began_at)


def _try_lock(file: BinaryIO, how: int) -> bool:
    """Take a lock that ends when the file is closed; False when the writer, or a remover, holds its own."""
    try:
        fcntl.flock(file, how | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
