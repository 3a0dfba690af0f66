"""What machines ask about this one: alive, able to serve, and a few numbers."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import ip_address

from flask import Blueprint, Response, abort, request

from omni.services.hooking import undelivered
from omni.services.leasing import unattended_seconds
from omni.services.watching import ailment, backlog
from omni.web import here
from omni.web.errors import TRY_AGAIN_SECONDS, busy

pages = Blueprint("health", __name__)

_PLAIN = "text/plain; charset=utf-8"


@pages.get("/healthz")
def alive() -> Response:
    """Answers as long as the process lives, whatever the database does."""
    return Response("alive\n", content_type=_PLAIN)


@pages.get("/readyz")
def ready() -> Response:
    """200 when this process can serve; 503 with one word: `database`, `schema` or `keys`."""
    place = here()
    try:
        with place.db.reading() as session:
            problem = ailment(session, place.keyring)
    except busy():
        problem = "database"
    if problem is None:
        return Response("ready\n", content_type=_PLAIN)
    response = Response(f"{problem}\n", status=503, content_type=_PLAIN)
    response.headers["Retry-After"] = str(TRY_AGAIN_SECONDS)
    return response


@pages.get("/metrics")
def metrics() -> Response:
    """Prometheus text, for this machine only: a scraper elsewhere needs a proxy that is told to let it in."""
    if not _is_from_this_machine():
        abort(404)
    place = here()
    lines = _metric("omni_scans_lost_total", "Scans that could not be written.", place.spool.lost)
    try:
        lines += _asked_of_the_database()
        is_up = 1
    except busy():
        is_up = 0
    lines += _metric("omni_database_up", "Whether the database answers.", is_up)
    return Response("\n".join(lines) + "\n", content_type="text/plain; version=0.0.4; charset=utf-8")


def _asked_of_the_database() -> list[str]:
    place = here()
    now = place.world.now()
    with place.db.reading() as session:
        waits = backlog(session, place.settings.data_dir / "spool")
        to_send, parked = undelivered(session)
        unattended = unattended_seconds(session, now)
    scans_wait, facts_wait = waits.scans_wait_seconds(now), waits.messages_wait_seconds(now)
    return [
        *_metric("omni_spool_unfolded_bytes", "Scans of this machine not yet counted.", waits.spool_bytes),
        *_metric("omni_spool_oldest_seconds", "How long the oldest of them has waited.", scans_wait),
        *_metric("omni_outbox_waiting", "Facts not yet counted.", waits.messages),
        *_metric("omni_outbox_oldest_seconds", "How long the oldest of them has waited.", facts_wait),
        *_metric("omni_webhooks_waiting", "Messages to subscribers to be sent.", to_send),
        *_metric("omni_webhooks_parked", "Messages to subscribers given up.", parked),
        *_each_job("omni_job_unattended_seconds", "How long no worker has had this job in hand.", unattended),
    ]


def _metric(name: str, about: str, value: float) -> list[str]:
    return [*_head(name, about), f"{name} {value:.15g}"]


def _each_job(name: str, about: str, values: Mapping[str, float]) -> list[str]:
    return [*_head(name, about), *(f'{name}{{job="{job}"}} {value:.15g}' for job, value in values.items())]


def _head(name: str, about: str) -> list[str]:
    kind = "counter" if name.endswith("_total") else "gauge"
    return [f"# HELP {name} {about}", f"# TYPE {name} {kind}"]


def _is_from_this_machine() -> bool:
    """A request that came through a proxy is not from here, though the proxy is."""
    if "X-Forwarded-For" in request.headers or "Forwarded" in request.headers:
        return False
    try:
        return ip_address(request.remote_addr or "").is_loopback
    except ValueError:
        return False
