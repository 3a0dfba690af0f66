"""A discount as a shop's own software makes it: one code, one use, one amount off a basket."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from omni.domain.code import ALPHABET

PREFIX = "OM"
LETTER_COUNT = 10
RANDOM_BYTES = 8
"""How many random bytes a code is made of: more than its letters hold, so that no letter is likelier."""


@dataclass(frozen=True, kw_only=True)
class Discount:
    """What to make in a shop. Amounts are minor units of a currency that has so many digits.

    It comes off baskets of at least `minimum_minor`, between the two instants, once.
    """

    code: str
    title: str
    amount_minor: int
    minimum_minor: int
    currency: str
    digits: int
    starts_at: datetime
    ends_at: datetime

    @property
    def amount(self) -> str:
        """The amount in major units with a point, as shops write it."""
        return in_major_units(self.amount_minor, self.digits)

    @property
    def minimum(self) -> str:
        """The least basket in major units."""
        return in_major_units(self.minimum_minor, self.digits)


def in_major_units(amount_minor: int, digits: int) -> str:
    """An amount as shops write it.

    >>> in_major_units(4990, 2), in_major_units(500, 0)
    ('49.90', '500')
    """
    return f"{Decimal(amount_minor).scaleb(-digits):f}"


def in_minor_units(amount: str, digits: int) -> int:
    """An amount a shop wrote, in whole minor units; what it writes beyond the smallest coin is rounded.

    >>> in_minor_units("49.90", 2), in_minor_units("500.00", 0), in_minor_units("12.345000", 2)
    (4990, 500, 1234)
    """
    return int(Decimal(amount).scaleb(digits).to_integral_value())


def code_from(random: bytes) -> str:
    """The text of a new code, chosen before the shop hears of it, so that asking twice makes one discount.

    >>> code_from(bytes(8))
    'OM2222222222'
    """
    value, letters = int.from_bytes(random), ""
    for _ in range(LETTER_COUNT):
        value, letter = divmod(value, len(ALPHABET))
        letters += ALPHABET[letter]
    return PREFIX + letters
