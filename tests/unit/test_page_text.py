"""The words of a page in reading order, each in its language, without what nobody reads."""

from omni.present.page_text import Piece, page_text

PAGE = """<!doctype html><html lang="fr"><head><title>Titre</title><style>p { color: red }</style></head>
<body>
<nav><ul><li>English</li></ul></nav>
<main><h1>Kit de <b>ski</b></h1>
<p class="price" lang="ja">469,00&nbsp;€ <small>TTC</small></p>
<img src="data:," alt="Deux skis"><svg><title>icon</title></svg>
<ul><li>un<li>deux</ul>
<details><summary>Lire</summary><dl class="clauses wide"><dt>Retours</dt><dd>14 jours</dd></dl>après</details>
<form><input name="token" value="secret"><button>Débloquer</button></form>
</main></body></html>"""

BEFORE = [
    Piece("h1", "fr", "Kit de ski"),
    Piece("p", "ja", "469,00\xa0€ TTC"),
    Piece("main", "fr", "Deux skis"),
    Piece("li", "fr", "un"),
    Piece("li", "fr", "deux"),
    Piece("summary", "fr", "Lire"),
]
AFTER = [Piece("details", "fr", "après"), Piece("button", "fr", "Débloquer")]


def test_paragraphs_come_in_order_with_their_language_and_element() -> None:
    clauses = [Piece("dt", "fr", "Retours"), Piece("dd", "fr", "14 jours")]
    assert page_text(PAGE) == BEFORE + clauses + AFTER


def test_a_part_can_be_left_out_by_its_class() -> None:
    assert page_text(PAGE, leaving_out="clauses") == BEFORE + AFTER


def test_broken_markup_ends_and_loses_nothing() -> None:
    assert [piece.text for piece in page_text("</p><p>a</div><b>b<p>c")] == ["a", "b", "c"]
