"""What stands in an address that is none of ours: raw bytes to the real server, and what remains of them."""

import socket
from collections.abc import Iterator
from dataclasses import dataclass
from http.client import HTTPConnection

import pytest

from omni.app import Installation
from omni.present.locales import gettext, speaking
from omni.services import counting
from tests.support.codes import a_batch, code_of
from tests.support.journeys import fold
from tests.support.serving import served
from tests.support.shopper import PHONE

NOT_OURS = {
    "an unknown word": b"unknown",
    "ten thousand letters": b"x" * 10_240,
    "ten thousand slashes": b"/" * 10_240,
    "a NUL": b"%00",
    "a NUL within": b"BCD%00FG",
    "no UTF-8": b"%ff%fe%80",
    "half an escape": b"%f",
    "a line break": b"%0d%0aSet-Cookie:a=b",
    "a way out": b"../../etc/passwd",
    "a template": b"{{7*7}}",
    "another shop's link": b"https://pay.example/x?order=1&total=2#done",
    "a Wi-Fi": b"WIFI:T:WPA;S=caf%C3%A9%20bar;P=a=b%3F;;",
    "a face": b"%F0%9F%98%80",
    "a face, raw": "😀".encode(),
    "nothing": b"",
}
"""Texts of foreign squares, as a browser or a hand puts them behind /c/; each is a page of ours."""

NO_HTTP = {
    "no UTF-8, raw": b"\xff\xfe",
    "a NUL, raw": b"\0",
    "a space, raw": b"a b",
    "a line break, raw": b"a\r\nb",
}
"""What no HTTP request may hold: the server may answer for itself."""


@dataclass(frozen=True)
class Raw:
    """What came back, byte for byte."""

    status: int
    head: str
    body: str


class Server:
    """A running server, and everything it has said."""

    def __init__(self, port: int, said: pytest.CaptureFixture[str]) -> None:
        self.port, self._said = port, said

    def get(self, path: bytes) -> Raw:
        """Ask for a path as it is, without any library that would tidy it up."""
        request = b"GET " + path + b" HTTP/1.1\r\nHost: go.larkfell.example\r\nConnection: close\r\n"
        request += b"Accept-Language: fr\r\nUser-Agent: " + PHONE.encode() + b"\r\n\r\n"
        with socket.create_connection(("127.0.0.1", self.port), timeout=20) as line:
            line.sendall(request)
            answer = b"".join(iter(lambda: line.recv(65_536), b""))
        head, _, body = answer.partition(b"\r\n\r\n")
        return Raw(int(head.split()[1]), head.decode(), body.decode())

    @property
    def log(self) -> str:
        """All it wrote to its standard output and error."""
        return "".join(self._said.readouterr())


@pytest.fixture
def server(installation: Installation, capfd: pytest.CaptureFixture[str]) -> Iterator[Server]:
    with served(installation, workers=1) as server:
        yield Server(server.port, capfd)


def test_whatever_was_scanned_is_a_translated_page_and_one_orphan(
    server: Server, installation: Installation
) -> None:
    batch = a_batch(installation)
    code = code_of(installation, batch)
    slip = ("B" if code[0] != "B" else "C") + code[1:]
    nobodys = code_of(installation, batch, 10**9)
    texts = NOT_OURS | {"a slip of one letter": slip.encode(), "a number nobody issued": nobodys.encode()}
    with speaking("fr"):
        told = gettext("This is not one of our codes")
    for name, text in texts.items():
        answer = server.get(b"/c/" + text)
        assert answer.status == 404, (name, answer.head)
        assert '<html lang="fr"' in answer.body, name
        assert told in answer.body, name
        assert "Set-Cookie" not in answer.head, name
    for name, text in NO_HTTP.items():
        assert server.get(b"/c/" + text).status in (400, 404), name
    assert server.get(b"/" + b"x" * 10_240).status == 404
    assert server.get(f"/c/{code}".encode()).status == 200
    log = server.log
    assert "Traceback" not in log
    assert "incident" not in log
    fold(installation)
    with installation.db.reading() as session:
        assert counting.beside(session, campaign="double-11").orphans == len(texts)


def test_a_refused_request_keeps_its_line(server: Server) -> None:
    line = HTTPConnection("127.0.0.1", server.port, timeout=20)
    for _ in range(3):
        line.request("POST", "/api/v1/redemptions", b"x" * 300_000, {"Content-Type": "application/json"})
        answer = line.getresponse()
        assert (answer.status, answer.headers["Connection"]) == (401, None)
        answer.read()
    line.close()
