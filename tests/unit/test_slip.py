"""What stands around a code: every required language in the order of the law, each wording once."""

from __future__ import annotations

import pytest

from omni.present import market_file
from tests.support.paper import BILINGUAL, a_paper, market_paper, words_in


def test_a_market_of_two_languages_says_everything_twice_its_own_first() -> None:
    paper = market_paper("ca-qc")
    assert [(line.locale, line.text) for line in paper.offer] == [
        ("fr_CA", "Duo Larkfell : gourde et sac"),
        ("fr_CA", "49,90\u00a0$"),
        ("en_CA", "Larkfell duo: bottle and bag"),
        ("en_CA", "$49.90"),
    ]
    assert [line.locale for line in paper.captions] == ["fr_CA", "en_CA"]
    french, english = (line.text for line in paper.terms_lines)
    assert "12 décembre 2026" in french
    assert "December 12, 2026" in english


@pytest.mark.parametrize("slug", BILINGUAL)
def test_every_required_language_speaks_in_the_order_of_the_law(slug) -> None:
    paper, required = market_paper(slug), list(market_file.shipped()[slug].required_locales)
    assert [line.locale for line in paper.captions] == required
    assert [line.locale for line in paper.terms_lines] == required
    assert paper.locale == required[0]


def test_a_market_of_one_language_says_everything_once() -> None:
    paper = market_paper("fr")
    assert len(paper.captions) == len(paper.terms_lines) == 1
    assert len(paper.offer) == 2


def test_what_two_languages_write_alike_is_said_once_in_the_first() -> None:
    paper = a_paper(
        words_in("zh_Hant_HK", headline="Duo", price="HK$49.90", caption="掃描"),
        words_in("en_HK", headline="Duo", price="HK$49.90", caption="Scan"),
    )
    assert [(line.locale, line.text) for line in paper.offer] == [
        ("zh_Hant_HK", "Duo"),
        ("zh_Hant_HK", "HK$49.90"),
    ]
    assert [line.text for line in paper.captions] == ["掃描", "Scan"]


def test_what_is_not_said_leaves_no_line() -> None:
    paper = a_paper(words_in(caption="Scannez"))
    assert paper.offer == paper.terms_lines == []
