"""One message to one subscriber: a single POST, and an account of what came back.

A name is looked up once and the connection goes to that very address, so that a name which leads elsewhere a
moment later gains nothing. Redirects are not followed and no proxy of the environment is asked: either would
choose another address than the one that was looked at.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from http.client import HTTPConnection, HTTPException, HTTPResponse
from importlib.metadata import version
from ipaddress import ip_address
from threading import Timer
from typing import Any

from omni.domain.delivery_rule import Answer
from omni.domain.hook_address import HookAddress, hook_address, is_public

PATIENCE_SECONDS = 10.0
"""How long a subscriber may take, from the first packet to the end of its answer."""

MOST_ANSWER_BYTES = 1 << 16
"""How much of an answer is read; what follows is cut off."""

_MOST_SAID = 200

Resolve = Callable[..., list[Any]]
"""Looks a name up, as `socket.getaddrinfo` does."""


class _Refused(Exception):
    """An address that is not to be connected to; the message says why."""


@cache
def _public_authorities() -> ssl.SSLContext:
    return ssl.create_default_context()


@cache
def _user_agent() -> str:
    return f"Omni/{version('omni-offers')}"


@dataclass(frozen=True)
class Post:
    """The way to subscribers; unless it `allows_private`, only over https and to public addresses."""

    allows_private: bool = False
    patience_seconds: float = PATIENCE_SECONDS
    resolve: Resolve = socket.getaddrinfo
    trust: Callable[[], ssl.SSLContext] = _public_authorities

    def send(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Post a body once; never raises for a subscriber, whatever it does."""
        line = _Line()
        watch = Timer(self.patience_seconds, line.cut)
        watch.daemon = True
        try:
            address = hook_address(url)
            found = self._look_up(address)
            watch.start()
            with self._connected(line, address, found) as connection:
                connection.request("POST", address.target, body, _headers(address, headers))
                with connection.getresponse() as response:
                    return _account(response)
        except (OSError, HTTPException, ValueError, _Refused) as failure:
            return Answer(None, self._late() if line.is_cut else _in_words(failure))
        finally:
            watch.cancel()

    def _look_up(self, address: HookAddress) -> list[Any]:
        """Where a host leads, as sockets are told it. Raises _Refused unless every place may be gone to."""
        if not (address.is_secure or self.allows_private):
            raise _Refused("only https is allowed")
        found = self.resolve(address.host, address.port, type=socket.SOCK_STREAM)
        for *_, place in found:
            if not (self.allows_private or is_public(ip_address(place[0]))):
                raise _Refused(f"{address.host} leads to {place[0]}, which is not a public address")
        return found

    @contextmanager
    def _connected(self, line: _Line, address: HookAddress, found: list[Any]) -> Iterator[HTTPConnection]:
        line.open(found, self.patience_seconds)
        try:
            if address.is_secure:
                line.secure(self.trust(), address.host)
            connection = HTTPConnection(address.host, address.port)
            connection.sock = line.socket
            yield connection
        finally:
            line.close()

    def _late(self) -> str:
        return f"no answer within {self.patience_seconds:g} seconds"


class _Line:
    """One connection that somebody else may cut at any moment: a slow answer can be slow byte by byte."""

    def __init__(self) -> None:
        self.socket: socket.socket | None = None
        self.is_cut = False

    def open(self, found: list[Any], patience_seconds: float) -> None:
        """Connect to the first place that lets us. Raises the trouble of the last when none does."""
        trouble: OSError = OSError("the name leads nowhere")
        for family, kind, protocol, _, place in found:
            self.socket = socket.socket(family, kind, protocol)
            self.socket.settimeout(patience_seconds)
            try:
                return self.socket.connect(place)
            except OSError as failure:
                self.close()
                trouble = failure
            if self.is_cut:
                break
        raise trouble

    def secure(self, trust: ssl.SSLContext, host: str) -> None:
        """Speak TLS with a host from here on, by its name."""
        assert self.socket is not None, "only what is open can be made secure"
        secured = trust.wrap_socket(self.socket, server_hostname=host, do_handshake_on_connect=False)
        self.socket = secured
        secured.do_handshake()

    def cut(self) -> None:
        """End it now: whoever waits for the other side is woken."""
        self.is_cut = True
        try:
            if self.socket is not None:
                # Not its own: that of a TLS socket changes what the waiting side reads from.
                socket.socket.shutdown(self.socket, socket.SHUT_RDWR)
        except OSError:
            pass  # It ended by itself a moment ago.

    def close(self) -> None:
        """Give it back."""
        if self.socket is not None:
            self.socket.close()


def _headers(address: HookAddress, headers: Mapping[str, str]) -> dict[str, str]:
    ours = {
        "Host": address.authority,
        "User-Agent": _user_agent(),
        "Content-Type": "application/json",
        "Connection": "close",
    }
    return ours | dict(headers)


def _account(response: HTTPResponse) -> Answer:
    try:
        read = response.read(MOST_ANSWER_BYTES)
    except (OSError, HTTPException):
        read = b""  # The status is the answer; what else it had to say does not matter.
    answer = Answer(
        response.status,
        retry_after=response.getheader("Retry-After", ""),
        said=read[:_MOST_SAID].decode(errors="replace"),
    )
    return answer if answer.is_taken else replace(answer, trouble=_not_taken(response.status))


def _not_taken(status: int) -> str:
    elsewhere = ", and redirects are not followed" if 300 <= status < 400 else ""
    return f"answered {status}{elsewhere}"


def _in_words(failure: Exception) -> str:
    if isinstance(failure, socket.gaierror):
        return "the name of the host is not known"
    if isinstance(failure, ssl.SSLCertVerificationError):
        return f"its certificate is not accepted: {failure.verify_message}"
    if isinstance(failure, TimeoutError):
        return "no answer in time"
    if isinstance(failure, OSError):
        return f"no connection: {failure.strerror or failure}"
    if isinstance(failure, HTTPException):
        return f"no answer that can be read: {type(failure).__name__}"
    return str(failure)
