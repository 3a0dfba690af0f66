"""What Omni answers about codes for offline, as plain values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class PoolCode:
    """A code a till may print while the line is down."""

    code: str
    url: str


@dataclass(frozen=True)
class Pool:
    """Codes reserved for one device, each for one receipt, until `expires_on`; `slip_text` goes around."""

    id: int
    edition: str
    bundle: str
    placement: str
    device: str
    codes: tuple[PoolCode, ...]
    slip_text: tuple[str, ...] = ()
    expires_on: str = ""
    is_replay: bool = False


@dataclass(frozen=True)
class PoolResult:
    """What became of one offline receipt: `recorded`, `replayed`, `conflict` or `refused`."""

    code: str
    status: str
    reason: str | None = None
    stands: Any = None


@dataclass(frozen=True)
class PoolResults:
    """What became of every offline receipt, in the order they were sent."""

    results: tuple[PoolResult, ...]
    recorded: int = 0
    replayed: int = 0
    conflicts: int = 0
    refused: int = 0

    def __add__(self, other: PoolResults) -> PoolResults:
        return PoolResults(
            self.results + other.results,
            self.recorded + other.recorded,
            self.replayed + other.replayed,
            self.conflicts + other.conflicts,
            self.refused + other.refused,
        )
