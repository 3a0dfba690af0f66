"""The way to a state of a page: what brings it about, where it is opened, and what is pressed there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import Page, Response

from omni.domain.refusal import Reason
from omni.domain.rulebook import PageState
from tests.support.scene import Scene

GET = "form.get button"
MOVE = ".elsewhere button"


@dataclass(frozen=True)
class Way:
    """Where a state is seen: an address, perhaps what is chosen and pressed there, and where to look then.

    `meanwhile` happens between opening and pressing; without a database the server `is_away`.
    """

    path: str
    press: str | None = None
    choose: str | None = None
    meanwhile: Callable[[], object] | None = None
    then: str | None = None
    is_away: bool = False


@dataclass(frozen=True)
class State:
    """What brings a state about, how it is answered, and which of the domain's words it stands for."""

    bring: Callable[[Scene], Way]
    status: int
    page: PageState | None
    refusal: Reason | None


STATES: dict[str, State] = {}
"""Every state by name, in the order they are brought about, each after everything was put back."""

Bring = Callable[[Scene], Way]


def state(
    page: PageState | None = None, *, refusal: Reason | None = None, status: int = 200
) -> Callable[[Bring], Bring]:
    """Note a way to a state, which is called as its function is."""

    def note(bring: Bring) -> Bring:
        STATES[bring.__name__.replace("_", "-")] = State(bring, status, page, refusal)
        return bring

    return note


def take(page: Page, scene: Scene, way: Way) -> Response | None:
    """Take the way to a state, on a phone that holds nothing; what the last page was answered with."""
    base = scene.base_away if way.is_away else scene.base
    page.context.clear_cookies()
    answer = page.goto(base + way.path)
    if way.choose:
        page.locator(".elsewhere summary").click()
        page.select_option("#market", way.choose)
    if way.meanwhile:
        way.meanwhile()
    if way.press:
        with page.expect_navigation() as leading:
            page.locator(way.press).click()
        answer = leading.value
    return page.goto(base + way.then) if way.then else answer
