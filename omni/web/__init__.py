"""The pages and the API: parse, open the transaction, call one service, render."""

from typing import TYPE_CHECKING

from flask import Flask, current_app
from flask_wtf.csrf import CSRFProtect

from omni.present import pages

if TYPE_CHECKING:
    from omni.app import Installation


def here() -> "Installation":
    """The installation this request is served by."""
    installation: Installation = current_app.extensions["omni"]
    return installation


def furnish(app: Flask, *, busy: type[Exception]) -> None:
    """Put every page into an application; `busy` is what the database raises when it cannot answer."""
    from omni.web import (
        api,
        assets,
        bodies,
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
    csrf = CSRFProtect(app)
    errors.register(app, busy=busy)
    headers.register(app)
    bodies.register(app)
    for audience in (shopper, screen, signing_in, till, studio, assets, health, api):
        app.register_blueprint(audience.pages)
    # Shoppers have no session and carry a signed render token instead; machines bring a key.
    for sessionless in (shopper, health, api):
        csrf.exempt(sessionless.pages)
