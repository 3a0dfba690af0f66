"""Which receipt earns which bundle: rules read top to bottom, the first that fits decides.

What is not known of a receipt fits no rule that asks for it: a receipt without a total has not reached one.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from fnmatch import fnmatchcase, translate

from pydantic import BaseModel, ConfigDict

from omni.domain.receipt_facts import BoughtItem, ReceiptFacts

LONGEST_WHY = 300
_NAMED = 3
"""How many of a long list a sentence names."""

_DAY = timedelta(days=1)
_WILD = re.compile(r"[*?]")


class Weekday(StrEnum):
    """The days of the week, Monday first."""

    MON = "mon"
    TUE = "tue"
    WED = "wed"
    THU = "thu"
    FRI = "fri"
    SAT = "sat"
    SUN = "sun"


class Condition(StrEnum):
    """What a rule may ask of a receipt, in the order it is told."""

    ITEMS = "items"
    ITEMS_TOTAL = "items-total"
    TOTAL = "total"
    PLACEMENTS = "placements"
    STORES = "stores"
    WEEKDAYS = "weekdays"
    HOURS = "hours"
    MEMBERS = "members"
    ONCE = "once"


class Hours(BaseModel):
    """A part of the day, as a clock shows it; its end is no longer part of it. It may cross midnight."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    begins: str
    ends: str

    @property
    def crosses_midnight(self) -> bool:
        """Whether it ends on the day after it began."""
        return self.ends < self.begins

    def has(self, at: datetime) -> bool:
        """Whether the clock stands within these hours."""
        clock = f"{at:%H:%M}"
        if self.crosses_midnight:
            return clock >= self.begins or clock < self.ends
        return self.begins <= clock < self.ends

    def day_of(self, at: datetime) -> datetime:
        """The day these hours began on: after midnight of a night, the day before."""
        return at - _DAY if self.crosses_midnight and f"{at:%H:%M}" < self.ends else at


class ReceiptRule(BaseModel):
    """One rule: what a receipt must show, and the bundle it then earns; None earns nothing.

    All that it asks must hold; what it leaves out it does not ask. Amounts are minor units of the market's
    currency. `items`, `placements` and `stores` are patterns, of which one must fit; `items_file` says where
    items were listed. `once_in_days` counts from when this member last earned this very bundle.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    gives: str | None = None
    items: tuple[str, ...] = ()
    items_file: str | None = None
    items_total_minor: int | None = None
    total_minor: int | None = None
    placements: tuple[str, ...] = ()
    stores: tuple[str, ...] = ()
    weekdays: tuple[Weekday, ...] = ()
    hours: Hours | None = None
    members: bool = False
    once_in_days: int | None = None

    @property
    def asks(self) -> tuple[Condition, ...]:
        """What it asks; a rule that asks nothing takes every receipt that comes to it."""
        asked = {
            Condition.ITEMS: bool(self.items or self.items_file) and self.items_total_minor is None,
            Condition.ITEMS_TOTAL: self.items_total_minor is not None,
            Condition.TOTAL: self.total_minor is not None,
            Condition.PLACEMENTS: bool(self.placements),
            Condition.STORES: bool(self.stores),
            Condition.WEEKDAYS: bool(self.weekdays),
            Condition.HOURS: self.hours is not None,
            Condition.MEMBERS: self.members,
            Condition.ONCE: self.once_in_days is not None,
        }
        return tuple(condition for condition, is_asked in asked.items() if is_asked)


@dataclass(frozen=True)
class Reading:
    """One rule beside one receipt: the rule in a sentence, and whether each thing it asks holds.

    None stands for what cannot be told, because it is not known of the receipt.
    """

    rule: ReceiptRule
    why: str
    verdicts: Mapping[Condition, bool | None]

    @property
    def fits(self) -> bool:
        """Whether all that the rule asks holds."""
        return all(verdict is True for verdict in self.verdicts.values())

    @property
    def might_fit(self) -> bool:
        """Whether nothing that is known speaks against it."""
        return all(verdict is not False for verdict in self.verdicts.values())


@dataclass(frozen=True)
class Earned:
    """What a receipt earned, a bundle's slug or nothing, and the rule that says so in a sentence."""

    bundle: str | None
    why: str


def read_rules(rules: Sequence[ReceiptRule], facts: ReceiptFacts) -> Iterator[Reading]:
    """Every rule beside a receipt, top to bottom, those after the first that fits as well."""
    for place, rule in enumerate(rules):
        why = rule_sentence(rule, facts.currency, facts.digits, is_first=place == 0)
        yield Reading(rule, why, {condition: _verdict(condition, rule, facts) for condition in rule.asks})


def decide(rules: Sequence[ReceiptRule], facts: ReceiptFacts) -> Earned:
    """What a receipt earns by the first rule that fits it; nothing where none does."""
    fitting = next((reading for reading in read_rules(rules, facts) if reading.fits), None)
    return Earned(fitting.rule.gives, fitting.why) if fitting else Earned(None, "no rule fits: nothing")


def limited_bundles(rules: Sequence[ReceiptRule], facts: ReceiptFacts) -> tuple[str, ...]:
    """The bundles for which it matters when this member earned them last, sorted.

    Of the rules down to the first that fits without asking: nobody's history is looked up for nothing.
    """
    found = set()
    for rule in rules:
        asked = [condition for condition in rule.asks if condition is not Condition.ONCE]
        if all(_verdict(condition, rule, facts) for condition in asked):
            if rule.once_in_days is None:
                break
            found.add(rule.gives)
    return tuple(sorted(filter(None, found)))


def is_counted(rules: Sequence[ReceiptRule], bundle: str) -> bool:
    """Whether any rule asks when a member earned this bundle last."""
    return any(rule.gives == bundle and rule.once_in_days is not None for rule in rules)


def still_fits(rules: Sequence[ReceiptRule], facts: ReceiptFacts, *, earned: str, why: str) -> bool:
    """Whether a receipt still earns its bundle when some of its total came back.

    Only amounts are weighed again. By the rule that gave it, items that are no longer known count as bought,
    for as much as is left; another rule that asks for items does not step in.
    """
    giving = [reading for reading in read_rules(rules, facts) if reading.rule.gives == earned]
    return any(
        _is_reached_by(facts.total_minor, reading.rule) if reading.why == why else reading.fits
        for reading in giving
    )


def _is_reached_by(total_minor: int | None, rule: ReceiptRule) -> bool:
    return total_minor is None or total_minor >= max(rule.total_minor or 0, rule.items_total_minor or 0)


def _verdict(condition: Condition, rule: ReceiptRule, facts: ReceiptFacts) -> bool | None:
    match condition:
        case Condition.ITEMS:
            return None if facts.items is None else bool(_picked(rule, facts.items))
        case Condition.ITEMS_TOTAL:
            worth = None if facts.items is None else sum(i.amount_minor for i in _picked(rule, facts.items))
            return _reaches(worth, rule.items_total_minor)
        case Condition.TOTAL:
            return _reaches(facts.total_minor, rule.total_minor)
        case Condition.PLACEMENTS:
            return _is_among(facts.placement, rule.placements)
        case Condition.STORES:
            return _is_among(facts.store, rule.stores)
        case Condition.WEEKDAYS:
            day = rule.hours.day_of(facts.at) if rule.hours else facts.at
            return list(Weekday)[day.weekday()] in rule.weekdays
        case Condition.HOURS:
            return rule.hours is None or rule.hours.has(facts.at)
        case Condition.MEMBERS:
            return facts.is_member
        case Condition.ONCE:
            since = facts.since.get(rule.gives or "")
            return since is None or since >= (rule.once_in_days or 0) * _DAY


def _reaches(amount_minor: int | None, least_minor: int | None) -> bool | None:
    return None if amount_minor is None else amount_minor >= (least_minor or 0)


def _is_among(name: str, patterns: Iterable[str]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)


def _picked(rule: ReceiptRule, items: Sequence[BoughtItem]) -> list[BoughtItem]:
    """The items of a receipt that a rule names."""
    plain = {pattern for pattern in rule.items if not _WILD.search(pattern)}
    wild = [translate(pattern) for pattern in rule.items if pattern not in plain]
    fits = re.compile("|".join(wild)).match if wild else None
    return [item for item in items if item.sku in plain or (fits and fits(item.sku))]


def rule_sentence(rule: ReceiptRule, currency: str, digits: int, *, is_first: bool = False) -> str:
    """A rule in one short English sentence, the same for the same rule: `shoes-*, 30.00 EUR or more: ski`."""

    def amount(minor: int | None) -> str:
        return f"{Decimal(minor or 0).scaleb(-digits):f} {currency} or more"

    items = _named(rule.items) if rule.items_file is None else rule.items_file
    hours = rule.hours or Hours(begins="", ends="")
    words = {
        Condition.ITEMS: items,
        Condition.ITEMS_TOTAL: f"{items} for {amount(rule.items_total_minor)}",
        Condition.TOTAL: f"a receipt of {amount(rule.total_minor)}",
        Condition.PLACEMENTS: f"at {_named(rule.placements)}",
        Condition.STORES: f"in {_named(rule.stores)}",
        Condition.WEEKDAYS: f"on {_named(rule.weekdays, most=len(Weekday))}",
        Condition.HOURS: f"from {hours.begins} to {hours.ends}",
        Condition.MEMBERS: "for members",
        Condition.ONCE: f"once in {rule.once_in_days} days",
    }
    told = ", ".join(words[condition] for condition in rule.asks)
    told = told or ("every receipt" if is_first else "any other receipt")
    gives = f": {rule.gives or 'nothing'}"
    return (told if len(told + gives) <= LONGEST_WHY else f"{told[: LONGEST_WHY - len(gives) - 1]}…") + gives


def _named(names: Sequence[str], *, most: int = _NAMED) -> str:
    shown = " or ".join(names[:most])
    return f"{shown} or {len(names) - most} more" if len(names) > most else shown
