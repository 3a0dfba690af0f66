"""Receipt rules as a person writes them in a campaign file, and what may be wrong with a list of them.

Names in this module are the names in the file.
"""

import re
from collections.abc import Container, Iterable, Iterator, Sequence
from decimal import Decimal
from fnmatch import fnmatchcase
from typing import Annotated, Self

from pydantic import AfterValidator, Discriminator, Field, StringConstraints, Tag, model_validator

from omni.domain.market_record import Part, Slug
from omni.domain.policies import Pattern
from omni.domain.receipt_rule import Hours, ReceiptRule, Weekday
from omni.domain.written import Amount, SomeCount, YesOrNo, minor_units

NOTHING = "nothing"
"""What a rule gives that takes receipts out: no code."""

MOST_LISTED = 5_000
"""Items of one list; what is larger is a whole assortment, and every receipt would be held against it."""

_HOURS = re.compile(r"([01]\d|2[0-3]):[0-5]\d-(([01]\d|2[0-3]):[0-5]\d|24:00)")


def _hours(written: str) -> str:
    if not _HOURS.fullmatch(written) or written[:5] == written[6:]:
        raise ValueError("is no part of a day; write it like 10:00-14:00 or 22:00-02:00")
    return written


def _list_file(path: str) -> str:
    if not re.fullmatch(r"[\w.-]+(/[\w.-]+)*\.(csv|txt)", path) or ".." in path.split("/"):
        raise ValueError("is not a list beside the campaign file; write for example shoes.csv")
    return path


PlacePattern = Annotated[
    str, StringConstraints(pattern=r"^[a-z0-9*?]+(-[a-z0-9*?]+)*-?$", max_length=64, min_length=1)
]
"""A place's or store's short name, in which `*` stands for any letters and `?` for one."""


class ReceiptRulePart(Part):
    """One rule: what a receipt must show, all of it, and the bundle it then earns."""

    total: Amount | None = Field(None, description="The receipt's total at least.", examples=["30"])
    items: list[Pattern] = Field(
        [], max_length=100, description="Items of which one was bought.", examples=[["shoes-*", "boots-*"]]
    )
    items_file: Annotated[str, AfterValidator(_list_file)] | None = Field(
        None, max_length=64, description="The same from a file beside this one, one SKU a line."
    )
    items_total: Amount | None = Field(None, description="What those items cost together, at least.")
    placements: list[PlacePattern] = Field(
        [], max_length=100, description="Tills of which one rang it up.", examples=[["fr-paris-till-*"]]
    )
    stores: list[PlacePattern] = Field(
        [], max_length=100, description="Stores of which it is from one.", examples=[["fr-*"]]
    )
    weekdays: list[Annotated[Weekday, Field(strict=False)]] = Field(
        [], description="Days of the week.", examples=[["sat", "sun"]]
    )
    hours: Annotated[str, AfterValidator(_hours)] | None = Field(
        None, description="Time of day on the market's clock; may cross midnight.", examples=["10:00-14:00"]
    )
    members: YesOrNo = Field(False, description="Whether the till must name a member.")
    once_in_days: SomeCount | None = Field(
        None, le=3650, description="A member earns this bundle once in so many days.", examples=[30]
    )
    gives: Slug | None = Field(None, description="The bundle it earns, or `nothing`.")
    otherwise: Slug | None = Field(
        None, description="As the last rule, alone: what every other receipt earns, a bundle or `nothing`."
    )

    @model_validator(mode="after")
    def _says_one_thing(self) -> Self:
        if (self.gives is None) == (self.otherwise is None):
            raise ValueError(f"says not what it earns; write gives: and a bundle, or gives: {NOTHING}")
        if self.otherwise is not None and self.model_fields_set != {"otherwise"}:
            raise ValueError("otherwise stands alone; write gives where there are conditions")
        if self.items and self.items_file is not None:
            raise ValueError("has items twice; write items, or items_file")
        return self

    @property
    def earns(self) -> str:
        """The bundle, or `nothing`."""
        return self.gives or self.otherwise or NOTHING

    @property
    def takes_all(self) -> bool:
        """Whether it asks nothing of a receipt."""
        return not self.model_dump(exclude={"gives", "otherwise"}, exclude_defaults=True)


ONE_BUNDLE = "one bundle"
SOME_RULES = "some rules"


def _receipts_form(written: object) -> str:
    return ONE_BUNDLE if isinstance(written, str) else SOME_RULES


Receipts = Annotated[
    Annotated[Slug, Tag(ONE_BUNDLE)]
    | Annotated[list[ReceiptRulePart], Field(min_length=1, max_length=50), Tag(SOME_RULES)],
    Discriminator(_receipts_form),
]
"""What the receipts of a market earn: each the same bundle, or by rules, the first that fits."""


def rules_of(receipts: str | Sequence[ReceiptRulePart] | None) -> Sequence[ReceiptRulePart]:
    """The rules that were written; none where every receipt earns the same."""
    return () if receipts is None or isinstance(receipts, str) else receipts


def earned_by_default(receipts: str | Sequence[ReceiptRulePart] | None, first: str) -> str:
    """The bundle of a receipt of which nothing is known.

    That of the rule which asks nothing, else the first that a rule gives; `first` where no rule gives any.
    """
    if isinstance(receipts, str):
        return receipts
    giving = [rule for rule in rules_of(receipts) if rule.earns != NOTHING]
    by_default = next((rule for rule in giving if rule.takes_all), giving[0] if giving else None)
    return by_default.earns if by_default else first


def published_rules(receipts: str | Sequence[ReceiptRulePart] | None, digits: int) -> tuple[ReceiptRule, ...]:
    """The rules as an edition keeps them, amounts in minor units of its currency."""
    return tuple(_published(rule, digits) for rule in rules_of(receipts))


def _published(rule: ReceiptRulePart, digits: int) -> ReceiptRule:
    return ReceiptRule(
        gives=None if rule.earns == NOTHING else rule.earns,
        items=tuple(rule.items),
        items_file=rule.items_file,
        items_total_minor=_minor(rule.items_total, digits),
        total_minor=_minor(rule.total, digits),
        placements=tuple(rule.placements),
        stores=tuple(rule.stores),
        weekdays=tuple(rule.weekdays),
        hours=Hours(begins=rule.hours[:5], ends=rule.hours[6:]) if rule.hours else None,
        members=rule.members,
        once_in_days=rule.once_in_days,
    )


def _minor(amount: Decimal | None, digits: int) -> int | None:
    return None if amount is None else minor_units(amount, digits=digits)


def contradictions(
    rules: Sequence[ReceiptRulePart],
    *,
    bundles: Container[str],
    placements: Iterable[str],
    stores: Iterable[str],
) -> Iterator[tuple[int, str, str]]:
    """What cannot stand in a list of rules: the place of the rule, its field, and how to mend it."""
    takes_all = next((place for place, rule in enumerate(rules) if rule.takes_all), len(rules))
    for place, rule in enumerate(rules):
        if place > takes_all:
            yield place, "", f"is never reached: rule {takes_all + 1} takes every receipt; move that one down"
        if rule.once_in_days is not None and not rule.members:
            yield place, "once_in_days", "counts per member; add members: true"
        if rule.once_in_days is not None and rule.earns == NOTHING:
            yield place, "once_in_days", "counts what a member earned, and this rule gives nothing"
        if rule.items_total is not None and not rule.items and rule.items_file is None:
            yield place, "items_total", "is for some items; name them in items, or write total"
        if rule.earns == NOTHING and NOTHING in bundles:
            yield place, "", f"may mean no code or the bundle {NOTHING}; give that bundle another name"
        for field, there in (("placements", list(placements)), ("stores", list(stores))):
            for pattern in getattr(rule, field):
                if not any(fnmatchcase(name, pattern) for name in there):
                    yield place, field, f"{pattern} is nowhere in this market; there is {', '.join(there)}"
