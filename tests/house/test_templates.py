"""Templates compile, have titles, speak through the catalogues, and load and send nothing they should not."""

import re
from pathlib import Path

import pytest
from jinja2 import Environment, FileSystemLoader, nodes

import omni
from omni.present import pages
from tests.support.markup import (
    FILLED_IN,
    foreign_addresses,
    foreign_sheets,
    form_faults,
    inline_styles,
    physical_properties,
    scripts,
    untranslated,
)

TEMPLATES = omni.asset("templates")
CODE = Path(omni.__file__).parent
# The API's own pages and paper are not here: the first speak English by design, the second by the market.
TRANSLATED = ("base.html", "errors/", "screen/", "shopper/", "site/", "staff/", "studio/", "till/")
SHOPPER = ("base.html", "errors/", "shopper/", "site/")
A_FILE = f"script {FILLED_IN}"
# What works without: the phone's own way to share, copying with one tap, and a clock beside the dates.
ONLY_ADDS = {("shopper/offer.html", A_FILE), ("shopper/voucher.html", A_FILE)}

HTML = {str(path.relative_to(TEMPLATES)): path.read_text() for path in sorted(TEMPLATES.rglob("*.html"))}
SHEETS = {str(path.relative_to(TEMPLATES)): path.read_text() for path in sorted(TEMPLATES.rglob("*.css"))}
NAMED_IN_CODE = {
    name for path in CODE.rglob("*.py") for name in re.findall(r'"([a-z_/]+\.html)"', path.read_text())
}

every_template = pytest.mark.parametrize("name", HTML)
every_sheet = pytest.mark.parametrize("name", SHEETS)


@pytest.fixture(scope="module")
def env() -> Environment:
    """The environment of the pages, undefined names and all."""
    made = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True)
    pages.prepare(made)
    return made


def has_title(env: Environment, source: str) -> bool:
    """Whether a page says what it is: by its own title block, its parent's, or a `<title>` of its own."""
    tree = env.parse(source)
    blocks = [block for block in tree.find_all(nodes.Block) if block.name == "title" and block.body]
    parents = [extends.template.value for extends in tree.find_all(nodes.Extends)]
    if blocks or not parents:
        return bool(blocks) or re.search(r"<title>\s*[^\s<{]|<title>\{\{", source) is not None
    return all(has_title(env, HTML[parent]) for parent in parents)


@every_template
def test_every_template_compiles(env: Environment, name: str) -> None:
    env.get_template(name)


def test_every_template_the_code_names_is_there() -> None:
    assert NAMED_IN_CODE - set(HTML) == set()


@pytest.mark.parametrize("name", sorted(NAMED_IN_CODE - {"shopper/parts.html"}))
def test_every_page_has_a_title(env: Environment, name: str) -> None:
    assert has_title(env, HTML[name])


@pytest.mark.parametrize("name", [name for name in HTML if name.startswith(TRANSLATED)])
def test_every_word_of_a_page_can_be_translated(name: str) -> None:
    assert untranslated(HTML[name]) == []


@pytest.mark.parametrize("name", [name for name in HTML if name.startswith(SHOPPER)])
def test_a_shopper_needs_no_script(name: str) -> None:
    assert [script for script in scripts(HTML[name]) if (name, script) not in ONLY_ADDS] == []


@every_template
def test_every_script_is_a_file_of_ours(name: str) -> None:
    assert [script for script in scripts(HTML[name]) if script != A_FILE] == []


@every_template
def test_no_page_loads_from_elsewhere_or_styles_in_place(name: str) -> None:
    assert foreign_addresses(HTML[name]) == []
    assert inline_styles(HTML[name]) == []


@every_template
def test_every_form_is_a_search_or_a_proved_post(name: str) -> None:
    assert list(form_faults(HTML[name])) == []


@every_sheet
def test_no_stylesheet_knows_left_from_right(name: str) -> None:
    assert physical_properties(SHEETS[name]) == []


@every_sheet
def test_no_stylesheet_loads_from_elsewhere(name: str) -> None:
    assert foreign_sheets(SHEETS[name]) == []


@pytest.mark.parametrize(
    "snippet, said",
    [
        ("<p>Hello {{ name }}</p>", [f"Hello {FILLED_IN}"]),
        ("{% if x %}Bonjour{% endif %}", ["Bonjour"]),
        ("{% trans %}Hello{% endtrans %} you", ["you"]),
        ('<img src="x" alt="A parcel">', ["A parcel"]),
        ("<p>مرحبا</p>", ["مرحبا"]),
        ("<p>{# a note #}{{ _('Hello') }} · 2&nbsp;× <code>omni demo</code></p>", []),
        ('<input placeholder="XXXXX-XXXXX-XXXXX" aria-label="{{ _("Code") }}">', []),
        ("{% trans n=3 %}{{ n }} day{% pluralize %}{{ n }} days{% endtrans %}", []),
    ],
)
def test_an_untranslated_word_is_found(snippet: str, said: list[str]) -> None:
    assert untranslated(snippet) == said


@pytest.mark.parametrize(
    "snippet, found",
    [
        ("<script>go()</script>", ["script"]),
        ('<button onclick="go()">', ["button onclick"]),
        ('<script src="{{ asset }}"></script>', [A_FILE]),
    ],
)
def test_a_script_is_found(snippet: str, found: list[str]) -> None:
    assert scripts(snippet) == found


@pytest.mark.parametrize(
    "snippet",
    [
        '<img src="https://elsewhere.example/pixel.png">',
        '<a href="//elsewhere.example">',
        '<a href="javascript:go()">',
        '<form action="http://elsewhere.example/">',
    ],
)
def test_a_foreign_address_is_found(snippet: str) -> None:
    assert len(foreign_addresses(snippet)) == 1


def test_an_address_that_is_filled_in_is_ours() -> None:
    assert foreign_addresses('<a href="{{ url_for("till.home") }}"><img src="data:,">') == []


@pytest.mark.parametrize(
    "rule",
    ["margin-left: 1px", "left:0", "border-top-right-radius: 2px", "text-align: right", "float:left"],
)
def test_a_physical_property_is_found(rule: str) -> None:
    assert len(physical_properties(f"p {{ color: red; {rule}; }}")) == 1


def test_a_logical_property_and_a_name_with_left_in_it_are_left_alone() -> None:
    assert physical_properties(".left { inset-inline-start: 0; text-align: start } .left:hover {}") == []


@pytest.mark.parametrize("rule", ['@import "x.css";', "p { background: url(https://elsewhere.example/x) }"])
def test_a_foreign_sheet_is_found(rule: str) -> None:
    assert len(foreign_sheets(rule)) == 1


@pytest.mark.parametrize(
    "form",
    [
        '<form action="/x"><button></form>',
        '<form method="post" action="{{ url_for("x") }}"><button></form>',
    ],
)
def test_a_form_without_method_or_proof_is_found(form: str) -> None:
    assert len(list(form_faults(form))) == 1


@pytest.mark.parametrize(
    "page",
    [
        "{% extends 'base.html' %}{% block main %}x{% endblock %}",
        "{% extends 'base.html' %}{% block title %}{% endblock %}",
        "<html><title></title></html>",
    ],
)
def test_a_page_without_a_title_is_found(env: Environment, page: str) -> None:
    assert not has_title(env, page)
