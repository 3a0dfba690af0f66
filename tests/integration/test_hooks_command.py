"""`omni hooks`: who is told of what happens, and what became of the messages."""

import re

import pytest

from tests.support.commands import Omni
from tests.support.subscribers import Subscriber


@pytest.fixture
def engine_name() -> str:
    """What is asked of the engine itself stands beside the other tests of webhooks."""
    return "sqlite"


@pytest.fixture
def allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Messages may go to this machine."""
    monkeypatch.setenv("OMNI_WEBHOOK_PRIVATE_NETWORKS", "true")


def added(omni: Omni, url: str, name: str = "shop", topics: str = "all") -> str:
    """Add a subscriber; gives its secret."""
    said = omni("hooks", "add", name, url, "--topics", topics)
    assert said.code == 0, said.err
    return said.out.strip()


@pytest.mark.usefixtures("allowed")
def test_a_subscriber_is_added_tried_and_rotated(fresh_omni: Omni, subscriber: Subscriber) -> None:
    secret = added(fresh_omni, subscriber.url, topics="claim.made,stock.low")
    assert re.fullmatch(r"whsec_[A-Za-z0-9+/]{43}=", secret)
    assert secret not in fresh_omni("hooks", "list").out
    said = fresh_omni("hooks", "test", "shop")
    assert (said.code, said.out) == (0, "shop answered 200. thank you\n")
    assert subscriber.heard[0].told(secret)["type"] == "test"
    again = fresh_omni("hooks", "rotate", "shop").out.strip()
    fresh_omni("hooks", "test", "shop")
    assert subscriber.heard[1].told(secret) == subscriber.heard[1].told(again)
    assert "claim.made,stock.low" in fresh_omni("hooks", "list").out


@pytest.mark.usefixtures("allowed")
def test_a_worker_sends_what_happened_and_gives_up_who_is_gone(omni: Omni, subscriber: Subscriber) -> None:
    added(omni, subscriber.url)
    subscriber.answers(410)
    assert omni("pause", "double-11/fr", "--reason", "technical").code == 0
    assert omni("worker", "--once").code == 0
    assert "disabled" in omni("hooks", "list").out
    parked = omni("hooks", "list", "--parked").out
    assert "answered 410" in parked
    number = re.findall(r"^ *(\d+)", parked, re.MULTILINE)[0]
    subscriber.answers(200)
    assert omni("hooks", "enable", "shop").code == 0
    assert omni("hooks", "replay", "--message", number).out.startswith("1 message goes out again")
    assert omni("worker", "--once").code == 0
    assert "edition.paused" in subscriber.types
    assert omni("hooks", "replay", "--parked", "--hook", "shop").code == 1
    assert omni("hooks", "skip", number).code == 2


@pytest.mark.usefixtures("allowed")
def test_what_came_back_is_said_in_one_line(fresh_omni: Omni, subscriber: Subscriber) -> None:
    added(fresh_omni, subscriber.url)
    subscriber.answers(500, b"<h1>\x1b[31mtraceback\r\n line</h1>")
    said = fresh_omni("hooks", "test", "shop")
    assert (said.code, said.out) == (1, "")
    assert said.err == "omni: shop: answered 500. <h1> [31mtraceback line</h1>\n"


@pytest.mark.parametrize(
    "arguments,told",
    [
        (["add", "shop", "http://shop.example", "--topics", "all"], "https"),
        (["add", "shop", "shop.example", "--topics", "all"], "write https://shop.example/webhooks"),
        (["add", "shop", "https://shop.example", "--topics", "claim.lost"], "claim.made"),
        (["add", "The Shop", "https://shop.example", "--topics", "all"], "small letters"),
        (["test", "nobody"], "subscriber nobody is not known here"),
        (["rotate", "nobody"], "subscriber nobody is not known here"),
        (["disable", "nobody"], "subscriber nobody is not known here"),
        (["replay"], "--message ID or --parked"),
        (["skip", "7"], "message 7 is not known here"),
    ],
)
def test_a_slip_is_one_line_and_exit_code_2(fresh_omni: Omni, arguments: list[str], told: str) -> None:
    said = fresh_omni("hooks", *arguments)
    assert (said.code, said.out) == (2, "")
    assert told in said.err
    assert said.err.count("\n") == 1


def test_a_private_address_is_not_sent_to(fresh_omni: Omni) -> None:
    added(fresh_omni, "https://127.0.0.1:9/")
    said = fresh_omni("hooks", "test", "shop")
    assert (said.code, "not a public address" in said.err) == (1, True)


def test_disabling_twice_is_once(fresh_omni: Omni) -> None:
    added(fresh_omni, "https://shop.example/")
    for _ in range(2):
        assert fresh_omni("hooks", "disable", "shop").code == 0
    assert fresh_omni("hooks", "list").out.count("disabled") == 1
