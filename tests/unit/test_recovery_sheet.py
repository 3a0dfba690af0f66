"""The paper that brings the keys back."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from pyzbar.pyzbar import decode

from omni.domain.keyring import CodeKey, Keyring, KeyringProblem, fingerprint
from omni.present.recovery_sheet import read_words, recovery_sheet

# The first and last entries of BIP-39's own list of test vectors for 32 bytes.
ALL_ZERO = "abandon " * 23 + "art"
ALL_ONES = "zoo " * 23 + "vote"

INK = {" ": (0, 0), "\N{UPPER HALF BLOCK}": (1, 0), "\N{LOWER HALF BLOCK}": (0, 1), "\N{FULL BLOCK}": (1, 1)}


def two_keys() -> Keyring:
    return Keyring((CodeKey(1, bytes(range(32))), CodeKey(2, bytes(range(100, 132)))), current_id=2)


def words_on(sheet: str) -> list[str]:
    """The block of words of each key."""
    return re.findall(r"(?: ?\d+\. .*\n){6}", sheet)


def symbols_on(sheet: str) -> list[str]:
    """What a camera reads from each symbol of the printed sheet."""
    rows = [line for line in sheet.splitlines() if line and not set(line) - set(INK)]
    width = max(map(len, rows))
    paper = Image.new("L", (width, 2 * len(rows)), "white")
    for y, row in enumerate(rows):
        for x, block in enumerate(row):
            for below, is_inked in enumerate(INK[block]):
                if is_inked:
                    paper.putpixel((x, 2 * y + below), 0)
    return [found.data.decode() for found in decode(paper.resize((8 * width, 16 * len(rows)), 0))]


def test_the_words_on_the_sheet_bring_each_key_back() -> None:
    ring = two_keys()

    assert [read_words(block) for block in words_on(recovery_sheet(ring))] == [
        key.secret for key in ring.keys
    ]


def test_the_symbols_on_the_sheet_scan_as_what_the_setting_takes() -> None:
    ring = two_keys()

    scanned = symbols_on(recovery_sheet(ring))

    assert sorted(scanned) == [key.as_setting() for key in ring.keys]
    assert Keyring.parse(",".join(sorted(scanned))) == ring


def test_the_sheet_names_each_key_by_fingerprint_and_the_current_one() -> None:
    ring = two_keys()
    sheet = recovery_sheet(ring)

    assert all(fingerprint(key) in sheet for key in ring.keys)
    assert "Key 2, current" in sheet
    assert "Key 1, current" not in sheet


def test_the_sheet_says_that_every_paper_is_dead_without_it() -> None:
    assert "every paper that was ever printed is dead" in recovery_sheet(two_keys())


def test_the_sheet_fits_a_page_of_plain_text() -> None:
    assert max(map(len, recovery_sheet(two_keys()).splitlines())) <= 84


@pytest.mark.parametrize("words, secret", [(ALL_ZERO, b"\x00" * 32), (ALL_ONES, b"\xff" * 32)])
def test_words_are_those_of_bip_39(words: str, secret: bytes) -> None:
    assert read_words(words) == secret


@given(secret=st.binary(min_size=32, max_size=32))
def test_any_key_comes_back_from_four_letters_of_each_word(secret: bytes) -> None:
    [block] = words_on(recovery_sheet(Keyring((CodeKey(1, secret),), 1)))
    typed = ", ".join(word[:4].upper() for word in re.findall("[a-z]+", block))

    assert read_words(typed) == secret


@pytest.mark.parametrize(
    "words, remedy",
    [
        ("", "24 words and here are 0"),
        ("zoo " * 23, "here are 23"),
        ("zoo " * 23 + "vote vote", "here are 25"),
        (ALL_ONES.replace("zoo", "zorro", 1), "Word 1 is not on the list"),
        ("zoo " * 24, "do not belong together"),
        (ALL_ZERO.replace("abandon", "ability", 1), "do not belong together"),
    ],
)
def test_a_slip_in_the_words_is_named_and_no_key_comes_of_it(words: str, remedy: str) -> None:
    with pytest.raises(KeyringProblem, match=remedy):
        read_words(words)
