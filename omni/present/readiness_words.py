"""What a launch still needs, in words: one sentence for each thing that is checked, not for each rule."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from omni.domain.readiness import Check, Standing
from omni.present.formatting import count, listing, percent
from omni.present.locales import current_locale, gettext, marked

HOLDS: dict[str, str] = {
    "terms-published": marked("The terms are written in every language this market requires."),
    "price-known": marked("Every bundle has a price on its first day."),
    "stock-there": marked("Every bundle with counted stock has some."),
    "connected-live": marked("The shop asks us about every code."),
    "connected-list": marked("There are codes from the shop's own list."),
    "connected-mirror": marked("There are codes that were made in the shop."),
    "not-over": marked("There is still time to get the offer."),
    "public-address": marked("The printed address can be reached by everybody."),
    "seller-complete": marked("The seller is named with address and contact."),
    "priority-tie": marked("It is clear which campaign a receipt belongs to."),
}
"""What is right, where a check of our own passes; display rules that hold are counted."""

REMEDIES: dict[str, str] = {
    "terms-published": marked("Write the terms in every language this market requires."),
    "price-known": marked("Give every bundle a price that holds on its first day."),
    "stock-there": marked("A bundle is sold out: give it stock, or do not count it."),
    "connected-list": marked("There are no codes of the shop left: add some."),
    "connected-mirror": marked("There are no codes of the shop left: add some."),
    "not-over": marked("The last day to get the offer is over in this market: move it."),
    "public-address": marked("This is a trial run. Before real paper is printed, give it a public address."),
    "seller-complete": marked("Name the seller with address and contact: every market asks for it."),
    "priority-tie": marked("Two live campaigns want the same till. Give one of them a higher priority."),
    # The price itself.
    "no-fees-outside": marked("Put what every order must pay into the price."),
    "priced-as": marked("Show prices in this market's currency, with or without tax as it wants them."),
    "one-price": marked("Another place shows another price. Make them the same."),
    "not-personalised": marked("Somebody is shown a price of their own. Show everybody the same."),
    "separate-prices-hold": marked("Let the prices of single items hold until the last day of the offer."),
    "tax-unchanged": marked("The tax rate changes during the offer: end it before, or set the prices anew."),
    "ceiling-kept": marked("A price is above the highest price printed on the pack: lower it."),
    # Reductions.
    "earlier-price": marked("The price history allows no comparison: compare with nothing, or wait."),
    "history-long-enough": marked("Something is too new to be compared with an earlier price."),
    "lowest-everywhere": marked("It was cheaper somewhere else before. Compare with that price."),
    "price-held": marked("The earlier price did not hold long enough. Days it must have held: %(days)s."),
    "reduced-no-longer-than-held": marked(
        "The offer runs longer than the earlier price held: end it sooner."
    ),
    "reduction-at-most": marked("The reduction is too large. Highest percentage allowed: %(percent)s."),
    "percent-true": marked("A text promises a larger percentage than the true one: correct the text."),
    # Gifts and products.
    "gift-at-most": marked("A gift is worth more than this market allows: choose a smaller one."),
    "gift-valued": marked("Give every gift a price of its own, so that its value can be told."),
    "gift-named": marked("Give every gift a name that shoppers understand."),
    "unit-price": marked("Write down how much each item holds, so that a price per measure can be shown."),
    "origin-given": marked("Write down the country of origin of every item."),
    "maker-given": marked("Write down the manufacturer of every item."),
    "responsible-given": marked("Write down who answers for every item in the European Union."),
    "perishables-apart": marked("Keep goods that spoil in a bundle of their own."),
    "ai-labelled": marked("Mark every picture that was made with artificial intelligence."),
    "pictures-described": marked("Describe every picture in each language this market requires."),
    # What every offer tells.
    "terms-in-required-locales": marked("Write the terms in every language this market requires."),
    "terms-say": marked("Put the words that the law fixes into the terms."),
    "seller-named": marked("Name the seller with address, contact and registration number."),
    "seller-identified": marked(
        "Write the seller's registration number and contact as this market wants them."
    ),
    "delivery-stated": marked("Say what delivery costs, or how the cost is worked out."),
    "delivery-cost-known": marked("Say what delivery costs."),
    "delivers-here": marked("Deliver to this market, or do not offer it here."),
    "withdrawal-linked": marked("Link the shop's page for withdrawing from a contract."),
    "returns-at-least": marked("Take returns for longer. Days at least: %(days)s."),
    # Words.
    "no-words": marked("A text uses a word that is not allowed here: choose another."),
    "stock-counted": marked("A text says that little is left: count the stock, or change the text."),
    "texts-in": marked("Write every text in the languages this market wants first."),
    # Leave to hold it.
    "permit-given": marked("Write down the permit number as the authority writes it."),
    "permit-linked": marked("Link the page where the permit can be looked up."),
    "duration-at-most": marked("The offer runs too long. Days at most: %(days)s."),
    "announced-at-most": marked("It is too early to announce the offer. Days before it at most: %(days)s."),
    "printed-on-request": marked("Print only when the shopper asks for it."),
}
"""By what was checked: what to do when it is not so. Placeholders are the rule's own params."""

FACTS: dict[str, str] = {
    "history": marked("earlier prices"),
    "sales": marked("daily sales"),
    "surfaces": marked("prices in other places"),
    "item-prices": marked("prices of single items"),
    "ceilings": marked("highest prices printed on packs"),
    "fees": marked("fees"),
    "terms": marked("terms"),
}
"""What a rule needs to have been told, by its name there."""


@dataclass(frozen=True)
class Told:
    """One sentence about an edition, with the checks it stands for."""

    sentence: str
    checks: tuple[Check, ...]

    @property
    def is_title(self) -> bool:
        """Whether it is a rule's own title, in the English of its record."""
        return any(check.record is not None and check.record.title == self.sentence for check in self.checks)

    @property
    def possible_on(self) -> date | None:
        """The day from which time alone has cured all of it; None when it does not."""
        days = [check.possible_on for check in self.checks]
        known = [day for day in days if day is not None]
        return max(known) if len(known) == len(days) else None


def told(found: Iterable[Check], standing: Standing) -> list[Told]:
    """The sentences about those checks that stand so: what is checked by several rules is said once."""
    together: dict[str, list[Check]] = {}
    for check in found:
        if check.standing is standing:
            together.setdefault(said(check), []).append(check)
    return [Told(sentence, tuple(checks)) for sentence, checks in together.items()]


def said(check: Check) -> str:
    """What is right, or what to do about a check; for a display rule that holds, its own title."""
    if check.passed:
        return gettext(HOLDS[check.about]) if check.about in HOLDS else _title(check)
    if check.about not in REMEDIES:
        return _title(check)
    params = check.record.params if check.record else {}
    numbers = {name: _number(name, value) for name, value in params.items() if isinstance(value, int)}
    return gettext(REMEDIES[check.about], **numbers)


def _number(name: str, value: int) -> str:
    return percent(value, 100, current_locale()) if name == "percent" else count(value, current_locale())


def not_told(found: Sequence[Check]) -> str:
    """What nobody has told us, so that some rules decide nothing; empty when that is nothing."""
    lacking = dict.fromkeys(fact for check in found for fact in check.lacks)
    return listing([gettext(FACTS.get(fact, fact)) for fact in lacking], current_locale())


def _title(check: Check) -> str:
    return check.record.title if check.record else check.rule
