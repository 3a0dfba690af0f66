"""The funnel of today while it happens: a page, and what keeps it at most two seconds behind.

A stream occupies a thread of the server for as long as it lasts, so few are let in and each ends after a
while; whoever is not let in asks again and again, and reads the same figures.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain
from threading import Lock
from typing import TYPE_CHECKING

from flask import Response, abort, current_app, render_template, request
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue

from omni.domain.campaign import Campaign
from omni.domain.market import Market
from omni.domain.published import in_locale
from omni.domain.window import local_day
from omni.present.formatting import clock, count, market_name
from omni.present.locales import current_locale, gettext, ngettext, speaking
from omni.services import counting
from omni.web import here
from omni.web.errors import busy
from omni.web.studio.desk import catalogue, pages
from omni.web.studio.figures import Five, step_names

if TYPE_CHECKING:
    from omni.app import Installation

READ_EVERY_SECONDS = 1.0
"""How old the figures may be that everybody in this process shares."""

LOOK_EVERY_SECONDS = 0.25
TELL_EVERY_SECONDS = 5.0
"""How often a stream says what has not changed, so that a reader knows silence for a broken line."""

STREAM_SECONDS = 55.0
"""How long a stream lasts: proxies cut longer ones, and a sign-in that ended must be noticed."""

COME_AGAIN_MS = 250
"""How soon a browser begins the next."""

STREAM_PER_THREADS = 4
"""One stream for so many threads of a process, and at least one."""

TRY_A_STREAM_AGAIN_SECONDS = 60
REFRESH_SECONDS = 15
"""How often the page comes again by itself where there is no script."""

_THREADS = 4
_STEPS = ("issued", "scanned", "unlocked", "redeemed", "reversed")


@dataclass(frozen=True)
class Today:
    """The funnel of each market on its own day; `is_away` when the figures are older than they should be."""

    as_of: datetime
    markets: Mapping[str, Five]
    is_away: bool = False


@dataclass(frozen=True)
class _Known:
    today: Today
    read_at: float

    @property
    def is_fresh(self) -> bool:
        return time.monotonic() - self.read_at < READ_EVERY_SECONDS


class Watch:
    """What everybody who watches in this process shares: one reading a second, and the places for streams."""

    def __init__(self) -> None:
        self._streams = 0
        self._counting = Lock()
        self._reading = Lock()
        self._known: dict[int, _Known] = {}

    def enter(self, most: int) -> bool:
        """Take a place for a stream, where one is free; whoever takes one leaves it."""
        with self._counting:
            is_free = self._streams < most
            self._streams += is_free
            return is_free

    def leave(self) -> None:
        """Give the place back."""
        with self._counting:
            self._streams -= 1

    def today(self, campaign_id: int, read: Callable[[], Today], busy: type[Exception]) -> Today:
        """The figures, not older than a second while the database answers, else the last that were known.

        One asks for all: who comes meanwhile takes what was known before. Raises `busy` while nothing is
        known yet.
        """
        known = self._known.get(campaign_id)
        if known and (known.is_fresh or self._reading.locked()):
            return known.today
        with self._reading:
            known = self._known.get(campaign_id)
            if known and known.is_fresh:
                return known.today
            try:
                today = read()
            except busy:
                if known is None:
                    raise
                today = replace(known.today, is_away=True)
            self._known[campaign_id] = _Known(today, time.monotonic())
            return today


@pages.record_once
def _watch_together(state: BlueprintSetupState) -> None:
    state.app.extensions["omni.watch"] = Watch()


@pages.get("/<campaign>/live")
def live(campaign: str) -> ResponseReturnValue:
    """The page: figures at once, kept current by a script, and by itself where there is none."""
    found = _campaign(campaign)
    today = _reader(found)()
    return render_template(
        "studio/live.html",
        campaign=found,
        campaign_name=in_locale(found.names, current_locale()),
        markets=sorted(today.markets, key=lambda market: market_name(market, current_locale())),
        steps=list(zip(_STEPS, step_names(), strict=True)),
        texts=texts(today, current_locale()),
        is_away=today.is_away,
        refresh_seconds=REFRESH_SECONDS,
    )


@pages.get("/<campaign>/live.json")
def live_figures(campaign: str) -> Response:
    """The figures as they stand, for whoever asks again and again."""
    return Response(_told(_reader(_campaign(campaign))(), current_locale()), mimetype="application/json")


@pages.get("/<campaign>/live/events")
def live_events(campaign: str) -> Response:
    """The figures whenever they change; 503 when every place is taken."""
    read, locale = _reader(_campaign(campaign)), current_locale()
    if request.method == "HEAD":
        return Response(mimetype="text/event-stream")
    most = max(1, request.environ.get("omni.threads", _THREADS) // STREAM_PER_THREADS)
    watch: Watch = current_app.extensions["omni.watch"]
    if not watch.enter(most):
        return Response(status=503, headers={"Retry-After": str(TRY_A_STREAM_AGAIN_SECONDS)})
    stops: Callable[[], bool] = request.environ.get("omni.is_leaving", lambda: False)
    events = _events(read, locale, stops, watch.leave)
    # Begun at once: only a generator that has begun gives its place back, however it ends.
    response = Response(chain((next(events),), events), mimetype="text/event-stream")
    response.call_on_close(events.close)
    response.headers["X-Accel-Buffering"] = "no"
    return response


def texts(today: Today, locale: str) -> dict[str, str]:
    """Every number of the page as it is written in a language, by where it stands."""
    places = {"all": Five.sum_of([Five(), *today.markets.values()]), **today.markets}
    with speaking(locale):
        written = {"as-of": gettext("As of %(time)s UTC", time=clock(today.as_of, "UTC", locale))}
        for place, five in places.items():
            for step, number, rate in zip(_STEPS, five.numbers, five.rates, strict=True):
                written[f"{place}.{step}"] = count(number, locale)
                written[f"{place}.{step}.rate"] = rate
    return written


def _told(today: Today, locale: str) -> str:
    """The figures as a script takes them, with the one sentence that is read aloud now and then."""
    written = texts(today, locale)
    issued = sum(five.issued for five in today.markets.values())
    with speaking(locale):
        aloud = ngettext(
            "%(shown)s code was given out; scanned: %(scanned)s.",
            "%(shown)s codes were given out; scanned: %(scanned)s.",
            issued,
            shown=written["all.issued"],
            scanned=written["all.scanned"],
        )
    return json.dumps({"texts": written, "aloud": aloud, "is_away": today.is_away}, ensure_ascii=False)


def _events(
    read: Callable[[], Today], locale: str, stops: Callable[[], bool], leave: Callable[[], None]
) -> Generator[str, None, None]:
    try:
        began_at = told_at = time.monotonic()
        told = _told(read(), locale)
        yield f"retry: {COME_AGAIN_MS}\ndata: {told}\n\n"
        while not stops() and (now := time.monotonic()) - began_at < STREAM_SECONDS:
            news = _told(read(), locale)
            if news != told or now - told_at > TELL_EVERY_SECONDS:
                told, told_at = news, now
                yield f"data: {told}\n\n"
            time.sleep(LOOK_EVERY_SECONDS)
    finally:
        leave()


def _campaign(slug: str) -> Campaign:
    found = next((each for each in catalogue().campaigns.values() if each.slug == slug), None)
    if found is None:
        abort(404)
    return found


def _reader(campaign: Campaign) -> Callable[[], Today]:
    """What reads the figures of a campaign, also after the request that asked for it is over."""
    place, away = here(), busy()
    watch: Watch = current_app.extensions["omni.watch"]
    return lambda: watch.today(campaign.id or 0, lambda: _read(place, campaign), away)


def _read(place: Installation, campaign: Campaign) -> Today:
    """One question to the cube for all markets, of which each has its own day."""
    now = place.world.now()
    known = place.catalogue.current(now)
    markets: list[Market] = [
        known.markets[edition.market_id]
        for edition in known.editions.values()
        if edition.campaign_id == campaign.id
    ]
    days = {market.id: local_day(now, market.time_zone) for market in markets}
    found = {market: Five() for market in days}
    with place.db.reading() as session:
        counted = counting.funnel(
            session,
            campaign=campaign.slug,
            by=("market", "day"),
            from_on=min(days.values(), default=None),
            to_on=max(days.values(), default=None),
        )
    for row in counted.rows:
        market = row.keys["market"]
        if market in days and row.keys["day"] == days[market].isoformat():
            found[market] = Five(row.issued, row.scanned, row.unlocked, row.redeemed, row.reversed)
    return Today(now, found)
