"""The page of a code nobody has touched, for the hour in which everybody scans.

It is drawn once for each outlook and language and kept as a shell; a scan fills in its own code, place and
proof. What the database is asked is one row by its key; a code with a history has its page drawn in full.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from flask import Flask, Response, current_app
from markupsafe import Markup, escape

from omni.domain.batch import UNTOUCHED, Batch, BatchKind, CodePhase, Glimpse
from omni.domain.code import Purpose, normalise, show
from omni.domain.placement import Placement
from omni.domain.scan_record import ScanRecord
from omni.domain.variant import variant_shown
from omni.domain.visit import Visit
from omni.present.formatting import milliseconds
from omni.present.locales import speaking
from omni.present.offer_page import PrintedWhen, printed_when
from omni.services import opening
from omni.services.lasting import unlocked_until
from omni.services.opening import OpenedCode
from omni.services.outlook import Outlook, outlook
from omni.web.holding import COOKIE
from omni.web.proving import proof_of
from omni.web.scans import record_of
from omni.web.shells import CODE, DAY, LEFT, ORIGIN, TIME, TOKEN, Gapped, Kept, Shell
from omni.web.speech import Speech, country_of, speech_of, wishes_of
from omni.web.visiting import visit_of

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

    from omni.app import Installation
    from omni.store.catalogue import Catalogue

MOST_SHELLS = 256
"""Pages kept by a process: some five megabytes."""

MOST_SCENES = 8192
STOCK_SEEN = timedelta(seconds=1)
"""How old what we know of the stock may be; unlocking asks again."""

_AT_ONCE = timedelta()
_PATHS = ("/C/", "/c/")


class Answer(NamedTuple):
    """A page that is ready to be sent."""

    status: str
    headers: list[tuple[str, str]]
    body: bytes


@dataclass(frozen=True, eq=False)
class Scene:
    """What all readers of one language see of a batch while an outlook holds, and how they are counted."""

    there: Outlook
    speech: Speech
    country: str | None
    placement: Placement
    scarce: tuple[Any, ...]
    ends_at: datetime
    records: dict[tuple[Visit, bool, str | None], ScanRecord] = field(default_factory=dict)


class ScanPages:
    """The pages of an installation's untouched codes, as far as this process has drawn them."""

    def __init__(self, place: Installation, busy: type[Exception]) -> None:
        self._place, self._busy = place, busy
        self._scenes: Kept[Scene] = Kept(MOST_SCENES)
        self._shells: Kept[Shell] = Kept(MOST_SHELLS)
        self._origins: Kept[Gapped] = Kept(MOST_SCENES)
        self._stock: Kept[tuple[datetime, bool]] = Kept(MOST_SCENES)

    def before(self, app: WSGIApplication) -> WSGIApplication:
        """An application that need not hear of scans whose page was drawn before.

        What the framework does for every request is more than such a scan needs in all.
        """

        def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Any:
            page = self._of_request(environ)
            if page is None:
                return app(environ, start_response)
            start_response(page.status, page.headers)
            return (page.body,)

        return answer

    def page(
        self,
        environ: WSGIEnvironment,
        batch: Batch,
        number: int,
        now: datetime,
        *,
        code: str,
        draw: Callable[..., Response] | None = None,
    ) -> Answer | None:
        """The page of a scan, which is counted; None when it takes more than a shell: then nothing was done.

        `draw` draws a page in full; without it what was not drawn before is None.
        """
        if batch.kind is BatchKind.SHARED and COOKIE in environ.get("HTTP_COOKIE", ""):
            return None
        catalogue = self._place.catalogue.current(now)
        scene = self._scene(environ, catalogue, batch, now)
        if scene is None or catalogue.is_recalled(batch, number):
            return None
        seen, is_away = self._glimpse(batch, number)
        if seen.phase not in (None, CodePhase.OPEN):
            return None
        there, speech = scene.there, scene.speech
        view = there.in_stock if is_away or self._has_stock(scene, batch, number, now) else there.sold_out
        variant = variant_shown(view.bundle, batch, number, scene.placement)
        if view.bundle.variants:
            # Which one is drawn depends on the code and its place, and the outlook is that of another.
            code_here = replace(view.code, batch=batch)
            view = replace(view, number=number, code=code_here, placement=scene.placement)
        shell = self._shell(scene, view, variant, now, catalogue, draw, is_away=is_away)
        origin = self._origin(scene, catalogue, seen.printed_at, now, may_draw=draw is not None)
        if shell is None or origin is None:
            return None
        own = {CODE: code.encode(), ORIGIN: origin}
        if TOKEN in shell.body.gaps:
            own[TOKEN] = proof_of(self._place, view, speech, now, number=number).encode()
        if LEFT in shell.body.gaps:
            own[LEFT] = milliseconds(scene.ends_at - now).encode()
        self._count(environ, scene, batch, number, variant, now)
        body = shell.body.filled(own)
        return Answer(shell.status, [*shell.headers, ("Content-Length", str(len(body)))], body)

    def _of_request(self, environ: WSGIEnvironment) -> Answer | None:
        """The page that answers a request; None for the application to find out what it wants."""
        path = environ["PATH_INFO"]
        if not path.startswith(_PATHS) or environ["REQUEST_METHOD"] != "GET":
            return None
        if environ.get("CONTENT_LENGTH", "0") not in ("", "0"):
            return None
        place = self._place
        opened = place.keyring.open(path[3:])
        if opened is None or opened.purpose is not Purpose.CODE:
            return None
        now = place.world.now()
        try:
            batch = opening.batch_for(place.catalogue.current(now), opened)
        except self._busy:
            return None
        if batch is None:
            return None
        return self.page(environ, batch, opened.number, now, code=as_printed(path[3:]))

    def _scene(
        self, environ: WSGIEnvironment, catalogue: Catalogue, batch: Batch, now: datetime
    ) -> Scene | None:
        there = outlook(catalogue, now, batch)
        if there is None:
            return None
        wishes = wishes_of(environ)
        key = (batch.id, *wishes)
        scene = self._scenes.get(key)
        if scene is not None and scene.there is there:
            return scene
        content, market = there.in_stock.content, there.in_stock.market
        caps = content.policies.caps
        by_place = caps.unlocks_a_place is not None or caps.unlocks_a_place_a_day is not None
        own = batch.id if by_place or batch.kind is BatchKind.SHARED else None
        made = Scene(
            there,
            speech_of(wishes, content, market),
            country_of(wishes),
            catalogue.placements[batch.placement_id],
            (batch.edition_id, batch.bundle_id, batch.origin, own),
            unlocked_until(there.in_stock),
        )
        return self._scenes.put(key, made)

    def _glimpse(self, batch: Batch, number: int) -> tuple[Glimpse, bool]:
        """What the database says of a number, and whether it was away and said nothing."""
        try:
            return self._place.db.glance.at(number, with_receipt=batch.kind is BatchKind.RECEIPTS), False
        except self._busy:
            return UNTOUCHED, True

    def _has_stock(self, scene: Scene, batch: Batch, number: int, now: datetime) -> bool:
        """Whether something was left when this process last looked, a second ago at most."""
        seen = self._stock.get(scene.scarce)
        if seen is None or not _AT_ONCE <= now - seen[0] < STOCK_SEEN:
            seen = self._stock.put(scene.scarce, (now, self._stock_now(scene, batch, number, now)))
        return seen[1]

    def _stock_now(self, scene: Scene, batch: Batch, number: int, now: datetime) -> bool:
        place = self._place
        code = place.catalogue.current(now).code(batch, number)
        try:
            with place.db.reading() as session:
                return opening.has_stock(session, now, code, scene.there.in_stock.content)
        except self._busy:
            return True

    def _shell(
        self,
        scene: Scene,
        view: OpenedCode,
        variant: str | None,
        now: datetime,
        catalogue: Catalogue,
        draw: Callable[..., Response] | None,
        *,
        is_away: bool,
    ) -> Shell | None:
        key = (scene.there, view.state, variant, scene.speech, scene.country, is_away)
        shell = self._shells.get(key)
        if shell is None and draw is not None:
            token = TOKEN if view.is_on_offer and not is_away else None
            gaps = {"code": CODE, "voucher": None, "token": token, "origin": Markup(ORIGIN), "left": LEFT}
            drawn = draw(view, scene.speech, now, catalogue=catalogue, is_away=is_away, **gaps)
            shell = self._shells.put(key, Shell.of(drawn))
        return shell

    def _origin(
        self,
        scene: Scene,
        catalogue: Catalogue,
        printed_at: datetime | None,
        now: datetime,
        *,
        may_draw: bool,
    ) -> bytes | None:
        """The line that says where a code was printed, and when; None when it was not drawn before."""
        speech, placement = scene.speech, scene.placement
        when = _printed(printed_at, now, scene.there.in_stock.market.time_zone, speech.interface)
        days = when and min(when.days_ago, 2)
        key = (catalogue.revision, placement.id, days, speech.interface, speech.terms)
        line = self._origins.get(key)
        if line is None:
            if not may_draw:
                return None
            line = self._origins.put(key, _origin_line(placement, when and _gaps_of(when), speech))
        return line.filled({TIME: escape(when.time).encode(), DAY: escape(when.day).encode()} if when else {})

    def _count(
        self,
        environ: WSGIEnvironment,
        scene: Scene,
        batch: Batch,
        number: int,
        variant: str | None,
        now: datetime,
    ) -> None:
        visit = visit_of(environ)
        if visit is None:
            return
        key = (visit, batch.is_shared_code(number), variant)
        record = scene.records.get(key)
        if record is None:
            revision, touchpoint = scene.there.in_stock.edition.revision, scene.placement.touchpoint
            record = scene.records[key] = record_of(
                visit,
                batch,
                number,
                now,
                revision=revision,
                touchpoint=touchpoint,
                locale=scene.speech.terms,
                variant=variant,
            )
        self._place.spool.append_payload(record.payload_of(number, now))


def as_printed(text: str) -> str:
    """The code that somebody spelled in one of many ways, as we print it."""
    return show(normalise(text) or "", Purpose.CODE)


def pages_of(app: Flask) -> ScanPages:
    """The pages of scans that an application has drawn."""
    pages: ScanPages = app.extensions["omni.scans"]
    return pages


def register(app: Flask, *, place: Installation, busy: type[Exception]) -> None:
    """Let scans be answered before an application hears of them, where their page is known."""
    pages = app.extensions["omni.scans"] = ScanPages(place, busy)
    app.wsgi_app = pages.before(app.wsgi_app)  # type: ignore[method-assign, assignment]


def _origin_line(placement: Placement, printed: PrintedWhen | None, speech: Speech) -> Gapped:
    parts: Any = current_app.jinja_env.get_template("shopper/parts.html").module
    with speaking(speech.interface):
        return Gapped.of(str(parts.origin(placement, printed, speech.terms)))


def _gaps_of(when: PrintedWhen) -> PrintedWhen:
    return PrintedWhen(when.days_ago, TIME, DAY)


def _printed(printed_at: datetime | None, now: datetime, zone: str, locale: str) -> PrintedWhen | None:
    if printed_at is None:
        return None
    to_the_minute, quarter = printed_at.replace(second=0, microsecond=0), now.replace(second=0, microsecond=0)
    return _printed_words(to_the_minute, quarter, zone, locale)


@lru_cache(maxsize=8192)
def _printed_words(printed_at: datetime, now: datetime, zone: str, locale: str) -> PrintedWhen | None:
    with speaking(locale):
        return printed_when(printed_at, now=now, zone=zone)
