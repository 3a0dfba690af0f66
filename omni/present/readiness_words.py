"""What a launch still needs, in words: one sentence for each rule of readiness."""

from __future__ import annotations

from omni.present.locales import gettext, marked

RULES: dict[str, tuple[str, str]] = {
    "terms-published": (
        marked("The terms are written in every language this market requires."),
        marked("Write the terms in every language this market requires."),
    ),
    "price-known": (
        marked("Every bundle has a price on its first day."),
        marked("Give every bundle a price that holds on its first day."),
    ),
    "stock-there": (
        marked("Every bundle with counted stock has some."),
        marked("A bundle is sold out: give it stock, or do not count it."),
    ),
    "not-over": (
        marked("There is still time to get the offer."),
        marked("The last day to get the offer is over in this market: move it."),
    ),
    "public-address": (
        marked("The printed address can be reached by everybody."),
        marked("This is a trial run. Before real paper is printed, give it a public address."),
    ),
    "seller-complete": (
        marked("The seller is named with address and contact."),
        marked("Name the seller with address and contact: every market asks for it."),
    ),
    "priority-tie": (
        marked("It is clear which campaign a receipt belongs to."),
        marked("Two live campaigns want the same till. Give one of them a higher priority."),
    ),
}
"""By rule: what is right, and what to do when it is not."""


def readiness_sentence(rule: str, *, passed: bool) -> str:
    """What is right, or what to do; a rule without words is shown by its name."""
    right, remedy = RULES.get(rule, (rule, rule))
    return gettext(right if passed else remedy)
