"""Every state of a page that a shopper can meet, by name: of codes, of vouchers, and of what is neither.

An edition that was ended stays so, and comes last.
"""

from functools import partial

from omni.domain.campaign import EditionState
from omni.domain.code import Purpose, look_alikes, show
from omni.domain.rulebook import PageState
from omni.services import launching
from tests.support import code_states, voucher_states
from tests.support.codes import code_of
from tests.support.scene import ONE_ITEM, Scene
from tests.support.way import GET, STATES, State, Way, state

__all__ = ["STATES", "code_states", "voucher_states"]

TAX_CODE = "V0;955002-00;Kassenbeleg-V1;Beleg"


@state()
def typing(scene: Scene) -> Way:
    """The front door."""
    return Way("/")


@state()
def typing_with_something_held(scene: Scene) -> Way:
    """The front door to somebody who has a discount code already."""
    return Way(scene.receipt(), press=GET, then="/")


@state(status=404)
def wrong_code(scene: Scene) -> Way:
    """A letter slipped."""
    return Way("/?code=BBBBB-BBBBB-BBBBB")


@state(status=404)
def look_alike(scene: Scene) -> Way:
    """An S was read as a 5, or the like."""
    issued = scene.batch(count=20)
    codes = (code_of(scene.place, issued, index).replace("-", "") for index in range(issued.size))
    misread = next(reading for code in codes for reading in look_alikes(code))
    return Way(f"/c/{show(misread, Purpose.CODE)}")


@state(status=404)
def somebody_elses_square(scene: Scene) -> Way:
    """Another QR code was in the picture."""
    return Way("/c/menu-of-the-day")


@state(status=404)
def tax_square(scene: Scene) -> Way:
    """The tax office's QR code on the same receipt."""
    return Way(f"/c/{TAX_CODE}")


@state()
def privacy(scene: Scene) -> Way:
    """What is held about a code that nobody has touched."""
    return Way(scene.receipt().replace("/c/", "/privacy/"))


@state()
def privacy_of_a_whole_life(scene: Scene) -> Way:
    """What is held about one that was unlocked, used and taken back."""
    batch = scene.bring_back(scene.used(ONE_ITEM))
    return Way(scene.code(batch).replace("/c/", "/privacy/"))


@state(status=503)
def no_answer(scene: Scene) -> Way:
    """A voucher's page while the database is away."""
    return Way(scene.voucher(scene.unlocked()), is_away=True)


def _failing(status: int, scene: Scene) -> Way:
    return Way(f"/breaks/{status}")


for _status in (400, 401, 403, 404, 405, 413, 429, 500):
    STATES[f"error-{_status}"] = State(partial(_failing, _status), _status, None, None)


@state(PageState.ENDED, status=410)
def ended_early(scene: Scene) -> Way:
    """Somebody in the office ended it before its last day."""
    code = scene.code(scene.batch())
    if scene.edition.state is not EditionState.ENDED:
        scene.step(launching.end)
    return Way(code)
