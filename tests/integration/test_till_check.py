"""The check round: ours or not, whoever's sticker hangs there."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlmodel import func, select

from omni.app import Installation
from omni.domain.batch import Batch
from omni.domain.counting import OrphanScan, Scan
from omni.services import issuing
from omni.store import finders
from omni.store.catalogue import has_changed
from omni.web.limiting import GUESSES
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
        "https://{host}:443@evil.example/c/{code}",
        "https:evil.example/://{host}/c/{code}",
        "https:/evil.example/x://{host}/c/{code}",
        "https:\\\\evil.example/://{host}/c/{code}",
        "https:/\n/evil.example/://{host}/c/{code}",
        "https://evil.example\\@{host}/c/{code}",
        "evil.example/?u=https://{host}/c/{code}",
        "intent://{host}/c/{code}#Intent;package=evil.example",
        "tel:evil.example/{code}",
        "https:\\\\evil.example\\{host}/c/{code}",
        "https:/evil.example/c/{code}",
        "https://evil.example?/{host}/c/{code}",
        "https://evil.example#{host}/c/{code}",
        "ht\ntps://evil.example/{host}/c/{code}",
        "evil.example?x={code}",
    ],
)
def test_a_genuine_code_behind_a_foreign_host_is_not_ours(
    installation: Installation, tom: Browser, poster: Batch, text: str
) -> None:
    host = poster.host.partition("://")[2]
    note = first_note(checked(tom, text.format(code=code_of(installation, poster), host=host)))
    assert NOT_OURS in note
    assert "evil.example" in note


@pytest.mark.parametrize("scheme", ["intent", "ftp", "javascript"])
def test_our_host_under_another_scheme_is_not_ours(
    installation: Installation, tom: Browser, poster: Batch, scheme: str
) -> None:
    host, code = poster.host.partition("://")[2], code_of(installation, poster)
    assert NOT_OURS in first_note(checked(tom, f"{scheme}://{host}/c/{code}"))


def test_a_host_in_letters_that_look_like_ours_is_shown_as_it_is(
    installation: Installation, tom: Browser, poster: Batch
) -> None:
    twin = poster.host.replace("go.", "g\u043e.")
    note = first_note(checked(tom, f"{twin}/c/{code_of(installation, poster)}"))
    assert NOT_OURS in note
    assert "xn--g-" in note


@pytest.mark.parametrize("host", ["fr.larkfell.example", "old.larkfell.example", "go.larkfell.example"])
def test_every_host_that_leads_to_us_is_ours(installation: Installation, poster: Batch, host: str) -> None:
    with installation.db.writing() as tx:
        finders.market_of(tx, "fr").host = "fr.larkfell.example"
        has_changed(tx)
    installation.catalogue.fresh()
    place = replace(
        installation, settings=replace(installation.settings, old_hosts=("old.larkfell.example",))
    )
    tom = signed_in(place, till="fr-paris-till-1")
    assert OURS in first_note(checked(tom, f"https://{host}/c/{code_of(installation, poster)}"))


def test_typed_letters_say_which_address_the_symbol_has_to_show(
    installation: Installation, tom: Browser, poster: Batch
) -> None:
    page = checked(tom, code_of(installation, poster))
    assert "The phone will show this address:" in page
    assert "GO.LARKFELL.EXAMPLE" in page


def test_a_slip_in_typed_letters_is_asked_about_and_never_accepted(
    installation: Installation, tom: Browser
) -> None:
    batch = a_batch(installation, count=40)
    codes = (code_of(installation, batch, index) for index in range(40))
    code = next(each for each in codes if "5" in each)
    page = checked(tom, code.replace("5", "S", 1))
    assert NOT_OURS in first_note(page)
    assert "Did you mean this one?" in page
    assert f'value="{code}"' in page


def test_guessing_is_limited_and_a_poster_of_ours_is_still_known(
    installation: Installation, tom: Browser, poster: Batch
) -> None:
    page = tom.get("/till/check")
    for _ in range(GUESSES.amount):
        assert tom.press(page, "/till/check", code="23456-789BC-DFGHJ").status_code == 200
    refused = tom.press(page, "/till/check", code="23456-789BC-DFGHJ")
    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) > 0
    assert OURS in first_note(checked(tom, code_of(installation, poster)))


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
