"""Honouring: a code on paper that says less costs what its paper says, on the conditions of that price."""

from collections.abc import Mapping, Sequence
from itertools import pairwise

from sqlmodel import Session

from omni.domain.batch import Batch, BatchKind
from omni.domain.published import Published, PublishedTerms
from omni.domain.refusal import BadInput
from omni.domain.repricing import Repricing, kept_price
from omni.store import finders


def price_on_paper(
    session: Session, *, batch: Batch, number: int, price_minor: int | None, repricings: Sequence[Repricing]
) -> int | None:
    """What a code costs while `price_minor` holds: less, when its paper says less and is honoured.

    Asks nothing where nobody ever decided about the bundle, and one question otherwise. Whoever got a
    personal number from a poster has the poster's paper.
    """
    printed = batch.first_number if batch.kind is BatchKind.SHARED else number
    codes = range(printed, printed + 1)
    return price_of_codes(session, batch=batch, codes=codes, price_minor=price_minor, repricings=repricings)


def price_of_codes(
    session: Session, *, batch: Batch, codes: range, price_minor: int | None, repricings: Sequence[Repricing]
) -> int | None:
    """What neighbouring codes cost, which is what new paper for them has to say.

    Raises BadInput when some were printed at a price that they keep and others cost something else: no one
    paper could be true of both.
    """
    if price_minor is None or not repricings:
        return price_minor
    printings = finders.printings(session, batch, codes)
    edges = {edge for _, out in printings for edge in (out.start, out.stop) if edge in codes}
    prices: dict[int | None, range] = {}
    for start, stop in pairwise(sorted({*edges, codes.start, codes.stop})):
        runs = [run for run, out in printings if start in out]
        kept = kept_price(price_minor, runs, repricings, kind=batch.kind)
        prices.setdefault(kept, range(start - batch.first_number + 1, stop - batch.first_number + 1))
    if len(prices) > 1:
        first, second = [f"{part.start} to {part.stop - 1}" for part in prices.values()][:2]
        raise BadInput(
            "from", f"codes {first} and {second} cost different prices, as printed: print them apart"
        )
    return next(iter(prices))


def with_its_terms(content: Published, promised: Mapping[str, PublishedTerms] | None) -> Published:
    """What an edition says to the holder of honoured paper: the conditions that were published at its price.

    Where none were, or not in every language of today, today's conditions speak.
    """
    if promised is None or promised.keys() != content.terms.keys():
        return content
    return content.model_copy(update={"terms": promised})
