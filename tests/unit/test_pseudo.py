"""The pseudo-languages: every word of a page goes through the catalogues, and nobody meets them by chance."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser

import pytest
from jinja2 import Environment, FileSystemLoader

from omni import asset
from omni.present import pages
from omni.present.catalogues import source_messages
from omni.present.locales import choose_interface, direction, gettext, interface_locales, ngettext, speaking
from omni.web.speech import Language, Speech
from tests.support.markup import NOT_WORDS, SAID_ALOUD
from tests.support.pseudo import CLOSING, OPENING, accented, dressed, hebrew, pseudo_languages

PSEUDO = ("eo", "yi")
ENDED = "This offer has ended."


@pytest.fixture
def lent() -> Iterator[None]:
    """Both pseudo-languages, for the length of a test."""
    with pseudo_languages():
        yield


class Reader(HTMLParser):
    """Everything a page says to eye or ear, but names of languages and what is marked as no words."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.said: list[str] = []
        self._inside: list[bool] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        self.said += [told[name] for name in SAID_ALOUD & told.keys()]
        if tag not in {"meta", "link", "input", "br", "img", "path"}:
            self._inside.append(tag == "style" or "hreflang" in told or told.get("translate") == "no")

    def handle_endtag(self, tag: str) -> None:
        if tag != "path":
            self._inside.pop()

    def handle_data(self, data: str) -> None:
        if not any(self._inside):
            self.said.append(data)


def bare_words(page: str) -> list[str]:
    """What a page says outside brackets."""
    outside = (re.sub(rf"{OPENING}[^{CLOSING}]*{CLOSING}", "", text).strip() for text in Reader(page).said)
    return [text for text in outside if text not in NOT_WORDS and any(map(str.isalpha, text))]


def type_page(locale: str, **said: object) -> str:
    """The page to type a code on, in one locale, with every part of it shown."""
    env = Environment(loader=FileSystemLoader(asset("templates")), autoescape=True)
    pages.prepare(env)
    shown = {
        "speech": Speech(locale, locale),
        "languages": [Language("fr", "français", "/?lang=fr", is_current=False)],
        "is_test": False,
        "is_sandbox": False,
        "is_unknown": False,
        "is_tax_code": False,
        "readings": [],
        "typed": "",
        "held": ["V-7RKT-9Q2M-XD4H-W3B"],
    }
    with speaking(locale):
        return env.get_template("shopper/type.html").render(**{**shown, **said})


@pytest.mark.parametrize("locale", PSEUDO)
@pytest.mark.parametrize(
    "said",
    [
        {},
        {"is_test": True},
        {"is_sandbox": True, "is_unknown": True},
        {"is_unknown": True, "is_tax_code": True},
        {"is_unknown": True, "readings": [("7RKT9-Q2MXD-4HW3B", "/c/7RKT9-Q2MXD-4HW3B")]},
    ],
)
def test_no_word_of_the_typing_page_is_outside_brackets(
    lent: None, locale: str, said: dict[str, object]
) -> None:
    assert bare_words(type_page(locale, **said)) == []


def test_a_word_outside_brackets_is_found() -> None:
    page = (
        f'<p>{OPENING}x{CLOSING} and <b title="Price">{OPENING}y{CLOSING}</b></p><bdi translate="no">Z</bdi>'
    )
    assert sorted(bare_words(page)) == ["Price", "and"]
    assert "Open the offer" in bare_words(type_page("en"))


def test_one_pseudo_language_is_read_from_the_left_and_one_from_the_right() -> None:
    assert [direction(locale) for locale in PSEUDO] == ["ltr", "rtl"]


@pytest.mark.parametrize("letters", [accented, hebrew])
def test_every_message_is_two_fifths_longer_and_keeps_its_placeholders(letters) -> None:
    for message in source_messages():
        for text in message.id if message.pluralizable else [message.id]:
            said = dressed(text, letters)
            assert sorted(re.findall(r"%\(\w+\)[sd]", said)) == sorted(re.findall(r"%\(\w+\)[sd]", text))
            assert len(said) >= 1.4 * len(text)
            assert "%" not in re.sub(r"%\(\w+\)[sd]", "", said)


def test_a_pseudo_language_counts_and_fills_in(lent: None) -> None:
    forms = "%(num)s piece", "%(num)s pieces"
    with speaking("eo"):
        assert [ngettext(*forms, number, num=str(number)).split()[1][:4] for number in (1, 5)] == ["pîéç"] * 2
        assert ngettext(*forms, 5, num="5").startswith(f"{OPENING}5 pîéçéš")
        assert gettext("Nobody ever extracted this.") == "Nobody ever extracted this."


def test_nobody_meets_a_pseudo_language_who_did_not_ask_for_it() -> None:
    def heard() -> tuple[str, str]:
        chosen = choose_interface(asked="eo", accept_language="yi", market_locales=["fr_FR"])
        with speaking("eo"):
            return chosen, gettext(ENDED)

    with pseudo_languages():
        assert heard() == ("eo", dressed(ENDED, accented))
        assert set(PSEUDO) <= set(interface_locales())
    assert heard() == ("en", ENDED)
    assert not set(PSEUDO) & set(interface_locales())
