"""Which machine holds which key, remembered for half a second: a till at a festival asks far more often."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from omni.domain.people import ApiClient
from omni.services.admitting import client_of, token_hash

if TYPE_CHECKING:
    from omni.store.engine import Database

REMEMBERED = timedelta(seconds=0.5)


class KnownClients:
    """The holders of keys. A new key opens at once; a revoked one is refused half a second later everywhere.

    Strangers are not remembered, so this grows with the clients there are and with nothing else.
    """

    def __init__(self, db: Database) -> None:
        self._db = db
        self._met: dict[str, tuple[datetime, ApiClient]] = {}

    def holder_of(self, key: str, now: datetime) -> ApiClient | None:
        """The machine that holds this key, unless it was revoked. Raises StoreBusy when nobody can say."""
        hashed = token_hash(key)
        met = self._met.get(hashed)
        if met is not None and abs(now - met[0]) < REMEMBERED:
            return met[1]
        with self._db.reading() as session:
            client = client_of(session, key)
        if client is None:
            self._met.pop(hashed, None)
        else:
            self._met[hashed] = now, client
        return client
