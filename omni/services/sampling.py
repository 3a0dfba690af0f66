"""Sample data: a past for the demo campaign that obeys every rule of the ledger, and goes without a trace.

Samples are facts of an origin of their own, in batches nobody can print: they are counted, but meet no
shopper, shop, stock or cap, and no subscriber hears of them.
"""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime

from sqlmodel import Session, SQLModel, col, select

from omni.domain.batch import SHARED_SPREAD, Batch, BatchKind, CodeState, KeyFingerprint
from omni.domain.campaign import Edition
from omni.domain.claim import Claim, Entitlement
from omni.domain.counting import Scan, Seen
from omni.domain.placement import Touchpoint
from omni.domain.receipt import Receipt
from omni.domain.record import Origin
from omni.domain.redemption import Redemption, RedemptionLine, Reversal, ReversalLine
from omni.domain.sample_history import RATES, Dice, OpeningHours, Rates, journeys
from omni.domain.window import day_after, midnight
from omni.services import issuing, purging
from omni.services.recounting import cells_of_facts, rebuild_cube
from omni.services.sample_facts import SAMPLE, Scene, facts_of
from omni.store import cube, finders
from omni.store.rows import insert_all

HOST = "https://sample.invalid"
"""An address that exists nowhere, so that no sample is ever mistaken for paper."""

FACTS_OF_A_JOURNEY = 1.42
"""How many scans, claims, redemptions and reversals a code comes to, on average over the demo's markets."""

_KINDS = {Touchpoint.RECEIPT: BatchKind.RECEIPTS, Touchpoint.SCREEN: BatchKind.SHARED}

# Parents before their children.
_ORDER: tuple[type[SQLModel], ...] = (
    Receipt,
    Seen,
    Scan,
    CodeState,
    Claim,
    Entitlement,
    Redemption,
    RedemptionLine,
    Reversal,
    ReversalLine,
)


def has_samples(session: Session) -> bool:
    """Whether there is sample data."""
    return session.exec(select(Batch.id).where(Batch.origin == Origin.SAMPLE).limit(1)).first() is not None


def load_samples(
    tx: Session, now: datetime, *, campaign: str = "double-11", seed: int = 11, facts: int = 5000
) -> int:
    """Invent about so many scans, claims, redemptions and reversals, from each edition's first day until now.

    The same seed and days give the same past. Says how many facts it became: none while nothing has opened,
    or when there are samples already.
    """
    if has_samples(tx):
        return 0
    stages = [(edition, hours) for edition in _editions(tx, campaign) if (hours := _hours(tx, edition, now))]
    whole = sum(_rates(edition).share for edition, _ in stages)
    written: dict[type[SQLModel], list[SQLModel]] = defaultdict(list)
    for edition, hours in stages:
        number = round(facts / FACTS_OF_A_JOURNEY * _rates(edition).share / whole)
        for fact in _facts(tx, edition, hours, Dice(f"{seed} {campaign} {edition.market_id}"), number):
            written[type(fact)].append(fact)
    for kind in _ORDER:
        insert_all(tx, kind, [fact.model_dump() for fact in written[kind]])
    cube.add(tx, cells_of_facts(tx, (Origin.SAMPLE,)))
    return sum(len(written[kind]) for kind in (Scan, Claim, Redemption, Reversal))


def remove_samples(tx: Session) -> dict[str, int]:
    """Remove all sample data and count everything else anew; says how many rows of what went."""
    removed = purging.purge(tx, Origin.SAMPLE)
    rebuild_cube(tx)
    return removed


def _editions(tx: Session, campaign: str) -> list[Edition]:
    published = tx.exec(select(Edition).where(Edition.revision > 0).order_by(col(Edition.id))).all()
    return [edition for edition in published if finders.published(tx, edition).campaign == campaign]


def _rates(edition: Edition) -> Rates:
    return RATES.get(edition.market_id, Rates())


def _hours(tx: Session, edition: Edition, now: datetime) -> OpeningHours:
    zone = finders.market_of(tx, edition.market_id).time_zone
    last = min(now, day_after(edition.last_unlock_on, zone))
    return OpeningHours(midnight(edition.opens_on, zone), last, zone)


def _facts(tx: Session, edition: Edition, hours: OpeningHours, dice: Dice, number: int) -> Iterator[SQLModel]:
    """The facts of so many journeys, spread evenly over the edition's placements."""
    places = sorted(finders.placements_listed(tx, edition.id or 0))
    for index, placement_id in enumerate(places):
        here = number * (index + 1) // len(places) - number * index // len(places)
        if here:
            scene = _scene(tx, edition, placement_id, dice, here)
            for code, journey in enumerate(journeys(dice, here, rates=_rates(edition), hours=hours)):
                yield from facts_of(scene, dice, code, journey)


def _scene(tx: Session, edition: Edition, placement_id: int, dice: Dice, number: int) -> Scene:
    market = finders.market_of(tx, edition.market_id)
    content = finders.published(tx, edition)
    placement = finders.placement_of(tx, placement_id)
    kind = _KINDS.get(placement.touchpoint, BatchKind.PERSONAL)
    is_shared = kind is BatchKind.SHARED
    batch = Batch(
        edition_id=edition.id or 0,
        revision=edition.revision,
        placement_id=placement_id,
        bundle_id=content.bundles[dice.between(0, len(content.bundles) - 1)].id,
        kind=kind,
        first_number=0,
        size=1 + SHARED_SPREAD * number if is_shared else number,
        serves=number if is_shared else None,
        key_id=_key_id(tx),
        host=HOST,
        origin=Origin.SAMPLE,
        client=SAMPLE,
        issued_at=midnight(edition.opens_on, market.time_zone),
        issued_by=SAMPLE,
    )
    issuing.write_batch(tx, batch)
    return Scene(edition, market, content, finders.prices_of(tx, content), placement, batch)


def _key_id(tx: Session) -> int:
    newest = select(KeyFingerprint.key_id).order_by(col(KeyFingerprint.key_id).desc()).limit(1)
    return tx.exec(newest).first() or 0
