"""Brand files: what they make, what is refused and why, and what a brand lets its campaigns say."""

import re
from io import BytesIO
from pathlib import Path

import pytest
from jinja2 import DictLoader, Environment
from PIL import Image

import omni
from omni.domain.brand import BrandFile
from omni.domain.brand_words import better_words, forbidden_words
from omni.domain.localized import Localized
from omni.domain.theme import HOUSE, Family, sightings
from omni.present import theme_file
from omni.present.file_problems import FileProblems
from omni.present.market_file import shipped
from omni.present.pictures import read_picture
from omni.present.posters import ACCENT, POSTERS, accent_of, in_look
from omni.present.stylesheet import page_style, variables
from omni.present.template_overrides import dressed, faults
from tests.support.brands import DARK, SERIF, put, theme_of
from tests.support.installations import demo_file

SHEETS = ("shopper/style.css", "screen/screen.css")
NOT_OF_A_BRAND = {"#4a3500", "#ffe08a", "#ffd768", "#e0a32e", "#a1121b", "#fff", "#000", "#444", "#999"}
"""The band of a trial, a pause, the alarm of a screen, and paper: the same for everybody."""


def refused(text: str) -> list[str]:
    """What is said of a brand file that cannot be used."""
    with pytest.raises(FileProblems) as failure:
        theme_file.read(text, file="brand.toml")
    return str(failure.value).splitlines()


def a_brand(rule: str) -> BrandFile:
    """A brand with one rule of words."""
    return theme_file.read(f'brand = "b"\n[[forbidden]]\n{rule}', file="brand.toml")


def said(brand: BrandFile, market: str = "fr", **texts: dict[str, str] | str) -> list[str]:
    """What a brand forbids of a campaign whose first bundle has this text, in one market."""
    file = demo_file()
    slug, bundle = next(iter(file.bundles.items()))
    bundle = bundle.model_copy(update={"text": Localized.model_validate(texts["text"])})
    kept = {"bundles": {slug: bundle}, "markets": {market: file.markets[market]}}
    found = forbidden_words(brand, file.model_copy(update=kept), shipped())
    return [f"{'.'.join(map(str, each.where))}: {each.message}" for each in found]


def test_a_file_with_a_name_alone_is_the_house() -> None:
    assert theme_of('brand = "house"') == HOUSE


def test_the_file_to_begin_with_loads_and_changes_nothing_but_the_mixed_colours() -> None:
    made = theme_of(theme_file.smallest("house"))
    assert made.type == HOUSE.type
    for name in ("paper", "ink", "soft", "action", "action_ink", "accent", "sale"):
        assert getattr(made.palette, name) == getattr(HOUSE.palette, name)


@pytest.mark.parametrize("text", [DARK, SERIF])
def test_colours_nobody_wrote_are_mixed_so_that_all_can_be_seen(text: str) -> None:
    assert all(seen.passes for seen in sightings(theme_of(text).palette))


def test_a_faint_pair_names_line_colours_ratio_and_the_nearest_that_passes() -> None:
    (line, *_) = refused('brand = "b"\n[colours]\naction = "#8fd3ff"\nink = "#000000"\n')
    assert line == (
        "brand.toml:3: colours.action: action #8fd3ff on paper #fffdf9 has a contrast of 1.59 : 1;"
        " links and outlined buttons: 4.5 : 1 is needed; the nearest that passes is #4a6d84"
    )
    better = theme_of('brand = "b"\n[colours]\naction = "#4a6d84"\nink = "#000000"\n')
    assert better.palette.action == "#4a6d84"


@pytest.mark.parametrize(
    "text, told",
    [
        ("", "brand.toml:1: brand: is missing"),
        ('brand = "b"\ncolors = 1', "brand.toml:2: colors: is not a field of a brand file"),
        ('brand = "b"\n[colours]\nink = "black"', "brand.toml:3: colours.ink: 'black' is not a colour"),
        ('brand = "b"\n[type]\ntext = "comic"', "brand.toml:3: type.text: must be one of system"),
        ('brand = "b"\n[type]\nbase = 11', "brand.toml:3: type.base: Input should be greater"),
        ('brand = "b"\nlogo = "../logo.svg"', "brand.toml:2: logo: leaves the campaign's folder"),
        ('brand = "b"\n[[forbidden]]\nwords = ["a"]\n[[forbidden]]\nwords = ["*"]', "brand.toml:4: forb"),
        ('brand = "b', "brand.toml: is not TOML"),
    ],
)
def test_what_cannot_be_used_is_refused_with_its_line(text: str, told: str) -> None:
    assert refused(text)[0].startswith(told)


def test_a_brand_file_in_another_encoding_is_refused() -> None:
    with pytest.raises(FileProblems, match="is not UTF-8"):
        theme_file.read(b'brand = "\xff"', file="brand.toml")


def test_a_sale_may_be_called_one_on_its_legal_days_only() -> None:
    days = "[{from = 2026-10-01, until = 2026-12-31}]"
    rule = 'words = ["soldes"]\nmarkets = ["fr"]\nallowed = '
    assert said(a_brand(rule + days), text="Nos soldes") == []
    assert len(said(a_brand(rule + days.replace("12-31", "11-30")), text="Nos soldes")) == 1
    (told,) = said(a_brand(rule + days.replace("10-01", "11-05")), text={"fr": "Nos Soldes !", "en": "Ours"})
    assert told.startswith("bundles.")
    assert ".text.fr: says 'Soldes', which may not be said in fr but from 2026-11-05 to 2026-12-31;" in told
    assert said(a_brand(rule + days.replace("10-01", "11-05")), "de", text="Nos soldes") == []


@pytest.mark.parametrize(
    "word, text, is_said",
    [
        ("free", "Free tea", True),
        ("free", "Freedom", False),
        ("free*", "Freedom", True),
        ("*free", "carefree", True),
        ("last chance", "LAST  chance!", True),
        ("最安", "業界最安値", True),
        ("ｆｒｅｅ", "free", True),
    ],
)
def test_a_word_is_found_where_it_stands_by_itself(word: str, text: str, is_said: bool) -> None:
    assert bool(said(a_brand(f'words = ["{word}"]'), text=text)) is is_said


def test_a_better_word_is_told_once_for_all_markets() -> None:
    file = demo_file().model_copy(update={"name": Localized.model_validate("A cheap campaign")})
    brand = theme_file.read('brand = "b"\n[tone]\ncheap = "good value"', file="brand.toml")
    (told,) = better_words(brand, file, shipped())
    assert told.where == ("name",)
    assert told.message == "says 'cheap'; b says 'good value'"


def test_a_period_that_ends_before_it_begins_is_refused() -> None:
    (line,) = refused(
        'brand = "b"\n[[forbidden]]\nwords = ["a"]\nallowed = [{from = 2026-02-01, until = 2026-01-01}]'
    )
    assert "is before from" in line


@pytest.mark.parametrize("sheet", SHEETS)
@pytest.mark.parametrize("text", ['brand = "house"', DARK, SERIF])
def test_a_sheet_asks_for_nothing_that_a_theme_does_not_say(sheet: str, text: str) -> None:
    own = set(re.findall(r"(--[a-z0-9-]+):", page_style(sheet, theme_of(text))))
    asked = set(re.findall(r"var\((--[a-z0-9-]+)\)", page_style(sheet)))
    assert asked - own == set()


@pytest.mark.parametrize("sheet", SHEETS)
def test_a_sheet_has_no_colour_of_its_own(sheet: str) -> None:
    text = (omni.asset("templates") / sheet).read_text(encoding="utf-8")
    assert set(re.findall(r"#[0-9a-fA-F]{3,8}\b", text)) - NOT_OF_A_BRAND == set()


def test_the_house_has_the_sizes_it_always_had() -> None:
    for said_so in ("--size:1.0625rem", "--size-1:1.625rem", "--size-2:1.125rem", "--size-price:2.25rem"):
        assert said_so in variables(HOUSE)
    assert "dark" in variables(theme_of(DARK))


def test_headings_have_letters_of_their_own_only_when_they_differ() -> None:
    assert "--face-headings" in variables(theme_of(SERIF))
    assert theme_of('brand = "b"\n[type]\ntext = "serif"').type.headings is Family.SERIF
    assert "--face-headings" not in variables(theme_of('brand = "b"\n[type]\ntext = "serif"'))


@pytest.mark.parametrize(
    "head, width_px",
    [
        ('viewBox="0 0 300 100"', 96),
        ("viewBox='-5,-5 10 10'", 32),
        ('width="9"', 32),
        ('viewBox="0 0 9 0"', 32),
    ],
)
def test_a_logo_is_as_wide_as_its_drawing_says(head: str, width_px: int) -> None:
    drawing = f'<svg xmlns="http://www.w3.org/2000/svg" {head}><path d="M0 0h9v9z"/></svg>'
    assert theme_file.logo_of(read_picture(drawing.encode())).width_px == width_px


def test_a_logo_of_pixels_is_as_wide_as_its_picture() -> None:
    body = BytesIO()
    Image.new("RGB", (40, 20)).save(body, "PNG")
    assert theme_file.logo_of(read_picture(body.getvalue())).ratio == 2


def an_env() -> Environment:
    """Pages of ours: a page, and the base it extends."""
    base = "<base>{% block main %}{% endblock %}"
    page = '{% extends "base.html" %}{% block main %}ours {{ x }}{% endblock %}'
    return Environment(loader=DictLoader({"base.html": base, "page.html": page}), autoescape=True)


def test_a_brand_s_template_stands_before_the_folder_s_and_that_before_ours(tmp_path: Path) -> None:
    def drawn(brand: str | None) -> str:
        return dressed(an_env(), tmp_path, brand).get_template("page.html").render(x="<i>")

    assert drawn("b") == "<base>ours &lt;i&gt;"
    put(tmp_path, "base.html", "<everybody>{% block main %}{% endblock %}")
    assert drawn("b") == drawn(None) == "<everybody>ours &lt;i&gt;"
    theirs = '{% extends "omni/page.html" %}{% block main %}{{ super() }} and b{% endblock %}'
    put(tmp_path, "b/page.html", theirs)
    assert drawn("b") == "<everybody>ours &lt;i&gt; and b"
    assert drawn("other") == "<everybody>ours &lt;i&gt;"
    put(tmp_path, "page.html", "everybody's")
    assert drawn("b") == "<everybody>ours &lt;i&gt; and b"
    assert drawn("other") == "everybody's"


def test_a_template_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    put(tmp_path, "b/shopper/offer.html", "{% trans %}Good{% endtrans %}{{ page_style() }}")
    assert list(faults(tmp_path)) == []
    broken = put(tmp_path, "b/shopper/broken.html", "<p>\n{% if %}")
    raw = put(tmp_path, "b/shopper/raw.html", "\n{% autoescape false %}{{ x }}{% endautoescape %}")
    assert [fault.partition(": ")[0] for fault in faults(tmp_path)] == [f"{broken}:2", f"{raw}:2"]


@pytest.mark.parametrize("text, accent, margin_mm", [(DARK, "#c28940", 16), (SERIF, "#a8741a", 20)])
def test_a_poster_has_a_brand_s_accent_as_it_shows_on_white_and_its_margin(
    text: str, accent: str, margin_mm: float
) -> None:
    theme = theme_of(text + ("[safe_area]\nprint = 20\n" if text == SERIF else ""))
    assert accent_of(theme) == accent
    assert in_look(POSTERS["a4"], theme).margin_mm == margin_mm
    assert accent_of(None) == ACCENT
    assert in_look(POSTERS["a4"], None) is POSTERS["a4"]
