"""The client in front of a real server, and of servers that fail in every way a line can."""

import doctest
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest

from omni import client
from omni.app import Installation
from omni.client import FieldError, Omni, ReceiptCode, Refusal, Unreachable
from tests.support.codes import a_batch, a_receipt_code, code_of
from tests.support.looking import served
from tests.support.machines import a_key
from tests.support.serving import free_port

VALID = {
    "voucher": "V-1",
    "edition": "double-11/fr",
    "market": "fr",
    "benefit_minor": 100,
    "lines": [{"sku": "cup", "qty": 1, "benefit_minor": 100, "colour": "a field of tomorrow"}],
    "currency": "EUR",
    "remaining": [],
    "expires_at": "2026-11-30T22:59:59Z",
    "another": "field of tomorrow",
}


@pytest.fixture
def engine_name() -> str:
    """One engine is enough to hear answers over a line."""
    return "sqlite"


@pytest.fixture
def omni(installation: Installation) -> Iterator[Omni]:
    """A client of a shop that is a till too."""
    with served(installation) as base:
        yield Omni(base, a_key(installation))


@pytest.fixture
def code(installation: Installation) -> str:
    """The code of a receipt of the Paris store."""
    return a_receipt_code(installation)


def test_the_examples_of_its_documentation_are_true(installation: Installation, code: str) -> None:
    with served(installation) as base:
        key = a_key(installation)
        voucher = Omni(base, key).claim(code, locale="fr").voucher
        told = doctest.testmod(client, extraglobs={"base_url": base, "key": key, "voucher": voucher})
    assert told.attempted > 10
    assert told.failed == 0


def test_a_code_is_looked_at_unlocked_and_looked_at_again(omni: Omni, code: str) -> None:
    printed = omni.code(code)
    assert (printed.state, printed.voucher) == ("offer", None)
    made = omni.claim(code, locale="fr", key="unlock")
    assert omni.claim(code, locale="fr", key="unlock").is_replay
    unlocked = omni.code(made.voucher)
    assert (unlocked.voucher, unlocked.entitlements) == (made.voucher, made.entitlements)
    assert [event.what for event in unlocked.history] == ["printed", "claimed"]


def test_a_code_that_is_not_unlocked_says_where_to_unlock_it(omni: Omni, code: str) -> None:
    with pytest.raises(Refusal) as refused:
        omni.validate(code)
    assert (refused.value.status, refused.value.code) == (409, "not-unlocked")
    assert refused.value.unlock_url.endswith(code.replace("-", ""))


def test_what_was_printed_offline_is_told_twice_and_a_label_meets_its_receipt(
    omni: Omni, installation: Installation
) -> None:
    pool = omni.pool("fr-paris-till-1", device="tablet-7", count=2, key="tablet-7-1")
    assert omni.pool("fr-paris-till-1", device="tablet-7", count=2, key="tablet-7-1").is_replay
    printed = client.OfflineReceipt(pool.codes[0].code, installation.world.now(), receipt_no="1")
    told = omni.pool_receipts(pool.id, [printed] * 101)
    assert (told.recorded, told.replayed, len(told.results)) == (1, 100, 101)
    label = code_of(installation, a_batch(installation))
    bound = omni.bind(label, placement="fr-paris-till-1", receipt_no="2")
    assert (bound.code, bound.receipt.placement) == (label, "fr-paris-till-1")
    with pytest.raises(Refusal) as refused:
        omni.bind(label, placement="fr-paris-till-1", receipt_no="1")
    assert refused.value.code == "already-bound"


def test_what_cannot_be_right_is_named(omni: Omni, code: str) -> None:
    voucher = omni.claim(code, locale="fr").voucher
    with pytest.raises(Refusal, match="lines") as refused:
        omni.redeem(voucher, order_ref="A-1", total_minor=1, currency="EUR", lines=[])
    assert [type(wrong) for wrong in refused.value.errors] == [FieldError]
    assert omni.code(voucher).state == "unlocked"


def test_redemptions_come_page_after_page(omni: Omni, installation: Installation) -> None:
    batch = a_batch(installation)
    for index in range(3):
        voucher = omni.claim(code_of(installation, batch, index), locale="fr").voucher
        omni.redeem(voucher, order_ref="A-1", total_minor=50_000, currency="EUR")
    found = list(omni.redemptions(order_ref="A-1", page_size=2))
    assert len({redemption.voucher for redemption in found}) == 3
    assert omni.redemption(found[0].id) == found[0]


def test_a_receipt_gets_its_code_and_a_second_asking_the_same(omni: Omni) -> None:
    first = omni.receipt("fr-paris-till-1", receipt_no="7", total_minor=5_000, currency="EUR")
    again = omni.receipt("fr-paris-till-1", receipt_no="7", total_minor=5_000, currency="EUR")
    assert isinstance(first, ReceiptCode)
    assert isinstance(again, ReceiptCode)
    assert (again.code, again.is_replay) == (first.code, True)


class Scripted:
    """A server that answers as it was told, once for each step, and a client that pauses without waiting."""

    def __init__(self, *steps: "Step") -> None:
        self.steps = list(steps)
        self.keys: list[str] = []
        self.pauses: list[float] = []

    def __enter__(self) -> "Scripted":
        scripted = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["Content-Length"]))
                scripted.keys.append(self.headers["Idempotency-Key"])
                scripted.steps.pop(0).say(self)

            def log_message(self, *said: object) -> None: ...

        self._server = HTTPServer(("127.0.0.1", 0), Handler)
        Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}).start()
        self.omni = Omni(
            f"http://127.0.0.1:{self._server.server_port}", "omni_test_k", sleep=self.pauses.append
        )
        return self

    def __exit__(self, *error: object) -> None:
        self._server.shutdown()
        self._server.server_close()


@dataclass
class Step:
    """One answer: a status, or 0 for a line that drops after the request was read."""

    status: int
    document: object = None
    headers: dict[str, str] = field(default_factory=dict)

    def say(self, handler: BaseHTTPRequestHandler) -> None:
        if self.status == 0:
            handler.close_connection = True
            return
        body = self.document if isinstance(self.document, str) else json.dumps(self.document)
        handler.send_response(self.status)
        for name, value in {**self.headers, "Content-Length": str(len(body))}.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(body.encode())


BUSY = Step(503, {"code": "store-busy", "detail": "later"}, {"Retry-After": "2"})


@pytest.mark.parametrize(
    "trouble",
    [Step(0), BUSY, Step(429, {"code": "too-many-attempts"}), Step(502, "<h1>Bad gateway</h1>")],
    ids=["dropped line", "busy", "too many", "a proxy"],
)
def test_what_may_pass_is_asked_again_with_the_same_key(trouble: Step) -> None:
    with Scripted(trouble, Step(200, VALID)) as line:
        assert line.omni.validate("V-1").lines[0].benefit_minor == 100
    assert len(line.keys) == 2
    assert len(set(line.keys)) == 1
    assert len(line.pauses) == 1
    assert line.pauses[0] >= int(trouble.headers.get("Retry-After", 0))


@pytest.mark.parametrize(
    "answer,error",
    [
        (Step(409, {"code": "exhausted", "detail": "used", "left": 0}), Refusal),
        (Step(500, {"code": "internal", "detail": "incident"}), Unreachable),
        (Step(404, "no such page"), Unreachable),
        (Step(301, "", {"Location": "https://elsewhere.example/"}), Unreachable),
        (Step(200, "<h1>Maintenance</h1>"), Unreachable),
        (Step(200, {"voucher": "V-1"}), Unreachable),
    ],
    ids=["refused", "broken", "another server", "redirect", "a page", "half an answer"],
)
def test_what_will_not_change_is_asked_once(answer: Step, error: type[Exception]) -> None:
    with Scripted(answer) as line, pytest.raises(error):
        line.omni.validate("V-1")
    assert line.pauses == []


def test_a_line_that_stays_down_is_given_up_with_the_key_to_ask_again() -> None:
    with Scripted(Step(0), Step(0), Step(0)) as line, pytest.raises(Unreachable) as lost:
        line.omni.redeem("V-1", order_ref="A-1", total_minor=1, currency="EUR", key="order A-1")
    assert line.keys == ["order A-1"] * 3
    assert lost.value.key == "order A-1"


def test_nobody_waits_longer_than_the_patience_of_the_client() -> None:
    long = Step(429, {"code": "too-many-attempts"}, {"Retry-After": "60"})
    with Scripted(long) as line, pytest.raises(Refusal) as refused:
        line.omni.validate("V-1")
    assert (line.pauses, refused.value.retry_after) == ([], 60)


def test_nobody_there_is_unreachable() -> None:
    with pytest.raises(Unreachable):
        Omni(f"http://127.0.0.1:{free_port()}", "omni_test_k", tries=1).validate("V-1")


def test_the_key_is_never_shown() -> None:
    assert "secret" not in repr(Omni("https://go.example.com", "omni_live_secret"))
