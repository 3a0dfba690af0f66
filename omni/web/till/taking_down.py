"""Paper that has to come down in this store: shown on the till's first page until each line is ticked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import redirect, url_for
from flask.typing import ResponseReturnValue

from omni.domain.published import in_locale
from omni.domain.repricing import RecallLine
from omni.domain.variant import bundle_shown
from omni.present.locales import current_locale
from omni.present.recall_sheet import small_type, why
from omni.services import taking_down
from omni.web import admission, here
from omni.web.till.counter import catalogue, pages, till


@dataclass(frozen=True)
class ToTakeDown:
    """One line as staff read it; `small_type` is on the paper itself, `why` in the reader's language."""

    line_id: int
    place: str
    offer: str
    copies: int
    picture: str | None
    small_type: Sequence[str]
    why: str


def to_take_down() -> Sequence[ToTakeDown]:
    """What still has to come down in this till's store; nothing in practice, where nothing counts."""
    if till().is_practice:
        return ()
    with here().db.reading() as session:
        waiting = taking_down.open_at(session, till().placement)
    return [_told(line) for line in waiting]


@pages.context_processor
def _what_the_first_page_shows() -> dict[str, object]:
    return {"to_take_down": to_take_down}


@pages.post("/take-down/<int:line>")
def tick(line: int) -> ResponseReturnValue:
    """Say that this paper is gone; saying it twice is saying it once."""
    place = here()
    with place.db.writing() as tx:
        taking_down.tick(tx, place.world.now(), line_id=line, placement=till().placement, by=admission.name())
    return redirect(url_for("till.home"), 303)


def _told(line: RecallLine) -> ToTakeDown:
    known, locale = catalogue(), current_locale()
    bundle = known.contents[line.batch.edition_id].bundle(line.batch.bundle_id)
    market = known.markets[line.placement.market_id]
    return ToTakeDown(
        line_id=line.line.id or 0,
        place=in_locale(line.placement.names, locale),
        offer=in_locale(bundle.names, locale),
        copies=line.copies,
        picture=bundle_shown(bundle, line.batch, line.run.first_number, line.placement).picture,
        small_type=small_type(line, market),
        why=why(line, market, locale),
    )
