"""The sizes of an item as a market is shown them: its own systems first, lengths in its own unit."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise

from omni.domain.campaign_file import CampaignFile
from omni.domain.market_record import MarketRecord, SizeCustom
from omni.domain.policies import Frozen
from omni.domain.size_system import LengthUnit, SizeSystem, Span
from omni.domain.written_sizes import SizeRowPart, SizeTablePart

Where = tuple[str | int, ...]
"""A place in the file, as the fields that lead to it."""


class SizeTableRow(Frozen):
    """One size: its name in each system of the table, then each length of the body."""

    sizes: tuple[str, ...]
    body: tuple[Span, ...] = ()


class SizeTable(Frozen):
    """A table as published; `measures` are the localised words for what the lengths are of."""

    systems: tuple[SizeSystem, ...]
    unit: LengthUnit
    measures: tuple[Mapping[str, str], ...] = ()
    rows: tuple[SizeTableRow, ...]


def size_tables(file: CampaignFile, market: MarketRecord, locales: tuple[str, ...]) -> dict[str, SizeTable]:
    """Every table of the file as this market is shown it. Expects a file without findings."""
    custom = (file.markets[market.id].sizes or SizeCustom()).over(market.sizes)
    return {name: _shown(table, custom, locales) for name, table in file.size_tables.items()}


def _shown(table: SizeTablePart, custom: SizeCustom, locales: tuple[str, ...]) -> SizeTable:
    systems = in_order(tuple(table.rows[0].sizes), custom.systems)
    return SizeTable(
        systems=systems,
        unit=custom.unit or LengthUnit.CENTIMETRE,
        measures=tuple(words.by_locale(locales) for words in table.measures.values()),
        rows=tuple(
            SizeTableRow(
                sizes=tuple(row.sizes[system] for system in systems),
                body=tuple(row.body[measure] for measure in table.measures),
            )
            for row in table.rows
        ),
    )


def in_order(written: Sequence[SizeSystem], first: Sequence[SizeSystem]) -> tuple[SizeSystem, ...]:
    """The systems of a table, those people look for first in front; the others stay as they were written."""
    wanted = [system for system in first if system in written]
    return (*wanted, *(system for system in written if system not in wanted))


def size_faults(file: CampaignFile) -> Iterator[tuple[Where, str]]:
    """Everything about sizes that contradicts itself: where it is written, and the remedy."""
    for sku, item in file.items.items():
        if item.sizes is not None and item.sizes not in file.size_tables:
            told = f"there is {', '.join(file.size_tables)}" if file.size_tables else "write it there"
            yield ("items", sku, "sizes"), f"{item.sizes} is not among size_tables; {told}"
    for name, table in file.size_tables.items():
        for place, message in (*_uneven(table), *_repeated(table.rows), *_out_of_order(table)):
            yield ("size_tables", name, "rows", *place), message


def _uneven(table: SizeTablePart) -> Iterator[tuple[Where, str]]:
    """Rows whose columns are not those of all."""
    for place, row in enumerate(table.rows):
        if row.sizes.keys() != (wanted := table.rows[0].sizes.keys()):
            yield (place, "sizes"), _differs(row.sizes, wanted, "the first row")
        if row.body.keys() != table.measures.keys():
            yield (place, "body"), _differs(row.body, table.measures, "measures")


def _differs(found: Iterable[str], wanted: Iterable[str], there: str) -> str:
    has, want = (", ".join(each) or "nothing" for each in (found, wanted))
    return f"has {has}, but {there} has {want}; write the same in every row"


def _repeated(rows: Sequence[SizeRowPart]) -> Iterator[tuple[Where, str]]:
    for place, row in enumerate(rows):
        if any(row.sizes == earlier.sizes for earlier in rows[:place]):
            yield (place, "sizes"), "has the sizes of a row above; delete one of the two"


def _out_of_order(table: SizeTablePart) -> Iterator[tuple[Where, str]]:
    """Rows that fit smaller people than the row above, by what is measured first."""
    first = next(iter(table.measures), "")
    for place, (above, row) in enumerate(pairwise(table.rows), start=1):
        if first in above.body and first in row.body and row.body[first] < above.body[first]:
            yield (place, "body", first), "is less than in the row above; write the rows from small to large"
