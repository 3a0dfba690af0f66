"""The one style of shopper pages: fixed, inline, and known to the security policy by its hash."""

from __future__ import annotations

import re
from base64 import b64encode
from functools import cache
from hashlib import sha256

from markupsafe import Markup

from omni import asset


@cache
def page_style() -> Markup:
    """The style sheet without comments and line breaks, as it stands in every page."""
    text = (asset("templates") / "shopper" / "style.css").read_text(encoding="utf-8")
    bare = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    return Markup(re.sub(r"\s*\n\s*", "", bare))


@cache
def style_source() -> str:
    """The style as a content security policy names it: `'sha256-...'`."""
    return f"'sha256-{b64encode(sha256(page_style().encode()).digest()).decode()}'"
