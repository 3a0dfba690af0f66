"""A shop that listens: a real HTTP server on this machine that checks signatures and answers as told."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Lock, Thread
from typing import Any

import pytest
from sqlmodel import col, select
from standardwebhooks import Webhook, webhooks

from omni.app import Installation
from omni.cli import delivering as duty
from omni.domain.hook import Delivery, Hook, Topic
from omni.services import delivering, hooking
from tests.support.codes import voucher_of
from tests.support.installations import Clock
from tests.support.machines import Machine

NEVER = Event()
"""Nobody asks a worker to stop."""


class Heard:
    """One request as it came in."""

    def __init__(self, path: str, headers: dict[str, str], body: bytes) -> None:
        self.path, self.headers, self.body = path, headers, body

    @property
    def id(self) -> str:
        """What the message is known by."""
        return self.headers["webhook-id"]

    def told(self, secret: str) -> dict[str, Any]:
        """What a message says, after its signature was checked. Raises WebhookVerificationError."""
        said: dict[str, Any] = Webhook(secret).verify(self.body, self.headers)
        return said


Replying = Callable[[Heard], tuple[int, dict[str, str], bytes]]
"""Status, headers and body of the answer to a request."""


class Subscriber:
    """Remembers what it heard, in order; answers 200 until told otherwise."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}/webhooks"
        self.heard: list[Heard] = []
        self.reply: Replying = lambda heard: (200, {}, b"thank you")

    def answers(self, status: int, body: bytes = b"", **headers: str) -> None:
        """Answer like this from now on."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.reply = lambda heard: (status, named, body)

    @property
    def types(self) -> list[str]:
        """What each request was about."""
        return [json.loads(each.body)["type"] for each in self.heard]


@contextmanager
def listening() -> Iterator[Subscriber]:
    """A subscriber for as long as the block lasts."""
    lock = Lock()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            heard = Heard(self.path, {name.lower(): value for name, value in self.headers.items()}, body)
            with lock:
                status, headers, said = listener.reply(heard)
                listener.heard.append(heard)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, *_: object) -> None:
            """Say nothing about it."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    listener = Subscriber(server.server_port)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield listener
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def subscriber(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Iterator[Subscriber]:
    """A subscriber whose clock is the test's: signatures are good for five minutes."""

    class Still(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return clock.at.astimezone(tz)

    monkeypatch.setattr(webhooks, "datetime", Still)
    with listening() as found:
        yield found


@pytest.fixture
def place(installation: Installation) -> Installation:
    """An installation that may send to this machine; its launches were announced when nobody listened."""
    assert duty.hand_over(installation, NEVER) > 0
    return replace(installation, settings=replace(installation.settings, webhook_private_networks=True))


def a_hook(place: Installation, url: str, name: str = "shop", topics: Sequence[Topic] = tuple(Topic)) -> Hook:
    """A subscriber that hears of everything, unless told otherwise."""
    with place.db.writing() as tx:
        return hooking.add_hook(
            tx,
            place.world.now(),
            name=name,
            url=url,
            topics=topics,
            keyring=place.keyring,
            allows_http=True,
            by="tests",
        )


def secret_of(place: Installation, name: str = "shop") -> str:
    with place.db.reading() as session:
        hook = hooking.hook_named(session, name)
    return hooking.secrets_of(hook, place.keyring, place.world.now())[0]


def take(place: Installation, hook: Hook) -> Sequence[Delivery]:
    """What a worker takes of a subscriber's messages, without sending it."""
    now = place.world.now()
    with place.db.writing() as tx:
        return delivering.take(tx, now, ids=delivering.due(tx, now, hook_id=hook.id or 0))


def work(place: Installation) -> int:
    """One turn of a worker; says how many messages were taken."""
    duty.hand_over(place, NEVER)
    return duty.deliver(place, NEVER)


def claimed(shop: Machine, code: str) -> None:
    answer = shop.post(f"/codes/{code}/claim", {"locale": "fr"})
    assert answer.status_code == 201, answer.json


def spent(shop: Machine, place: Installation, code: str, order: str = "A-1") -> str:
    """Redeem all of a code; gives the redemption's id."""
    body = {"voucher": voucher_of(place, code), "order_ref": order}
    answer = shop.post("/redemptions", {**body, "order_total_minor": 60_000, "currency": "EUR"})
    assert answer.status_code == 201, answer.json
    return str((answer.json or {})["id"])


def returned(shop: Machine, redemption: str) -> None:
    answer = shop.post(f"/redemptions/{redemption}/reversals", {"reason": "too small"})
    assert answer.status_code == 201, answer.json


def deliveries(place: Installation) -> Sequence[Delivery]:
    with place.db.reading() as session:
        return session.exec(select(Delivery).order_by(col(Delivery.id))).all()
