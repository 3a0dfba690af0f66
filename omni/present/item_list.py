"""Lists of items that receipt rules name, one SKU a line, from files beside a campaign file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from pydantic import TypeAdapter, ValidationError

from omni.domain.campaign_file import CampaignFile
from omni.domain.written import Sku
from omni.domain.written_receipts import MOST_LISTED, ReceiptRulePart, rules_of
from omni.present.file_problems import FileProblems, Problem

MAX_BYTES = 500_000
_SKU = TypeAdapter(Sku)
_HEADER = "sku"


def names(file: CampaignFile) -> Iterator[tuple[str, str]]:
    """Every list the file names, with the field that names it."""
    for market_id, part in file.markets.items():
        for place, rule in enumerate(rules_of(part.receipts)):
            if rule.items_file is not None:
                yield f"markets.{market_id}.receipts[{place}].items_file", rule.items_file


def read(body: bytes, *, file: str) -> list[str]:
    """The items of one list; empty lines and a header are passed over. Raises FileProblems, by line."""
    if len(body) > MAX_BYTES:
        raise FileProblems([Problem(file, None, "", f"is larger than {MAX_BYTES // 1000} kB")])
    try:
        lines = body.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError:
        raise FileProblems([Problem(file, None, "", "is not UTF-8; save it again in UTF-8")]) from None
    written = [(number, line.strip()) for number, line in enumerate(lines, start=1) if line.strip()]
    if written and written[0][1].lower() == _HEADER:
        del written[0]
    problems = [
        Problem(file, number, _HEADER, f"{sku[:64]} is not a SKU")
        for number, sku in written
        if not _is_sku(sku)
    ]
    if not written:
        problems.append(Problem(file, None, "", "is empty; write one SKU a line"))
    if len(written) > MOST_LISTED:
        problems.append(
            Problem(file, None, "", f"has more than {MOST_LISTED:,} items; use patterns such as shoes-*")
        )
    if problems:
        raise FileProblems(problems)
    return list(dict.fromkeys(sku for _, sku in written))


def put_in(file: CampaignFile, lists: Mapping[str, Sequence[str]]) -> CampaignFile:
    """The same campaign with the items of every list in the rules that name it."""
    if not lists:
        return file

    def filled(rule: ReceiptRulePart) -> ReceiptRulePart:
        return rule.model_copy(update={"items": list(lists[rule.items_file])}) if rule.items_file else rule

    markets = {
        market_id: part.model_copy(update={"receipts": [filled(rule) for rule in rules_of(part.receipts)]})
        if rules_of(part.receipts)
        else part
        for market_id, part in file.markets.items()
    }
    return file.model_copy(update={"markets": markets})


def _is_sku(text: str) -> bool:
    try:
        _SKU.validate_python(text)
    except ValidationError:
        return False
    return True
