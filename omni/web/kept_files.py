"""What can be had again, kept as files in the data folder, by month.

The first that is kept in a new month clears away all but the month before, so what nobody asks for any more
is gone in two months at the most.
"""

from __future__ import annotations

import shutil
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

from omni.web import here


class KeptFiles:
    """Files of one kind, by names that stand for what they hold."""

    def __init__(self, kind: str) -> None:
        self._kind = kind

    def get(self, name: str) -> bytes | None:
        """What is kept under a name, this month or from the last."""
        for folder in self._folders():
            with suppress(FileNotFoundError):
                return (folder / name).read_bytes()
        return None

    def has(self, name: str) -> bool:
        """Whether something is kept under a name."""
        return any((folder / name).is_file() for folder in self._folders())

    def path(self, name: str) -> Path:
        """Where a file is kept this month, once there is room for it."""
        return self._folders()[0] / name

    def keep(self, name: str, body: bytes) -> None:
        """Keep a file, whole or not at all; where the disk is full it is had again next time."""
        self.make_room()
        path = self.path(name)
        with suppress(OSError):
            if not path.exists():
                fresh = path.with_name(f".{path.name}.{here().world.mint(8).hex()}")
                fresh.write_bytes(body)
                fresh.replace(path)

    def make_room(self) -> None:
        """Begin this month, if nothing was kept in it yet; what is too old goes then."""
        this_month, last_month = self._folders()
        with suppress(OSError):
            if not this_month.is_dir():
                this_month.mkdir(parents=True, exist_ok=True)
                for old in set(this_month.parent.iterdir()) - {this_month, last_month}:
                    shutil.rmtree(old, ignore_errors=True)

    def _folders(self) -> tuple[Path, Path]:
        """Where files of this month are, and those of the one before."""
        now = here().world.now()
        last = now.replace(day=1) - timedelta(days=1)
        kept = here().settings.data_dir / self._kind
        return kept / f"{now:%Y-%m}", kept / f"{last:%Y-%m}"
