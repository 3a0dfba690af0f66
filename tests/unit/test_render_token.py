"""The signed token of the claim form, the numbers of a shared code, and the holder's cookie."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omni.domain import holder_cookie
from omni.domain.render_token import RenderToken, personal_number, read, sign
from omni.domain.signed_text import read_signed_text, sign_text

SECRET = b"s" * 32
OTHER = b"o" * 32
NOON = 29_000_000
BASE64URL = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

tokens = st.builds(
    RenderToken,
    number=st.integers(0, 2**40 - 1),
    minute=st.just(NOON),
    nonce=st.binary(min_size=8, max_size=8),
    revision=st.integers(0, 2**32 - 1),
    terms_id=st.integers(0, 2**63 - 1),
    price_minor=st.integers(0, 2**63 - 1),
    locale=st.sampled_from(["fr", "zh_Hans", "fr_CA", "ar"]),
)


def token(
    *, number: int = 7, minute: int = NOON, nonce: bytes = b"12345678", locale: str = "fr"
) -> RenderToken:
    return RenderToken(number, minute, nonce, revision=3, terms_id=11, price_minor=4990, locale=locale)


@given(token=tokens)
def test_a_token_comes_back_as_it_was_signed(token: RenderToken) -> None:
    assert read(sign(token, SECRET), (SECRET,), now_minute=NOON) == token


def test_a_token_needs_no_escaping_in_a_form_or_an_address() -> None:
    assert set(sign(token(), SECRET)) <= set(BASE64URL)


@pytest.mark.parametrize("age, is_read", [(-3, False), (-2, True), (0, True), (30, True), (31, False)])
def test_a_token_is_read_for_thirty_minutes_and_from_a_clock_two_minutes_ahead(
    age: int, is_read: bool
) -> None:
    text = sign(token(minute=NOON), SECRET)

    assert (read(text, (SECRET,), now_minute=NOON + age) is not None) == is_read


def test_a_token_signed_before_the_keys_changed_is_still_read() -> None:
    text = sign(token(), OTHER)

    assert read(text, (SECRET, OTHER), now_minute=NOON) == token()
    assert read(text, (SECRET,), now_minute=NOON) is None
    assert read(text, (), now_minute=NOON) is None


def test_a_token_with_any_one_letter_changed_is_refused() -> None:
    text = sign(token(), SECRET)

    for place, right in enumerate(text):
        for wrong in BASE64URL.replace(right, ""):
            assert read(text[:place] + wrong + text[place + 1 :], (SECRET,), now_minute=NOON) is None


@pytest.mark.parametrize(
    "respelled",
    ["{}=", "{}==", "{} ", "{}!", "\n{}", "{}\u0660"],
)
def test_one_token_has_one_spelling_so_it_cannot_claim_two_numbers(respelled: str) -> None:
    text = sign(token(), SECRET)

    assert read(text, (SECRET,), now_minute=NOON) is not None
    assert read(respelled.format(text), (SECRET,), now_minute=NOON) is None


def test_spare_bits_of_the_last_letter_do_not_make_a_second_spelling() -> None:
    text = sign_text(b"", SECRET)
    spare = text[:-1] + BASE64URL[BASE64URL.index(text[-1]) + 1]

    assert read_signed_text(text, (SECRET,)) == b""
    assert read_signed_text(spare, (SECRET,)) is None


@given(text=st.text())
def test_a_strangers_text_is_no_token(text: str) -> None:
    assert read(text, (SECRET,), now_minute=NOON) is None


def test_a_genuine_signature_over_something_else_is_no_token() -> None:
    assert read(sign_text(b"short", SECRET), (SECRET,), now_minute=NOON) is None


def test_a_nonce_of_another_length_is_a_bug_and_not_padded() -> None:
    with pytest.raises(ValueError, match="8 bytes"):
        sign(replace(token(), nonce=b"short"), SECRET)


@given(text=st.text(), first=st.integers(0, 2**39), size=st.integers(1, 200))
def test_probing_walks_every_number_of_a_shared_code_once(text: str, first: int, size: int) -> None:
    numbers = [personal_number(text, first, size, probe) for probe in range(size)]

    assert sorted(numbers) == list(range(first, first + size))


def test_the_same_token_is_given_the_same_number() -> None:
    text = sign(token(), SECRET)

    assert personal_number(text, 1000, 320, 0) == personal_number(text, 1000, 320, 0)


def test_two_drawings_of_a_poster_page_seldom_get_the_same_number() -> None:
    texts = [sign(token(nonce=n.to_bytes(8, "big")), SECRET) for n in range(1000)]

    # Of a thousand in sixteen thousand, about 31 meet another: 1000^2 / 2 / 16000.
    assert 940 <= len({personal_number(text, 0, 16_000, 0) for text in texts}) <= 995


def test_a_shared_code_for_nobody_is_a_bug() -> None:
    with pytest.raises(ValueError, match="at least one number"):
        personal_number("token", 0, 0, 0)


def test_a_holder_cookie_lists_the_newest_voucher_first_and_each_once() -> None:
    held = holder_cookie.remember("V-2", holder_cookie.remember("V-1", ("V-2", "V-3")))

    assert held == ("V-2", "V-1", "V-3")
    assert holder_cookie.read(holder_cookie.write(held, SECRET), (OTHER, SECRET)) == held


def test_a_holder_cookie_forgets_the_thirteenth_voucher_and_fits_a_cookie() -> None:
    held: tuple[str, ...] = ()
    for n in range(13):
        held = holder_cookie.remember(f"V-2345-6789-BCDF-{n + 100}", held)

    text = holder_cookie.write(held, SECRET)

    assert len(held) == 12
    assert held[-1].endswith("101")
    assert holder_cookie.read(text, (SECRET,)) == held
    assert len(text) < 1024


@pytest.mark.parametrize("text", ["", "forged", sign_text(b"V-1", OTHER), sign_text(b"", SECRET)])
def test_a_missing_forged_or_empty_holder_cookie_holds_nothing(text: str) -> None:
    assert holder_cookie.read(text, (SECRET,)) == ()
