"""Why an offer is paused, in words that are ready in every language."""

from __future__ import annotations

from omni.present.locales import gettext, marked

PAUSES: dict[str, str] = {
    "price-being-corrected": marked("A price is being corrected."),
    "out-of-stock": marked("The items are being restocked."),
    "technical": marked("We are mending a technical problem."),
    "safety-recall": marked("A product is being checked for safety."),
}
"""The ready reasons; any other is said in the marketer's own words, or not at all."""


def pause_sentence(reason: str | None, words: str | None) -> str | None:
    """What a shopper reads about a pause: the marketer's own words, else the ready ones of the reason."""
    if words:
        return words
    return gettext(PAUSES[reason]) if reason in PAUSES else None
