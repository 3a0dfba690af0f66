"""A campaign file and what lies beside it, brought into the database in one transaction."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from errno import EACCES
from pathlib import Path

from omni.cli.desk import Desk
from omni.domain.campaign_file import CampaignFile
from omni.domain.display_rule import DisplayRule
from omni.domain.market_record import MarketRecord
from omni.domain.offer import Picture
from omni.domain.repricing import PrintedPrice
from omni.domain.terms import WrittenTerms
from omni.present import item_list, market_file
from omni.present.campaign_terms import terms_of
from omni.present.clauses import MissingClause
from omni.present.file_problems import FileProblems, Problem
from omni.present.pictures import MAX_BYTES, BadPicture, read_picture
from omni.services import authoring
from omni.services.authoring import AppliedEdition, Authored


def bring(
    desk: Desk, file: CampaignFile, path: Path, *, printed: PrintedPrice | None = PrintedPrice.HONOUR
) -> list[AppliedEdition]:
    """Apply a campaign file as one whole.

    Raises FileProblems when a picture or a clause is missing, Undecided when a price rises above paper and
    nobody said what becomes of it.
    """
    markets = market_file.known(desk.settings.markets_dir)
    file = _with_item_lists(file, path)
    pictures = _pictures(file, path)
    rules = desk.place.rules
    terms = {market: _terms(file, markets[market], rules, path) for market in file.markets}
    authored = Authored(file=file, markets=markets, terms=terms, pictures=pictures, rules=rules)
    now = desk.now()
    with desk.place.db.writing() as tx:
        return authoring.apply(tx, now, authored=authored, by=desk.by, printed=printed)


def _terms(
    file: CampaignFile, market: MarketRecord, rules: Sequence[DisplayRule], path: Path
) -> dict[str, WrittenTerms]:
    try:
        return terms_of(file, market, rules)
    except MissingClause as missing:
        raise FileProblems([Problem(str(path), None, f"markets.{market.id}", str(missing))]) from None


def _pictures(file: CampaignFile, path: Path) -> Mapping[str, Picture]:
    pictures: dict[str, Picture] = {}
    problems = []
    for field, name in _picture_names(file):
        try:
            pictures[name] = _picture(path.parent, name)
        except BadPicture as bad:
            problems.append(Problem(str(path), None, field, f"{name} {bad}"))
    if problems:
        raise FileProblems(problems)
    return pictures


def _picture_names(file: CampaignFile) -> Iterator[tuple[str, str]]:
    if file.logo:
        yield "logo", file.logo
    for place, parts in (("items", file.items), ("bundles", file.bundles)):
        for name, part in parts.items():
            if part.picture:
                yield f"{place}.{name}.picture", part.picture


def _picture(folder: Path, name: str) -> Picture:
    try:
        return read_picture(_bytes_beside(folder, name, MAX_BYTES + 1))
    except OSError as failure:
        raise BadPicture(f"cannot be read ({failure.strerror}); put it beside the file") from None


def _bytes_beside(folder: Path, name: str, most: int) -> bytes:
    """The first bytes of a file in a campaign's folder. Raises OSError."""
    # A link may lead out of the folder although its name does not.
    place = (folder / name).resolve()
    if not place.is_relative_to(folder.resolve()):
        raise OSError(EACCES, "it lies outside the campaign's folder")
    with place.open("rb") as opened:
        return opened.read(most)


def _with_item_lists(file: CampaignFile, path: Path) -> CampaignFile:
    """The file with the items of its receipt rules that are listed in files beside it."""
    names = item_list.names(file)
    lists, problems = {}, []
    for where, name in names:
        try:
            lists[name] = item_list.read(_bytes_beside(path.parent, name, item_list.MAX_BYTES + 1), file=name)
        except OSError as failure:
            message = f"{name} cannot be read ({failure.strerror}); put it beside the file"
            problems.append(Problem(str(path), None, where, message))
    if problems:
        raise FileProblems(problems)
    return item_list.put_in(file, lists)
