"""A display rule: what a market's law wants said or proved about an offer, as a dated, sourced record.

Not law and not code: data that a company reads, corrects and signs off. Until it has, a rule only warns.
"""

from collections.abc import Iterable
from datetime import date
from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import Field, StringConstraints, model_validator

from omni.domain.localized import Localized, Words
from omni.domain.market_record import Confidence, Part, Slug
from omni.domain.published import PublishedReference, digest
from omni.domain.reference import ReferenceKind

RuleId = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9]*(-[A-Z0-9]+)*$", max_length=64)]
"""A rule's name: country or group, then what it is about, such as EU-OMN-30D."""

EVERYWHERE = "*"
"""In a rule's markets: all of them."""

EARLIER_PRICE = "earlier-price"
"""The check of those rules that say how an earlier price is found."""

_STRICTEST_FIRST = (
    ReferenceKind.LOWEST,
    ReferenceKind.LOWEST_SOLD,
    ReferenceKind.STEADY,
    ReferenceKind.USUAL,
    ReferenceKind.ORDINARY,
    ReferenceKind.PREVIOUS,
)


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
    trigger: dict[str, Annotated[tuple[str, ...], Field(strict=False)]] = {}
    needs: tuple[str, ...] = Field((), strict=False)
    check: Slug
    params: dict[str, Any] = Field({}, description="what the check asks for, by its own names")
    display: tuple[str, ...] = Field((), strict=False, description="keys of the clause library")
    exact: Localized | None = Field(None, description="words the law fixes, with {permit_no} and {year}")
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

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> Self:
        if self.clause is not None and self.exact is None:
            raise ValueError("clause: has no words to stand in it; write exact, or leave it out")
        if self.clause is not None and self.trigger:
            raise ValueError("clause: its words stand in every edition's terms; a trigger cannot choose them")
        if self.check == EARLIER_PRICE and len(self.display) != 1:
            raise ValueError("display: names the one sentence in which the earlier price is told")
        if self.valid_from and self.valid_until and self.valid_until <= self.valid_from:
            raise ValueError("until: is not after from; the day it no longer holds")
        return self


def reference_rule(rules: Iterable[DisplayRule], market: str, on: date) -> PublishedReference | None:
    """How an earlier price is found in a market on a day; None where no rule there allows one.

    Of several rules in force the strictest says how; all of them are named.
    """
    told = [rule for rule in rules if rule.check == EARLIER_PRICE and rule.speaks_in(market, on)]
    if not told:
        return None
    ruling = min(told, key=_strictness)
    return PublishedReference(
        kind=ReferenceKind(ruling.params["kind"]),
        days=ruling.params["days"],
        words=ruling.display[0],
        rules=tuple(sorted(rule.id for rule in told)),
    )


def _strictness(rule: DisplayRule) -> tuple[int, int]:
    return _STRICTEST_FIRST.index(ReferenceKind(rule.params["kind"])), -int(rule.params["days"])
