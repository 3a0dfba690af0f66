"""The line to a printer: slips go in, and the account of what was taken comes out.

What cannot be known is said, never guessed. A socket that took a slip does not tell whether paper came out;
a printer that answers a status request in its turn does, because the request waits behind the slip and its
cut. A print queue has either taken the whole job or nothing of it.

The lines are our own, not python-escpos': its network printer does not say how much of a slip was sent before
the line broke, and its queue printer does not say whether the queue took the job.
"""

from __future__ import annotations

import fcntl
import os
import select
import socket
import struct
import subprocess
import tempfile
import termios
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from omni.domain.printer_address import PrinterAddress, Way
from omni.present.printer_trouble import LineTrouble, in_words
from omni.present.slip import BadLayout, PrintUnavailable

PATIENCE_SECONDS = 8.0
"""How long a printer may take to answer, or to make room for more; longer than it takes to print a slip."""

_STATUS_REQUEST = b"\x1dr\x01"  # GS r 1, "transmit paper sensor status": answered in its turn
_NOT_THE_ANSWER = 0b1001_0000  # set in flow control and in status nobody asked for, never in the answer
_UNREAD_BYTES = 8192  # what may wait on our side for the printer: little, so that "taken" means the printer
_CLOSING_SECONDS = 0.5
_LOOK_SECONDS = 0.1


@dataclass(frozen=True)
class Handed:
    """What became of slips: how many have left us, and what stopped them, if anything did.

    `is_unsure` says that the printer was given something of which nobody knows whether it came out.
    """

    left: int
    is_unsure: bool = False
    trouble: str = ""


def hand_over(
    address: PrinterAddress,
    slips: Iterable[bytes],
    *,
    confirms: bool = False,
    patience_seconds: float = PATIENCE_SECONDS,
    told: Callable[[int], None] | None = None,
) -> Handed:
    """Send slips one after the other until they end or the printer stops; never raises for a printer.

    A printer that `confirms` is asked after each slip and the next one waits for its answer, so `left` counts
    paper; of any other it counts what was taken whole. `told` hears after each slip how many have left; what
    it raises goes through, with the line closed between two slips. A slip that cannot be drawn is a trouble
    like any other, before which everything is finished properly.
    """
    line = _line_to(address, confirms=confirms, patience_seconds=patience_seconds)
    try:
        with line.opened():
            trouble = _hand_over_each(line, slips, told or _nobody)
            line.finish()
    except OSError as failure:
        trouble = in_words(address, failure)
    except LineTrouble as stopped:
        trouble = str(stopped)
    return Handed(line.left, is_unsure=line.is_unsure, trouble=trouble)


def _hand_over_each(line: _Line, slips: Iterable[bytes], told: Callable[[int], None]) -> str:
    try:
        for slip in slips:
            line.take(slip)
            told(line.left)
    except (BadLayout, PrintUnavailable) as undrawn:
        return str(undrawn)
    return ""


def _nobody(_left: int) -> None:
    """Nobody wants to know."""


class _Line:
    """One way to a printer. `left` counts whole slips; `is_unsure` while something may have come out."""

    def __init__(self, address: PrinterAddress, patience_seconds: float) -> None:
        self.address = address
        self.patience_seconds = patience_seconds
        self.left = 0
        self.is_unsure = False

    @contextmanager
    def opened(self) -> Iterator[None]:
        """Hold the line open."""
        yield

    def take(self, slip: bytes) -> None:
        """Hand one slip over, whole."""
        raise NotImplementedError

    def finish(self) -> None:
        """Make sure that what was handed over has arrived."""
        raise NotImplementedError


class _Socket(_Line):
    """A printer on the network, by the port at which it takes bytes as they come."""

    def __init__(self, address: PrinterAddress, patience_seconds: float, *, confirms: bool) -> None:
        super().__init__(address, patience_seconds)
        self.confirms = confirms

    @contextmanager
    def opened(self) -> Iterator[None]:
        """Connect; closing never waits."""
        to = (self.address.place, self.address.port)
        try:
            self.line = socket.create_connection(to, self.patience_seconds)
        except UnicodeError:
            raise socket.gaierror from None
        with self.line:
            self.line.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _UNREAD_BYTES)
            yield

    def take(self, slip: bytes) -> None:
        """Hand a slip over and, where the printer confirms, wait until it is through."""
        while self._has_words():
            if not self.line.recv(64):
                raise ConnectionResetError
        unsent = memoryview(slip + (_STATUS_REQUEST if self.confirms else b""))
        while unsent:
            unsent = unsent[self.line.send(unsent) :]
            self.is_unsure = True
        if self.confirms:
            self._wait_for_the_answer()
            self.is_unsure = False
        self.left += 1

    def finish(self) -> None:
        """Say that nothing more comes, and see the printer take the last byte.

        Most printers then close the line; of those that leave it open we ask our own network whether the
        printer has acknowledged everything.
        """
        if not self.is_unsure:
            return
        self.line.shutdown(socket.SHUT_WR)
        started = moved = time.monotonic()
        unread = self._unread()
        while not self._has_closed():
            now, still = time.monotonic(), self._unread()
            if not still and now - started >= _CLOSING_SECONDS:
                break
            if still < unread:
                moved, unread = now, still
            elif now - moved > self.patience_seconds:
                raise TimeoutError
        self.is_unsure = False

    def _wait_for_the_answer(self) -> None:
        until = time.monotonic() + self.patience_seconds
        while (left := until - time.monotonic()) > 0:
            if not self._has_words(left):
                break
            answer = self.line.recv(1)
            if not answer:
                raise ConnectionResetError
            if not answer[0] & _NOT_THE_ANSWER:
                return
        raise LineTrouble(f"the printer {self.address} stopped: look at its paper and its cover")

    def _has_words(self, seconds: float = 0.0) -> bool:
        return _is_ready(self.line.fileno(), select.POLLIN, seconds)

    def _has_closed(self) -> bool:
        return self._has_words(_LOOK_SECONDS) and not self.line.recv(64)

    def _unread(self) -> int:
        """Bytes the printer has not acknowledged yet; 0 where the system does not tell."""
        try:
            answer = fcntl.ioctl(self.line.fileno(), termios.TIOCOUTQ, b"\0" * 4)
        except OSError:
            return 0
        return int(struct.unpack("i", answer)[0])


class _Queue(_Line):
    """A queue of the system's print server, which takes a job whole or not at all."""

    @contextmanager
    def opened(self) -> Iterator[None]:
        """Collect the job beside us first: a queue given half a job would print half."""
        with tempfile.TemporaryFile() as self.job:
            self.slips = 0
            yield

    def take(self, slip: bytes) -> None:
        """Put a slip to the others; nothing leaves yet."""
        self.job.write(slip)
        self.slips += 1

    def finish(self) -> None:
        """Give the job to the queue, which from now on answers for it."""
        if not self.slips:
            return
        self.job.seek(0)
        command = ["lp", "-d", self.address.place, "-o", "raw", "-t", "Omni"]
        try:
            done = subprocess.run(
                command,
                stdin=self.job,
                capture_output=True,
                timeout=self.patience_seconds,
                env=os.environ | {"LC_ALL": "C"},
                check=False,
            )
        except FileNotFoundError:
            raise LineTrouble("there is no lp command here: install the CUPS client") from None
        except subprocess.TimeoutExpired:
            self.is_unsure = True
            raise LineTrouble(f"the print queue {self.address} does not answer: is CUPS running?") from None
        if done.returncode:
            said = " ".join(done.stderr.decode(errors="replace").split()) or f"code {done.returncode}"
            raise LineTrouble(f"the print queue {self.address} took nothing ({said}): `lpstat -e` lists them")
        self.left = self.slips


class _Device(_Line):
    """A device or file of this machine that is already there; it cannot be asked anything."""

    @contextmanager
    def opened(self) -> Iterator[None]:
        """Open it to write at its end, without ever waiting for it."""
        flags = os.O_WRONLY | os.O_APPEND | os.O_NONBLOCK | os.O_NOCTTY
        self.file = os.open(self.address.place, flags)
        try:
            yield
        finally:
            os.close(self.file)

    def take(self, slip: bytes) -> None:
        """Write a slip as fast as the device takes it."""
        unsent = memoryview(slip)
        while unsent:
            if not _is_ready(self.file, select.POLLOUT, self.patience_seconds):
                raise TimeoutError
            unsent = unsent[os.write(self.file, unsent) :]
            self.is_unsure = True
        self.left += 1

    def finish(self) -> None:
        """A device has taken what was written to it."""
        self.is_unsure = False


def _is_ready(descriptor: int, event: int, seconds: float) -> bool:
    poll = select.poll()
    poll.register(descriptor, event)
    return bool(poll.poll(1000 * seconds))


def _line_to(address: PrinterAddress, *, confirms: bool, patience_seconds: float) -> _Line:
    match address.way:
        case Way.TCP:
            return _Socket(address, patience_seconds, confirms=confirms)
        case Way.CUPS:
            return _Queue(address, patience_seconds)
        case Way.FILE:
            return _Device(address, patience_seconds)
