"""Every state a shopper can meet, in four scripts and three widths: drawn, measured, and looked at by axe."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import pytest
from playwright.sync_api import Browser, Page, Response, Route

from omni.app import Installation, build_app
from tests.support.accessibility import report_of, violations
from tests.support.databases import a_copy
from tests.support.installations import Clock
from tests.support.looking import CONTRAST, SCREENSHOTS, serving, until
from tests.support.scene import READERS, Scene, a_scene, go_live_for_readers
from tests.support.states import STATES
from tests.support.way import State, Way, take

WIDTHS = {320: 640, 390: 844, 1280: 900}
ON_PAPER = ("offer", "voucher")

# What has moved by itself since the page was opened, as the browser counts it.
SHIFTED = """() => new Promise(done => {
  const shifts = [];
  const watch = new PerformanceObserver(list => shifts.push(...list.getEntries()));
  watch.observe({type: "layout-shift", buffered: true});
  const place = at => `${at.x} ${at.y} ${at.width} ${at.height}`;
  const named = node => (node?.outerHTML ?? node?.textContent ?? "").slice(0, 80);
  requestAnimationFrame(() => setTimeout(() => {
    shifts.push(...watch.takeRecords());
    const moves = shifts.flatMap(each => each.sources);
    done(moves.map(each => `${named(each.node)}: ${place(each.previousRect)} to ${place(each.currentRect)}`));
  }));
})"""

PIECE = 400
PAUSE_S = 0.03


@pytest.fixture
def live_url(engine_name: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The demo in four markets."""
    yield from a_copy(go_live_for_readers, engine_name, request, tmp_path)


class Phone:
    """A page in a reader's language, and what it asked for and complained of meanwhile."""

    def __init__(self, browser: Browser, scene: Scene) -> None:
        context = browser.new_context(locale=scene.reader.language, reduced_motion="reduce")
        self.page = context.new_page()
        self._home, self._away = (scene.base, scene.base_away, "data:"), scene.base_away
        self._complaints: list[str] = []
        self._abroad: list[str] = []
        self.page.on("request", lambda asked: self._note_request(asked.url))
        self.page.on("console", lambda said: self._note_complaint(said.text, said.location["url"]))

    def _note_request(self, url: str) -> None:
        if not url.startswith(self._home):
            self._abroad.append(url)

    def _note_complaint(self, text: str, url: str) -> None:
        # A page that is a refusal itself is nothing missing; its pictures are, while there is no database.
        is_expected = url == self.page.url or url.startswith(f"{self._away}/pictures/")
        if not (text.startswith("Failed to load resource") and is_expected):
            self._complaints.append(text)

    def faults(self) -> Iterator[str]:
        """What is wrong with the page as it is drawn at this width."""
        page = self.page
        wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        if wide > 0:
            yield f"runs {wide} px out of the screen"
        yield from (f"faint: {fault}" for fault in page.evaluate(CONTRAST))

    def faults_at_first(self) -> Iterator[str]:
        """What is wrong with the page at once, whatever its width."""
        page = self.page
        yield from (f"moves by itself: {move}" for move in page.evaluate(SHIFTED))
        if page.locator("h1").count() != 1:
            yield f"has {page.locator('h1').count()} first headings"
        yield from (f"axe: {rule}" for rule in violations(report_of(page)))
        yield from (f"asks elsewhere: {url}" for url in self._abroad)
        yield from (f"complains: {text}" for text in self._complaints)
        self._abroad.clear()
        self._complaints.clear()


def drawn(phone: Phone, name: str) -> Iterator[str]:
    """A picture of the page at every width, and what is wrong with it."""
    yield from phone.faults_at_first()
    for width, height in WIDTHS.items():
        phone.page.set_viewport_size({"width": width, "height": height})
        phone.page.screenshot(path=SCREENSHOTS / f"{name}-{width}.png", full_page=True)
        yield from (f"at {width}: {fault}" for fault in phone.faults())


def printed(page: Page, name: str) -> None:
    """A picture of the page as paper would show it."""
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 794, "height": 1123})
    page.screenshot(path=SCREENSHOTS / f"{name}-print.png", full_page=True)
    page.emulate_media(media="screen")


@pytest.mark.parametrize("reader", READERS)
def test_every_state_fits_and_can_be_read_by_everybody(
    chromium: Browser, installation: Installation, clock: Clock, reader: str
) -> None:
    SCREENSHOTS.mkdir(exist_ok=True)
    faults = []
    with a_scene(installation, clock, READERS[reader]) as scene:
        phone = Phone(chromium, scene)
        for name, wanted in STATES.items():
            scene.begin()
            way = wanted.bring(scene)
            phone.page.set_viewport_size({"width": 320, "height": WIDTHS[320]})
            answer = take(phone.page, scene, way)
            found = [*_expected(wanted, way, answer, phone), *drawn(phone, f"state-{reader}-{name}")]
            faults += [f"{name}: {fault}" for fault in found]
            if name in ON_PAPER:
                printed(phone.page, f"state-{reader}-{name}")
        phone.page.context.close()
    assert not faults, "\n".join(faults)


def _expected(wanted: State, way: Way, answer: Response | None, phone: Phone) -> Iterator[str]:
    if answer is None or answer.status != wanted.status:
        yield f"is answered {answer and answer.status}"
    if not way.press and phone.page.context.cookies():
        yield "sets a cookie"


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("name", ["offer", "voucher-reserved"])
def test_a_clock_that_comes_late_moves_nothing(
    chromium: Browser, installation: Installation, clock: Clock, name: str, reader: str
) -> None:
    late: list[Route] = []
    with a_scene(installation, clock, READERS[reader]) as scene:
        scene.begin()
        way = STATES[name].bring(scene)
        page = Phone(chromium, scene).page
        page.set_viewport_size({"width": 320, "height": 3000})
        page.route("**/clock.js", lambda route: late.append(route))
        page.goto(scene.base + way.path, wait_until="commit")
        until(page, "performance.getEntriesByName('first-contentful-paint').length")
        until(page, "document.images.length && [...document.images].every(each => each.complete)")
        late[0].continue_()
        until(page, "document.querySelector('.clock bdi').textContent")
        assert page.evaluate(SHIFTED) == []
        page.context.close()


def _in_pieces(app: WSGIApplication) -> WSGIApplication:
    """An application at the far end of a bad line."""

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        whole = b"".join(app(environ, start_response))
        for start in range(0, len(whole), PIECE):
            yield whole[start : start + PIECE]
            time.sleep(PAUSE_S if whole.startswith(b"<!doctype") else 0)

    return answer


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("name", ["offer", "voucher-paused"])
def test_a_page_that_comes_in_pieces_is_drawn_when_it_is_whole(
    chromium: Browser, installation: Installation, clock: Clock, name: str, reader: str
) -> None:
    with a_scene(installation, clock, READERS[reader]) as scene:
        scene.begin()
        way = STATES[name].bring(scene)
        with serving(_in_pieces(build_app(installation))) as far:
            page = Phone(chromium, scene).page
            page.set_viewport_size({"width": 320, "height": 900})
            page.goto(far + way.path)
            assert page.evaluate(SHIFTED) == []
            page.context.close()
