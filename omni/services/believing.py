"""What of a spool is believed: anything may stand in a file, and nothing in it may stop the folding."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from enum import StrEnum

from sqlmodel import Session, col, select

from omni.domain.batch import Batch
from omni.domain.scan_record import ScanRecord
from omni.store.plain import columns_of, side_by_side

CLOCK_ERROR = timedelta(hours=1)
"""How far a machine's clock may be off before its scans are not believed."""

HIGHEST_ID = (1 << 63) - 1
HIGHEST_REVISION = (1 << 31) - 1

_WORDS = re.compile(r"[A-Za-z0-9_-]*")


class Doubt(StrEnum):
    """Why a record that can be read is not believed."""

    FUTURE = "stamped in the future"
    PAST = "stamped before its process began"
    EARLY = "stamped before its code was issued"
    WORDS = "in words that are not ours"
    UNKNOWN = "not of a batch of ours"
    AT_ODDS = "at odds with its batch"


class Believer:
    """Judges the records of one file, whose process began at `began_at`, as of `now`."""

    def __init__(self, batches: Mapping[int, Batch], *, began_at: datetime, now: datetime) -> None:
        self._batches = batches
        self._latest = now + CLOCK_ERROR
        # A clock that was ahead when its process began, and was then put right, costs no scan.
        self._earliest = min(began_at, now) - CLOCK_ERROR
        self._plain_words: set[tuple[str, ...]] = set()

    def doubt(self, record: ScanRecord) -> Doubt | None:
        """Why a record cannot be believed, if so."""
        if record.at > self._latest:
            return Doubt.FUTURE
        if record.at < self._earliest:
            return Doubt.PAST
        if record.number is None:
            return None
        return self._doubt_of_code(record, record.number)

    def _doubt_of_code(self, record: ScanRecord, number: int) -> Doubt | None:
        batch = self._batches.get(record.batch_id)
        if batch is None or not batch.has(number):
            return Doubt.UNKNOWN
        if (record.edition_id, record.placement_id) != (batch.edition_id, batch.placement_id):
            return Doubt.AT_ODDS
        if not 0 <= record.revision <= HIGHEST_REVISION:
            return Doubt.AT_ODDS
        if record.at < batch.issued_at - CLOCK_ERROR:
            return Doubt.EARLY
        return None if self._is_in_our_words(record) else Doubt.WORDS

    def _is_in_our_words(self, record: ScanRecord) -> bool:
        """Whether its words are letters and digits, as names of ours are; most records share theirs."""
        words = (record.touchpoint, record.variant, record.arm, record.locale)
        if words not in self._plain_words:
            if not all(_WORDS.fullmatch(word) for word in words):
                return False
            self._plain_words.add(words)
        return True


def batches_of(tx: Session, records: Iterable[ScanRecord]) -> dict[int, Batch]:
    """The batches that records speak of, asked of the database: no catalogue has one issued a moment ago."""
    named = {record.batch_id for record in records if record.number is not None}
    wanted = sorted(batch_id for batch_id in named if 0 < batch_id <= HIGHEST_ID)
    rows = tx.connection().execute(select(*columns_of(Batch)).where(col(Batch.id).in_(wanted)))
    found = (next(side_by_side(row, Batch)) for row in rows)
    return {batch.id: batch for batch in found}
