"""A GS1 address is read exactly or refused: its canonical form reads the same, no slip of a digit passes."""

from itertools import combinations
from urllib.parse import parse_qsl, quote, unquote, urlsplit

import pytest
from biip.checksums import gs1_standard_check_digit
from biip.gs1_digital_link_uris import GS1DigitalLinkURI
from hypothesis import given
from hypothesis import strategies as st

from omni.domain.digital_link import DigitalLink, PrimaryKey
from omni.domain.refusal import BadInput
from omni.present.gs1_address import CANONICAL_ROOT, read_address

DIGITS = "0123456789"
# The letters of lots, serials and extensions (GS1 General Specifications, figure 7.11-1).
LETTERS = "!\"%&'()*+,-./:;<=>?_" + DIGITS + "ABCDEFGHIJKLMNOPQRSTUVWXYZ" + "abcdefghijklmnopqrstuvwxyz"

words = st.text(LETTERS, min_size=1, max_size=20)
# A server decodes the path, and a slash in a value then looks like any other.
steps = st.text(LETTERS.replace("/", ""), min_size=1, max_size=20)
attributes = st.dictionaries(st.sampled_from(["240", "241", "250"]), words).map(
    lambda said: tuple(sorted(said.items()))
)


def checked(size: int) -> st.SearchStrategy[str]:
    """Keys of some digits, the check digit among them."""
    bodies = st.text(DIGITS, min_size=size - 1, max_size=size - 1)
    return bodies.map(lambda body: f"{body}{gs1_standard_check_digit(body)}")


def some_of(*identifiers: str) -> st.SearchStrategy[tuple[tuple[str, str], ...]]:
    """Any of these qualifiers, in their order."""
    chosen = [some for size in range(len(identifiers) + 1) for some in combinations(identifiers, size)]
    return st.sampled_from(chosen).flatmap(
        lambda some: st.tuples(*(st.tuples(st.just(identifier), steps) for identifier in some))
    )


products = st.builds(
    DigitalLink, st.just(PrimaryKey.GTIN), checked(14), some_of("22", "10", "21") | some_of("235"), attributes
)
stores = st.builds(DigitalLink, st.just(PrimaryKey.GLN), checked(13), some_of("254"), attributes)
serials = st.text(DIGITS, max_size=12)
offers = st.builds(
    DigitalLink,
    st.just(PrimaryKey.GCN),
    st.builds(str.__add__, checked(13), serials),
    st.just(()),
    attributes,
)
links = products | stores | offers


def read(address: str) -> DigitalLink:
    """Read an address as a server hands it over: the path decoded, the query as it came."""
    parts = urlsplit(address)
    _, primary, rest = unquote(parts.path).split("/", 2)
    return read_address(PrimaryKey(primary), rest, parts.query)


@given(links)
def test_the_canonical_form_of_an_address_reads_the_same(link: DigitalLink) -> None:
    assert read(link.address) == link


@given(links)
def test_the_canonical_form_is_the_one_others_write(link: DigitalLink) -> None:
    theirs = GS1DigitalLinkURI.parse(CANONICAL_ROOT + link.address).as_canonical_uri()
    assert urlsplit(theirs).path == urlsplit(link.address).path
    assert parse_qsl(urlsplit(theirs).query) == parse_qsl(urlsplit(link.address).query)


@given(links, st.data())
def test_another_digit_anywhere_in_a_key_is_refused(link: DigitalLink, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(link.key) - 1))
    other = data.draw(st.sampled_from(DIGITS.replace(link.key[place], "")))
    slipped = link.value[:place] + other + link.value[place + 1 :]
    with pytest.raises(BadInput, match="check digit"):
        read(f"/{link.primary}/{slipped}")


@given(st.sampled_from(PrimaryKey), st.text(max_size=40), st.text(max_size=40).map(quote))
def test_whatever_is_sent_is_read_or_refused(primary: PrimaryKey, rest: str, query: str) -> None:
    try:
        link = read_address(primary, rest, query)
    except BadInput:
        return
    assert link.primary is primary


@given(
    checked(14),
    st.sampled_from(["17", "11", "3102", "3922", "8111", "37", "255", "99"]),
    st.text(max_size=12),
)
def test_whatever_an_attribute_says_is_read_or_refused(gtin: str, name: str, value: str) -> None:
    try:
        link = read_address(PrimaryKey.GTIN, gtin, f"{name}={quote(value)}")
    except BadInput:
        return
    assert dict(link.attributes).keys() == {name}
