"""Share cards in great number: drawn on all cores, and there whatever becomes of a process."""

import io
import multiprocessing
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from omni.app import Installation, build_app
from omni.domain.creative import MIDDLE
from omni.domain.offer import Picture
from omni.domain.theme import HOUSE
from omni.present.easels import Easels
from omni.present.share_card import CARD, CardWords, Easel, ShareCard
from omni.web.share_cards import Cards
from tests.unit.test_renditions import a_photograph

pytestmark = pytest.mark.pages

MANY = 100
PICTURES = {
    "f" * 64: Picture(
        digest="f" * 64, media_type="image/jpeg", body=a_photograph(size=(720, 630), form="JPEG", quality=80)
    )
}


def a_card(number: int, *, picture: str | None = None) -> ShareCard:
    words = CardWords(campaign="Lights", name=f"Lamp {number}", price="9.90", tax="", note=None)
    return ShareCard(words=words, locale="en", spoken="en", picture=picture, focus=MIDDLE, theme=HOUSE)


def in_files(folder: Path, count: int = MANY) -> dict[Path, ShareCard]:
    return {folder / f"{number}.jpg": a_card(number, picture="f" * 64) for number in range(count)}


@pytest.fixture(autouse=True)
def two_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that there is another core on every machine."""
    monkeypatch.setattr("os.cpu_count", lambda: 2)


def test_cards_drawn_beside_are_those_drawn_here(tmp_path: Path) -> None:
    cards = in_files(tmp_path)
    last = list(cards)[-2:]
    with Easels(cards, PICTURES) as easels:
        for path in last:
            easels.settle(path)
            assert path.read_bytes() == Easel(PICTURES.get).draw(cards[path])


def test_a_card_that_was_asked_for_before_it_was_begun_is_left_to_who_asked(tmp_path: Path) -> None:
    cards = in_files(tmp_path)
    with Easels(cards, PICTURES) as easels:
        easels.settle(tmp_path / "0.jpg")
    drawn = set(tmp_path.iterdir())
    assert tmp_path / "99.jpg" in drawn
    assert tmp_path / "0.jpg" not in drawn
    assert drawn < cards.keys()


def test_for_a_few_no_process_is_begun(tmp_path: Path) -> None:
    with Easels(in_files(tmp_path, MANY - 1), PICTURES) as easels:
        easels.settle(tmp_path / "98.jpg")
        assert not multiprocessing.active_children()
    assert not [*tmp_path.iterdir()]


def test_cards_of_a_process_that_died_are_drawn_here(place: Installation) -> None:
    cards = [a_card(number) for number in range(MANY)]
    with build_app(place).app_context():
        all_cards = Cards()
        with all_cards.coming(cards):
            beside = multiprocessing.active_children()
            assert beside
            for process in beside:
                process.kill()
                process.join()
            answers = [all_cards.answer(card) for card in (cards[0], cards[-1])]
    assert [Image.open(io.BytesIO(answer.data)).size for answer in answers] == [CARD, CARD]


def test_no_process_outlives_a_build_that_was_killed(tmp_path: Path) -> None:
    script = (
        "import multiprocessing, os, signal, sys; from pathlib import Path\n"
        "from tests.integration.test_easels import PICTURES, Easels, in_files\n"
        "os.cpu_count = lambda: 2\n"
        "with Easels(in_files(Path(sys.argv[1])), PICTURES) as easels:\n"
        "    easels.settle(Path(sys.argv[1], '99.jpg'))\n"
        "    print(*(child.pid for child in multiprocessing.active_children()), flush=True)\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    # What it leaves behind would keep its output open for ever.
    killed = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path)], stdout=subprocess.PIPE, timeout=60, check=False
    )
    assert killed.returncode == -signal.SIGKILL
    assert killed.stdout.split()


def test_a_card_that_is_coming_is_waited_for(place: Installation) -> None:
    cards = [a_card(number) for number in range(MANY)]
    with build_app(place).app_context():
        all_cards = Cards()
        with all_cards.coming(cards):
            bodies = {card.digest: all_cards.answer(card).data for card in cards}
    assert len(set(bodies.values())) == MANY
    kept = {path.stem: path.read_bytes() for path in Path(place.settings.data_dir).rglob("*.jpg")}
    assert kept == bodies
