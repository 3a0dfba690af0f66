"""The styles that stand in their pages: fixed, inline, and known to the security policy by their hash."""

from __future__ import annotations

import re
from base64 import b64encode
from functools import cache
from hashlib import sha256

from markupsafe import Markup

from omni import asset

SHOPPER = "shopper/style.css"
"""The one style of shopper pages."""


@cache
def page_style(sheet: str = SHOPPER) -> Markup:
    """A style sheet without comments and line breaks, as it stands in every page of its kind."""
    text = (asset("templates") / sheet).read_text(encoding="utf-8")
    bare = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    return Markup(re.sub(r"\s*\n\s*", "", bare))


@cache
def style_source(sheet: str = SHOPPER) -> str:
    """A style as a content security policy names it: `'sha256-...'`."""
    return f"'sha256-{b64encode(sha256(page_style(sheet).encode()).digest()).decode()}'"
