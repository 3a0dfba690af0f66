"""Folding: scans from the spool become rows and cells, announced facts become cells, each exactly once.

Any number of workers may fold at the same time and any of them may be killed. What makes it exactly once is a
guarded update in the very transaction of the rows and cells: how far a spool file is folded, and which
messages are.
"""

import logging
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from operator import itemgetter
from pathlib import Path
from typing import Any

from sqlmodel import Session, col, select, tuple_, update

from omni.domain.batch import Batch
from omni.domain.counting import OrphanScan, OutboxMessage, Scan, Seen, SpoolDamage, SpoolFile
from omni.domain.cube import Kind, quarter_of, quarter_start
from omni.domain.record import bucket_of
from omni.domain.scan_record import ScanRecord
from omni.domain.visit import VisitKind
from omni.services.believing import Believer, Doubt, batches_of
from omni.services.recounting import COUNTED, kind_of_orphan, scan_cells
from omni.store import cube, spool_files
from omni.store.cube import Locator
from omni.store.loading import load, load_missing
from omni.store.rows import insert_all, insert_if_absent, rows_changed
from omni.store.spool_files import Reading, Spool

PIECE_BYTES = 1 << 19
"""How much of a spool file is folded at once: some 2,500 scans, so that no shopper waits for long."""

_log = logging.getLogger(__name__)

Found = tuple[int, ScanRecord]
"""A record, and the position in its file at which it lies."""

_NUMBER = itemgetter("bucket", "number")
_COORDINATES = ("edition_id", "placement_id", "kind", "locale", "variant", "arm")
_WHERE = itemgetter(*_COORDINATES)


@dataclass(frozen=True)
class Piece:
    """A stretch of one spool file, read and ready to be folded."""

    spool: Spool
    start: int
    reading: Reading


def progress(session: Session, folder: Path) -> list[tuple[Spool, int]]:
    """Every spool file on this disk, and how far it has been folded."""
    folded = folded_positions(session)
    return [(spool, folded.get(spool.id, 0)) for spool in spool_files.spool_files(folder)]


def folded_positions(session: Session) -> dict[str, int]:
    """How far each open spool file has been folded, by its id, on whatever machine it lies."""
    rows = select(SpoolFile.id, SpoolFile.folded_to).where(col(SpoolFile.closed_at).is_(None))
    return dict(session.exec(rows).all())


def next_piece(spool: Spool, folded_to: int) -> Piece | None:
    """The next stretch of a spool file; None when there is nothing whole to read, or no file any more.

    A file that cannot be read is said once and waits; the others are folded.
    """
    try:
        reading = spool_files.read_from(spool.path, folded_to, PIECE_BYTES)
    except FileNotFoundError:
        return None
    except OSError as problem:
        _say_once(f"scans cannot be read and wait: {problem}")
        return None
    return Piece(spool, folded_to, reading) if reading.new_offset > folded_to else None


def fold_spool(tx: Session, now: datetime, *, piece: Piece) -> bool:
    """Fold one piece: scans, who was seen first, cells, damage; False when another worker folded it.

    Two workers on one piece wait for each other at its row in `spool`, and the second finds it moved on.
    """
    insert_if_absent(tx, SpoolFile, id=piece.spool.id, folded_to=0, opened_at=piece.spool.opened_at)
    here = (col(SpoolFile.id) == piece.spool.id, col(SpoolFile.folded_to) == piece.start)
    if rows_changed(tx, update(SpoolFile).where(*here).values(folded_to=piece.reading.new_offset)) != 1:
        return False
    records = piece.reading.records
    batches = batches_of(tx, (record for _, record in records))
    believer = Believer(batches, began_at=piece.spool.opened_at, now=now)
    doubts = {at: doubt for at, record in records if (doubt := believer.doubt(record)) is not None}
    believed = [found for found in records if found[0] not in doubts]
    scans = _scans(tx, piece, batches, [found for found in believed if found[1].number is not None])
    orphans = [_orphan(piece, at, record) for at, record in believed if record.number is None]
    load(tx, Scan, scans)
    load(tx, OrphanScan, orphans)
    insert_all(tx, SpoolDamage, list(_set_aside(piece, doubts, now)))
    cube.add(tx, _cells(Locator(tx), scans, orphans))
    return True


def fold_outbox(tx: Session, now: datetime, limit: int = 500) -> int:
    """Fold announced facts into the cube; says how many. Messages another worker holds are left to it."""
    messages = tx.exec(
        select(OutboxMessage)
        .where(col(OutboxMessage.folded_at).is_(None))
        .order_by(col(OutboxMessage.bucket), col(OutboxMessage.id))
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    if not messages:
        return 0
    key = tuple_(col(OutboxMessage.bucket), col(OutboxMessage.id))
    unfolded = (
        update(OutboxMessage)
        .where(key.in_([(message.bucket, message.id) for message in messages]))
        .where(col(OutboxMessage.folded_at).is_(None))
    )
    if rows_changed(tx, unfolded.values(folded_at=now)) != len(messages):
        raise RuntimeError("a message was folded by another worker while it was locked")
    cube.add(tx, (counted for message in messages for counted in message.cells))
    return len(messages)


def kind_of_scan(kind: VisitKind, *, is_shared: bool, is_first: bool) -> Kind:
    """How a scan is counted: of a code of one's own it is the first or a repeat, of a poster neither."""
    if kind is not VisitKind.HUMAN:
        return Kind.SCAN_BOT if kind is VisitKind.BOT else Kind.SCAN_PREFETCH
    if is_shared:
        return Kind.SCAN_SHARED
    return Kind.SCAN_FIRST if is_first else Kind.SCAN_REPEAT


def is_finished(spool: Spool, folded_to: int) -> bool:
    """Whether a spool file is folded to its end and nobody writes to it any more."""
    return spool.size == folded_to and spool_files.is_abandoned(spool.path)


def close_spool(tx: Session, now: datetime, *, spool: Spool) -> None:
    """Write down that a spool file is finished; only then may it be removed."""
    rows_changed(tx, update(SpoolFile).where(col(SpoolFile.id) == spool.id).values(closed_at=now))


def remove_spool(spool: Spool) -> bool:
    """Remove a closed spool file from the disk; False when it has grown and must stay."""
    return spool_files.remove(spool.path, folded_to=spool.size)


@cache
def _say_once(sentence: str) -> None:
    _log.error(sentence)


def _scans(
    tx: Session, piece: Piece, batches: Mapping[int, Batch], found: Sequence[Found]
) -> list[dict[str, Any]]:
    first = _first_openings(tx, batches, found)
    alike = {batch_id: _of_all_scans(batch) for batch_id, batch in batches.items()}
    rows = [
        {**alike[record.batch_id], **_scan(piece, at, record, batches[record.batch_id], is_first=at in first)}
        for at, record in found
    ]
    rows.sort(key=_NUMBER)
    return rows


def _of_all_scans(batch: Batch) -> dict[str, Any]:
    """What the scans of a batch have in common."""
    return {
        "batch_id": batch.id,
        "edition_id": batch.edition_id,
        "placement_id": batch.placement_id,
        "origin": batch.origin,
    }


def _first_openings(tx: Session, batches: Mapping[int, Batch], found: Iterable[Found]) -> set[int]:
    """The positions at which a personal code was opened by a person for the first time anywhere."""
    earliest: dict[int, Found] = {}
    for at, record in found:
        number = record.number or 0
        if record.kind is VisitKind.HUMAN and not batches[record.batch_id].is_shared_code(number):
            earliest.setdefault(number, (at, record))
    rows = [
        {"bucket": bucket_of(number), "number": number, "first_seen_at": record.at}
        for number, (_, record) in earliest.items()
    ]
    rows.sort(key=_NUMBER)
    return {earliest[number][0] for number in load_missing(tx, Seen, rows, returning="number")}


def _scan(piece: Piece, at: int, record: ScanRecord, batch: Batch, *, is_first: bool) -> dict[str, Any]:
    number = record.number or 0
    is_shared = batch.is_shared_code(number)
    return {
        "bucket": bucket_of(number),
        "number": number,
        "scanned_at": record.at,
        "spool_id": piece.spool.id,
        "position": at,
        "revision": record.revision,
        "touchpoint": record.touchpoint,
        "variant": record.variant or "default",
        "arm": record.arm or "treatment",
        "locale": record.locale,
        "kind": kind_of_scan(record.kind, is_shared=is_shared, is_first=is_first).value,
        "device": record.device.value,
        "is_shared": is_shared,
    }


def _orphan(piece: Piece, at: int, record: ScanRecord) -> dict[str, Any]:
    assert record.looks_like is not None, "a record has a number or says what it looked like"
    return {
        "spool_id": piece.spool.id,
        "position": at,
        "scanned_at": record.at,
        "looks_like": record.looks_like.value,
        "kind": record.kind.value,
        "device": record.device.value,
        "mark": record.mark,
    }


def _set_aside(piece: Piece, doubts: Mapping[int, Doubt], now: datetime) -> Iterator[dict[str, Any]]:
    damaged = {damage.start: damage.reason for damage in piece.reading.damages}
    for at, reason in sorted({**doubts, **damaged}.items()):
        yield {"spool_id": piece.spool.id, "position": at, "reason": reason.value, "found_at": now}


def _cells(
    locator: Locator, scans: Iterable[Mapping[str, Any]], orphans: Iterable[Mapping[str, Any]]
) -> Iterator[dict[str, Any]]:
    """The cells of scans, counted by where they lie before any is made: most lie where others do.

    The start of a quarter hour stands for all of it, because every market's day begins with one.
    """
    counted = (scan for scan in scans if scan["origin"] in COUNTED)
    alike = Counter((*_WHERE(scan), quarter_of(scan["scanned_at"])) for scan in counted)
    for (*where, quarter), n in alike.items():
        scan = dict(zip(_COORDINATES, where, strict=True), scanned_at=quarter_start(quarter))
        yield from ({**cell, "n": n} for cell in scan_cells(locator, scan))
    strangers = Counter((orphan["kind"], quarter_of(orphan["scanned_at"])) for orphan in orphans)
    for (kind, quarter), n in strangers.items():
        yield locator.cell(kind_of_orphan(VisitKind(kind)), at=quarter_start(quarter), n=n)
