"""Market files: one TOML file per market, shipped with Omni and replaceable by the deploying company.

id, country, name            short name; ISO 3166 country; English name
currency, digits             ISO 4217, and the digits shops show after the point
cash_rounding_minor          smallest step in cash, in minor units
tax                          display (incl, excl, none), label per locale, rate_bp when one rate is true, from
time_zones                   IANA, the one whose midnight rules first
locales, required_locales    in the market's order, each with the catalogue of its legal clauses
paper, address, last_mile    a4 or letter; fields of an address; what is peculiar about delivery
festival                     name and month-day of the sale day, as the market calls it
print_policy, fiscal_qr      whether a slip may be printed unasked; whether a tax QR is on receipts already
consent_age                  age from which a minor may consent alone; absent where the law names none
city                         where the first shop stands by default, and what its till and pop-up are called
host                         the address printed in this market's codes; absent: the installation's
sources.<field>              source, confidence (high, medium, low), reviewed by the deploying company
"""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files

from pydantic import ValidationError

from omni.domain.market_record import MarketRecord
from omni.present.file_problems import FileProblems, Problem
from omni.present.yaml_tree import dotted


def read_market(text: str, *, file: str) -> MarketRecord:
    """One market record. Raises FileProblems that name file and field."""
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise FileProblems([Problem(file, None, "", f"is not TOML: {error}")]) from None
    try:
        return MarketRecord.model_validate(values)
    except ValidationError as refused:
        errors = refused.errors(include_url=False, include_input=False)
        problems = [
            Problem(file, None, dotted(error["loc"]), error["msg"].removeprefix("Value error, "))
            for error in errors
        ]
        raise FileProblems(problems) from None


@cache
def shipped() -> dict[str, MarketRecord]:
    """The market records that come with Omni, by id."""
    folder = files("omni") / "markets"
    records = [
        read_market(entry.read_text(encoding="utf-8"), file=entry.name)
        for entry in sorted(folder.iterdir(), key=lambda entry: entry.name)
        if entry.name.endswith(".toml")
    ]
    return {record.id: record for record in records}
