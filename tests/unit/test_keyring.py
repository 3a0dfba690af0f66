"""The keyring: what it accepts, what it says, and that it keeps its secrets."""

from __future__ import annotations

from base64 import urlsafe_b64encode

import pytest

from omni.domain.code import SEALED_PURPOSES, Purpose
from omni.domain.keyring import CodeKey, Keyring, KeyringProblem, Opened, fingerprint, new_key


def key(key_id: int = 1, *, filled_with: int | None = None) -> CodeKey:
    return CodeKey(key_id, bytes([key_id if filled_with is None else filled_with]) * 32)


def keyring(*key_ids: int) -> Keyring:
    return Keyring(tuple(key(key_id) for key_id in key_ids), key_ids[-1])


def test_the_last_key_of_the_setting_is_the_current_one() -> None:
    ring = Keyring.parse(f"{key(2).as_setting()}, {key(1).as_setting()}")

    assert ring == keyring(2, 1)
    assert ring.current_id == 1


def test_a_keyring_survives_its_own_setting() -> None:
    ring = Keyring((key(3), key(1), key(2)), current_id=1)

    again = Keyring.parse(ring.as_setting())

    assert set(again.keys) == set(ring.keys)
    assert again.current_id == 1


def test_a_new_key_is_made_of_the_bytes_it_was_given() -> None:
    assert new_key(2, lambda count: b"\x07" * count) == key(2, filled_with=7)


@pytest.mark.parametrize("purpose", SEALED_PURPOSES)
def test_what_the_current_key_seals_opens_with_its_id_and_purpose(purpose: Purpose) -> None:
    ring = keyring(1, 2)

    assert ring.open(ring.seal(77, purpose)) == Opened(purpose, 77, key_id=2)


def test_paper_printed_before_a_rotation_still_opens_under_its_old_key() -> None:
    printed = keyring(1).seal(77, Purpose.CODE)
    rotated = keyring(1, 2)

    assert rotated.open(printed) == Opened(Purpose.CODE, 77, key_id=1)
    assert rotated.seal(77, Purpose.CODE) != printed
    assert rotated.seal(77, Purpose.CODE, key_id=1) == printed


def test_paper_of_a_retired_key_is_not_ours_any_more() -> None:
    assert keyring(2).open(keyring(1).seal(77, Purpose.CODE)) is None


def test_a_code_and_a_voucher_have_different_shapes() -> None:
    ring = keyring(1)

    assert [len(part) for part in ring.seal(5, Purpose.CODE).split("-")] == [5, 5, 5]
    assert [len(part) for part in ring.seal(5, Purpose.VOUCHER).split("-")] == [1, 4, 4, 4, 3]
    assert ring.seal(5, Purpose.VOUCHER).startswith("V-")
    assert ring.seal(5, Purpose.REDEMPTION).startswith("R-")


def test_every_purpose_and_key_has_a_secret_of_its_own() -> None:
    ring = keyring(1, 2)
    signing = [purpose for purpose in Purpose if purpose not in SEALED_PURPOSES]

    secrets = {ring.secret_for(purpose, key_id) for purpose in signing for key_id in (1, 2)}

    assert len(secrets) == 2 * len(signing)
    assert not secrets & {key(1).secret, key(2).secret}
    assert ring.secrets_for(Purpose.HOLDER) == (
        ring.secret_for(Purpose.HOLDER),
        ring.secret_for(Purpose.HOLDER, 1),
    )


@pytest.mark.parametrize("purpose", SEALED_PURPOSES)
def test_a_purpose_that_seals_numbers_signs_nothing(purpose: Purpose) -> None:
    with pytest.raises(ValueError, match="signs nothing"):
        keyring(1).secret_for(purpose)


def test_a_fingerprint_names_one_key_and_stays_the_same_for_ever() -> None:
    # Written down: the databases of running installations compare with it.
    assert fingerprint(key(1)) == "da6c7acf3f0f6849"
    assert keyring(1, 2).fingerprints() == {1: fingerprint(key(1)), 2: fingerprint(key(2))}
    assert fingerprint(key(1)) != fingerprint(key(2))


def test_no_secret_shows_in_what_is_logged() -> None:
    shown = f"{keyring(1, 2)!r} {keyring(1, 2)!s} {key(1)!r}"

    assert repr(key(1).secret) not in shown
    assert key(1).as_setting().removeprefix("1:") not in shown


@pytest.mark.parametrize(
    "setting, remedy",
    [
        ("", "omni init"),
        (" , ", "omni init"),
        ("secret", "id:secret"),
        ("one:AAAA", "id:secret"),
        ("²:AAAA", "id:secret"),
        (f"5:{'A' * 43}", "1 to 4"),
        ("1:AAAA", "3 bytes instead of 32"),
        (f"1:{'A' * 42}!", "slip"),
        (f"1:{'A' * 20} {'A' * 23}", "slip"),
        (f"1:{'A' * 42}B", "slip"),
        (f"1:{'A' * 43},1:{'B' * 42}A", "id of its own"),
        (f"1:{'A' * 43},2:{'A' * 43}", "remove one"),
    ],
)
def test_a_setting_that_cannot_be_used_says_in_one_line_what_to_do(setting: str, remedy: str) -> None:
    with pytest.raises(KeyringProblem, match=remedy) as problem:
        Keyring.parse(setting)

    assert "\n" not in str(problem.value)
    assert "AAA" not in str(problem.value)


def test_padding_in_the_setting_is_forgiven() -> None:
    padded = urlsafe_b64encode(key(1).secret).decode()

    assert padded.endswith("=")
    assert CodeKey.parse(f" 1:{padded} ") == key(1)


def test_a_fifth_key_is_one_too_many() -> None:
    keys = tuple(key(key_id, filled_with=n) for n, key_id in enumerate((1, 2, 3, 4, 4)))

    with pytest.raises(KeyringProblem, match="retire one"):
        Keyring(keys, 1)


def test_the_current_key_must_be_in_the_keyring() -> None:
    with pytest.raises(KeyringProblem, match="add it"):
        Keyring((key(1),), current_id=2)


def test_a_key_that_is_not_here_is_asked_for_by_its_number() -> None:
    with pytest.raises(KeyringProblem, match="Key 3"):
        keyring(1, 2).seal(1, Purpose.CODE, key_id=3)
