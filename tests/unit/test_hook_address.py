"""Where a webhook may go: addresses taken apart, and which networks are anybody's own."""

from ipaddress import ip_address

import pytest

from omni.domain.hook_address import HookAddress, hook_address, is_public


@pytest.mark.parametrize(
    "url,address",
    [
        ("https://shop.example", HookAddress(True, "shop.example", 443, "/")),
        ("https://SHOP.example:8443/a%20b?c=d", HookAddress(True, "shop.example", 8443, "/a%20b?c=d")),
        ("http://[2001:db8::1]:80/", HookAddress(False, "2001:db8::1", 80, "/")),
    ],
)
def test_an_address_is_taken_apart(url: str, address: HookAddress) -> None:
    assert hook_address(url) == address


@pytest.mark.parametrize(
    "url,authority",
    [
        ("https://shop.example/x", "shop.example"),
        ("https://shop.example:443/x", "shop.example"),
        ("https://shop.example:444/x", "shop.example:444"),
        ("http://[2001:db8::1]:8000/", "[2001:db8::1]:8000"),
    ],
)
def test_the_usual_port_is_left_out(url: str, authority: str) -> None:
    assert hook_address(url).authority == authority


@pytest.mark.parametrize(
    "url",
    [
        "",
        "shop.example",
        "ftp://shop.example",
        "file:///etc/passwd",
        "https://",
        "https:///path",
        "https://me:secret@shop.example",
        "https://shop.example/#part",
        "https://shop.example:0/",
        "https://shop.example:port/",
        "https://[::1/",
        "https://shop.example/a b",
        "https://shop.example/\r\nX-Header: 1",
        "https://bücher.example/",
        f"https://shop.example/{'x' * 1000}",
    ],
)
def test_what_is_no_address_says_what_to_write(url: str) -> None:
    with pytest.raises(ValueError, match=r"write https://shop\.example"):
        hook_address(url)


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0",
        "10.1.2.3",
        "100.64.0.1",
        "127.0.0.1",
        "127.8.9.10",
        "169.254.169.254",
        "172.16.0.1",
        "192.0.2.1",
        "192.168.1.1",
        "198.18.0.1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::127.0.0.1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b:1::1",
        "2001:0:7f00:1::1",
        "2001:db8::1",
        "2002:7f00:1::1",
        "fc00::1",
        "fd12:3456::1",
        "fe80::1",
        "fe80::1%eth0",
        "fec0::1",
        "ff02::1",
    ],
)
def test_an_address_inside_somebodys_network_is_not_public(address: str) -> None:
    assert not is_public(ip_address(address))


@pytest.mark.parametrize(
    "address", ["1.1.1.1", "100.63.0.1", "172.32.0.1", "2606:4700::1", "::ffff:1.1.1.1", "64:ff9b::101:101"]
)
def test_an_address_of_the_internet_is(address: str) -> None:
    assert is_public(ip_address(address))
