"""Load from a process of its own: requests made beforehand, sent over kept lines, each answer timed.

`python -m tests.support.hammer PORT LINES RATE SECONDS < requests` reads one request a line (JSON: method,
path, headers, body) and prints one JSON object: how many were answered by status (0: the line broke before
the answer was whole), the seconds it took and each latency in milliseconds. A line that the server closes is
opened anew, so requests that say `Connection: close` have a line each. With RATE 0 every line sends as soon
as it has its answer (closed loop); else requests leave at their own time, whether or not others are answered
(open loop), and a latency counts from that time.
"""

from __future__ import annotations

import json
import socket
import sys
import time
from collections import Counter
from contextlib import closing
from itertools import count
from threading import Lock, Thread
from typing import Any


def packed(port: int, method: str, path: str, headers: dict[str, str], body: str) -> bytes:
    """A request as it goes over the line."""
    lines = [f"{method} {path} HTTP/1.1", f"Host: 127.0.0.1:{port}", f"Content-Length: {len(body.encode())}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n" + body).encode()


def answered(line: socket.socket) -> tuple[int, bool]:
    """Read one answer whole: its status, and whether the line stays open. Raises ConnectionError."""
    got = b""
    while b"\r\n\r\n" not in got:
        got += _more(line)
    head, _, body = got.partition(b"\r\n\r\n")
    fields = head.lower().split(b"\r\n")
    length = next(int(each.split(b":")[1]) for each in fields if each.startswith(b"content-length:"))
    while len(body) < length:
        body += _more(line)
    return int(head.split(b" ", 2)[1]), b"connection: close" not in fields


def _more(line: socket.socket) -> bytes:
    got = line.recv(65536)
    if not got:
        raise ConnectionError("the line was closed in the middle")
    return got


class Line:
    """A line to the server, opened when it is needed and again when it was closed."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._socket: socket.socket | None = None

    def ask(self, request: bytes) -> int:
        """Send a request; the status of its answer, 0 when the line broke."""
        try:
            if self._socket is None:
                self._socket = socket.create_connection(("127.0.0.1", self._port))
                self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._socket.sendall(request)
            status, stays = answered(self._socket)
        except ConnectionError:
            status, stays = 0, False
        if not stays:
            self.close()
        return status

    def close(self) -> None:
        """Give the line back."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None


def hammer(port: int, requests: list[bytes], lines: int, rate: float, seconds: float) -> dict[str, Any]:
    """Send until the time or the requests are over."""
    statuses: Counter[int] = Counter()
    latencies: list[float] = []
    turns, lock = count(), Lock()
    began = time.perf_counter()

    def send() -> None:
        with closing(Line(port)) as line:
            while (turn := next(turns)) < len(requests):
                due = began + turn / rate if rate else time.perf_counter()
                if due - began > seconds:
                    return
                time.sleep(max(0.0, due - time.perf_counter()))
                status = line.ask(requests[turn])
                with lock:
                    statuses[status] += 1
                    latencies.append((time.perf_counter() - due) * 1000)

    threads = [Thread(target=send) for _ in range(lines)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return {
        "statuses": dict(statuses),
        "seconds": time.perf_counter() - began,
        "latencies_ms": sorted(latencies),
    }


if __name__ == "__main__":
    port, lines, rate, seconds = (float(each) for each in sys.argv[1:])
    wanted = [packed(int(port), **json.loads(line)) for line in sys.stdin]
    print(json.dumps(hammer(int(port), wanted, int(lines), rate, seconds)))
