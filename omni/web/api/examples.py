"""What every operation was asked and answered on one day of a till and a shop.

The day is kept as it happened; a test lives through it again and compares every word.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_suffix(".json")


@dataclass(frozen=True)
class Example:
    """One request and its answer; `key` is its `Idempotency-Key`, empty where it sent none."""

    summary: str
    method: str
    path: str
    status: int
    key: str = ""
    body: Any = None
    answer: Any = None
    replayed: bool = False

    @property
    def slug(self) -> str:
        """The summary as a name."""
        return "-".join("".join(filter(str.isalnum, word)) for word in self.summary.lower().split())

    @property
    def is_problem(self) -> bool:
        """Whether the answer says no."""
        return self.status >= 400


@cache
def examples() -> dict[str, tuple[Example, ...]]:
    """Every example, by the name of its operation, in the order of the day."""
    told: dict[str, list[dict[str, Any]]] = json.loads(FILE.read_text(encoding="utf-8"))
    return {name: tuple(Example(**step) for step in steps) for name, steps in told.items()}
