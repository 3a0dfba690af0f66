"""What somebody at the desk wants on paper: a batch, what is made of it, and the words around its codes."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, BinaryIO

from omni.domain.batch import Batch, BatchKind
from omni.domain.market import Market
from omni.domain.placement import Placement
from omni.domain.print_run import PrintRun
from omni.domain.published import Published
from omni.domain.window import local_day
from omni.present import posters, sheets
from omni.present.paper import paper_for, printed_codes
from omni.present.slip import Paper
from omni.present.symbol_size import SymbolSize
from omni.services.tallying import OnPaper
from omni.web import here

DISTANCES_MM = (300, 500, 1_000, 2_000, 3_000, 5_000)
"""From how far away a poster can be asked to be read; without asking, what is usual for its size."""


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What somebody chose to make of a batch, put right where it could not be."""

    layout: str
    first: int
    count: int
    start_slot: int = 1
    distance_mm: int | None = None

    @classmethod
    def of(cls, asked: Mapping[str, str], known: OnPaper) -> Wish:
        """Read what was asked; left open is the next sheet that nobody has printed yet."""
        layout = asked.get("layout", "")
        if known.batch.kind is BatchKind.SHARED:
            far = whole(asked.get("distance", ""), 0, max(DISTANCES_MM), 0)
            name = layout if layout in posters.POSTERS else next(iter(posters.POSTERS))
            return cls(layout=name, first=1, count=1, distance_mm=far or None)
        stock = sheets.LAYOUTS.get(layout, next(iter(sheets.LAYOUTS.values())))
        size, printed = known.batch.size, known.next_number - known.batch.first_number
        start_slot = whole(asked.get("slot", ""), 1, stock.slots, 1)
        first = whole(asked.get("first", ""), 1, size, printed % size + 1)
        most = size - first + 1
        wanted = whole(asked.get("count", ""), 1, most, min(most, stock.slots - start_slot + 1))
        return cls(layout=stock.name, first=first, count=wanted, start_slot=start_slot)

    @property
    def asked(self) -> dict[str, Any]:
        """The same as a form would ask it."""
        slot, first, count = map(str, (self.start_slot, self.first, self.count))
        distance = {"distance": str(self.distance_mm)} if self.distance_mm else {}
        return {"layout": self.layout, "slot": slot, "first": first, "count": count, **distance}


@dataclass(frozen=True, kw_only=True)
class Job:
    """A batch on its way to paper, with everything its paper says."""

    known: OnPaper
    content: Published
    market: Market
    placement: Placement
    price_minor: int | None
    logo: bytes | None
    picture: bytes | None
    now: datetime
    wish: Wish

    @property
    def batch(self) -> Batch:
        """Whose codes are printed."""
        return self.known.batch

    @property
    def is_poster(self) -> bool:
        """Whether one code for many is made into a poster, and not one label for each code."""
        return self.batch.kind is BatchKind.SHARED

    @property
    def numbers(self) -> range:
        """The numbers to be printed."""
        start = self.batch.first_number + self.wish.first - 1
        return range(start, start + self.wish.count)

    @property
    def command(self) -> str:
        """The command that makes the same labels, as many as one likes."""
        wish = self.wish
        asked = (
            f"--layout {wish.layout} --from {wish.first} --count {wish.count} --start-slot {wish.start_slot}"
        )
        return f"omni print {self.batch.id} {asked} -o labels.pdf"

    def paper(self, run: PrintRun | None = None) -> Paper:
        """The words around each code; small type names the run once it is written down."""
        return paper_for(
            self.content,
            self.batch,
            self.market,
            self.placement,
            price_minor=self.price_minor,
            printed_on=local_day(self.now, self.market.time_zone),
            is_sandbox=here().settings.is_sandbox,
            run_no=run.id if run else None,
            logo=self.logo,
        )

    def preview(self) -> tuple[bytes, SymbolSize]:
        """One label or the poster as a PNG, and how large its symbol is.

        Raises BadLayout and PrintUnavailable, as the whole would.
        """
        paper, code = self.paper(), next(printed_codes(here().keyring, self.batch, self.numbers[:1]))
        if self.is_poster:
            return posters.poster_png(
                paper,
                code,
                poster=posters.in_look(posters.POSTERS[self.wish.layout], self.content.theme),
                picture=self.picture,
                address=self._address,
                distance_mm=self.wish.distance_mm,
                accent=posters.accent_of(self.content.theme),
            )
        layout = sheets.LAYOUTS[self.wish.layout]
        size = sheets.write_labels(io.BytesIO(), paper, [code], layout=layout)
        return sheets.label_png(paper, code, layout), size

    def write(self, file: BinaryIO, run: PrintRun) -> None:
        """Write the PDF of a run."""
        paper, codes = self.paper(run), printed_codes(here().keyring, self.batch, self.numbers)
        if self.is_poster:
            pdf, _ = posters.poster_pdf(
                paper,
                next(codes),
                poster=posters.in_look(posters.POSTERS[self.wish.layout], self.content.theme),
                picture=self.picture,
                address=self._address,
                distance_mm=self.wish.distance_mm,
                accent=posters.accent_of(self.content.theme),
            )
            file.write(pdf)
        else:
            layout, start_slot = sheets.LAYOUTS[self.wish.layout], self.wish.start_slot
            sheets.write_labels(file, paper, codes, layout=layout, start_slot=start_slot)

    @property
    def _address(self) -> str:
        return f"/p/{self.placement.slug}"


def whole(text: str, least: int, most: int, otherwise: int) -> int:
    """A whole number as somebody typed it, moved to the nearest that can be; `otherwise` when it is none."""
    try:
        return min(max(int(text), least), most)
    except ValueError:
        return otherwise
