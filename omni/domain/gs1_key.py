"""Keys of the GS1 system: digits of which the last checks the others."""

GTIN_DIGITS = 14
GLN_DIGITS = 13
GCN_DIGITS = 13


def is_sound(digits: str) -> bool:
    """Whether the last digit is the check digit of the others (GS1 General Specifications, 7.9).

    >>> is_sound("9501101530003"), is_sound("9501101530004")
    (True, False)
    """
    if not (digits.isascii() and digits.isdigit() and len(digits) > 1):
        return False
    weighed = sum(int(digit) * (3, 1)[place % 2] for place, digit in enumerate(reversed(digits[:-1])))
    return (weighed + int(digits[-1])) % 10 == 0
