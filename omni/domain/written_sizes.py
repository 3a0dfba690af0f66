"""Size tables as a person writes them in a campaign file: what is measured, and one row for each size.

Sizes are the maker's: none is worked out from another system, or from a length. Names in this module are the
names in the file.
"""

import re
from decimal import Decimal
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from omni.domain.localized import Localized, Words
from omni.domain.market_record import Part, Slug
from omni.domain.size_system import SizeSystem, Span

_CENTIMETRES = r"[1-9]\d{0,2}(\.\d)?"
_DASH = r"\s*[-\u2013]\s*"
_LONGEST_SIZE = 12


def _span(written: object) -> Span:
    lengths = re.split(_DASH, written.strip()) if isinstance(written, str) else []
    if len(lengths) not in (1, 2) or not all(re.fullmatch(_CENTIMETRES, length) for length in lengths):
        raise ValueError("is no length in centimetres; write for example 88, 24.5 or 88-92")
    least, most = (int(Decimal(lengths[place]) * 10) for place in (0, -1))
    if len(lengths) > 1 and least >= most:
        raise ValueError("does not go up; write the smaller length first, such as 88-92")
    return Span(least, most)


def _size(words: str) -> str:
    name = " ".join(words.split())
    if len(name) > _LONGEST_SIZE:
        raise ValueError("is longer than a size; write what stands on the label, such as 42, 170/88A or XL")
    return name


SizeName = Annotated[
    Words,
    AfterValidator(_size),
    WithJsonSchema(
        {"anyOf": [{"type": "number"}, {"type": "string", "minLength": 1, "maxLength": _LONGEST_SIZE}]}
    ),
]
"""A size as the label has it, letter for letter: 42, 42 2/3, 170/88A, XL."""

BodyLength = Annotated[
    Span,
    BeforeValidator(_span),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "number", "exclusiveMinimum": 0},
                {"type": "string", "pattern": f"^{_CENTIMETRES}({_DASH}{_CENTIMETRES})?$"},
            ]
        }
    ),
]
"""A length of the body in centimetres, or from one length to another."""


class SizeRowPart(Part):
    """One size: what each system calls it, and whom it fits."""

    sizes: dict[Annotated[SizeSystem, Field(strict=False)], SizeName] = Field(
        min_length=1, description="The size by system.", examples=[{"eu": 42, "uk": 8, "us": 9}]
    )
    body: dict[Slug, BodyLength] = Field(
        {}, description="What is measured, in centimetres.", examples=[{"foot": "26-26.5"}]
    )


class SizeTablePart(Part):
    """The sizes of an item, from small to large."""

    measures: dict[Slug, Localized] = Field(
        {},
        max_length=6,
        description="What is measured on the body, once or per locale.",
        examples=[{"foot": "Foot length"}],
    )
    rows: list[SizeRowPart] = Field(min_length=1, max_length=40, description="One row for each size.")
