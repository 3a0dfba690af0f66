"""Every table of the schema, gathered, so that migrations and tests see all of them."""

from omni.domain import (
    batch,
    campaign,
    claim,
    counting,
    decision,
    hook,
    market,
    offer,
    people,
    placement,
    pool,
    price,
    print_run,
    printer,
    receipt,
    redemption,
    repricing,
    shop,
    terms,
)
from omni.domain.record import Record

METADATA = Record.metadata

NOUNS = (
    market,
    campaign,
    offer,
    price,
    decision,
    placement,
    batch,
    print_run,
    printer,
    repricing,
    receipt,
    terms,
    claim,
    redemption,
    counting,
    people,
    pool,
    hook,
    shop,
)
