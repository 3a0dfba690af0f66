"""What a display rule finds in an offer."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any


@dataclass(frozen=True)
class Verdict:
    """Whether an offer passes a check, which field decided it, and what the check saw.

    `values` are JSON and are kept as evidence: what was `seen`, by field, and which fields are `wrong`.
    `possible_on` is the day from which waiting alone cures it, where waiting does.
    """

    passed: bool
    field: str
    values: Mapping[str, Any]
    possible_on: date | None = None

    @classmethod
    def of(
        cls,
        seen: Mapping[str, Any],
        *,
        wrong: Iterable[str] = (),
        field: str,
        possible_on: date | None = None,
    ) -> "Verdict":
        """The verdict on values by field; `field` is what the check is about when nothing is wrong."""
        faults = list(dict.fromkeys(wrong))
        values = {"seen": dict(seen), "wrong": faults}
        return cls(not faults, faults[0] if faults else field, values, possible_on if faults else None)


@dataclass(frozen=True)
class NotTracked:
    """Nothing was decided: these facts were never fed."""

    needs: tuple[str, ...]
