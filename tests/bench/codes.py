"""What sealing and opening a code cost, in bare keyed BLAKE2b calls; no database, no page.

Covered so far: sealing, unsealing, reading typed letters, opening a code of ours and a mistyped one. Not yet:
drawing the symbol, and the whole of a scan.
"""

from __future__ import annotations

from collections.abc import Callable
from hashlib import blake2b
from statistics import median
from timeit import repeat

from omni.domain.code import Purpose, normalise, seal, unseal
from omni.domain.keyring import CodeKey, Keyring

ROUNDS = 7
CALLS = 20_000

KEY = b"\x01" * 32
RING = Keyring((CodeKey(1, KEY),), current_id=1)
PRINTED = RING.seal(123456789, Purpose.CODE)
LETTERS = seal(123456789, KEY, Purpose.CODE)
MISTYPED = LETTERS[:-1] + "2"

WORK: dict[str, Callable[[], object]] = {
    "seal": lambda: seal(123456789, KEY, Purpose.CODE),
    "unseal": lambda: unseal(LETTERS, KEY, Purpose.CODE),
    "normalise": lambda: normalise(PRINTED),
    "open, ours": lambda: RING.open(PRINTED),
    "open, mistyped": lambda: RING.open(MISTYPED),
}


def main() -> None:
    """Print the median ratio of each piece of work, with its spread."""
    bare = median(
        repeat(lambda: blake2b(b"12345", digest_size=4, key=KEY).digest(), number=CALLS, repeat=ROUNDS)
    )
    for name, work in WORK.items():
        ratios = sorted(seconds / bare for seconds in repeat(work, number=CALLS, repeat=ROUNDS))
        print(f"{name:<20} {median(ratios):5.1f} x  ({ratios[0]:.1f} to {ratios[-1]:.1f})")


if __name__ == "__main__":
    main()
