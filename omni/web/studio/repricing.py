"""How far a recall has come: on the page of campaigns in figures, line by line on a page of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from flask import Response, abort, flash, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from omni.domain.placement import Placement
from omni.domain.published import in_locale
from omni.domain.refusal import Reason, Unknown
from omni.domain.repricing import RecallLine
from omni.domain.window import local_day
from omni.present.formatting import count, duration, instant, market_name
from omni.present.locales import current_locale, gettext
from omni.present.recall_sheet import RecallSheet, new_paper, sheet_pdf, small_type, why
from omni.present.slip import BadLayout, PrintUnavailable
from omni.services import naming, showing, taking_down
from omni.services.taking_down import Progress
from omni.web import here
from omni.web.studio.desk import catalogue, pages

_HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class LineToRead:
    """One line of a recall as a marketer reads it.

    `done` says when and by whom, and is empty while it waits; `print_at` leads to paper instead of this.
    """

    place: str
    small_type: Sequence[str]
    copies: str
    why: str
    waited: str
    done: str
    new_paper: str
    print_at: str


def recall_of(edition_id: int) -> str | None:
    """How far the recalls of an edition have come, in words; asked of the database once in a request."""
    if "recalls" not in g:
        with here().db.reading() as session:
            g.recalls = taking_down.progress(session, here().world.now())
    progress: Progress | None = g.recalls.get(edition_id)
    if progress is None:
        return None
    locale = current_locale()
    done, whole = count(progress.done, locale), count(progress.all, locale)
    return f"{gettext('%(done)s of %(all)s taken down', done=done, all=whole)} · {_hours(progress.waits)}"


@pages.context_processor
def _what_the_campaigns_show() -> dict[str, object]:
    return {"recall_of": recall_of}


@pages.get("/campaigns/<campaign>/<market>/take-down")
def take_downs(campaign: str, market: str) -> ResponseReturnValue:
    """Every line of the recalls of a campaign in a market, open or done, and a sheet for each store."""
    lines = _lines(f"{campaign}/{market}")
    waiting = {line.placement.store_slug: line.placement for line in lines if line.done is None}
    stores = [(place.slug, in_locale(place.store_names, current_locale())) for place in waiting.values()]
    return render_template(
        "studio/take_down.html",
        lines=[_to_read(line, f"{campaign}/{market}") for line in lines],
        stores=stores,
        campaign=campaign,
        market=market,
        title=_title(f"{campaign}/{market}"),
    )


@pages.get("/campaigns/<campaign>/<market>/take-down/<placement>")
def take_down_sheet(campaign: str, market: str, placement: str) -> ResponseReturnValue:
    """The sheet of what is open in the store a place is in."""
    place, known = here(), catalogue()
    with place.db.reading() as session:
        there: Placement = naming.placement_named(session, placement)
        edition = naming.edition_named(session, f"{campaign}/{market}")
        waiting = taking_down.open_at(session, there)
        content = known.contents[edition.id or 0]
        pictures = showing.printed_pictures(session, content)
    lines = [line for line in waiting if line.batch.edition_id == edition.id]
    if not lines:
        abort(404)
    sheet = RecallSheet(
        key=f"{campaign}/{market}",
        market=known.markets[market],
        content=content,
        lines=lines,
        pictures=pictures,
        printed_on=local_day(place.world.now(), known.markets[market].time_zone),
    )
    try:
        answer = Response(sheet_pdf(sheet), mimetype="application/pdf")
    except (BadLayout, PrintUnavailable):
        flash(gettext("This installation cannot make paper: an owner can install the fonts."), "problem")
        return redirect(url_for("studio.take_downs", campaign=campaign, market=market), 303)
    name = f"take-down-{there.store_slug}.pdf"
    answer.headers["Content-Disposition"] = f'inline; filename="{name}"'
    return answer


def _title(key: str) -> str:
    """Double 11 in France."""
    edition = catalogue().edition_named(key)
    if edition is None:
        raise Unknown(Reason.UNKNOWN_EDITION, key)
    return gettext(
        "%(campaign)s in %(market)s",
        campaign=in_locale(catalogue().campaigns[edition.campaign_id].names, current_locale()),
        market=market_name(edition.market_id, current_locale()),
    )


def _lines(key: str) -> Sequence[RecallLine]:
    with here().db.reading() as session:
        return taking_down.lines(session, naming.edition_named(session, key))


def _to_read(line: RecallLine, key: str) -> LineToRead:
    known, locale, now = catalogue(), current_locale(), here().world.now()
    market = known.markets[line.placement.market_id]
    bundle = known.contents[line.batch.edition_id].bundle(line.batch.bundle_id)
    place = f"{in_locale(line.placement.store_names, locale)}, {in_locale(line.placement.names, locale)}"
    done = ""
    if line.done is not None:
        done = f"{instant(line.done.done_at, market.time_zone, locale)} · {line.done.done_by}"
    return LineToRead(
        place=place,
        small_type=small_type(line, market),
        copies=count(line.copies, locale),
        why=why(line, market, locale),
        waited=_hours(line.waits(now)),
        done=done,
        new_paper=new_paper(line, key, bundle.slug),
        print_at=_print_at(line, key),
    )


def _print_at(line: RecallLine, key: str) -> str:
    """Where new paper is made: of the same codes, or where these were withdrawn of whatever else there is."""
    campaign, _, market = key.partition("/")
    if line.recall is not None:
        return url_for("studio.print_codes", campaign=campaign, market=market)
    return url_for("studio.print_batch", campaign=campaign, market=market, number=line.batch.id)


def _hours(waits: timedelta) -> str:
    """Whole hours: nobody steers a recall by the minute."""
    return duration(waits // _HOUR * _HOUR, current_locale())
