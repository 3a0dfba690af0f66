"""How often something may be tried, and whom a limit counts together."""

import pytest
from limits import RateLimitItemPerMinute

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
