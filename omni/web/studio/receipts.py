"""Trying the receipt rules of a campaign in one market: on a typed receipt, or on a file of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import render_template, request
from flask.typing import ResponseReturnValue

from omni.domain.published import Published, in_locale
from omni.domain.receipt_rule import decide, read_rules
from omni.domain.receipt_trial import TrialGround, TriedReceipt, try_all
from omni.domain.refusal import Reason, Unknown
from omni.present.file_problems import FileProblems
from omni.present.formatting import count
from omni.present.locales import current_locale, gettext
from omni.present.receipt_file import COLUMNS, WrongCell, decoded, read_receipts, typed_receipt
from omni.present.receipt_words import Asked, asked
from omni.services import earning
from omni.services.naming import NamedEdition
from omni.web import here
from omni.web.studio.campaigns import InMarket
from omni.web.studio.desk import catalogue, pages

CSV = "receipts.csv"


@dataclass(frozen=True)
class RuleToRead:
    """One rule as a marketer reads it: the bundle it gives, what it asks, and whether it decides."""

    gives: str
    asks: Sequence[Asked]
    decides: bool


@dataclass(frozen=True)
class Tried:
    """What trying came to: rules and outcome of one receipt, or how many of many earned what."""

    rules: Sequence[RuleToRead] = ()
    earned: str | None = None
    outcomes: Sequence[tuple[str, str]] = ()
    unsure: str = ""


@pages.get("/campaigns/<campaign>/<market>/receipts")
def receipt_rules(campaign: str, market: str) -> ResponseReturnValue:
    """The rules from top to bottom, and a receipt to try them on."""
    edition, content, ground = _found(campaign, market)
    nothing_known = typed_receipt({}, ground, here().world.now())
    return _page(edition, ground, Tried(rules=_rules(content, ground, nothing_known)))


@pages.post("/campaigns/<campaign>/<market>/receipts")
def try_receipts(campaign: str, market: str) -> ResponseReturnValue:
    """What the typed receipt, or each of the file, would earn; nothing is written."""
    edition, content, ground = _found(campaign, market)
    try:
        return _page(edition, ground, _tried(content, ground), is_tried=True)
    except WrongCell as wrong:
        return _page(edition, ground, Tried(), wrong=[f"{wrong.field}: {wrong}"]), 422
    except FileProblems as problems:
        return _page(edition, ground, Tried(), wrong=str(problems).splitlines()), 422


def _tried(content: Published, ground: TrialGround) -> Tried:
    """What the form asks for. Raises WrongCell and FileProblems."""
    now, locale = here().world.now(), current_locale()
    file = request.files.get("file")
    if file is not None and file.filename:
        text = decoded(file.stream.read(), file=CSV)
        trial = try_all(ground.rules, read_receipts(text, file=CSV, ground=ground, now=now))
        outcomes = [(_name(content, slug), count(number, locale)) for slug, number in trial.outcomes.items()]
        return Tried(outcomes=outcomes, unsure=count(trial.unsure, locale) if trial.unsure else "")
    tried = typed_receipt(request.form, ground, now)
    earned = _name(content, decide(ground.rules, tried.facts).bundle)
    return Tried(rules=_rules(content, ground, tried), earned=earned)


def _rules(content: Published, ground: TrialGround, tried: TriedReceipt) -> list[RuleToRead]:
    readings = list(read_rules(ground.rules, tried.facts))
    deciding = next((reading for reading in readings if reading.fits), None)
    return [
        RuleToRead(
            _name(content, reading.rule.gives),
            asked(reading, tried.facts, current_locale()),
            reading is deciding,
        )
        for reading in readings
    ]


def _name(content: Published, slug: str | None) -> str:
    """What a bundle is called; nothing earned is said in the words of the till."""
    names = (in_locale(each.names, current_locale()) for each in content.bundles if each.slug == slug)
    return next(names, gettext("There is no offer on this receipt."))


def _found(campaign: str, market: str) -> tuple[InMarket, Published, TrialGround]:
    """A campaign in one market with its newest rules. Raises Unknown."""
    known, key = catalogue(), f"{campaign}/{market}"
    edition = known.edition_named(key)
    if edition is None:
        raise Unknown(Reason.UNKNOWN_EDITION, key)
    named = NamedEdition(edition, known.campaigns[edition.campaign_id], known.markets[edition.market_id])
    with here().db.reading() as session:
        ground = earning.trial_ground(session, edition)
    return InMarket(named, ()), known.contents[edition.id or 0], ground


def _page(
    found: InMarket, ground: TrialGround, tried: Tried, *, is_tried: bool = False, wrong: Sequence[str] = ()
) -> str:
    locale = current_locale()
    places = [
        (place.slug, f"{in_locale(place.store_names, locale)}, {in_locale(place.names, locale)}")
        for place in ground.tills
    ]
    return render_template(
        "studio/receipts.html",
        found=found,
        places=places,
        tried=tried,
        is_tried=is_tried,
        wrong=wrong,
        typed=request.form,
        columns=COLUMNS,
    )
