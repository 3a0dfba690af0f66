"""The world outside as the doctor meets it: names that lead to ports of this machine, and certificates."""

import socket
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.client import HTTPConnection, HTTPSConnection
from pathlib import Path
from shutil import which
from socketserver import BaseRequestHandler, TCPServer
from threading import Thread
from urllib.parse import urlsplit
from wsgiref.types import WSGIApplication

import pytest
from werkzeug.serving import make_server


class Outside:
    """A phone book for tests: a name nobody entered is unknown, as it is in the DNS."""

    def __init__(self) -> None:
        self.ports: dict[str, int] = {}
        self.authority: Path | None = None
        self.patience_seconds: float | None = None

    def dial(self, address: str, patience_seconds: float) -> HTTPConnection:
        """A connection that speaks to the address and goes to its port here, as patient as was asked."""
        parts = urlsplit(address)
        patience = self.patience_seconds or patience_seconds
        if parts.scheme != "https":
            line = HTTPConnection(parts.netloc, timeout=patience)
        else:
            trusting = ssl.create_default_context(cafile=self.authority)
            line = HTTPSConnection(parts.netloc, timeout=patience, context=trusting)
        line._create_connection = partial(self._connect, parts.netloc)  # type: ignore[attr-defined]
        return line

    def _connect(self, name: str, address: object, timeout: float, source: object) -> socket.socket:
        if name not in self.ports:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return socket.create_connection(("127.0.0.1", self.ports[name]), timeout)


@pytest.fixture
def outside() -> Outside:
    """An outside where no name leads anywhere yet."""
    return Outside()


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate and its key for go.larkfell.example and old.larkfell.example, good for 5,000 days."""
    openssl = which("openssl")
    if openssl is None:
        pytest.skip("openssl is not installed, so there is no certificate to serve with")
    path = tmp_path_factory.mktemp("certificate") / "go.pem"
    names = "subjectAltName=DNS:go.larkfell.example,DNS:old.larkfell.example"
    command = [openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    command += ["-days", "5000", "-subj", "/CN=go.larkfell.example", "-addext", names]
    subprocess.run(
        [*command, "-keyout", path, "-out", path.with_suffix(".crt")], check=True, capture_output=True
    )
    path.write_bytes(path.read_bytes() + path.with_suffix(".crt").read_bytes())
    return path


@contextmanager
def answering(app: WSGIApplication, certificate: Path | None = None) -> Iterator[int]:
    """Serve an application on a free port, over TLS when there is a certificate."""
    server = make_server("127.0.0.1", 0, app, threaded=True, ssl_context=_speaking(certificate))
    with _in_the_background(server):
        yield int(server.port)


@contextmanager
def silent() -> Iterator[int]:
    """A port that takes a connection and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as line:
        yield int(line.getsockname()[1])


@contextmanager
def talking_nonsense(certificate: Path) -> Iterator[int]:
    """A port where some other kind of server speaks, over TLS."""

    class Nonsense(BaseRequestHandler):
        def handle(self) -> None:
            self.request.sendall(b"220 mail.larkfell.example ready\r\n")

    context = _speaking(certificate)
    assert context is not None
    with TCPServer(("127.0.0.1", 0), Nonsense) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        with _in_the_background(server):
            yield int(server.server_address[1])


def _speaking(certificate: Path | None) -> ssl.SSLContext | None:
    if certificate is None:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


@contextmanager
def _in_the_background(server: TCPServer) -> Iterator[None]:
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
