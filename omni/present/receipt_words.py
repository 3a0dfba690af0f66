"""Receipt rules for people who run campaigns: what each asks, thing by thing, in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from babel.dates import get_day_names

from omni.domain.receipt_facts import ReceiptFacts
from omni.domain.receipt_rule import Condition, Reading, ReceiptRule, Weekday
from omni.present.formatting import count, listing, money
from omni.present.locales import gettext


@dataclass(frozen=True)
class Asked:
    """One thing a rule asks: its name, what it wants, and whether that holds; None is not known.

    What it wants is spelt as in the file, from left to right, unless it is `worded` in the reader's language.
    """

    name: str
    wants: str
    holds: bool | None
    worded: bool = False


def asked(reading: Reading, facts: ReceiptFacts, locale: str) -> list[Asked]:
    """What a rule asks, in the order of its sentence."""
    words = _words(reading.rule, facts, locale)
    return [
        Asked(*words[condition][:2], holds, words[condition][2])
        for condition, holds in reading.verdicts.items()
    ]


def _words(rule: ReceiptRule, facts: ReceiptFacts, locale: str) -> Mapping[Condition, tuple[str, str, bool]]:
    def at_least(minor: int | None) -> str:
        return f"≥ {money(minor or 0, facts.currency, locale, digits=facts.digits)}"

    items = rule.items_file or " · ".join(rule.items)
    hours = f"{rule.hours.begins}–{rule.hours.ends}" if rule.hours else ""
    days = gettext("Days between two for one member: %(days)s", days=count(rule.once_in_days or 0, locale))
    return {
        Condition.ITEMS: (gettext("Items"), items, False),
        Condition.ITEMS_TOTAL: (gettext("Items"), f"{items} {at_least(rule.items_total_minor)}", False),
        Condition.TOTAL: (gettext("Total"), at_least(rule.total_minor), False),
        Condition.PLACEMENTS: (gettext("Place"), " · ".join(rule.placements), False),
        Condition.STORES: (gettext("Place"), " · ".join(rule.stores), False),
        Condition.WEEKDAYS: (gettext("Day and time"), _weekdays(rule, locale), True),
        Condition.HOURS: (gettext("Day and time"), hours, False),
        Condition.MEMBERS: (gettext("The till names a member"), "", True),
        Condition.ONCE: (days, "", True),
    }


def _weekdays(rule: ReceiptRule, locale: str) -> str:
    names = get_day_names("abbreviated", context="stand-alone", locale=locale)
    return listing([names[list(Weekday).index(day)] for day in rule.weekdays], locale)
