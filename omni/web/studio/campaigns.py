"""A campaign's life in each market: is it ready, launch, pause, resume, end."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from omni.domain.campaign import Edition, EditionState
from omni.domain.people import Role
from omni.domain.placement import Placement, Touchpoint
from omni.domain.published import in_locale
from omni.domain.readiness import Check, Standing
from omni.domain.refusal import BadInput, Reason, Refused, Unknown
from omni.present.formatting import count, market_name
from omni.present.locales import current_locale, gettext, marked
from omni.present.pauses import PAUSES
from omni.present.readiness_words import Told, not_told, told
from omni.present.wording import sentence
from omni.services import deciding, launching, naming
from omni.services.naming import NamedEdition
from omni.web import admission, here
from omni.web.statuses import status_of
from omni.web.studio.desk import pages

STATES = {
    EditionState.DRAFT: marked("Draft"),
    EditionState.LIVE: marked("Live"),
    EditionState.PAUSED: marked("Paused"),
    EditionState.ENDED: marked("Ended"),
}


class Step(StrEnum):
    """What a marketer may do to a campaign in one market."""

    LAUNCH = "launch"
    PAUSE = "pause"
    RESUME = "resume"
    END = "end"


POSSIBLE = {
    EditionState.DRAFT: (Step.LAUNCH,),
    EditionState.LIVE: (Step.PAUSE, Step.END),
    EditionState.PAUSED: (Step.RESUME, Step.END),
    EditionState.ENDED: (),
}
"""Which steps each state leaves open."""

HEADINGS = {
    Standing.STOPS: marked("What stops it"),
    Standing.WARNS: marked("Rules that fail and only warn"),
    Standing.ADVISES: marked("Advice"),
}

_LONGEST_WORDS = 500


@dataclass(frozen=True)
class InMarket:
    """A campaign in one market, as people say it, with what its launch still needs."""

    named: NamedEdition
    checks: Sequence[Check]

    @property
    def edition(self) -> Edition:
        """Its days and state."""
        return self.named.edition

    @property
    def title(self) -> str:
        """Double 11 in France."""
        return gettext(
            "%(campaign)s in %(market)s",
            campaign=in_locale(self.named.campaign.names, current_locale()),
            market=market_name(self.named.market.id, current_locale()),
        )

    @property
    def steps(self) -> tuple[Step, ...]:
        """What can be done now."""
        return POSSIBLE[self.edition.state]

    @property
    def sections(self) -> list[tuple[Standing, str, list[Told]]]:
        """What stops it, what only warns, what is advice: each with its heading and sentences, none empty."""
        return [
            (standing, gettext(heading), sentences)
            for standing, heading in HEADINGS.items()
            if (sentences := told(self.checks, standing))
        ]

    @property
    def held(self) -> list[Told]:
        """What is as it should be."""
        return told(self.checks, Standing.HOLDS)

    @property
    def not_tracked(self) -> str:
        """What nobody told us, so that some rules decide nothing."""
        return not_told(self.checks)

    @property
    def blocked(self) -> bool:
        """Whether something keeps it from going live."""
        return any(check.blocks for check in self.checks)


@pages.get("/campaigns")
def campaigns() -> ResponseReturnValue:
    """Every campaign in every market, with its state and days."""
    found = _in_markets()
    found.sort(
        key=lambda each: (each.named.campaign.id or 0, market_name(each.named.market.id, current_locale()))
    )
    return render_template("studio/campaigns.html", found=found, states=STATES, screens=_screens())


@pages.get("/campaigns/<campaign>/<market>/<step>")
def confirm(campaign: str, market: str, step: str) -> ResponseReturnValue:
    """What a step means, before it is taken."""
    return _ask(_in_market(campaign, market), _step(step))


@pages.post("/campaigns/<campaign>/<market>/<step>")
def take(campaign: str, market: str, step: str) -> ResponseReturnValue:
    """Take a step."""
    wanted, found = _step(step), _in_market(campaign, market)
    reason, words = request.form.get("reason", ""), request.form.get("words", "").strip()[:_LONGEST_WORDS]
    if wanted is Step.PAUSE and (reason not in launching.PAUSE_REASONS or (reason == "other" and not words)):
        return _ask(found, wanted, problem=gettext("Say why, in your own words or by a ready reason.")), 422
    place, by = here(), admission.name()
    now = place.world.now()
    with place.db.writing() as tx:
        edition = naming.edition_named(tx, f"{campaign}/{market}")
        match wanted:
            case Step.LAUNCH:
                is_sandbox = place.settings.is_sandbox
                outcome = launching.launch(
                    tx, now, edition=edition, rules=place.rules, is_sandbox=is_sandbox, by=by
                )
            case Step.PAUSE:
                outcome = launching.pause(tx, now, edition=edition, reason=reason, words=words or None, by=by)
            case Step.RESUME:
                outcome = launching.resume(tx, now, edition=edition, by=by)
            case Step.END:
                outcome = launching.end(tx, now, edition=edition, by=by)
    if isinstance(outcome, Refused):
        problem = sentence(outcome.reason, audience="staff")
        return _ask(found, wanted, problem=problem), status_of(outcome.reason)
    flash(f"{found.title}: {gettext(STATES[outcome.state])}", "done")
    return redirect(url_for("studio.campaigns"), 303)


@pages.post("/campaigns/<campaign>/<market>/override")
def override(campaign: str, market: str) -> ResponseReturnValue:
    """Let it go live although a rule fails, with an owner's name and reason."""
    if (turned_away := admission.turn_away((Role.OWNER,))) is not None:
        return turned_away
    place, by = here(), admission.name()
    now = place.world.now()
    reason = request.form.get("reason", "")
    try:
        rule = deciding.rule_named(place.rules, request.form.get("rule", ""))
        with place.db.writing() as tx:
            edition = naming.edition_named(tx, f"{campaign}/{market}")
            deciding.override(tx, now, edition=edition, rule=rule, reason=reason, by=by)
    except BadInput:
        problem = _say_why()
        return _ask(_in_market(campaign, market), Step.LAUNCH, problem=problem), 422
    return redirect(url_for("studio.confirm", campaign=campaign, market=market, step=Step.LAUNCH), 303)


def _screens() -> Mapping[int, Sequence[Placement]]:
    """The screens that show a code now, by the edition it belongs to."""
    catalogue = here().catalogue.current(here().world.now())
    found: dict[int, list[Placement]] = defaultdict(list)
    for batch in catalogue.posters.values():
        placement = catalogue.placements[batch.placement_id]
        if placement.touchpoint is Touchpoint.SCREEN:
            found[batch.edition_id].append(placement)
    return found


def _say_why() -> str:
    most = count(deciding.LONGEST_REASON, current_locale())
    return gettext("Say why, in at most %(number)s letters.", number=most)


def _step(text: str) -> Step:
    if text not in list(Step):
        abort(404)
    return Step(text)


def _in_market(campaign: str, market: str) -> InMarket:
    """One campaign in one market. Raises Unknown."""
    key = f"{campaign}/{market}"
    found = _in_markets(key)
    if not found:
        raise Unknown(Reason.UNKNOWN_EDITION, key)
    return found[0]


def _in_markets(key: str | None = None) -> list[InMarket]:
    """Every campaign in every market, or the one of a key, with what its launch still needs."""
    place = here()
    now, rules, is_sandbox = place.world.now(), place.rules, place.settings.is_sandbox
    with place.db.reading() as session:
        return [
            InMarket(
                named,
                deciding.checks(session, now, edition=named.edition, rules=rules, is_sandbox=is_sandbox),
            )
            for named in naming.editions(session)
            if key in (None, named.key)
        ]


def _ask(found: InMarket, step: Step, *, problem: str | None = None) -> str:
    return render_template(
        f"studio/{step.value}.html",
        found=found,
        problem=problem,
        pauses=PAUSES,
        typed=request.form,
        longest_reason=deciding.LONGEST_REASON,
    )
