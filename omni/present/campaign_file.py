"""Campaign files on their way in and out: read with line numbers, described by a schema, begun small."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import yaml
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from omni.domain.campaign_file import STORE_BY_SLUG, STORE_IN_FULL, CampaignFile
from omni.domain.campaign_rules import findings, nearest
from omni.domain.localized import EVERY_LOCALE
from omni.domain.market_record import MarketRecord
from omni.domain.shop_preset import SHOP_AS_TEMPLATE, SHOP_BY_PRESET
from omni.domain.written_receipts import ONE_BUNDLE, SOME_RULES
from omni.present.file_problems import FileProblems, Problem
from omni.present.yaml_tree import Path, Tree, dotted, read_tree

_OUR_STEPS = {
    STORE_IN_FULL,
    STORE_BY_SLUG,
    SHOP_BY_PRESET,
    SHOP_AS_TEMPLATE,
    ONE_BUNDLE,
    SOME_RULES,
    EVERY_LOCALE,
}


def read(text: str | bytes, *, file: str, markets: Mapping[str, MarketRecord]) -> CampaignFile:
    """A campaign file, checked against itself and the markets it names.

    Raises FileProblems with all that was found, by line; a file is taken whole or not at all.
    """
    tree = read_tree(text, file=file)
    try:
        campaign = CampaignFile.model_validate(tree.values)
    except ValidationError as refused:
        schema = json_schema()
        errors = refused.errors(include_url=False, include_input=False)
        raise FileProblems(_in_order(_problem(error, schema, tree, file) for error in errors)) from None
    # A day of the campaign may be wrong for every market; it is still one line to mend.
    wrong = [
        Problem(file, tree.line(finding.where), dotted(finding.where), finding.message)
        for finding in dict.fromkeys(findings(campaign, markets))
    ]
    if wrong:
        raise FileProblems(_in_order(wrong))
    return campaign


def json_schema() -> dict[str, Any]:
    """The shape of a campaign file as JSON Schema (draft 2020-12), for editors that complete and check."""
    described = CampaignFile.model_json_schema()
    markets = described["properties"]["markets"]
    shared = {key: markets.pop(key) for key in ("description", "examples", "title") if key in markets}
    ids = {"type": "array", "items": {"type": "string"}, "minItems": 1, "uniqueItems": True}
    described["properties"]["markets"] = {**shared, "anyOf": [ids, markets]}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **described,
        "title": "Omni campaign file",
        "description": "What a campaign offers, where and when. Amounts are in major units, days are local.",
    }


@dataclass(frozen=True)
class Beginning:
    """What a marketer says of a new campaign; what was not said waits in the file to be replaced.

    Prices are in major units, as they are written in the file, by currency.
    """

    opens_on: date
    closes_on: date | None = None
    items: Mapping[str, int] = field(default_factory=lambda: {"item-1": 1, "item-2": 1})
    prices: Mapping[str, str] = field(default_factory=dict)
    shop: str = "https://shop.example/cart?{items}&discount={voucher}&lang={locale}&ref={placement}"


def smallest(name: str, markets: Sequence[MarketRecord], beginning: Beginning) -> str:
    """The smallest campaign file for these markets, commented: eleven lines while they share one currency.

    Runs thirty days unless told otherwise, and loads as it stands.
    """
    prices = {market.id: beginning.prices.get(market.currency, "49") for market in markets}
    if len({market.currency for market in markets}) == 1:
        where, price = f" [{', '.join(prices)}]", f"    price: {prices[markets[0].id]}"
    else:
        where = "".join(f"\n  {market}: {{prices: {{first-bundle: {at}}}}}" for market, at in prices.items())
        price = ""
    lines = _SMALLEST.format(
        slug=name,
        title=name.replace("-", " ").capitalize(),
        shop=_yaml({"shop": beginning.shop}),
        opens=beginning.opens_on.isoformat(),
        closes=(beginning.closes_on or beginning.opens_on + timedelta(days=29)).isoformat(),
        markets=where,
        items=_yaml(dict(beginning.items), in_braces=True),
        price=price,
    )
    return lines.rstrip() + "\n"


def _yaml(value: dict[str, Any], *, in_braces: bool = False) -> str:
    written: str = yaml.safe_dump(value, default_flow_style=in_braces, sort_keys=False, width=math.inf)
    return written.strip()


_SMALLEST = """\
# A campaign file. `omni schema campaign` prints everything that may stand here;
# `omni import` checks it and says which defaults it used. Lines that begin with # are notes.
version: 1
campaign: {slug}
# Once for all languages, or one line per language: {{fr: ..., de: ...}}
name: {title}
# Words in braces are filled in when the shopper goes to the shop.
{shop}
# Days on each market's own clock; the last day is inclusive.
opens: {opens}
closes: {closes}
# Who runs it; `omni markets` lists them.
markets:{markets}
# What one code unlocks: how many of which item of the shop, at which price (49.90 is 49 and 90 hundredths).
bundles:
  first-bundle:
    items: {items}
{price}
"""


def _in_order(problems: Iterator[Problem] | list[Problem]) -> list[Problem]:
    return sorted(problems, key=lambda problem: (problem.line or 0, problem.field))


def _problem(error: ErrorDetails, schema: dict[str, Any], tree: Tree, file: str) -> Problem:
    path = _real_path(error["loc"], tree)
    return Problem(file, tree.line(path), dotted(path), _message(error, path, schema))


def _message(error: ErrorDetails, path: Path, schema: dict[str, Any]) -> str:
    match error["type"]:
        case "missing":
            return f"is missing{_example(schema, path)}"
        case "extra_forbidden":
            known = _fields(_described(schema, path[:-1]), schema)
            return f"is not a field here{nearest(str(path[-1]), known)}"
        case "value_error":
            return str(error["ctx"]["error"])
        case "enum" | "literal_error":
            return f"must be {error['ctx']['expected']}"
        case "string_pattern_mismatch":
            return f"has letters that are not allowed{_example(schema, path) or _pattern(error)}"
        case "model_type" | "dict_type" | "model_attributes_type":
            return "must be fields, one per line, indented below"
        case "string_type":
            return "must be one text"
        case "list_type":
            return "must be a list, such as [one, two]"
        case "too_short":
            return "is empty; write at least one, or delete the line"
    return error["msg"][:1].lower() + error["msg"][1:]


def _pattern(error: ErrorDetails) -> str:
    return f"; it must match {error['ctx']['pattern']}"


def _example(schema: dict[str, Any], path: Path) -> str:
    examples = _described(schema, path).get("examples")
    return f"; write for example {examples[0]}" if examples else ""


def _fields(described: dict[str, Any], schema: dict[str, Any]) -> list[str]:
    branches = (described, *(_resolved(branch, schema) for branch in described.get("oneOf", ())))
    return [field for branch in branches for field in branch.get("properties", {})]


def _real_path(location: tuple[str | int, ...], tree: Tree) -> Path:
    """The location without pydantic's own steps and ours, which nobody wrote in the file."""
    steps = [step for step in location if step != "[key]"]
    kept: Path = ()
    for place, step in enumerate(steps):
        missing = place == len(steps) - 1 and step not in _OUR_STEPS
        if missing or (*kept, step) in tree.lines:
            kept = (*kept, step)
    return kept


def _described(schema: dict[str, Any], path: Path) -> dict[str, Any]:
    """What the schema says about a place in the file; nothing when it does not know the place."""
    here = schema
    for step in path:
        branches = _branches(here, schema)
        below = next((found for branch in branches if (found := _below(branch, str(step))) is not None), {})
        here = _resolved(below, schema)
    return here


def _branches(described: dict[str, Any], schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield _resolved(described, schema)
    for branch in (*described.get("anyOf", ()), *described.get("oneOf", ())):
        yield from _branches(branch, schema)


def _below(described: dict[str, Any], step: str) -> dict[str, Any] | None:
    if step in described.get("properties", {}):
        return dict(described["properties"][step])
    if step.isdigit() and isinstance(described.get("items"), dict):
        return dict(described["items"])
    if isinstance(described.get("additionalProperties"), dict):
        return dict(described["additionalProperties"])
    return next((dict(below) for below in described.get("patternProperties", {}).values()), None)


def _resolved(described: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    if "$ref" not in described:
        return described
    target: dict[str, Any] = schema["$defs"][described["$ref"].rsplit("/", 1)[-1]]
    return {**target, **{key: value for key, value in described.items() if key != "$ref"}}
