"""Where a printer is reached: on the network, through a print queue, or at a device of this machine."""

import re
from enum import StrEnum
from typing import NamedTuple
from urllib.parse import urlsplit

RAW_PORT = 9100
"""The port at which printers take bytes as they come."""

_NAME = re.compile(r"[a-z0-9][a-z0-9.-]{0,95}")
_QUEUE = re.compile(r"[^\s/?#@'\"-][^\s/?#@'\"]{0,126}")
_REMEDY = "write tcp://till-1.example:9100, cups://queue or file:///dev/usb/lp0"


class Way(StrEnum):
    """How bytes reach a printer."""

    TCP = "tcp"
    CUPS = "cups"
    FILE = "file"


class PrinterAddress(NamedTuple):
    """An address taken apart: `place` is a host, a queue or an absolute path; only a host has a port."""

    way: Way
    place: str
    port: int = 0

    def __str__(self) -> str:
        """The place as people speak of it."""
        return f"{self.place}:{self.port}" if self.way is Way.TCP else self.place


def is_printer_name(written: str) -> bool:
    """Whether this may name a printer; what may not can only be an address."""
    return _NAME.fullmatch(written) is not None


def printer_address(written: str) -> PrinterAddress:
    """Take an address apart. Raises ValueError with what to write instead.

    >>> printer_address("tcp://till-1.example")
    PrinterAddress(way=<Way.TCP: 'tcp'>, place='till-1.example', port=9100)
    """
    if written.startswith("/"):
        written = f"file://{written}"
    parts = urlsplit(written)
    match parts.scheme:
        case "tcp":
            host, port = _host_and_port(written)
            return PrinterAddress(Way.TCP, host, port)
        case "cups" if _QUEUE.fullmatch(queue := written.removeprefix("cups://")):
            return PrinterAddress(Way.CUPS, queue)
        case "file" if not parts.netloc and len(parts.path) > 1 and not parts.query + parts.fragment:
            return PrinterAddress(Way.FILE, parts.path)
    raise ValueError(f"is not a printer; {_REMEDY}")


def _host_and_port(written: str) -> tuple[str, int]:
    parts = urlsplit(written)
    rest = parts.path.strip("/") + parts.query + parts.fragment
    try:
        host, port = parts.hostname, RAW_PORT if parts.port is None else parts.port
    except ValueError:
        host, port = None, 0
    if not host or not port or rest or "@" in parts.netloc or re.search(r"\s", written):
        raise ValueError(f"is not a printer; {_REMEDY}")
    return host, port
