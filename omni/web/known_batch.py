"""From a sealed number to the batch it was issued in, also when another process issued it this moment."""

from __future__ import annotations

from datetime import datetime

from omni.domain.batch import Batch
from omni.domain.keyring import Opened
from omni.services.opening import batch_for
from omni.web import here


def known_batch(opened: Opened, now: datetime) -> Batch | None:
    """The batch of a sealed number; None when nobody issued it, or with another key than its batch's.

    This process may hear of a batch half a second late, and paper can be quicker: whoever issued it is asked
    before a number that opened is called a stranger. Raises StoreBusy when nobody can be asked. Asking costs
    one query, and a number that opens cannot be made up.
    """
    keeper = here().catalogue
    return batch_for(keeper.current(now), opened) or batch_for(keeper.fresh(), opened)


def known_batch_of(number: int, now: datetime) -> Batch | None:
    """The batch of a number that facts speak of."""
    keeper = here().catalogue
    return keeper.current(now).batch_of(number) or keeper.fresh().batch_of(number)
