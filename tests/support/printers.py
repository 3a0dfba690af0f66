"""A receipt printer on loopback: it obeys, or does what printers do on a bad day."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Event, Thread

from tests.support.serving import free_port

CUT = b"\x1dV"
STATUS_REQUEST = b"\x1dr\x01"
PAPER_IS_THERE = b"\x00"
_CODE = re.compile(rb"(?<![A-Z0-9-])[2-9B-Z]{5}-[2-9B-Z]{5}-[2-9B-Z]{5}(?![A-Z0-9-])")


class FakePrinter:
    """A printer that keeps every byte it was sent.

    `dies_after` so many bytes it breaks the line, once. One that `answers` does so after each status request,
    `silent_after` so many answers no more, or `leaves_after` them. One that `chatters` says so much unasked,
    one that `hangs` takes a line and reads nothing. It listens on any `port` unless told which.
    """

    def __init__(
        self,
        *,
        answers: bool = False,
        silent_after: int | None = None,
        leaves_after: int | None = None,
        dies_after: int | None = None,
        hangs: bool = False,
        chatters: bytes = b"",
        port: int = 0,
    ) -> None:
        self.answers, self.hangs, self.chatters = answers, hangs, chatters
        self.silent_after, self.leaves_after, self.dies_after = silent_after, leaves_after, dies_after
        self.received = b""
        self.lines = 0
        self.answered = 0
        self.got_something = Event()
        self.has_left = Event()
        self._listener = socket.create_server(("127.0.0.1", port))
        self._over = Event()

    @property
    def address(self) -> str:
        """Where it is reached."""
        host, port = self._listener.getsockname()[:2]
        return f"tcp://{host}:{port}"

    @property
    def paper(self) -> bytes:
        """What it was given to print."""
        return self.received.replace(STATUS_REQUEST, b"")

    @property
    def codes(self) -> list[str]:
        """The codes of the slips that came out whole, in their order: a slip ends with a cut."""
        whole = self.paper.rpartition(CUT)[0]
        return [code.decode() for code in _CODE.findall(whole)]

    def serve(self) -> None:
        """Take one line after the other, as a printer does."""
        self._listener.settimeout(0.05)
        while not self._over.is_set():
            try:
                line, _ = self._listener.accept()
            except TimeoutError:
                continue
            self.lines += 1
            with line:
                line.sendall(self.chatters)
                self._hear(line)
            self.has_left.set()

    def close(self) -> None:
        """Switch it off."""
        self._over.set()

    def _hear(self, line: socket.socket) -> None:
        line.settimeout(0.05)
        while not self._over.is_set():
            if self.hangs:
                self._over.wait(0.05)
                continue
            try:
                heard = line.recv(256 if self.dies_after is None else min(256, self._left()))
            except TimeoutError:
                continue
            except ConnectionError:
                return
            if not heard:
                return
            self.received += heard
            self.got_something.set()
            if self.dies_after is not None and not self._left():
                self.dies_after = None
                # A slip that was torn off in the middle is no slip.
                self.received = b"".join(self.received.rpartition(CUT)[:2])
                # Without this the line would end politely, and the printer's power cord is not polite.
                line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
                return
            if self.answers:
                self._answer(line)
                if self.answered == self.leaves_after:
                    return

    def _left(self) -> int:
        return max(0, (self.dies_after or 0) - len(self.received))

    def _answer(self, line: socket.socket) -> None:
        while self.answered < self.received.count(STATUS_REQUEST):
            if self.silent_after is not None and self.answered >= self.silent_after:
                return
            self.answered += 1
            with suppress(OSError):
                line.sendall(PAPER_IS_THERE)


@contextmanager
def a_printer(printer: FakePrinter | None = None) -> Iterator[FakePrinter]:
    """A printer that is on until the block ends."""
    printer = printer or FakePrinter()
    serving = Thread(target=printer.serve)
    serving.start()
    try:
        yield printer
    finally:
        printer.close()
        serving.join(10)
        printer._listener.close()


def switched_off() -> str:
    """The address of a printer that refuses."""
    return f"tcp://127.0.0.1:{free_port()}"
