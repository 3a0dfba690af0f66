"""The check round: ours or not, whoever's sticker hangs there."""

from __future__ import annotations

import pytest
from sqlmodel import func, select

from omni.app import Installation
from omni.domain.batch import Batch
from omni.domain.counting import OrphanScan, Scan
from omni.services import issuing
from tests.support.codes import a_batch, code_of
from tests.support.staff import Browser, signed_in

OURS, NOT_OURS = "This is ours.", "This is not ours."


@pytest.fixture
def engine_name() -> str:
    """Nothing is written, and one engine reads as the other."""
    return "sqlite"


@pytest.fixture
def tom(installation: Installation) -> Browser:
    return signed_in(installation, till="fr-paris-till-1")


@pytest.fixture
def poster(installation: Installation) -> Batch:
    return a_batch(installation, placement="fr-paris-popup", count=40, shared=True)


def checked(browser: Browser, text: str) -> str:
    answer = browser.press(browser.get("/till/check"), "/till/check", code=text)
    assert answer.status_code == 200
    return answer.text


def first_note(page: str) -> str:
    return page.partition('class="note')[2].partition("</p>")[0]


def test_a_poster_of_ours_is_named_with_its_place(
    installation: Installation, tom: Browser, poster: Batch
) -> None:
    code = code_of(installation, poster)
    for text in (code, f"{poster.host.upper()}/C/{code.replace('-', '')}", f" {poster.host}/c/{code}\n"):
        note = first_note(checked(tom, text))
        assert OURS in note
        assert "Pop-up" in note or "Paris" in note


@pytest.mark.parametrize(
    "text",
    [
        "HTTPS://GO.EVIL.EXAMPLE/C/{code}",
        "https://{host}.evil.example/c/{code}",
        "https://evil.example/{host}/c/{code}",
        "evil.example/c/{code}",
        "//evil.example/{code}",
        "https://{host}@evil.example/c/{code}",
    ],
)
def test_a_genuine_code_behind_a_foreign_host_is_not_ours(
    installation: Installation, tom: Browser, poster: Batch, text: str
) -> None:
    host = poster.host.partition("://")[2]
    note = first_note(checked(tom, text.format(code=code_of(installation, poster), host=host)))
    assert NOT_OURS in note
    assert "evil.example" in note


@pytest.mark.parametrize(
    "text", ["23456-789BC-DFGHJ", "hello", "https://", "https://[/", "//", "V-2345-6789-BCDF-GHJ"]
)
def test_what_does_not_open_is_not_ours(tom: Browser, text: str) -> None:
    assert NOT_OURS in first_note(checked(tom, text))


def test_a_poster_that_was_withdrawn_says_so(installation: Installation, tom: Browser, poster: Batch) -> None:
    code = code_of(installation, poster)
    with installation.db.writing() as tx:
        now = installation.world.now()
        issuing.recall(tx, now, batch_id=poster.id or 0, first=1, count=1, reason="old price", by="Ada")
    installation.catalogue.fresh()
    note = first_note(checked(tom, code))
    assert OURS in note
    assert "This code was withdrawn" in note


def test_the_round_remembers_what_was_checked_and_counts_nothing(
    installation: Installation, tom: Browser, poster: Batch
) -> None:
    checked(tom, "nothing of ours")
    page = checked(tom, code_of(installation, poster))
    assert (page.count(OURS), page.count(NOT_OURS)) == (1, 1)
    with installation.db.reading() as session:
        assert session.exec(select(func.count()).select_from(Scan)).one() == 0
        assert session.exec(select(func.count()).select_from(OrphanScan)).one() == 0
