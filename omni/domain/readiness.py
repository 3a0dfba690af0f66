"""Whether an edition may go live: rules with three weights."""

from dataclasses import dataclass
from enum import StrEnum


class Weight(StrEnum):
    """What a failed check means: it cannot go live, it may not once the rule is reviewed, or it is advice."""

    IMPOSSIBLE = "impossible"
    RULE = "rule"
    ADVICE = "advice"


@dataclass(frozen=True)
class Check:
    """One rule applied to one edition: which field it is about, and what to do when it failed."""

    rule: str
    weight: Weight
    passed: bool
    field: str
    remedy: str

    @property
    def blocks(self) -> bool:
        """Whether it keeps the edition from going live."""
        return not self.passed and self.weight is Weight.IMPOSSIBLE
