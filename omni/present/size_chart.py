"""The sizes of a bundle's items as a page shows them: every figure written, columns in the market's order.

Sizes stay letter for letter as labels have them; only lengths are said in the reader's own way.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from omni.domain.published import PublishedBundle, in_locale
from omni.domain.size_system import LengthUnit
from omni.domain.size_table import SizeTable, SizeTableRow
from omni.present.formatting import span, unit_name
from omni.present.locales import current_locale


@dataclass(frozen=True)
class ChartRow:
    """One size: its name in each system, then the lengths it fits."""

    sizes: tuple[str, ...]
    body: tuple[str, ...]


@dataclass(frozen=True)
class SizeChart:
    """The sizes of one item; name and measures are in the offer's locale, the rest in the reader's."""

    item: str
    systems: tuple[str, ...]
    measures: tuple[str, ...]
    unit: str
    rows: tuple[ChartRow, ...]


def size_charts(bundle: PublishedBundle, locale: str) -> tuple[SizeChart, ...]:
    """The charts of a bundle's items that have sizes, in the order of the items."""
    return tuple(
        _chart(in_locale(line.names, locale), line.sizes, locale) for line in bundle.lines if line.sizes
    )


def _chart(item: str, table: SizeTable, locale: str) -> SizeChart:
    return SizeChart(
        item=item,
        systems=tuple(system.label for system in table.systems),
        measures=tuple(in_locale(words, locale) for words in table.measures),
        unit=unit_name(table.unit, current_locale()),
        rows=tuple(ChartRow(row.sizes, tuple(_lengths(row, table.unit))) for row in table.rows),
    )


def _lengths(row: SizeTableRow, unit: LengthUnit) -> Iterator[str]:
    for each in row.body:
        least, most = (Decimal(unit.tenths(mm)) / 10 for mm in each)
        yield span(least, most, current_locale())
