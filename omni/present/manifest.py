"""What lies beside a printed file: which codes it holds, of which run, and how to tell that it is whole."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """A printed file in figures; numbers count from 1 in their batch.

    `is_complete` says whether every code that was asked for is in the file; if not, `goes_on` is the command
    for the rest. The same codes printed again differ in nothing but the run and what it changes: on paper
    its number stands in small type. It holds no secret and no code.
    """

    batch: int
    edition: str
    placement: str
    host: str
    is_test: bool
    form: str
    layout: str | None
    first: int
    last: int
    count: int
    run: int
    revision: int
    price_minor: int
    currency: str
    sha256: str
    size_bytes: int
    is_complete: bool
    goes_on: str | None

    def text(self) -> str:
        """The manifest as JSON, in the order of its fields."""
        return json.dumps(asdict(self), indent=2, ensure_ascii=False) + "\n"
