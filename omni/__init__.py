"""Omni: codes on paper that open offers online."""

from __future__ import annotations

from pathlib import Path


def asset(name: str) -> Path:
    """Find a file or folder that travels with Omni, such as `templates` or `locales/fr`.

    An installed copy carries them inside the package, a working copy beside it. Raises FileNotFoundError.
    """
    package = Path(__file__).parent
    for place in (package / "_assets" / name, package.parent / name):
        if place.exists():
            return place
    raise FileNotFoundError(f"{name} is missing from this copy of Omni: install it again")
