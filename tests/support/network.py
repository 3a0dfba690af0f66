"""No test reaches the outside: asking for a connection or a name beyond this machine fails the test."""

import socket
import sys
from collections.abc import Iterator
from ipaddress import ip_address

import pytest

_attempts: list[str] = []


class OutsideReached(RuntimeError):
    """A test asked for an address that is not this machine."""


def is_here(host: object) -> bool:
    """Whether a host, as sockets are given it, is this machine; an address that cannot be read is not."""
    name = host.decode() if isinstance(host, bytes) else host
    if name in (None, "", "localhost", "ip6-localhost"):
        return True
    try:
        address = ip_address(str(name).partition("%")[0])
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


def _destination(event: str, arguments: tuple[object, ...]) -> object:
    match event, arguments:
        case (("socket.connect" | "socket.sendto" | "socket.sendmsg"), (socket.socket() as line, address)):
            if line.family in (socket.AF_INET, socket.AF_INET6) and isinstance(address, tuple):
                return address[0]
        case (("socket.getaddrinfo" | "socket.gethostbyname"), (host, *_)):
            return host
    return None


def _guard(event: str, arguments: tuple[object, ...]) -> None:
    if event.startswith("socket.") and not is_here(host := _destination(event, arguments)):
        _attempts.append(f"{event} {host}")
        raise OutsideReached(_attempts[-1])


def pytest_configure() -> None:
    """Listen for the life of this process: an audit hook cannot be taken off again, which is the point."""
    sys.addaudithook(_guard)


@pytest.fixture(autouse=True)
def only_this_machine() -> Iterator[None]:
    """Fail the test even when the code under test swallowed the refusal."""
    _attempts.clear()
    yield
    if _attempts:
        pytest.fail(f"reached outside this machine: {', '.join(_attempts)}")
