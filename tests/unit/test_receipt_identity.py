"""What stands for a receipt: the same for the same receipt, and never its number."""

from itertools import combinations

from omni.domain.keyring import CodeKey, Keyring
from omni.domain.receipt_identity import receipt_hashes, unbound_hashes
from omni.domain.record import Origin

OLD, NEW = CodeKey(1, bytes(32)), CodeKey(2, bytes(range(32)))
KEYRING = Keyring((OLD,), 1)


def test_place_number_and_practice_tell_receipts_apart() -> None:
    told = [
        receipt_hashes(KEYRING, 1, "4711", Origin.LIVE),
        receipt_hashes(KEYRING, 2, "4711", Origin.LIVE),
        receipt_hashes(KEYRING, 1, "4712", Origin.LIVE),
        receipt_hashes(KEYRING, 1, "4711", Origin.TEST),
        unbound_hashes(KEYRING, "1", "4711", Origin.LIVE),
        unbound_hashes(KEYRING, "1", "4711", Origin.TEST),
    ]
    assert not any(set(one) & set(other) for one, other in combinations(told, 2))
    assert not any("4711" in text for hashes in told for text in hashes)


def test_a_receipt_is_found_again_after_the_keys_changed() -> None:
    [before] = receipt_hashes(KEYRING, 1, "4711", Origin.LIVE)
    current, *earlier = receipt_hashes(Keyring((OLD, NEW), 2), 1, "4711", Origin.LIVE)
    assert current != before
    assert before in earlier
