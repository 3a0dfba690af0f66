"""The check round: staff hold a scanner or a phone to each poster, and learn whether it is ours."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from urllib.parse import urlsplit

from flask import render_template, request, session
from flask.typing import ResponseReturnValue

from omni.domain.code import Purpose, look_alikes, show
from omni.domain.published import in_locale
from omni.domain.refusal import Reason
from omni.domain.rulebook import is_running
from omni.present.locales import current_locale
from omni.present.paper import TEST_MARK
from omni.present.wording import sentence
from omni.services.opening import OpenedCode
from omni.web import admission, here
from omni.web.known_batch import known_batch
from omni.web.limiting import GUESSES
from omni.web.statuses import status_of
from omni.web.till.counter import catalogue, looked_up, pages

_LONGEST_READ = 300
_LONGEST_SHOWN = 80
_REMEMBERED = 8

# A scheme counts only at the start, and a backslash ends a host, as in a browser: else a sticker could name
# our host to this page and lead a phone to another.
_ADDRESS = re.compile(r"(?:([a-z][a-z0-9+.-]*)://)?([^/?#\\]*)", re.IGNORECASE)

# What we print, and nothing looser: whatever else browsers forgive, no symbol of ours needs forgiving.
_PRINTED = re.compile(
    r"(?:https?://)?(?P<host>[a-z0-9.-]+(?::\d+)?)/c/(?P<letters>[a-z0-9-]+)", re.IGNORECASE
)


@dataclass(frozen=True)
class Found:
    """What hangs there: ours, with its place and offer, or somebody else's, with the host it leads to.

    `trouble` is why ours cannot be used now, in the words of the till; `mark` is that of test codes; `host`
    is what its symbol has to show, for whoever typed the letters below a symbol that may be a sticker.
    """

    is_ours: bool
    name: str
    offer: str = ""
    trouble: str = ""
    mark: str = ""
    host: str = ""


@pages.get("/check")
def check() -> ResponseReturnValue:
    """Ask for the first one."""
    return _page()


@pages.post("/check")
def check_this() -> ResponseReturnValue:
    """Say whether what was read is ours; nothing is counted and nothing is written down.

    What is not ours is limited as wrong codes are everywhere at the till.
    """
    read = request.form.get("code", "").strip()[:_LONGEST_READ]
    found = _found(read)
    wait = None if found.is_ours else here().limiter.try_once(GUESSES, "till", admission.name())
    if wait is not None:
        reason = Reason.TOO_MANY_ATTEMPTS
        page = _page(problem=sentence(reason, audience="staff"))
        return page, status_of(reason), {"Retry-After": str(wait)}
    page = _page(found, readings=() if found.is_ours else _readings(read))
    session["round"] = [asdict(found), *session.get("round", [])][:_REMEMBERED]
    return page


def _page(found: Found | None = None, *, readings: Sequence[str] = (), problem: str | None = None) -> str:
    return render_template(
        "till/check.html", found=found, readings=readings, problem=problem, earlier=session.get("round", [])
    )


def _found(read: str) -> Found:
    """A genuine code behind a foreign host is not ours: that is how a sticker steals a shopper."""
    place = here()
    printed = _PRINTED.fullmatch(read)
    opened = place.keyring.open(printed["letters"] if printed else read)
    batch = known_batch(opened, place.world.now()) if opened and opened.purpose is Purpose.CODE else None
    # Letters by themselves lead nowhere; an address has to name a host of ours.
    if opened is None or batch is None or (printed and printed["host"].lower() not in _our_hosts(batch.host)):
        return Found(is_ours=False, name=(_host_of(read) or read)[:_LONGEST_SHOWN])
    return _ours(looked_up(batch, opened.number))


def _readings(read: str) -> list[str]:
    """Codes of ours that look on paper like what was typed."""
    opens = here().keyring.open
    found = ((letters, opens(letters)) for letters in look_alikes(read))
    return [show(letters, Purpose.CODE) for letters, code in found if code and code.purpose is Purpose.CODE]


def _host_of(read: str) -> str:
    """The host a browser would open for an address, with or without its scheme; empty where it is none.

    Letters of other scripts come in the form a careful browser shows, so that none passes for one of ours.
    """
    address = _ADDRESS.match(read)
    scheme, authority = address.groups() if address else (None, "")
    host = authority.rpartition("@")[2]
    if (scheme or "https").lower() not in ("http", "https") or "." not in host:
        return ""
    labels = (
        each if each.isascii() else f"xn--{each.encode('punycode').decode()}" for each in host.split(".")
    )
    return ".".join(labels).lower()


def _our_hosts(printed: str) -> set[str]:
    settings = here().settings
    markets = (settings.host_for(market.host) for market in catalogue().markets.values())
    ours = (printed, settings.base_url, *settings.old_hosts, *markets)
    return {(urlsplit(each).netloc or each).lower() for each in ours}


def _ours(view: OpenedCode) -> Found:
    locale = current_locale()
    placement = view.placement
    refused = is_running(view.code, here().world.now())
    return Found(
        is_ours=True,
        name=" · ".join(in_locale(said, locale) for said in (placement.store_names, placement.names)),
        offer=in_locale(view.bundle.names, locale),
        trouble="" if refused is None else sentence(refused.reason, audience="staff"),
        mark=TEST_MARK if view.code.is_test else "",
        host=urlsplit(view.batch.host).netloc.upper(),
    )
