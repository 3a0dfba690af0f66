"""What to tell a shopper whose goods come back, beside the sum she is given."""

from __future__ import annotations

from datetime import datetime, timedelta

from omni.domain.market import Market
from omni.domain.receipt import OriginOutcome
from omni.domain.window import local_day
from omni.present.formatting import day, money
from omni.present.locales import current_locale, marked
from omni.present.locales import gettext as _

_INSTANT = timedelta(microseconds=1)

_GONE = marked("The code on this receipt can no longer be used.")
_USED = marked("The code on this receipt was already used. The return is noted.")
_OF_ORIGIN = {
    OriginOutcome.UNCHANGED: marked("The code on this receipt stays as it is."),
    OriginOutcome.VOIDED: _GONE,
    OriginOutcome.CLAIM_ENDED: _GONE,
    OriginOutcome.KEPT: _USED,
    OriginOutcome.FLAGGED: _USED,
    OriginOutcome.CHARGED_BACK: _USED,
}


def words_of_return(
    market: Market, *, has_units: bool, ends_at: datetime | None, charged_minor: int, released_minor: int
) -> list[str]:
    """The sentences for one return, in the language being spoken.

    `ends_at` is the instant after the last day its units can be used on, None when they cannot.
    """
    here = current_locale()

    def sum_of(minor: int) -> str:
        return money(minor, market.currency, here, digits=market.digits)

    told = []
    if charged_minor:
        told.append(
            _("%(sum)s is held back: the rest of the order is below the minimum.", sum=sum_of(charged_minor))
        )
    if released_minor:
        told.append(_("%(sum)s that was held back before is given back too.", sum=sum_of(released_minor)))
    if ends_at is not None:
        last = day(local_day(ends_at - _INSTANT, market.time_zone), here)
        told.append(
            _("What comes back can be used again with the same discount code until %(day)s.", day=last)
        )
    elif has_units:
        told.append(_("What comes back cannot be used again."))
    return told


def words_of_purchase_back(outcome: OriginOutcome) -> str:
    """What became of the code of a purchase that came back, in the language being spoken."""
    return _(_OF_ORIGIN[outcome])
