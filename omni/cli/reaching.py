"""Opening a code of one's own at every printed address, the way a stranger's phone would."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from http.client import HTTPConnection, HTTPException
from urllib.parse import urlsplit

from omni.cli.desk import Desk
from omni.domain.code import Purpose
from omni.domain.market import Market
from omni.domain.record import Origin
from omni.domain.rulebook import Caller
from omni.services import issuing, reaching
from omni.services.issuing import Issued, Seal
from omni.settings import is_public_https

PATIENCE_SECONDS = 10.0
"""How long an address may take for each step of an answer."""

_CLIENT = "doctor"
_PAGE_BYTES = 1_000_000
_HEARD_SECONDS = 1.0


@dataclass(frozen=True)
class Reach:
    """How opening a code at an address went: what to do when it failed, and when the certificate ends."""

    host: str
    remedy: str | None = None
    certificate_ends_at: datetime | None = None


def printed_hosts(desk: Desk, markets: Mapping[str, Market]) -> list[str]:
    """The scheme and host of every address that would be printed, each once."""
    return sorted({desk.settings.host_for(market.host) for market in markets.values()})


def old_hosts(desk: Desk) -> list[str]:
    """The addresses of earlier years, each with its scheme."""
    return [host if "://" in host else f"https://{host}" for host in desk.settings.old_hosts]


def reach(desk: Desk, hosts: list[str]) -> Iterator[Reach]:
    """Open a code of this installation at each address, and write down where a public one answered with it.

    The code is a test code, issued once and asked for again each time.
    """
    shown = _own_code(desk)
    if shown is None:
        yield from (Reach(host, "there is no campaign to open a code of: omni import") for host in hosts)
        return
    for host in hosts:
        done = _open(desk, host, shown)
        if done.remedy is None and is_public_https(host):
            now = desk.now()
            with desk.place.db.writing() as tx:
                reaching.record_reach(tx, now, host)
        yield done


def _own_code(desk: Desk) -> str | None:
    """A test code as it is shown, sealed with the current key; None where there is no campaign yet."""
    now, keyring = desk.now(), desk.place.keyring
    seal = Seal(desk.settings.base_url, keyring.current_id)
    with desk.place.db.writing() as tx:
        somewhere = reaching.anywhere(tx)
        if somewhere is None:
            return None
        edition, placement = somewhere
        issued = issuing.issue(
            tx,
            now,
            edition=edition,
            placement=placement,
            bundle_slug=None,
            count=1,
            shared=False,
            origin=Origin.TEST,
            seal=seal,
            caller=Caller(_CLIENT, f"reach-{keyring.current_id}", "reach"),
            by=desk.by,
        )
    if not isinstance(issued, Issued):
        return None
    if not issued.is_replay:
        # Every process of the server hears of a new code within half a second.
        time.sleep(_HEARD_SECONDS)
    return keyring.seal(issued.batch.first_number, Purpose.CODE, issued.batch.key_id)


def _open(desk: Desk, host: str, shown: str) -> Reach:
    line = desk.composer.dial(host, PATIENCE_SECONDS)
    try:
        line.connect()
        ends_at = _certificate_ends_at(line)
        line.request("GET", f"/C/{shown.replace('-', '')}", headers={"User-Agent": "omni doctor"})
        answer = line.getresponse()
        page = answer.read(_PAGE_BYTES).decode("utf-8", "replace")
    except (OSError, HTTPException) as failure:
        return Reach(host, _remedy(host, failure))
    finally:
        line.close()
    # Only an installation that has our keys writes the code with its dashes; an echo of the address does not.
    if shown in page:
        return Reach(host, certificate_ends_at=ends_at)
    return Reach(host, _elsewhere(answer.status, answer.headers.get("Location")), ends_at)


def _certificate_ends_at(line: HTTPConnection) -> datetime | None:
    if not isinstance(line.sock, ssl.SSLSocket):
        return None
    ends = (line.sock.getpeercert() or {}).get("notAfter")
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(ends), UTC) if isinstance(ends, str) else None


def _elsewhere(status: int, location: str | None) -> str:
    if location:
        return f"it sends phones on to {urlsplit(location).netloc or location}: let it answer by itself"
    return f"another page answers there (status {status}): lead this host to this installation"


def _remedy(host: str, failure: Exception) -> str:
    match failure:
        case socket.gaierror():
            return f"nobody knows the name {urlsplit(host).hostname}: enter it in the DNS"
        case ssl.SSLCertVerificationError():
            return f"its certificate is not accepted ({failure.verify_message}): renew it, for this very name"
        case ssl.SSLError():
            return f"it does not speak https ({failure.reason or failure}): give the proxy a certificate"
        case TimeoutError():
            return f"no answer within {PATIENCE_SECONDS:.0f} s: open its port to the outside"
        case HTTPException():
            return "what answers there is no web server: lead this host to this installation"
    why = getattr(failure, "strerror", None) or failure
    return f"nobody answers there ({why}): start `omni serve` behind it"
