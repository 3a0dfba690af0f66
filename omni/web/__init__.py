"""The pages and the API: parse, open the transaction, call one service, render."""

from typing import TYPE_CHECKING

from flask import Flask, current_app, request
from flask_wtf.csrf import CSRFProtect

from omni.present import pages

if TYPE_CHECKING:
    from omni.app import Installation


def here() -> "Installation":
    """The installation this request is served by."""
    installation: Installation = current_app.extensions["omni"]
    return installation


class _Forms(CSRFProtect):  # type: ignore[misc]
    """Only forms of ours change anything; reading pages, a scan above all, is not even looked at."""

    def protect(self, apply_exemptions: bool = False) -> None:
        """Refuse a change that none of our forms asked for."""
        if request.method not in ("GET", "HEAD", "OPTIONS"):
            super().protect(apply_exemptions=apply_exemptions)


def furnish(app: Flask, *, busy: type[Exception]) -> None:
    """Put every page into an application; `busy` is what the database raises when it cannot answer."""
    from omni.web import (
        api,
        assets,
        bodies,
        digital_link,
        errors,
        headers,
        health,
        screen,
        shopper,
        signing_in,
        studio,
        till,
    )

    pages.prepare(app.jinja_env)
    csrf = _Forms(app)
    errors.register(app, busy=busy)
    headers.register(app)
    bodies.register(app)
    for audience in (shopper, digital_link, screen, signing_in, till, studio, assets, health, api):
        app.register_blueprint(audience.pages)
    # Shoppers have no session and carry a signed render token instead; machines bring a key.
    for sessionless in (shopper, health, api):
        csrf.exempt(sessionless.pages)
