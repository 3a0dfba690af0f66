"""Drawing a page in its brand's own templates, and in ours where theirs fail."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

from flask import Flask, current_app, render_template
from jinja2 import Environment

from omni.domain.theme import Theme
from omni.present.template_overrides import dressed

_log = logging.getLogger(__name__)


class Wardrobe:
    """The templates of an installation's brands, each set looked up once."""

    def __init__(self, env: Environment, folder: Path) -> None:
        self._env, self._folder = env, folder
        self._by_brand: dict[str | None, Environment] = {}
        self._torn: set[tuple[str | None, str]] = set()

    def of(self, brand: str | None) -> Environment:
        """The environment in which a brand's pages are drawn."""
        if brand not in self._by_brand:
            self._by_brand[brand] = dressed(self._env, self._folder, brand)
        return self._by_brand[brand]

    def note_torn(self, brand: str | None, template: str) -> None:
        """Say that a brand's templates could not draw a page; once, for the next scan finds the same."""
        if (brand, template) not in self._torn:
            self._torn.add((brand, template))
            _log.exception(
                "templates of %s fail at %s; ours are shown", brand or "this installation", template
            )


def register(app: Flask, folder: Path | None) -> None:
    """Let the templates of a folder stand before ours."""
    app.extensions["omni.wardrobe"] = Wardrobe(app.jinja_env, folder) if folder else None


def rendered(template: str, theme: Theme | None = None, **context: Any) -> str:
    """A page in the templates of its theme's brand; one that they cannot draw is drawn in ours."""
    wardrobe: Wardrobe | None = current_app.extensions["omni.wardrobe"]
    if wardrobe is not None:
        brand = theme.brand if theme else None
        whole = {**context, "theme": theme}
        current_app.update_template_context(whole)
        try:
            return wardrobe.of(brand).get_template(template).render(whole)
        except Exception:  # a brand's mistake must not cost a shopper her page
            wardrobe.note_torn(brand, template)
    return render_template(template, theme=theme, **context)
