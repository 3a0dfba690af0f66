"""One button for legal: everything behind a campaign in one market, as a signed file."""

from __future__ import annotations

from flask import Response, current_app, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from omni.domain.code import Purpose
from omni.domain.evidence import ShownPage
from omni.domain.refusal import BadInput
from omni.present.evidence import sealed_evidence
from omni.present.locales import gettext
from omni.present.slip import PrintUnavailable
from omni.services import evidencing, naming, travelling
from omni.web import here, previewing
from omni.web.studio.desk import pages


@pages.post("/campaigns/<campaign>/<market>/evidence")
def evidence(campaign: str, market: str) -> ResponseReturnValue:
    """The evidence as it stands now, or at the instant that was asked for, to be kept."""
    place = here()
    now, asked = place.world.now(), request.form.get("at", "")[:40]
    try:
        with place.db.reading() as session:
            edition = naming.edition_named(session, f"{campaign}/{market}")
            zone = travelling.zone_of(session, edition)
            at = travelling.instant_of(asked, zone) if asked else now
            found = evidencing.inquire(session, now, at, edition=edition, rules=place.rules)
        drawn = [
            ShownPage(seen.view.bundle.slug, locale, _draw(seen, locale)) for locale, seen in found.sights
        ]
        sealed = sealed_evidence(found.evidence, drawn, place.keyring.secret_for(Purpose.EVIDENCE))
    except BadInput:
        flash(gettext("Nothing of this was published by then."), "problem")
        return redirect(url_for("studio.campaigns"), 303)
    except PrintUnavailable:
        flash(gettext("This installation cannot make paper: an owner can install the fonts."), "problem")
        return redirect(url_for("studio.campaigns"), 303)
    name = f"{campaign}-{market}-{at:%Y-%m-%dT%H%MZ}.zip"
    answer = Response(sealed, mimetype="application/zip")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _draw(seen: travelling.Sight, locale: str) -> str:
    return previewing.self_contained(current_app, seen, locale=locale)
