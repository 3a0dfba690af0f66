"""A price that rose above what paper already says: what was decided, and which paper comes down."""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger
from sqlmodel import Field

from omni.domain.print_run import PrintRun
from omni.domain.record import Identity, Record, words


class PrintedPrice(StrEnum):
    """What becomes of paper that names a lower price than the one that holds now."""

    HONOUR = "honour"
    RECALL = "recall"


class Repricing(Record, table=True):
    """Somebody decided what becomes of a bundle's paper when its price rose."""

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


def kept_price(
    price_minor: int | None, runs: Iterable[PrintRun], repricings: Iterable[Repricing]
) -> int | None:
    """The price of a code on paper: its paper's own where that is lower and was promised to be kept.

    `runs` are the code's own printings, `repricings` the decisions about its bundle. The first decision after
    a printing speaks for that paper; later ones do not take a promise back. With no price there is none.
    """
    if price_minor is None:
        return None
    ordered = sorted(repricings, key=lambda each: (each.decided_at, each.id or 0))
    kept = [run.price_minor for run in runs if _is_honoured(run, ordered)]
    return min([price_minor, *kept])


def _is_honoured(run: PrintRun, ordered: list[Repricing]) -> bool:
    first = next((each for each in ordered if each.decided_at >= run.printed_at), None)
    return first is not None and first.decision is PrintedPrice.HONOUR
