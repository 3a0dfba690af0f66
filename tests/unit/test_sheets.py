"""Label sheets: rendered as a printer would, read back by two decoders, in every market's script."""

from __future__ import annotations

import pypdfium2
import pytest

from omni.present import typesetting
from omni.present.sheets import INNER_MARGIN_MM, LABELS_A_FILE, LAYOUTS, Layout, pdf
from omni.present.slip import BadLayout, PrintUnavailable
from tests.support.paper import a_paper, pages, read_by_zbar, read_by_zxing, some_codes, text_of, urls

CAPTIONS = {
    "fr_FR": "Scannez, débloquez votre lot : la page dira « Maison, Paris, caisse 1 ».",
    "ar_SA": "امسح الرمز واحصل على العرض: خصم 20% حتى 11/11",
    "ja_JP": "スキャンしてクーポンを受け取る。セットが4,990円になります。",
    "zh_Hans_CN": "扫码领取优惠,双十一套装仅需299元。",
    "de_DE": "Donaudampfschifffahrtsgesellschaftskapitänsmützen: Angebot sichern",
}
LONG = "Angebot sichern und weiterlesen, " * 60


def ink(page, box_mm, *, dpi: int) -> int:
    """How many dark pixels a part of the page has; the box is left, top, right, bottom in mm."""
    part = page.crop(tuple(round(edge / 25.4 * dpi) for edge in box_mm))
    return sum(part.histogram()[:128])


def label_by_label(page, read, *, layout="L7160", dpi: int) -> list[str]:
    """What a reader finds when it is held over one label after the other.

    zbar misses some symbols of a page that is full of them, and none of them alone.
    """
    stock, found = LAYOUTS[layout], []
    for slot in range(1, stock.slots + 1):
        left, top = (edge - INNER_MARGIN_MM for edge in stock.corner_mm(slot))
        box = (left, top, left + stock.label_mm[0], top + stock.label_mm[1])
        found += read(page.crop(tuple(round(edge / 25.4 * dpi) for edge in box)))
    return found


@pytest.mark.parametrize("read", [read_by_zxing, read_by_zbar])
@pytest.mark.parametrize("mark", ["", "TEST"])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_both_decoders_read_every_label_of_every_layout(layout, mark, read) -> None:
    codes = some_codes(LAYOUTS[layout].slots)
    (page,) = pages(pdf(a_paper(mark=mark), codes, layout=layout), dpi=150)
    assert label_by_label(page, read, layout=layout, dpi=150) == [code.url for code in codes]


@pytest.mark.parametrize("read", [read_by_zxing, read_by_zbar])
@pytest.mark.parametrize("locale", CAPTIONS)
def test_captions_in_every_script_leave_the_symbols_readable(locale, read) -> None:
    codes = some_codes(21)
    paper = a_paper(caption=CAPTIONS[locale], caption_locale=locale, mark="TEST")
    (page,) = pages(pdf(paper, codes), dpi=150)
    assert label_by_label(page, read, dpi=150) == [code.url for code in codes]


def test_letters_that_no_font_has_are_refused_before_they_print_as_boxes() -> None:
    with pytest.raises(PrintUnavailable, match="no font here has ด ส: leave them out"):
        pdf(a_paper(caption="Bonjour สด", caption_locale="fr"), some_codes(1))


def test_a_label_carries_code_host_caption_run_and_mark() -> None:
    code = some_codes(1)[0]
    words = text_of(pdf(a_paper(caption="Scannez", mark="TEST"), [code])).replace(" ", "")
    for expected in (code.code, "go.maison.example", "Scannez", "49,90€", "2026-11-11", "TEST"):
        assert expected in words


def test_live_labels_never_say_test() -> None:
    assert "TEST" not in text_of(pdf(a_paper(), some_codes(3)))


def test_words_are_never_read_as_markup() -> None:
    caption = '*fett* #panic("no") $x$ <a> @b // end'
    assert "#panic" in text_of(pdf(a_paper(caption=caption, caption_locale="de"), some_codes(1)))


@pytest.mark.parametrize("layout", LAYOUTS)
def test_nothing_is_printed_near_the_edges_of_a_label_however_long_its_words(layout) -> None:
    stock, dpi = LAYOUTS[layout], 200
    paper = a_paper(caption=LONG, host="angebote." * 9 + "example", run="r3 · " * 30, mark="TEST")
    (page,) = pages(pdf(paper, some_codes(stock.slots), layout=layout), dpi=dpi)
    x, y = stock.corner_mm(stock.columns + 1)
    inner = (x, y, x + stock.inner_mm[0], y + stock.inner_mm[1])
    outer = (x - INNER_MARGIN_MM, y - INNER_MARGIN_MM, inner[2] + INNER_MARGIN_MM, inner[3] + INNER_MARGIN_MM)
    slack = 0.3
    grown = (inner[0] - slack, inner[1] - slack, inner[2] + slack, inner[3] + slack)
    assert ink(page, inner, dpi=dpi) > 1_000
    assert ink(page, outer, dpi=dpi) == ink(page, grown, dpi=dpi)


def test_a_sheet_begun_yesterday_goes_on_at_its_start_slot() -> None:
    codes = some_codes(4)
    first, second = pages(pdf(a_paper(), codes, start_slot=20))
    assert read_by_zxing(first) == urls(codes[:2])
    assert read_by_zxing(second) == urls(codes[2:])
    x, y = LAYOUTS["L7160"].corner_mm(20)
    assert ink(first, (0, 0, 210, y - 1), dpi=150) == 0
    assert ink(first, (0, y, x - 1, 297), dpi=150) == 0


def test_the_default_sheet_has_the_measures_of_its_stock() -> None:
    x, y = LAYOUTS["L7160"].corner_mm(1)
    assert (x - INNER_MARGIN_MM, y - INNER_MARGIN_MM) == pytest.approx((7.21, 15.15))
    next_x, next_y = LAYOUTS["L7160"].corner_mm(5)
    assert (next_x - x, next_y - y) == pytest.approx((66.04, 38.1))


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
def test_every_layout_lies_on_its_page(layout) -> None:
    x, y = layout.corner_mm(layout.slots)
    assert x + layout.inner_mm[0] + INNER_MARGIN_MM < layout.page_mm[0]
    assert y + layout.inner_mm[1] + INNER_MARGIN_MM <= layout.page_mm[1]
    assert min(layout.corner_mm(1)) > INNER_MARGIN_MM


def test_two_thousand_codes_are_one_file() -> None:
    counted: list[int] = []
    codes = some_codes(2_000)
    data = pdf(a_paper(), codes, layout="L7173", progress=counted.append)
    assert counted == list(range(1, 2_001))
    assert read_by_zxing(pages(data, dpi=60)[-1]) == urls(codes[-10:])


def test_the_same_codes_are_the_same_bytes_on_any_day() -> None:
    data = pdf(a_paper(), some_codes(3))
    assert data == pdf(a_paper(), some_codes(3))
    assert b"CreationDate" not in data
    assert b"CreateDate" not in data


def test_a_long_host_is_set_smaller_and_never_cut_or_broken() -> None:
    host, stock = "angebote." * 6 + "example", LAYOUTS["L7160"]
    document = pypdfium2.PdfDocument(pdf(a_paper(host=host), some_codes(1)))
    words = document[0].get_textpage()
    start = words.get_text_range().index(host)
    first, last = words.get_charbox(start), words.get_charbox(start + len(host) - 1)
    document.close()
    assert last[2] <= (stock.corner_mm(1)[0] + stock.inner_mm[0]) / 25.4 * 72 + 0.1
    assert abs(first[1] - last[1]) < 1


@pytest.mark.parametrize("start_slot", [0, -1, 22])
def test_a_slot_the_sheet_does_not_have_is_refused(start_slot) -> None:
    with pytest.raises(BadLayout, match="has slots 1 to 21"):
        pdf(a_paper(), some_codes(1), start_slot=start_slot)


def test_an_unknown_layout_is_refused_with_the_known_ones() -> None:
    with pytest.raises(BadLayout, match="'L9999': use one of L7160, "):
        pdf(a_paper(), some_codes(1), layout="L9999")


def test_labels_too_small_for_the_symbol_are_refused_before_any_paper_is_wasted() -> None:
    tiny = Layout(name="tiny", page_mm=(210, 297), columns=5, rows=13, label_mm=(38.1, 17.0), gap_mm=0)
    with pytest.raises(BadLayout, match="use larger labels or a shorter host"):
        pdf(a_paper(), some_codes(1), layout=tiny)


def test_nothing_to_print_and_too_much_to_print_are_refused() -> None:
    with pytest.raises(BadLayout, match="no codes"):
        pdf(a_paper(), [])
    with pytest.raises(BadLayout, match="in parts"):
        pdf(a_paper(), some_codes(1) * (LABELS_A_FILE + 1))


def test_without_its_fonts_printing_says_what_to_install(monkeypatch) -> None:
    monkeypatch.setitem(typesetting._FOLDERS, "a_font_package_nobody_has", "files")
    typesetting._fonts.cache_clear()
    with pytest.raises(PrintUnavailable, match=r"pip install 'omni-offers\[print\]'"):
        pdf(a_paper(), some_codes(1))
