"""The till a person stands at: its place, its market, its languages, and whether it is for practice."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import Blueprint, g, redirect, request, session, url_for
from flask.typing import ResponseReturnValue

from omni.domain.batch import Batch
from omni.domain.market import Market
from omni.domain.market_record import PrintPolicy
from omni.domain.placement import Placement
from omni.domain.record import Origin
from omni.domain.rulebook import Caller
from omni.present.formatting import money
from omni.present.locales import current_locale
from omni.services import opening
from omni.services.opening import OpenedCode
from omni.web import admission, here

if TYPE_CHECKING:
    from omni.store.catalogue import Catalogue

pages = Blueprint("till", __name__, url_prefix="/till")

_LONGEST_CLIENT = 64


@dataclass(frozen=True)
class Till:
    """Where this person works until they choose another place."""

    placement: Placement
    market: Market
    is_practice: bool

    @property
    def origin(self) -> Origin:
        """Practice meets test codes only, and nothing it does counts."""
        return Origin.TEST if self.is_practice else Origin.LIVE

    @property
    def client(self) -> str:
        """The name under which this till's requests are answered again."""
        named = f"till:{self.placement.slug}"
        return named if len(named) <= _LONGEST_CLIENT else f"till:{self.placement.id}"

    @property
    def locales(self) -> tuple[str, ...]:
        """The market's languages, in its own order."""
        return tuple(locale["id"] for locale in self.market.locales)

    @property
    def asks_first(self) -> bool:
        """Whether nothing is printed here unless the shopper was asked, so that a code is shown first."""
        return bool(self.market.record.get("print_policy") == PrintPolicy.ON_REQUEST)

    def money(self, amount_minor: int) -> str:
        """An amount in this market's currency, as the person at the till reads it."""
        return money(amount_minor, self.market.currency, current_locale(), digits=self.market.digits)

    def caller(self, key: str = "", body_hash: str = "") -> Caller:
        """This till as the ledger knows it, asking under a form's own key."""
        return Caller(self.client, key, body_hash, self.origin)


def till() -> Till:
    """The till of this request; the guard has seen to it that there is one."""
    found: Till = g.till
    return found


def catalogue() -> Catalogue:
    """What this process knows of markets, places and batches."""
    place = here()
    return place.catalogue.current(place.world.now())


def looked_up(batch: Batch, number: int) -> OpenedCode:
    """A code with everything it belongs to; changes nothing."""
    place = here()
    with place.db.reading() as session_:
        return opening.look(session_, place.world.now(), catalogue=catalogue(), batch=batch, number=number)


def fresh_key() -> str:
    """The key a form carries, so that pressing its button twice is one request."""
    return here().world.mint(16).hex()


@pages.before_request
def stand_at_the_till() -> ResponseReturnValue | None:
    """Let staff in, find their till and speak their language; without a till, ask for it first."""
    admission.speak()
    turned_away = admission.turn_away(admission.STAFF)
    if turned_away is not None:
        return turned_away
    g.till = _chosen()
    if g.till is not None:
        admission.speak(g.till.locales)
    elif request.endpoint not in ("till.choose", "till.take"):
        return redirect(url_for("till.choose"), 303)
    return None


pages.teardown_request(admission.fall_silent)


@pages.context_processor
def _what_every_page_shows() -> dict[str, object]:
    return {"till": g.get("till"), "who": admission.person(), "is_sandbox": here().settings.is_sandbox}


def _chosen() -> Till | None:
    known = catalogue()
    who = admission.person()
    slug = session.get("till")
    found = next((placement for placement in known.placements.values() if placement.slug == slug), None)
    if found is None and who is not None and who.placement_id is not None:
        found = known.placements.get(who.placement_id)
    if found is None:
        return None
    return Till(found, known.markets[found.market_id], session.get("practice") is True)
