"""One POST to a subscriber: to the very address that was looked at, in bounded time, whatever it answers."""

import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from werkzeug.wrappers import Request, Response

from omni.outside.post import MOST_ANSWER_BYTES, Post
from tests.support.outside import answering, silent
from tests.support.subscribers import Subscriber, listening

PATIENT = Post(allows_private=True, patience_seconds=5)
HASTY = Post(allows_private=True, patience_seconds=0.3)


@pytest.fixture
def shop() -> Iterator[Subscriber]:
    with listening() as found:
        yield found


def leading_to(*places: str, asked: list[str] | None = None) -> Any:
    """A phone book in which every name leads to the same places."""

    def resolve(host: str, port: int, **_: object) -> list[Any]:
        if asked is not None:
            asked.append(host)
        return [
            (socket.AF_INET6 if ":" in place else socket.AF_INET, socket.SOCK_STREAM, 6, "", (place, port))
            for place in places
        ]

    return resolve


@contextmanager
def saying(*pieces: bytes, pause_seconds: float = 0.0) -> Iterator[str]:
    """A server that says these bytes to one caller, whatever it asks, with a pause after each."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            line, _ = server.accept()
            with line:
                line.recv(65536)
                try:
                    for piece in pieces:
                        line.sendall(piece)
                        time.sleep(pause_seconds)
                except OSError:
                    return

        thread = Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}/"
        thread.join()


def test_a_message_arrives_as_it_was_sent(shop: Subscriber) -> None:
    answer = PATIENT.send(f"{shop.url}?shop=7", b'{"a":1}', {"webhook-id": "msg_1"})
    assert (answer.status, answer.is_taken, answer.said) == (200, True, "thank you")
    (heard,) = shop.heard
    assert (heard.path, heard.body, heard.id) == ("/webhooks?shop=7", b'{"a":1}', "msg_1")
    assert heard.headers["content-type"] == "application/json"
    assert heard.headers["user-agent"].startswith("Omni/")
    assert heard.headers["host"] == shop.url.split("/")[2]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(shop: Subscriber, status: int) -> None:
    shop.answers(status, Location=shop.url)
    answer = PATIENT.send(shop.url, b"{}", {})
    assert answer.trouble == f"answered {status}, and redirects are not followed"
    assert len(shop.heard) == 1


def test_a_refusal_is_told_with_what_it_asks(shop: Subscriber) -> None:
    shop.answers(503, b"later", Retry_After="120")
    answer = PATIENT.send(shop.url, b"{}", {})
    assert (answer.is_taken, answer.trouble) == (False, "answered 503")
    assert (answer.retry_after, answer.said) == ("120", "later")


def test_an_endless_answer_is_cut_off() -> None:
    endless = [b"HTTP/1.1 200 OK\r\n\r\n", *[b"x" * MOST_ANSWER_BYTES] * 100]
    with saying(*endless) as url:
        assert PATIENT.send(url, b"{}", {}).status == 200


@pytest.mark.parametrize("piece", [b"H", b"HTTP/1.1 100 Continue\r\n\r\n"])
def test_an_answer_byte_by_byte_ends_in_time(piece: bytes) -> None:
    begun = time.monotonic()
    with saying(*[piece] * 50, pause_seconds=0.02) as url:
        answer = HASTY.send(url, b"{}", {})
        assert (answer.status, answer.trouble) == (None, "no answer within 0.3 seconds")
    assert time.monotonic() - begun < 3


def test_headers_without_end_are_not_waited_for() -> None:
    begun = time.monotonic()
    with saying(b"HTTP/1.1 200 OK\r\n", *[b"X: y\r\n"] * 50, pause_seconds=0.02) as url:
        assert HASTY.send(url, b"{}", {}).status == 200
    assert time.monotonic() - begun < 3


def test_a_status_counts_although_the_rest_does_not_come() -> None:
    with saying(b"HTTP/1.1 204 OK\r\nContent-Length: 9\r\n\r\n", pause_seconds=0.6) as url:
        assert HASTY.send(url, b"{}", {}).is_taken


def test_who_says_nothing_is_not_waited_for() -> None:
    with silent() as port:
        answer = HASTY.send(f"http://127.0.0.1:{port}/", b"{}", {})
    assert answer.trouble == "no answer within 0.3 seconds"


def test_who_is_not_there_is_said_so() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    assert PATIENT.send(f"http://127.0.0.1:{port}/", b"{}", {}).trouble == "no connection: Connection refused"


def test_nonsense_is_no_answer() -> None:
    with saying(b"220 mail.larkfell.example ready\r\n") as url:
        assert PATIENT.send(url, b"{}", {}).trouble == "no answer that can be read: BadStatusLine"


def test_a_name_nobody_has_is_said_so() -> None:
    def unknown(*_: object, **__: object) -> list[Any]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    answer = Post(resolve=unknown).send("https://shop.example/", b"{}", {})
    assert answer.trouble == "the name of the host is not known"


@pytest.mark.parametrize("url", ["nonsense", "https://me:secret@shop.example/"])
def test_what_is_no_address_is_not_looked_up(url: str) -> None:
    answer = Post(resolve=leading_to()).send(url, b"{}", {})
    assert answer.status is None
    assert "write https://" in answer.trouble


@pytest.mark.parametrize(
    "host,place",
    [
        ("shop.example", "127.0.0.1"),
        ("shop.example", "10.0.0.8"),
        ("shop.example", "169.254.169.254"),
        ("localhost", "::1"),
        ("0.0.0.0", "0.0.0.0"),
        ("2130706433", "127.0.0.1"),
        ("0x7f.1", "127.0.0.1"),
        ("0177.0.0.1", "127.0.0.1"),
        ("[::ffff:127.0.0.1]", "::ffff:127.0.0.1"),
        ("[fe80::1]", "fe80::1%eth0"),
    ],
)
def test_a_private_address_is_never_connected_to(shop: Subscriber, host: str, place: str) -> None:
    port = shop.url.split(":")[2].split("/")[0]
    answer = Post(resolve=leading_to(place)).send(f"https://{host}:{port}/", b"{}", {})
    assert answer.status is None
    assert f"leads to {place}, which is not a public address" in answer.trouble
    assert shop.heard == []


@pytest.mark.parametrize("host", ["2130706433", "0x7f000001", "0177.1", "127.1"])
def test_an_odd_spelling_of_this_machine_is_this_machine(host: str) -> None:
    """What the system itself makes of a spelling, which is what would be connected to."""
    written = socket.inet_ntoa(socket.inet_aton(host))
    answer = Post(resolve=leading_to(written)).send(f"https://{host}/", b"{}", {})
    assert "127.0.0.1, which is not a public address" in answer.trouble


def test_one_private_address_among_public_ones_is_enough() -> None:
    answer = Post(resolve=leading_to("1.1.1.1", "10.0.0.8")).send("https://shop.example/", b"{}", {})
    assert "leads to 10.0.0.8" in answer.trouble


def test_plain_http_needs_to_be_allowed() -> None:
    answer = Post(resolve=leading_to("1.1.1.1")).send("http://shop.example/", b"{}", {})
    assert answer.trouble == "only https is allowed"


def test_a_name_is_looked_up_once_and_the_next_place_is_tried(shop: Subscriber) -> None:
    asked: list[str] = []
    port = shop.url.split(":")[2].split("/")[0]
    # Nobody listens on the second loopback address.
    post = Post(allows_private=True, resolve=leading_to("127.0.0.2", "127.0.0.1", asked=asked))
    assert post.send(f"http://shop.example:{port}/", b"{}", {}).is_taken
    assert asked == ["shop.example"]
    assert shop.heard[0].headers["host"] == f"shop.example:{port}"


def test_a_proxy_of_the_environment_is_not_asked(shop: Subscriber, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9/")
    assert PATIENT.send(shop.url, b"{}", {}).is_taken


def test_tls_is_checked_against_the_name_and_not_the_address(certificate: Path) -> None:
    hosts: list[str] = []

    @Request.application
    def app(request: Request) -> Response:
        hosts.append(request.host)
        return Response("thanks")

    trust = partial(ssl.create_default_context, cafile=str(certificate.with_suffix(".crt")))
    with answering(app, certificate) as port:
        post = Post(allows_private=True, resolve=leading_to("127.0.0.1"), trust=trust)
        assert post.send(f"https://go.larkfell.example:{port}/", b"{}", {}).is_taken
        other = post.send(f"https://other.example:{port}/", b"{}", {})
        strict = Post(allows_private=True, resolve=leading_to("127.0.0.1"))
        unknown = strict.send(f"https://go.larkfell.example:{port}/", b"{}", {})
    assert hosts == [f"go.larkfell.example:{port}"]
    assert "certificate is not accepted" in other.trouble
    assert "certificate is not accepted" in unknown.trouble
