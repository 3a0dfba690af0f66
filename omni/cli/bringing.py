"""A campaign file and what lies beside it, brought into the database in one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from errno import EACCES
from functools import partial
from pathlib import Path

from omni.cli import cutting
from omni.cli.branding import brand_beside
from omni.cli.desk import Desk
from omni.domain.brand import BrandFile
from omni.domain.campaign_file import CampaignFile
from omni.domain.display_rule import DisplayRule
from omni.domain.market_record import MarketRecord
from omni.domain.offer import Picture
from omni.domain.picture_rules import picture_uses
from omni.domain.repricing import PrintedPrice
from omni.domain.terms import WrittenTerms
from omni.present import item_list, market_file
from omni.present.campaign_terms import terms_of
from omni.present.clauses import MissingClause
from omni.present.file_problems import FileProblems, Problem
from omni.present.pictures import MAX_BYTES, MAX_LOGO_BYTES, BadPicture, read_picture
from omni.present.theme_file import logo_of
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
    brand = brand_beside(file, path, markets, partial(_bytes_beside, path.parent))
    logo = _brand_logo(brand, path)
    theme = brand.theme(logo_of(logo) if logo else None) if brand else None
    pictures = _pictures(file, path)
    focuses = cutting.focuses(file, pictures, path)
    rules = desk.place.rules
    terms = {market: _terms(file, markets[market], rules, path) for market in file.markets}
    if brand and brand.logo and logo:
        pictures = {**pictures, brand.logo: logo}
    cutting.cut(desk, file, pictures, focuses, path)
    authored = Authored(
        file=file,
        markets=markets,
        terms=terms,
        pictures=pictures,
        rules=rules,
        theme=theme,
        focuses=focuses,
    )
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
    for use in picture_uses(file):
        try:
            most = MAX_BYTES if use.forms else MAX_LOGO_BYTES
            pictures[use.path] = _picture(path.parent, use.path, most)
        except BadPicture as bad:
            problems.append(Problem(str(path), None, use.field, f"{use.path} {bad}"))
    if problems:
        raise FileProblems(problems)
    return pictures


def _brand_logo(brand: BrandFile | None, path: Path) -> Picture | None:
    if brand is None or brand.logo is None:
        return None
    try:
        return _picture(path.parent, brand.logo)
    except BadPicture as bad:
        raise FileProblems([Problem(str(path), None, "brand", f"logo {brand.logo} {bad}")]) from None


def _picture(folder: Path, name: str, most: int = MAX_LOGO_BYTES) -> Picture:
    try:
        return read_picture(_bytes_beside(folder, name, most + 1), most=most)
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
