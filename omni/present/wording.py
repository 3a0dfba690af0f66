"""What people read when a rule said no: the one table from reason to sentence.

Reasons are stable and part of the API; sentences are not. A sentence says what happened and what can be done
now, and never that somebody else has it.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from omni.present.locales import gettext, marked

Audience = Literal["shopper", "staff"]


class Sentence(NamedTuple):
    """The words for one reason, to a shopper and to a member of staff."""

    shopper: str
    staff: str


def _both(sentence: str) -> Sentence:
    return Sentence(sentence, sentence)


_OURS = _both(marked("Something went wrong on our side. Please try again in a moment."))
_UNKNOWN = Sentence(
    marked("This is not one of our codes. Please check it letter by letter or scan it again."),
    marked("This is not one of our codes. Scan it again, or type it letter by letter."),
)
_TECHNICAL = Sentence(
    marked("The page sent something we do not understand. Please open it again from your code."),
    marked("The request cannot be read. Please report it with the reference below."),
)
_NOT_HERE = Sentence(
    marked("There is no offer on this receipt."),
    marked("This receipt earns no offer. Go on without a code."),
)

SENTENCES: dict[str, Sentence] = {
    "not-started": Sentence(
        marked("The offer has not started yet. Keep your code and come back."),
        marked("The offer has not started yet. The code can be used from its first day."),
    ),
    "paused": Sentence(
        marked("The offer is paused. Your code stays valid; please look again later."),
        marked("The offer is paused. Codes stay valid; ask the shopper to look again later."),
    ),
    "ended": Sentence(
        marked("This offer has ended."),
        marked("This offer has ended. Its codes can no longer be used."),
    ),
    "expired": Sentence(
        marked("The last day to use this discount code has passed."),
        marked("The last day to use this discount code has passed. The service desk can extend it."),
    ),
    "voided": Sentence(
        marked("This code was withdrawn. Please ask in the store for a new one."),
        marked("This code was withdrawn. Give the shopper a new one."),
    ),
    "already-claimed": Sentence(
        marked("This code was opened before. Open the offer again with the discount code you received."),
        marked("This code was opened before. Use the discount code that came of it."),
    ),
    "exchanged": Sentence(
        marked("This code was exchanged for one of another country. Open the new one."),
        marked("This code was exchanged for one of another country. Its page leads to the new one."),
    ),
    "no-exchange": Sentence(
        marked("This code cannot be exchanged for that country's offer. It stays valid here."),
        marked("This code cannot be exchanged for that country's offer. It stays valid in its own."),
    ),
    "exhausted": Sentence(
        marked("This discount code was used completely."),
        marked("This discount code was used completely. A return makes it usable again."),
    ),
    "cap-reached": Sentence(
        marked("All places for this offer are taken for now."),
        marked("The limit of this offer is reached. No more can be given out for now."),
    ),
    "out-of-stock": Sentence(
        marked("The items of this offer are sold out for now. Your code stays valid while the offer runs."),
        marked("The items of this offer are sold out. The code stays valid while the offer runs."),
    ),
    "wrong-market": Sentence(
        marked("This offer is for another country. It can be used in that country's shop."),
        marked("This code is from another country and cannot be used here."),
    ),
    "below-minimum": Sentence(
        marked("Your order is below the minimum for this offer."),
        marked("The order is below the minimum for this offer."),
    ),
    "terms-changed": Sentence(
        marked("The terms have changed since you opened the page. Please read them and try again."),
        marked("The terms have changed since the page was opened. Open it again."),
    ),
    "per-person-limit": Sentence(
        marked("You have already used this offer as often as it can be used by one person."),
        marked("This shopper has used the offer as often as one person can."),
    ),
    "not-unlocked": Sentence(
        marked("This is the code from your receipt. Get the offer first, then use its discount code."),
        marked("This is the code from the receipt. Get the offer first, then use its discount code."),
    ),
    "not-launched": Sentence(
        marked("This offer is not open yet."),
        marked("This offer is not open yet. The campaign has to be launched first."),
    ),
    "not-ready": Sentence(
        marked("This offer is not open yet."),
        marked("The campaign cannot be launched yet. Its list says what is missing."),
    ),
    "not-reached": Sentence(
        marked("This offer is not open yet."),
        marked("Open a code of your own through the public address first: omni doctor --reach"),
    ),
    "no-price": Sentence(
        marked("This offer has no price at the moment. Please try again later."),
        marked("There is no price for this bundle today. Ask the people who run the campaign."),
    ),
    "no-rule-matched": _NOT_HERE,
    "control": _NOT_HERE,
    "unknown-code": _UNKNOWN,
    "unknown-claim": _UNKNOWN,
    "unknown-redemption": Sentence(
        marked("We do not find this purchase."),
        marked("No use with this reference is known."),
    ),
    "unknown-batch": _both(marked("This print run is not known.")),
    "unknown-placement": _both(marked("This place is not known.")),
    "unknown-edition": _both(marked("This campaign is not known in this market.")),
    "unknown-receipt": _both(marked("This receipt is not known.")),
    "unknown-pool": _both(marked("These codes for offline are not known.")),
    "already-bound": _both(marked("This code belongs to another receipt.")),
    "not-in-pool": _both(marked("This code is not one of the codes for offline of this device.")),
    "not-found": _both(marked("There is nothing at this address.")),
    "test-live-mismatch": Sentence(
        marked("This is a test code. Nothing is reserved or sold with it."),
        marked("A test code and a real one do not go together. Leave practice mode, or use a test code."),
    ),
    "key-reused": _both(marked("This was sent before with other contents. Please start again.")),
    "key-required": _TECHNICAL,
    "malformed": _TECHNICAL,
    "method-not-allowed": _TECHNICAL,
    "too-large": _TECHNICAL,
    "unsupported-media-type": _TECHNICAL,
    "invalid-input": Sentence(
        marked("Something in the form is not right. Please check it and send it again."),
        marked("Something in the form is not right. Check the marked fields."),
    ),
    "stale-edit": _both(marked("This was changed in the meantime. Open it again and repeat your change.")),
    "not-signed-in": _both(marked("Please sign in first.")),
    "not-allowed": _both(marked("Your account may not do this. Ask an owner.")),
    "too-many-attempts": _both(marked("Too many attempts. Please wait a minute and try again.")),
    "store-busy": _both(marked("Many people are here right now. Please try again in a moment.")),
    "internal": _OURS,
}
"""Every reason with its sentences, in the source language."""


def sentence(reason: str, *, audience: Audience) -> str:
    """What to tell a person about a reason, in the locale being spoken.

    A reason nobody has words for reads as a fault of ours, which it then is.
    """
    words = SENTENCES.get(reason, _OURS)
    chosen = words.shopper if audience == "shopper" else words.staff
    return gettext(chosen)
