"""How often something may be tried, and whom a limit counts together."""

import socket
import sys

import pytest
from limits import RateLimitItemPerMinute

from omni.settings import BadSetting
from omni.web.limiting import Limiter, network_of

THREE = RateLimitItemPerMinute(3)


@pytest.fixture
def limiter() -> Limiter:
    return Limiter("", b"secret")


def test_so_many_attempts_go_on_and_the_next_is_told_how_long_to_wait(limiter: Limiter) -> None:
    assert [limiter.try_once(THREE, "guess", "192.0.2.0/24") for _ in range(3)] == [None] * 3
    wait = limiter.try_once(THREE, "guess", "192.0.2.0/24")
    assert wait is not None
    assert 1 <= wait <= 61


def test_networks_and_purposes_are_counted_apart(limiter: Limiter) -> None:
    for _ in range(3):
        limiter.try_once(THREE, "guess", "a")
    assert limiter.try_once(THREE, "guess", "b") is None
    assert limiter.try_once(THREE, "claim", "a") is None


def test_asking_whether_a_limit_is_over_counts_nothing(limiter: Limiter) -> None:
    for _ in range(10):
        assert not limiter.is_over(THREE, "guess", "a")
    assert limiter.left(THREE, "guess", "a")[0] == 3
    for _ in range(3):
        limiter.try_once(THREE, "guess", "a")
    assert limiter.is_over(THREE, "guess", "a")
    assert limiter.left(THREE, "guess", "a")[0] == 0


def test_no_address_is_kept(limiter: Limiter) -> None:
    limiter.try_once(THREE, "guess", "192.0.2.0/24")
    storage = limiter._window.storage
    assert "192.0.2" not in repr(vars(storage))


@pytest.fixture
def away() -> Limiter:
    """A limiter whose Redis does not listen."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    return Limiter(f"redis://:a-password@127.0.0.1:{port}/0", b"secret")


def test_while_redis_is_away_nobody_is_kept_out(away: Limiter) -> None:
    assert [away.try_once(THREE, "guess", "a") for _ in range(10)] == [None] * 10
    assert not away.is_over(THREE, "guess", "a")
    assert away.left(THREE, "guess", "a")[0] == 3


def test_redis_away_is_said_once_and_without_its_password(
    away: Limiter, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(10):
        away.try_once(THREE, "guess", "a")
    [record] = caplog.records
    assert "nobody is limited" in record.getMessage()
    assert "a-password" not in record.getMessage()


@pytest.mark.parametrize(
    "address",
    ["cache:6379", "http://cache", "redis://:a#password@cache", "redis://cache:99999999", "redis://[::1"],
)
def test_an_address_that_is_none_of_redis_is_one_line_without_its_password(address: str) -> None:
    with pytest.raises(BadSetting, match="OMNI_REDIS_URL") as refused:
        Limiter(address, b"secret")
    assert "\n" not in str(refused.value)
    assert "password" not in str(refused.value)


def test_without_the_extra_the_line_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "redis", None)
    with pytest.raises(BadSetting, match=r"omni-offers\[redis\]"):
        Limiter("redis://127.0.0.1/0", b"secret")


@pytest.mark.parametrize(
    "address, network",
    [
        ("192.0.2.77", "192.0.2.0/24"),
        ("2001:db8:1:2::3", "2001:db8:1::/48"),
        ("::ffff:192.0.2.77", "192.0.2.0/24"),
        ("fe80::1%eth0", "fe80::/48"),
        ("", "unknown"),
        (None, "unknown"),
        ("not an address", "unknown"),
    ],
)
def test_one_household_or_shop_is_one_network(address: str | None, network: str) -> None:
    assert network_of(address) == network
