"""A display rule: what a market's law wants said or proved about an offer, as a dated, sourced record.

Not law and not code: data that a company reads, corrects and signs off. Until it has, a rule only warns.
"""

from datetime import date
from enum import StrEnum
from typing import Annotated

from pydantic import Field, StringConstraints

from omni.domain.localized import Localized, Words
from omni.domain.market_record import Confidence, Part, Slug
from omni.domain.published import digest

RuleId = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9]*(-[A-Z0-9]+)*$", max_length=64)]
"""A rule's name: country or group, then what it is about, such as EU-OMN-30D."""

EVERYWHERE = "*"
"""In a rule's markets: all of them."""


class Weight(StrEnum):
    """What a failed check means: it cannot go live, it may not once the rule is reviewed, or it is advice."""

    IMPOSSIBLE = "impossible"
    RULE = "rule"
    ADVICE = "advice"


class DisplayRule(Part):
    """One rule: when it speaks, what it needs to know, how it is checked, what a page must then show.

    `trigger` names facts of the offer with the values that make the rule speak; all must hold, none: always.
    `needs` names what must have been fed; where it was not, the rule says "not tracked", never "failed".
    """

    id: RuleId
    markets: tuple[Slug | str, ...] = Field(min_length=1, strict=False)
    title: Words
    trigger: dict[str, tuple[str, ...]] = Field({}, strict=False)
    needs: tuple[str, ...] = Field((), strict=False)
    check: Slug
    params: dict[str, int | str | list[int] | list[str]] = {}
    display: tuple[str, ...] = Field((), strict=False, description="keys of the clause library")
    exact: Localized | None = Field(None, description="words the law fixes, letter by letter")
    clause: Slug | None = Field(None, description="the clause in which the exact words stand")
    weight: Annotated[Weight, Field(strict=False)]
    valid_from: date | None = Field(None, alias="from")
    valid_until: date | None = Field(None, alias="until")
    citation: Words
    source: Words
    confidence: Annotated[Confidence, Field(strict=False)]

    def speaks_in(self, market: str, on: date) -> bool:
        """Whether the rule is in force in a market on a day."""
        in_time = (self.valid_from is None or self.valid_from <= on) and (
            self.valid_until is None or on < self.valid_until
        )
        return in_time and (market in self.markets or EVERYWHERE in self.markets)

    @property
    def sha256(self) -> str:
        """The digest of the record: a review signs exactly this, and lapses when the record changes."""
        return digest(self.model_dump(mode="json"))
