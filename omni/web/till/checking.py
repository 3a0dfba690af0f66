"""The check round: staff hold a scanner or a phone to each poster, and learn whether it is ours."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from urllib.parse import urlsplit

from flask import render_template, request, session
from flask.typing import ResponseReturnValue

from omni.domain.code import Purpose
from omni.domain.published import in_locale
from omni.domain.rulebook import is_running
from omni.present.locales import current_locale
from omni.present.paper import TEST_MARK
from omni.present.wording import sentence
from omni.services.opening import OpenedCode
from omni.web import here
from omni.web.known_batch import known_batch
from omni.web.till.counter import looked_up, pages
from omni.web.till.spending import scanned

_LONGEST_READ = 300
_LONGEST_SHOWN = 80
_REMEMBERED = 8


@dataclass(frozen=True)
class Found:
    """What hangs there: ours, with its place and offer, or somebody else's, with the host it leads to.

    `trouble` is why ours cannot be used now, in the words of the till; `mark` is that of test codes.
    """

    is_ours: bool
    name: str
    offer: str = ""
    trouble: str = ""
    mark: str = ""


@pages.get("/check")
def check() -> ResponseReturnValue:
    """Ask for the first one."""
    return render_template("till/check.html", found=None, earlier=session.get("round", []))


@pages.post("/check")
def check_this() -> ResponseReturnValue:
    """Say whether what was read is ours; nothing is counted and nothing is written down."""
    read = request.form.get("code", "").strip()[:_LONGEST_READ]
    found, earlier = _found(read), session.get("round", [])
    session["round"] = [asdict(found), *earlier][:_REMEMBERED]
    return render_template("till/check.html", found=found, earlier=earlier)


def _found(read: str) -> Found:
    """A genuine code behind a foreign host is not ours: that is how a sticker steals a shopper."""
    place = here()
    opened = place.keyring.open(scanned(read))
    batch = known_batch(opened, place.world.now()) if opened and opened.purpose is Purpose.CODE else None
    host = _host_of(read)
    if opened is None or batch is None or (host and host not in _our_hosts(batch.host)):
        return Found(is_ours=False, name=(host or read)[:_LONGEST_SHOWN])
    return _ours(looked_up(batch, opened.number))


def _host_of(read: str) -> str:
    """The host of what may be an address, with or without its scheme; none of letters alone."""
    host, slash, _ = (read.partition("://")[2] or read).lstrip("/").partition("/")
    return host.lower() if slash else ""


def _our_hosts(printed: str) -> set[str]:
    settings = here().settings
    ours = (printed, settings.base_url, *settings.old_hosts)
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
    )
