"""The fields of bodies and answers, and what every body has in common.

Bodies refuse fields they do not know, so that a misspelt one is named instead of ignored. Money is whole
minor units; numbers stay below 2^53, where JavaScript still counts exactly.
"""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime
from typing import Annotated

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    WithJsonSchema,
)

LARGEST = 2**53


def _whole(written: object) -> object:
    # JSON has one kind of number: 854.0 is the integer 854, and JSON Schema says so too.
    return int(written) if isinstance(written, float) and written.is_integer() else written


def _printable(text: str) -> str:
    if any(unicodedata.category(letter) in ("Cc", "Cs") for letter in text):
        raise ValueError("has a control character")
    return text


def _in_our_time(at: datetime) -> datetime:
    # Far from today the calendars of two databases and of Python part ways.
    if not 2000 <= at.year < 2100:
        raise ValueError("is not between the years 2000 and 2100")
    return at.astimezone(UTC)


Minor = Annotated[int, Field(ge=0, le=LARGEST), BeforeValidator(_whole)]
Positive = Annotated[int, Field(ge=1, le=LARGEST), BeforeValidator(_whole)]
Quantity = Annotated[int, Field(ge=1, le=1_000_000), BeforeValidator(_whole)]
Minutes = Annotated[int, Field(ge=1, le=1440), BeforeValidator(_whole)]
Instant = Annotated[
    AwareDatetime,
    AfterValidator(_in_our_time),
    WithJsonSchema({"type": "string", "format": "date-time", "pattern": "^20[0-9]{2}-"}),
]
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
Text = Annotated[
    str,
    StringConstraints(min_length=1),
    AfterValidator(_printable),
    Field(json_schema_extra={"pattern": r"^[^\u0000-\u001f\u007f-\u009f]+$"}),
]
Sealed = Annotated[Text, Field(max_length=64)]
Reference = Annotated[Text, Field(max_length=128)]
Slug = Annotated[Text, Field(max_length=96)]


class Body(BaseModel):
    """What a caller sends."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Query(BaseModel):
    """What a caller asks for in the address; there every value is text, so numbers may be written as such."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Answer(BaseModel):
    """What we answer; fields may be added, never renamed."""

    model_config = ConfigDict(frozen=True)


class FieldError(Answer):
    """A field that cannot be right, and why."""

    field: str
    message: str


class Problem(Answer):
    """Why a request was not done (RFC 9457); `code` is stable, the sentence in `detail` is not."""

    model_config = ConfigDict(extra="allow", frozen=True)

    type: str
    title: str
    status: int
    code: str
    detail: str
    request_id: str
    errors: list[FieldError] | None = None
