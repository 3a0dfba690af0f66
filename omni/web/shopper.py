"""The shopper's half of Omni: every address she can open, and where it leads."""

from __future__ import annotations

from flask import Blueprint
from flask.blueprints import BlueprintSetupState
from werkzeug.routing import BaseConverter, PathConverter

from omni.web import (
    keeping,
    microsite,
    shopper_moving,
    shopper_offer,
    shopper_pictures,
    shopper_privacy,
    shopper_typed,
    shopper_unlock,
    shopper_voucher,
)

pages = Blueprint("shopper", __name__)


class Anything(PathConverter):
    """Whatever stands behind a prefix: slashes, line breaks, nothing at all.

    So a foreign QR's text lands on a page of ours, and is counted, instead of meeting a bare 404.
    """

    regex = "(?s:.*?)"
    part_isolating = False


class LanguageTag(BaseConverter):
    """A language as addresses spell it; so no address of the API is taken for a public page."""

    regex = "[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})*"


@pages.record_once
def _know_parts(state: BlueprintSetupState) -> None:
    state.app.url_map.converters.update(anything=Anything, language=LanguageTag)


pages.add_url_rule("/", view_func=shopper_typed.ask)
pages.add_url_rule("/", view_func=shopper_typed.find, methods=["POST"])
pages.add_url_rule("/C/<anything:code>", endpoint="printed", view_func=shopper_offer.offer)
pages.add_url_rule("/c/<anything:code>", view_func=shopper_offer.offer)
pages.add_url_rule("/c/<code>/claim", endpoint="back_to_code", view_func=shopper_unlock.go_back)
pages.add_url_rule("/c/<code>/claim", view_func=shopper_unlock.unlock, methods=["POST"])
pages.add_url_rule("/c/<code>/move", endpoint="back_to_code", view_func=shopper_unlock.go_back)
pages.add_url_rule("/c/<code>/move", view_func=shopper_moving.move, methods=["POST"])
pages.add_url_rule("/p/<slug>", view_func=shopper_offer.poster)
pages.add_url_rule("/v/<anything:voucher>", view_func=shopper_voucher.voucher)
pages.add_url_rule("/v/<voucher>/shop", endpoint="back_to_voucher", view_func=shopper_voucher.go_back)
pages.add_url_rule("/v/<voucher>/shop", view_func=shopper_voucher.to_shop, methods=["POST"])
pages.add_url_rule("/v/<voucher>/hold", endpoint="back_to_voucher", view_func=shopper_voucher.go_back)
pages.add_url_rule("/v/<voucher>/hold", view_func=shopper_voucher.keep, methods=["POST"])
pages.add_url_rule("/v/<voucher>/pass.pkpass", view_func=keeping.apple_wallet)
pages.add_url_rule("/v/<voucher>/google", view_func=keeping.google_wallet)
pages.add_url_rule("/v/<voucher>/until.ics", view_func=keeping.calendar)
pages.add_url_rule("/v/<voucher>/card.png", endpoint="voucher_card", view_func=keeping.picture)
pages.add_url_rule("/privacy/<anything:code>", view_func=shopper_privacy.privacy)
pages.add_url_rule("/pictures/<name>", view_func=shopper_pictures.picture)
pages.add_url_rule("/cards/<market>/<language:locale>/<campaign>/<bundle>.jpg", view_func=microsite.card)
pages.add_url_rule("/<market>/<language:locale>/<campaign>/", view_func=microsite.page, strict_slashes=False)
pages.add_url_rule(
    "/<market>/<language:locale>/<campaign>/<part>/", view_func=microsite.page, strict_slashes=False
)
pages.add_url_rule("/feeds/<market>/<language:locale>.<any(json, xml):form>", view_func=microsite.feed)
pages.add_url_rule("/sitemap.xml", view_func=microsite.sitemap)
pages.add_url_rule("/robots.txt", view_func=microsite.robots)
pages.add_url_rule("/404.html", view_func=microsite.nothing)
