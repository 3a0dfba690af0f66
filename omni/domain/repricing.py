"""A price that rose above what paper already says: what was decided, and which paper comes down."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import BigInteger
from sqlmodel import Field

from omni.domain.batch import Batch, BatchKind, Recall
from omni.domain.placement import Placement
from omni.domain.print_run import PrintRun, PrintStop
from omni.domain.record import Identity, Record, words

_IN_HAND = frozenset({"shown", "slip", "escpos"})
"""Forms of a code that one shopper takes away, or only looks at."""


NO_PRICE = 0
"""What a run is written down with when its paper named no price."""


class PrintedPrice(StrEnum):
    """What becomes of paper that names a lower price than the one that holds now."""

    HONOUR = "honour"
    RECALL = "recall"


class Repricing(Record, table=True):
    """Somebody decided what becomes of a bundle's paper when its price rose.

    It speaks for paper printed until `decided_at`. A price that begins later is decided twice: now for what
    is out there, and at the instant it begins for what is printed until then, which is always honoured.
    """

    id: int | None = Field(default=None, primary_key=True, sa_type=Identity)
    edition_id: int = Field(foreign_key="edition.id", index=True, sa_type=Identity)
    bundle_id: int = Field(foreign_key="bundle.id", sa_type=Identity)
    price_minor: int = Field(sa_type=BigInteger)
    currency: str = Field(max_length=3)
    decision: PrintedPrice = Field(sa_type=words(PrintedPrice, "decision"))
    decided_at: datetime
    decided_by: str = Field(max_length=128)


class TakeDown(Record, table=True):
    """One line of a store's recall sheet: this paper hangs or lies here and has to come down.

    `run_id` names the paper. `because` says it in words for whoever stands before it.
    """

    id: int | None = Field(default=None, primary_key=True, sa_type=Identity)
    placement_id: int = Field(foreign_key="placement.id", index=True, sa_type=Identity)
    run_id: int = Field(foreign_key="print_run.id", sa_type=Identity)
    repricing_id: int | None = Field(default=None, foreign_key="repricing.id", sa_type=Identity)
    recall_id: int | None = Field(default=None, foreign_key="recall.id", sa_type=Identity)
    because: str = Field(max_length=200)
    ordered_at: datetime
    ordered_by: str = Field(max_length=128)


class TakenDown(Record, table=True):
    """Somebody ticked a line of a recall sheet: the paper is gone."""

    take_down_id: int = Field(primary_key=True, foreign_key="take_down.id", sa_type=Identity)
    done_at: datetime
    done_by: str = Field(max_length=128)


@dataclass(frozen=True)
class RecallLine:
    """One line of a recall sheet with all it speaks of.

    `copies` is how many came out, `repricing` the decision behind it when a price rose, `recall` when codes
    were withdrawn, `done` the tick.
    """

    line: TakeDown
    run: PrintRun
    batch: Batch
    placement: Placement
    copies: int
    repricing: Repricing | None
    recall: Recall | None
    done: TakenDown | None

    def waits(self, now: datetime) -> timedelta:
        """How long it took, or has been waiting for until now."""
        return (self.done.done_at if self.done else now) - self.line.ordered_at


def hangs(form: str, kind: BatchKind) -> bool:
    """Whether paper of a form hangs or lies in a store, or was made for one, so that staff can take it down.

    What a receipt earned, a slip, and what was held up on a screen went away with a shopper.
    """
    return kind is not BatchKind.RECEIPTS and form not in _IN_HAND


def kept_price(
    price_minor: int | None, runs: Iterable[PrintRun], repricings: Iterable[Repricing], *, kind: BatchKind
) -> int | None:
    """The price of a code on paper: its paper's own where that is lower and was promised to be kept.

    `runs` are the code's own printings, `kind` its batch's, `repricings` the decisions about its bundle. A
    recall takes down what hangs; a slip in a shopper's hand is honoured all the same. Paper that was printed
    before there was a price names none, and promises none. With no price there is none.
    """
    if price_minor is None:
        return None
    ordered = in_order(repricings)
    kept = [run.price_minor for run in runs if _is_honoured(run, ordered, kind)]
    return min([price_minor, *kept])


def in_order(repricings: Iterable[Repricing]) -> list[Repricing]:
    """Decisions in the order in which they speak."""
    return sorted(repricings, key=lambda each: (each.decided_at, each.id or 0))


def spoken_for(price_minor: int, printed_at: datetime, ordered: Iterable[Repricing]) -> Repricing | None:
    """The first decision after a printing about a price above the printed one; it speaks for that paper.

    Later ones do not take a promise back, and one about a price that the paper does not undercut says nothing
    of it.
    """
    return next(
        (each for each in ordered if each.decided_at >= printed_at and each.price_minor > price_minor), None
    )


def _is_honoured(run: PrintRun, ordered: list[Repricing], kind: BatchKind) -> bool:
    if run.price_minor == NO_PRICE:
        return False
    first = spoken_for(run.price_minor, run.printed_at, ordered)
    return first is not None and (first.decision is PrintedPrice.HONOUR or not hangs(run.form, kind))


def came_out(run: PrintRun, stop: PrintStop | None) -> range:
    """The codes of a run that came out: all of them, unless it ended early."""
    made = run.copies if stop is None else stop.copies_made
    return range(run.first_number, run.first_number + made)


def codes_left(codes: range, recalls: Iterable[Recall]) -> int:
    """How many of some codes no recall covers; a code that two cover is gone once."""
    left, place = 0, codes.start
    for recall in sorted(recalls, key=lambda each: each.first_number):
        left += max(0, min(recall.first_number, codes.stop) - place)
        place = max(place, recall.first_number + recall.size)
    return left + max(0, codes.stop - place)
