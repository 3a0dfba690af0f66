"""Where an offer is made and under which law."""

from typing import Any

from sqlmodel import Field

from omni.domain.record import Document, Record


class Market(Record, table=True):
    """A market as loaded from its file; `record` keeps every value with its source and review state."""

    id: str = Field(primary_key=True, max_length=16)
    country: str = Field(max_length=2)
    currency: str = Field(max_length=3)
    digits: int
    time_zone: str = Field(max_length=64)
    host: str | None = Field(default=None, max_length=253)
    locales: list[dict[str, str]] = Field(sa_type=Document)
    required_locales: list[str] = Field(sa_type=Document)
    record: dict[str, Any] = Field(sa_type=Document)
