"""A poster's crowd: everybody gets a number of her own, and nobody is counted as refused for the crowd."""

from concurrent.futures import ThreadPoolExecutor
from itertools import count, islice

from sqlmodel import func, select

from omni.app import Installation
from omni.domain.batch import Batch
from omni.domain.counting import RefusalCount
from omni.domain.refusal import Reason, Refused
from omni.domain.render_token import personal_number
from omni.services import issuing
from omni.services.claiming import MAX_PROBES, Claimed
from tests.support.codes import a_batch
from tests.support.journeys import unlock_poster


def falling_on_one_number(batch: Batch, wanted: int) -> list[str]:
    """Tokens of shoppers who would all get the same number, were they alone."""

    def first_try(token: str) -> int:
        return personal_number(token, batch.first_number + 1, batch.size - 1, 0)

    tokens = (str(number) for number in count())
    target = first_try(next(tokens))
    return list(islice((token for token in tokens if first_try(token) == target), wanted))


def refusals(place: Installation) -> dict[str, int]:
    with place.db.reading() as session:
        counted = select(RefusalCount.reason, func.sum(RefusalCount.n)).group_by(RefusalCount.reason)
        return {reason: int(total) for reason, total in session.exec(counted)}


def test_losing_a_number_to_another_shopper_is_no_refusal(installation: Installation) -> None:
    batch = a_batch(installation, count=100, shared=True)
    tokens = falling_on_one_number(batch, 24)
    with ThreadPoolExecutor(8) as threads:
        outcomes = list(threads.map(lambda token: unlock_poster(installation, batch, token), tokens))
    numbers = {outcome.claim.number for outcome in outcomes if isinstance(outcome, Claimed)}
    assert len(numbers) == len(tokens)
    assert refusals(installation) == {}


def test_whoever_finds_no_number_is_told_that_all_places_are_taken_and_counted(
    installation: Installation,
) -> None:
    batch = a_batch(installation, count=100, shared=True)
    *tokens, late = falling_on_one_number(batch, MAX_PROBES + 1)
    assert all(isinstance(unlock_poster(installation, batch, token), Claimed) for token in tokens)
    refused = unlock_poster(installation, batch, late)
    assert isinstance(refused, Refused)
    assert refused.reason is Reason.CAP_REACHED
    assert refusals(installation) == {"cap-reached": 1}


def test_a_withdrawn_poster_counts_whom_it_turns_away(installation: Installation) -> None:
    batch = a_batch(installation, count=5, shared=True)
    with installation.db.writing() as tx:
        now = installation.world.now()
        issuing.recall(tx, now, batch_id=batch.id or 0, first=1, count=1, reason="misprint", by="tests")
    refused = unlock_poster(installation, batch, "token")
    assert isinstance(refused, Refused)
    assert refused.reason is Reason.VOIDED
    assert refusals(installation) == {"voided": 1}
