"""The states of a code's page, from the offer to its end."""

from datetime import timedelta
from functools import partial

from omni.domain.record import Origin
from omni.domain.rulebook import PageState
from omni.services import launching
from tests.support.installations import demo_file
from tests.support.repricing import withdraw
from tests.support.scene import ALL_OVER_HERE, BEFORE, RETURNING, SCARCE, USING, Scene
from tests.support.way import GET, MOVE, Way, state

MOVING = "ski"


@state(PageState.OFFER)
def offer(scene: Scene) -> Way:
    """A receipt, just printed."""
    return Way(scene.receipt())


@state(PageState.OFFER)
def offer_of_a_poster(scene: Scene) -> Way:
    """What hangs in the pop-up."""
    return Way(scene.poster())


@state(PageState.OFFER)
def offer_of_a_poster_had_already(scene: Scene) -> Way:
    """The same phone comes by again."""
    poster = scene.poster()
    return Way(poster, press=GET, then=poster)


@state(PageState.OFFER, status=409)
def offer_at_another_price(scene: Scene) -> Way:
    """The price goes up while the page is open."""
    prices = dict(demo_file().markets[scene.reader.market].prices)
    prices[MOVING] += 1
    dearer = partial(scene.write, prices=prices)
    return Way(scene.code(scene.batch(MOVING)), press=GET, meanwhile=dearer)


@state(PageState.OFFER, status=409)
def offer_open_for_too_long(scene: Scene) -> Way:
    """The phone was put away for an hour."""
    later = scene.clock.at + timedelta(hours=1)
    return Way(scene.code(scene.batch()), press=GET, meanwhile=lambda: scene.go_to(later))


@state(PageState.OFFER)
def offer_without_a_database(scene: Scene) -> Way:
    """It can be read and not be had."""
    return Way(scene.receipt(), is_away=True)


@state(PageState.OFFER)
def moved(scene: Scene) -> Way:
    """The code was exchanged for the offer of another country."""
    return Way(scene.receipt(), choose=scene.elsewhere.market, press=MOVE)


@state(PageState.EXCHANGED)
def exchanged(scene: Scene) -> Way:
    """What the code says that was given up."""
    receipt = scene.receipt()
    return Way(receipt, choose=scene.elsewhere.market, press=MOVE, then=receipt)


@state(PageState.NOT_STARTED)
def not_started(scene: Scene) -> Way:
    """The campaign opens in some days."""
    code = scene.code(scene.batch())
    scene.go_to(BEFORE)
    return Way(code)


@state(PageState.NOT_STARTED)
def not_launched(scene: Scene) -> Way:
    """A code that staff try before the launch."""
    return Way(scene.code(scene.batch(edition=scene.draft("winter"), origin=Origin.TEST)))


@state(PageState.PAUSED)
def paused(scene: Scene) -> Way:
    """The offer rests for an hour."""
    code = scene.code(scene.batch())
    scene.step(launching.pause, reason="technical")
    return Way(code)


@state(PageState.OUT_OF_STOCK)
def out_of_stock(scene: Scene) -> Way:
    """Somebody else has the last one reserved."""
    scene.one_is_left()
    scene.reserve(scene.unlocked(SCARCE))
    return Way(scene.code(scene.batch(SCARCE)))


@state(PageState.UNLOCKED)
def unlocked(scene: Scene) -> Way:
    """Whoever holds the paper is led to the voucher."""
    return Way(scene.code(scene.unlocked()))


@state(PageState.UNLOCKED)
def unlocked_and_paused(scene: Scene) -> Way:
    """The offer rests, and what was unlocked stays valid."""
    code = scene.code(scene.unlocked())
    scene.step(launching.pause, reason="out-of-stock")
    return Way(code)


@state(PageState.REDEEMED)
def redeemed(scene: Scene) -> Way:
    """The voucher was used up."""
    return Way(scene.code(scene.used()))


@state(PageState.EXPIRED, status=410)
def expired(scene: Scene) -> Way:
    """The voucher is past its last day."""
    code = scene.code(scene.unlocked())
    scene.go_to(RETURNING)
    return Way(code)


@state(PageState.VOIDED, status=410)
def voided(scene: Scene) -> Way:
    """The paper was recalled."""
    batch = scene.batch()
    withdraw(scene.place, batch)
    return Way(scene.code(batch))


@state(PageState.ENDED, status=410)
def ended(scene: Scene) -> Way:
    """Nothing more is unlocked; what was can still be used."""
    code = scene.code(scene.batch())
    scene.go_to(USING)
    return Way(code)


@state(PageState.ENDED, status=410)
def ended_with_an_offer_that_runs(scene: Scene) -> Way:
    """All is over here, and something runs elsewhere."""
    scene.end_soon()
    code = scene.code(scene.batch())
    scene.go_to(ALL_OVER_HERE)
    return Way(code)
