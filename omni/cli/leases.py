"""The jobs a worker holds: asked at every turn, which costs the database something every few seconds only."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from omni.services import leasing

if TYPE_CHECKING:
    from omni.app import Installation

RENEWED_AFTER = timedelta(seconds=leasing.LASTS_SECONDS / 3)
"""When a lease is renewed: early enough that two renewals may fail."""

LOOKED_AT_AFTER = timedelta(seconds=1)
"""How long a job that another worker holds is left alone."""


class Leases:
    """What one hand of a worker holds, under the worker's name; no two threads share one."""

    def __init__(self, place: Installation, holder: str) -> None:
        self._place = place
        self._holder = holder
        self._held: set[str] = set()
        self._asked_at: dict[str, datetime] = {}

    def holds(self, job: str) -> bool:
        """Whether a job is this worker's now; takes and renews it when it is time to."""
        now = self._place.world.now()
        patience = RENEWED_AFTER if job in self._held else LOOKED_AT_AFTER
        if job not in self._asked_at or now - self._asked_at[job] >= patience:
            if self._takes(job, now):
                self._held.add(job)
            else:
                self._held.discard(job)
            self._asked_at[job] = now
        return job in self._held

    def give_up(self) -> None:
        """Let other workers have everything at once."""
        if not self._held:
            return
        with self._place.db.writing() as tx:
            leasing.give_up(tx, self._place.world.now(), jobs=self._held, holder=self._holder)
        self._held.clear()
        self._asked_at.clear()

    def _takes(self, job: str, now: datetime) -> bool:
        # Who stands by reads: asking by a write would cost every worker that waits a commit a second.
        with self._place.db.reading() as session:
            if not leasing.may_take(session, now, job=job, holder=self._holder):
                return False
        with self._place.db.writing() as tx:
            return leasing.take(tx, now, job=job, holder=self._holder, seconds=leasing.LASTS_SECONDS)
