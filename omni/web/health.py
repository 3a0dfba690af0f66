"""What machines ask about this one: alive, able to serve, and a few numbers."""

from __future__ import annotations

from ipaddress import ip_address

from flask import Blueprint, Response, abort, request

from omni.services.hooking import undelivered
from omni.services.watching import ailment, waiting_bytes
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
    lines = _metric("omni_scans_lost_total", "counter", "Scans that could not be written.", place.spool.lost)
    try:
        with place.db.reading() as session:
            waiting = waiting_bytes(session, place.settings.data_dir / "spool")
            to_send, parked = undelivered(session)
        lines += _metric("omni_spool_unfolded_bytes", "gauge", "Scans not in the database yet.", waiting)
        lines += _metric("omni_webhooks_waiting", "gauge", "Messages to subscribers to be sent.", to_send)
        lines += _metric("omni_webhooks_parked", "gauge", "Messages to subscribers given up.", parked)
        is_up = 1
    except busy():
        is_up = 0
    lines += _metric("omni_database_up", "gauge", "Whether the database answers.", is_up)
    return Response("\n".join(lines) + "\n", content_type="text/plain; version=0.0.4; charset=utf-8")


def _metric(name: str, kind: str, about: str, value: int) -> list[str]:
    return [f"# HELP {name} {about}", f"# TYPE {name} {kind}", f"{name} {value}"]


def _is_from_this_machine() -> bool:
    """A request that came through a proxy is not from here, though the proxy is."""
    if "X-Forwarded-For" in request.headers or "Forwarded" in request.headers:
        return False
    try:
        return ip_address(request.remote_addr or "").is_loopback
    except ValueError:
        return False
