"""Codes on paper without a command line: choose what to make, look at it, download it."""

from __future__ import annotations

import tempfile
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass

from flask import redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from omni.domain.campaign import Edition
from omni.domain.placement import Placement
from omni.domain.print_run import PrintRun
from omni.domain.published import in_locale
from omni.domain.refusal import Reason, Unknown
from omni.domain.repricing import NO_PRICE
from omni.domain.variant import bundle_shown
from omni.present import posters, sheets
from omni.present.formatting import count, length
from omni.present.locales import current_locale, gettext
from omni.present.paper import TEST_MARK
from omni.present.slip import BadLayout, PrintUnavailable
from omni.present.symbol_size import SymbolSize
from omni.services import honouring, printing, showing
from omni.services.naming import NamedEdition
from omni.services.tallying import on_paper
from omni.web import admission, here
from omni.web.studio.campaigns import InMarket
from omni.web.studio.desk import catalogue, pages
from omni.web.studio.paper_job import DISTANCES_MM, Job, Wish, whole

MOST_LABELS = 5_000
"""Labels in one download; whoever wants more has a job for a machine, and is told the command."""


@dataclass(frozen=True)
class Looked:
    """What a job will look like, or why it cannot be made: a sentence for everybody, a detail in English."""

    picture: str = ""
    size: SymbolSize | None = None
    problem: str = ""
    detail: str = ""


@pages.get("/campaigns/<campaign>/<market>/print")
def print_codes(campaign: str, market: str) -> ResponseReturnValue:
    """What of a campaign in one market can be printed, and how much of it was."""
    edition, found = _found(campaign, market)
    with here().db.reading() as session:
        known = on_paper(session, edition_id=edition.id or 0)
    places = {each.batch.id: _place(catalogue().placements[each.batch.placement_id]) for each in known}
    content = catalogue().contents.get(edition.id or 0)
    return render_template(
        "studio/print.html", found=found, known=known, places=places, content=content, mark=TEST_MARK
    )


@pages.get("/campaigns/<campaign>/<market>/print/<number>")
def print_batch(campaign: str, market: str, number: str) -> ResponseReturnValue:
    """One batch: what to make of it, and how that will look."""
    _, found = _found(campaign, market)
    job = _job(campaign, market, number, request.args)
    return _page(found, job, _looked(job))


@pages.post("/campaigns/<campaign>/<market>/print/<number>")
def make_paper(campaign: str, market: str, number: str) -> ResponseReturnValue:
    """Write down that it is printed, and hand over the PDF; or only show what it would look like."""
    _, found = _found(campaign, market)
    job = _job(campaign, market, number, request.form)
    if request.form.get("do") != "download":
        here_again = url_for(
            "studio.print_batch", campaign=campaign, market=market, number=number, **job.wish.asked
        )
        return redirect(here_again, 303)
    looked = _looked(job)
    if looked.problem:
        return _page(found, job, looked), 422
    run = _write_down(job)
    file = tempfile.TemporaryFile()  # noqa: SIM115 - whoever sends it closes it
    try:
        job.write(file, run)
    except BaseException as failure:
        file.close()
        _take_back(run, type(failure).__name__)
        raise
    file.seek(0)
    name = f"{campaign}-{market}-{job.placement.slug}-{run.id}.pdf"
    return send_file(file, mimetype="application/pdf", as_attachment=True, download_name=name)


def _found(campaign: str, market: str) -> tuple[Edition, InMarket]:
    """A campaign in one market, and how people say it. Raises Unknown."""
    known, key = catalogue(), f"{campaign}/{market}"
    edition = known.edition_named(key)
    if edition is None:
        raise Unknown(Reason.UNKNOWN_EDITION, key)
    named = NamedEdition(edition, known.campaigns[edition.campaign_id], known.markets[edition.market_id])
    return edition, InMarket(named, ())


def _job(campaign: str, market: str, number: str, asked: Mapping[str, str]) -> Job:
    """A batch of a campaign in one market, with what is wished of it. Raises Unknown."""
    (edition, _), place, now = _found(campaign, market), here(), here().world.now()
    with place.db.reading() as session:
        known = on_paper(session, edition_id=edition.id or 0, batch_id=whole(number, 1, 1 << 62, 0))
        if not known:
            raise Unknown(Reason.UNKNOWN_BATCH, number)
        content = catalogue().contents[edition.id or 0]
        bundle = content.bundle(known[0].batch.bundle_id)
        logo = showing.picture_bytes(session, content.logo)
        wish = Wish.of(asked, known[0])
        first = known[0].batch.first_number + wish.first - 1
        placement = catalogue().placements[known[0].batch.placement_id]
        shown = bundle_shown(bundle, known[0].batch, first, placement)
        picture = showing.picture_bytes(session, shown.picture)
        price = honouring.price_of_codes(
            session,
            batch=known[0].batch,
            codes=range(first, first + wish.count),
            price_minor=catalogue().price_in_print(edition.id or 0, bundle.slug, now),
            repricings=catalogue().repricings.get(bundle.id, ()),
        )
    return Job(
        known=known[0],
        content=content,
        market=catalogue().markets[edition.market_id],
        placement=placement,
        price_minor=price,
        logo=logo,
        picture=picture,
        now=now,
        wish=wish,
    )


def _looked(job: Job) -> Looked:
    if job.wish.count > MOST_LABELS:
        most = count(MOST_LABELS, current_locale())
        problem = gettext(
            "At most %(number)s at once here. More can be printed with this command:", number=most
        )
        return Looked(problem=problem, detail=job.command)
    try:
        picture, size = job.preview()
    except BadLayout as reason:
        problem = gettext("This does not fit: choose another size or a shorter distance.")
        return Looked(problem=problem, detail=str(reason))
    except PrintUnavailable as reason:
        problem = gettext("This installation cannot make paper: an owner can install the fonts.")
        return Looked(problem=problem, detail=str(reason))
    return Looked(picture=f"data:image/png;base64,{b64encode(picture).decode()}", size=size)


def _page(found: InMarket, job: Job, looked: Looked) -> str:
    return render_template(
        "studio/print_batch.html",
        found=found,
        job=job,
        looked=looked,
        measures=_measures(looked.size) if looked.size else "",
        place=_place(job.placement),
        host=job.paper().host,
        layouts={name: _measures_of(layout) for name, layout in sheets.LAYOUTS.items()},
        posters=_poster_names(),
        distances={distance: length(distance, current_locale()) for distance in DISTANCES_MM},
    )


def _measures(size: SymbolSize) -> str:
    return gettext(
        "Each dot of the symbol measures %(module)s; a phone reads it from up to %(distance)s.",
        module=length(size.module_mm, current_locale()),
        distance=length(size.reading_distance_mm, current_locale()),
    )


def _write_down(job: Job) -> PrintRun:
    """Written down before it is drawn, so that no paper is without its fact."""
    with here().db.writing() as tx:
        return printing.record_run(
            tx,
            job.now,
            batch=job.batch,
            first_number=job.numbers.start,
            copies=len(job.numbers),
            form="pdf",
            layout=job.wish.layout,
            price_minor=job.price_minor or NO_PRICE,
            currency=job.market.currency,
            by=admission.name(),
        )


def _take_back(run: PrintRun, reason: str) -> None:
    place = here()
    with place.db.writing() as tx:
        printing.record_stop(
            tx,
            place.world.now(),
            run=run,
            copies_made=0,
            reason=f"it broke off: {reason}",
            by=admission.name(),
        )


def _place(placement: Placement) -> str:
    return " · ".join(
        in_locale(texts, current_locale()) for texts in (placement.store_names, placement.names)
    )


def _measures_of(layout: sheets.Layout) -> str:
    """A label sheet as its box has it: name, label, grid."""
    width, height = layout.label_mm
    return f"{layout.name} · {width:g} × {height:g} mm · {layout.columns} × {layout.rows}"


def _poster_names() -> dict[str, str]:
    """Papers by their sizes, as people call them: A4, Letter, Table card (A4)."""
    table_card = gettext("Table card")
    said = {}
    for name, poster in posters.POSTERS.items():
        size = name.rpartition("-")[2]
        size = size.upper() if len(size) == 2 else size.title()
        said[name] = f"{table_card} ({size})" if poster.is_tent else size
    return said
