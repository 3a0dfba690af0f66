"""From what a caller wrote to what we know: codes, vouchers and redemption ids, opened and looked up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import abort

from omni.domain.batch import Batch
from omni.domain.code import Purpose
from omni.domain.keyring import Opened
from omni.domain.redemption_id import read_redemption_id
from omni.domain.refusal import Reason, Unknown
from omni.domain.rulebook import meets
from omni.web.api.operation import Asked
from omni.web.api.problems import refused
from omni.web.known_batch import known_batch, known_batch_of

if TYPE_CHECKING:
    from omni.store.catalogue import Catalogue


@dataclass(frozen=True)
class KnownCode:
    """A number we issued, and which of its sealed forms the caller wrote."""

    batch: Batch
    number: int
    purpose: Purpose
    catalogue: Catalogue


def known_code(asked: Asked, text: str, unknown: Reason = Reason.UNKNOWN_CODE) -> KnownCode:
    """The code behind a code or a voucher. Raises Unknown; a test key that meets a live code ends here."""
    opened = asked.place.keyring.open(text)
    if opened is None or opened.purpose not in (Purpose.CODE, Purpose.VOUCHER):
        raise Unknown(unknown)
    return _known(asked, opened, unknown)


def known_redemption(asked: Asked, text: str) -> tuple[KnownCode, int]:
    """The code and the count behind the id of a redemption. Raises Unknown."""
    read = read_redemption_id(asked.place.keyring, text)
    if read is None:
        raise Unknown(Reason.UNKNOWN_REDEMPTION)
    return _known(asked, read[0], Reason.UNKNOWN_REDEMPTION), read[1]


def _known(asked: Asked, opened: Opened, unknown: Reason) -> KnownCode:
    batch = known_batch(opened, asked.now)
    if batch is None:
        raise Unknown(unknown)
    must_meet(asked, batch)
    return KnownCode(batch, opened.number, opened.purpose, asked.place.catalogue.current(asked.now))


def must_meet(asked: Asked, batch: Batch) -> None:
    """End the request here when a test key asks about a live batch, or the other way round."""
    mismatch = meets(asked.caller("look", {}), batch.origin)
    if mismatch is not None:
        abort(refused(mismatch))


def known_number(asked: Asked, number: int) -> KnownCode:
    """The code of a number that facts speak of."""
    batch = known_batch_of(number, asked.now)
    assert batch is not None, "a fact belongs to a batch"
    return KnownCode(batch, number, Purpose.REDEMPTION, asked.place.catalogue.current(asked.now))


def voucher_of(asked: Asked, batch: Batch, number: int) -> str:
    """The voucher of a number as it is shown."""
    return asked.place.keyring.seal(number, Purpose.VOUCHER, batch.key_id)
