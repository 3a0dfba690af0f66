"""A printer on the till's own network."""

from __future__ import annotations

import socket
from urllib.parse import urlsplit

TIMEOUT_SECONDS = 3.0
"""A queue of shoppers waits no longer than this for a printer that is off."""


def send(address: str, paper: bytes) -> bool:
    """Send bytes to `tcp://host:port`; whether the printer took them all.

    A printer without paper may take them too: this connection tells nothing about what came out.
    """
    parts = urlsplit(address)
    try:
        with socket.create_connection((parts.hostname or "", parts.port or 9100), TIMEOUT_SECONDS) as printer:
            printer.sendall(paper)
    except (OSError, ValueError):
        return False
    return True
