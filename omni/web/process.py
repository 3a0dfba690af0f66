"""One process of the server: granian's threads on a socket that was made elsewhere and is shared with others.

`python -m omni.web.process LISTENER THREADS MODULE:FACTORY` serves until SIGTERM. Because the processes share
one socket, nobody who waits in its queue is lost when one of them leaves. Standard input is a line to whoever
started it: a byte goes out once the application stands; when the other end is gone, the process leaves too.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from pkgutil import resolve_name
from threading import Thread, Timer
from typing import TYPE_CHECKING, Any

from granian._granian import SocketHolder
from granian.constants import HTTPModes, Interfaces
from granian.log import LogLevels
from granian.server.mt import MTServer

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

QUEUE = 1024
"""How many connections wait at most until a process takes them."""

LEAVES_AFTER_SECONDS = 0.5
"""How long a process that was told to leave still answers, so that whoever keeps a line open hears of it."""

_LINE = 0
_READY = b"."


class Server(MTServer):
    """granian with its one worker in this very process.

    Its own way of sharing a port is a queue for each worker, and one that leaves resets whoever waits in its.
    """

    def __init__(self, listener: int, threads: int) -> None:
        super().__init__(
            "omni",
            interface=Interfaces.WSGI,
            http=HTTPModes.http1,
            websockets=False,
            backlog=QUEUE,
            blocking_threads=threads,
            # An address of ours is a code, and a code is a bearer paper: no access log, whoever asks for one.
            log_access=False,
            log_level=LogLevels.error,
        )
        self.is_leaving = False
        self._listener = listener

    def leave(self) -> None:
        """Answer a moment longer, closing each line; then end once what is under way is answered."""
        if not self.is_leaving:
            self.is_leaving = True
            Timer(LEAVES_AFTER_SECONDS, super().signal_handler_interrupt).start()

    def signal_handler_interrupt(self, *_: Any, **__: Any) -> None:
        """SIGTERM and SIGINT."""
        self.leave()

    def _init_shared_socket(self) -> None:
        # granian declares neither what makes a socket nor that there may be one.
        self._shd = SocketHolder(self._listener, False, QUEUE)  # type: ignore[call-arg, assignment]

    def _check_gil(self) -> None:
        """One worker has no other to wait for."""


def closing(app: WSGIApplication, is_leaving: Callable[[], bool], *, threads: int) -> WSGIApplication:
    """The same application, whose answers ask to close the line while the process leaves.

    Every request is told whether it does, and how many threads there are: what goes on for long asks both.
    """

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Any:
        def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            if is_leaving():
                headers = [*headers, ("Connection", "close")]
            return start_response(status, headers, *rest)

        environ |= {"omni.is_leaving": is_leaving, "omni.threads": threads}
        return app(environ, start)

    return answer


def serve(listener: int, threads: int, factory: str) -> None:
    """Serve what a factory makes, on a listening socket by its number, until told to leave."""
    server = Server(listener, threads)
    Thread(target=_leave_when_alone, args=(server,), daemon=True).start()
    server.on_startup(lambda: os.write(_LINE, _READY))

    def load() -> WSGIApplication:
        app = closing(resolve_name(factory)(), lambda: server.is_leaving, threads=threads)
        # What stands now stands as long as the process: the collector need not walk it again and again,
        # a tenth of a second each time in which nobody is answered.
        gc.collect()
        gc.freeze()
        return app

    server.serve(target_loader=load, wrap_loader=False)


def _leave_when_alone(server: Server) -> None:
    with suppress(ConnectionResetError):
        os.read(_LINE, 1)
    server.leave()


if __name__ == "__main__":
    serve(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
