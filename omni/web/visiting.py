"""Tell people from machines by what a request says of itself, before anything about it is forgotten."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from crawleruseragents import CRAWLER_USER_AGENTS_DATA

from omni.domain.visit import Visit, VisitKind, device_of, is_ahead_of_time

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

# Signs of people that the public list takes for machines: the Sogou browser, which shares a word with the
# Sogou spiders; the browser inside Facebook; and an Android build that millions of phones run.
_PEOPLE = frozenset({"Sogou", "MetaIAB Facebook", r"AP3A\.240617\.008"})

# What the list lacks. Never a bare "bot": CUBOT makes phones.
_MACHINES = (
    r"^\s*$",
    r"^Mozilla/5\.0$",
    r"\bjava/",
    r"\bdalvik/",
    r"\bcfnetwork\b",
    r"microsoft office",
    r"zoominfobot",
    r"headless",
    r"^(?:okhttp|postmanruntime|node)\b",
    r"link ?preview",
    r"\bsogou \w+ spider\b",
)

_CHUNK = 25

# Longer ones are an attack on the cache rather than a browser.
_LONGEST_AGENT = 512
_LONGEST_PURPOSE = 64


def visit_of(environ: WSGIEnvironment) -> Visit | None:
    """The visit a request makes, or None when it is not an opening of the page at all.

    Only GET opens a page: HEAD and OPTIONS look at it from outside, POST acts on it. A link scanner that
    dresses up as a browser passes for a person here; the unlocking POST is the only proof. About 0.2 ms for
    a new user agent, next to nothing for one seen lately.
    """
    if environ["REQUEST_METHOD"] != "GET":
        return None
    said = environ.get
    return _visit(
        said("HTTP_USER_AGENT", "")[:_LONGEST_AGENT],
        said("HTTP_SEC_PURPOSE", "")[:_LONGEST_PURPOSE],
        said("HTTP_PURPOSE", "")[:_LONGEST_PURPOSE],
        said("HTTP_X_PURPOSE", "")[:_LONGEST_PURPOSE],
        said("HTTP_X_MOZ", "")[:_LONGEST_PURPOSE],
    )


@lru_cache(maxsize=8192)
def _visit(user_agent: str, sec_purpose: str, purpose: str, x_purpose: str, x_moz: str) -> Visit:
    if is_ahead_of_time(sec_purpose=sec_purpose, purpose=purpose, x_purpose=x_purpose, x_moz=x_moz):
        kind = VisitKind.PREFETCH
    else:
        kind = VisitKind.BOT if is_machine(user_agent) else VisitKind.HUMAN
    return Visit(kind, device_of(user_agent, kind))


def is_machine(user_agent: str) -> bool:
    """Whether a user agent names a crawler, a link preview or a program rather than a browser.

    Signs come from the crawler-user-agents list, less those that phones and browsers of people carry, and
    a few of our own.
    """
    return any(signs.search(user_agent) for signs in _signs())


@cache
def _signs() -> tuple[re.Pattern[str], ...]:
    """Every sign, joined by the handful: one pattern of all of them compiles and searches far slower."""
    listed = [entry["pattern"] for entry in CRAWLER_USER_AGENTS_DATA if entry["pattern"] not in _PEOPLE]
    chunks = (listed[start : start + _CHUNK] for start in range(0, len(listed), _CHUNK))
    return (
        re.compile("|".join(_MACHINES), re.IGNORECASE),
        *(re.compile("|".join(chunk)) for chunk in chunks),
    )
