"""Single values as people write them into a file: amounts, counts, days and addresses.

Each takes the very text of the file, so that 49.90 never passes through a binary fraction, and says in its
error what to write instead.
"""

import re
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, StringConstraints, WithJsonSchema

from omni.domain.gs1_key import GCN_DIGITS, GLN_DIGITS, GTIN_DIGITS, is_sound
from omni.domain.printer_address import Way, is_printer_name, printer_address

SHOP_WORDS = ("items", "voucher", "locale", "placement", "market", "campaign")
"""What a shop link may have in braces; the page fills each in when the shopper goes to the shop."""

_YES_OR_NO = {"true": True, "yes": True, "false": False, "no": False}
_DECIMAL = re.compile(r"\d{1,12}(\.\d{1,4})?")


class TooManyDigits(ValueError):
    """An amount is finer than the smallest coin of its currency."""


def minor_units(amount: Decimal, *, digits: int) -> int:
    """An amount in major units as whole minor units of a currency with this many digits, exactly.

    Raises TooManyDigits rather than round: whoever wrote 12.345 in euros meant something else.
    """
    scaled = amount.scaleb(digits)
    if scaled != scaled.to_integral_value():
        raise TooManyDigits(f"{amount} has more than {digits} digits after the point")
    return int(scaled)


def _decimal(written: object) -> object:
    if isinstance(written, Decimal):
        written = str(written)
    if isinstance(written, int) and not isinstance(written, bool):
        written = str(written)
    if not isinstance(written, str) or not _DECIMAL.fullmatch(written.strip()):
        raise ValueError("is not an amount; write major units with a point, such as 49.90")
    return Decimal(written.strip())


def whole_number(written: object) -> object:
    """A count as written; anything but a plain whole number is refused."""
    if isinstance(written, str) and re.fullmatch(r"\d{1,10}", written.strip()):
        return int(written)
    if isinstance(written, int) and not isinstance(written, bool) and written >= 0:
        return written
    raise ValueError("is not a whole number; write for example 500")


def _yes_or_no(written: object) -> object:
    if isinstance(written, bool):
        return written
    if not isinstance(written, str) or written.strip().lower() not in _YES_OR_NO:
        raise ValueError("is neither true nor false")
    return _YES_OR_NO[written.strip().lower()]


def _at_least_one(number: int) -> int:
    if number < 1:
        raise ValueError("is 0; write 1 or more")
    return number


def _day(written: object) -> object:
    if isinstance(written, date):
        return written
    try:
        return date.fromisoformat(written.strip()) if isinstance(written, str) else date.fromisoformat("")
    except ValueError:
        raise ValueError("is not a day; write year-month-day, such as 2026-11-11") from None


def _link_template(link: str) -> str:
    parts = urlsplit(link)
    if parts.scheme != "https" or not parts.hostname or "@" in parts.netloc or re.search(r"\s", link):
        raise ValueError(
            "is not a shop address; write for example https://shop.example/cart?{items}&discount={voucher}"
        )
    for word in re.findall(r"\{([^{}]*)\}", link):
        if word not in SHOP_WORDS:
            raise ValueError(f"has {{{word}}}, which nothing fills in; there are {', '.join(SHOP_WORDS)}")
    if link.count("{") != link.count("}") or "{" in parts.netloc:
        raise ValueError("has a brace too many, or one in the host; check the {words}")
    return link


def _shop_address(address: str) -> str:
    parts = urlsplit(_link_template(address))
    if parts.query or parts.fragment or "{" in address:
        raise ValueError("is more than the address of a shop; write for example https://shop.example")
    return address


def _page(link: str) -> str:
    if urlsplit(link).scheme != "https" or re.search(r"[\s<>\"]", link):
        raise ValueError("is not a web address; write for example https://shop.example/teapot")
    return link


def _picture(path: str) -> str:
    if path.startswith("/") or "\\" in path or ".." in path.split("/"):
        raise ValueError(
            "leaves the campaign's folder; put the picture beside the file, such as pictures/tea.svg"
        )
    if not re.search(r"\.(svg|png|jpe?g|webp)$", path):
        raise ValueError("is not a picture; use svg, png, jpg or webp")
    return path


def _gs1_key(written: object, kind: str, lengths: Sequence[int], example: str) -> str:
    # YAML reads unquoted digits as a number, and a leading zero would be lost: written, they are text.
    if not isinstance(written, str) or len(written) not in lengths or not is_sound(written):
        told = " or ".join(map(str, lengths))
        raise ValueError(
            f'is no {kind}: write its {told} digits in quotes, the check digit last, such as "{example}"'
        )
    return written


def _gtin(written: object) -> str:
    return _gs1_key(written, "GTIN", (8, 12, 13, 14), "09506000134352").zfill(GTIN_DIGITS)


def _gln(written: object) -> str:
    return _gs1_key(written, "GLN", (GLN_DIGITS,), "9506000134352")


def _gcn(written: object) -> str:
    return _gs1_key(written, "GCN", (GCN_DIGITS,), "9501101530003")


def _printer(written: str) -> str:
    # Whoever may send in a campaign may not thereby write to files of the server.
    if not is_printer_name(written) and printer_address(written).way is Way.FILE:
        raise ValueError("is a file of the server; give that printer a name with `omni printers add`")
    return written


Amount = Annotated[
    Decimal,
    BeforeValidator(_decimal),
    WithJsonSchema(
        {"anyOf": [{"type": "number", "minimum": 0}, {"type": "string", "pattern": f"^{_DECIMAL.pattern}$"}]}
    ),
]
"""Money in major units, exactly as written."""

Count = Annotated[int, BeforeValidator(whole_number), WithJsonSchema({"type": "integer", "minimum": 0})]
SomeCount = Annotated[
    int,
    BeforeValidator(whole_number),
    AfterValidator(_at_least_one),
    WithJsonSchema({"type": "integer", "minimum": 1}),
]
"""A count that none would make senseless."""

YesOrNo = Annotated[bool, BeforeValidator(_yes_or_no), WithJsonSchema({"type": "boolean"})]
Day = Annotated[date, BeforeValidator(_day), WithJsonSchema({"type": "string", "format": "date"})]
LinkTemplate = Annotated[str, StringConstraints(max_length=1000), AfterValidator(_link_template)]
ShopAddress = Annotated[str, StringConstraints(max_length=300), AfterValidator(_shop_address)]
Page = Annotated[str, StringConstraints(max_length=1000), AfterValidator(_page)]
PicturePath = Annotated[str, StringConstraints(max_length=64), AfterValidator(_picture)]
Printer = Annotated[str, StringConstraints(max_length=300), AfterValidator(_printer)]
Gtin = Annotated[str, BeforeValidator(_gtin)]
"""The key of a product, as its fourteen digits."""

Gln = Annotated[str, BeforeValidator(_gln)]
"""The key of a place."""

Gcn = Annotated[str, BeforeValidator(_gcn)]
"""The key of an offer, without a serial."""

Sku = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$", max_length=64)]
