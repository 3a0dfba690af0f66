"""What is known about a market: where it is, how it writes money, and which languages it must be served in.

A record is dated, sourced data, not law and not code. Nothing in it is legal advice: every field names its
source and how sure we are, and counts as unreviewed until the deploying company says otherwise.
"""

from datetime import date
from enum import StrEnum
from typing import Annotated, Literal, Self
from zoneinfo import available_timezones

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from omni.domain.localized import LocaleId, Localized, Words

Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=64)]
"""A lower-case name for addresses and commands: letters, digits, single dashes."""

Country = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
"""ISO 3166-1 alpha-2."""


class Part(BaseModel):
    """A piece of a file that people write: frozen, exact about types, unknown fields refused."""

    model_config = ConfigDict(
        frozen=True, strict=True, extra="forbid", validate_by_name=True, validate_by_alias=True
    )


class TaxDisplay(StrEnum):
    """Whether the price a shopper reads holds the tax."""

    INCLUDED = "incl"
    ADDED = "excl"
    NONE = "none"


class PrintPolicy(StrEnum):
    """Whether a slip may be printed unasked."""

    AUTOMATIC = "auto"
    ON_REQUEST = "on-request"


class Confidence(StrEnum):
    """How sure we are of a value."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class Source(Part):
    """Where a value comes from, and whether the deploying company signed it off."""

    source: Words
    confidence: Annotated[Confidence, Field(strict=False)]
    reviewed: bool = False


class Tax(Part):
    """How consumer prices and tax stand together. Rates are basis points; none when no one rate is true."""

    display: Annotated[TaxDisplay, Field(strict=False)]
    label: Localized
    rate_bp: int | None = Field(default=None, ge=0, le=10_000)
    valid_from: date | None = Field(default=None, alias="from")


class MarketLocale(Part):
    """A language of the market, and the catalogue its legal clauses are written in."""

    id: LocaleId
    terms: LocaleId


class Festival(Part):
    """The day the market itself calls its sale day, month-day."""

    name: Localized
    on: Annotated[str, StringConstraints(pattern=r"^(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$")]


class City(Part):
    """Where a market's first shop stands when nobody says, and what its places are called there."""

    slug: Slug
    name: Localized
    till: Localized
    popup: Localized


class MarketRecord(Part):
    """One market, as its file describes it."""

    id: Slug
    country: Country
    name: Words = Field(description="English; other languages come from CLDR's territories")
    currency: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
    digits: int = Field(ge=0, le=3, description="digits shown after the point in shops")
    cash_rounding_minor: int = Field(ge=1)
    tax: Tax
    time_zones: tuple[str, ...] = Field(min_length=1, strict=False)
    locales: tuple[MarketLocale, ...] = Field(min_length=1, strict=False)
    required_locales: tuple[LocaleId, ...] = Field(min_length=1, strict=False)
    paper: Literal["a4", "letter"]
    festival: Festival
    last_mile: Words
    print_policy: Annotated[PrintPolicy, Field(strict=False)]
    fiscal_qr: bool = Field(description="a tax QR already stands on receipts here")
    consent_age: int | None = Field(default=None, ge=0, le=21)
    city: City
    address: tuple[Slug, ...] = Field(min_length=1, strict=False)
    host: Annotated[str, StringConstraints(pattern=r"^[a-z0-9.-]+$")] | None = None
    sources: dict[str, Source]

    @property
    def time_zone(self) -> str:
        """The zone whose midnight opens and closes an edition here."""
        return self.time_zones[0]

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> Self:
        known = {locale.id for locale in self.locales}
        if stray := sorted(set(self.required_locales) - known):
            raise ValueError(f"required_locales: {', '.join(stray)} is not among locales")
        if stray := sorted(set(self.time_zones) - available_timezones()):
            raise ValueError(f"time_zones: {', '.join(stray)} is not an IANA time zone")
        for label, words in (
            ("city.name", self.city.name),
            ("city.till", self.city.till),
            ("tax.label", self.tax.label),
        ):
            if lacking := words.lacks(tuple(locale.id for locale in self.locales)):
                raise ValueError(f"{label}: {', '.join(lacking)} is missing")
        return self

    @model_validator(mode="after")
    def _every_value_is_sourced(self) -> Self:
        told = {name for name in self.model_fields_set if name not in {"id", "name", "sources"}}
        if unsourced := sorted(told - self.sources.keys()):
            raise ValueError(f"sources.{unsourced[0]}: is missing; say where the value comes from")
        if stray := sorted(self.sources.keys() - told):
            raise ValueError(f"sources.{stray[0]}: there is no such value in this file")
        return self
