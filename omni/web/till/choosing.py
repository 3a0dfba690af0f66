"""Choosing the till once, and practice."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from flask import redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from omni.domain.placement import Placement, Touchpoint
from omni.domain.refusal import Reason, Unknown
from omni.present.formatting import market_name
from omni.present.locales import current_locale
from omni.web import admission
from omni.web.till.counter import catalogue, pages, till

STAFFED = (Touchpoint.RECEIPT, Touchpoint.POP_UP, Touchpoint.DEMO, Touchpoint.LIVE)
"""Kinds of places where somebody stands."""


@dataclass
class Store:
    """A shop on the street, with its places."""

    names: dict[str, str]
    placements: list[Placement] = field(default_factory=list)


@pages.get("/place")
def choose() -> ResponseReturnValue:
    """Every till, by market and store; the person's own market comes first and open."""
    known = catalogue()
    who = admission.person()
    own = known.placements.get(who.placement_id or 0) if who else None
    markets: dict[str, dict[str, Store]] = defaultdict(dict)
    for placement in sorted(known.placements.values(), key=lambda each: each.slug):
        if placement.touchpoint in STAFFED:
            stores = markets[placement.market_id]
            store = stores.setdefault(placement.store_slug, Store(placement.store_names))
            store.placements.append(placement)
    ordered = sorted(markets, key=lambda market: (own is None or market != own.market_id, _name(market)))
    return render_template(
        "till/choose.html",
        markets={each: markets[each] for each in ordered},
        own=own,
        is_one=len(markets) == 1,
    )


@pages.post("/place")
def take() -> ResponseReturnValue:
    """Stay at a till until another is chosen."""
    slug = request.form.get("place", "")
    placement = next((each for each in catalogue().placements.values() if each.slug == slug), None)
    if placement is None:
        raise Unknown(Reason.UNKNOWN_PLACEMENT, slug)
    session["till"] = placement.slug
    return redirect(url_for("till.home"), 303)


@pages.post("/practice")
def practise() -> ResponseReturnValue:
    """Begin or end practice: test codes only, and nothing counts."""
    session["practice"] = not till().is_practice
    return redirect(url_for("till.home"), 303)


def _name(market: str) -> str:
    return market_name(market, current_locale())
