"""Label sheets: rendered as a printer would, read back by two decoders, in every market's script."""

from __future__ import annotations

import pypdfium2
import pytest

from omni.domain.record import Origin
from omni.present import typesetting
from omni.present.sheets import INNER_MARGIN_MM, LABELS_A_FILE, LAYOUTS, Layout, pdf
from omni.present.slip import BadLayout, PrintUnavailable
from tests.support.paper import (
    BILINGUAL,
    a_paper,
    market_paper,
    pages,
    read_by_zbar,
    read_by_zxing,
    some_codes,
    text_of,
    urls,
    words_in,
)

CAPTIONS = {
    "fr_FR": "Scannez, débloquez votre lot : la page dira « Maison, Paris, caisse 1 ».",
    "ar_SA": "امسح الرمز واحصل على العرض: خصم 20% حتى 11/11",
    "ja_JP": "スキャンしてクーポンを受け取る。セットが4,990円になります。",
    "zh_Hans_CN": "扫码领取优惠,双十一套装仅需299元。",
    "de_DE": "Donaudampfschifffahrtskapitän: Angebot sichern",
    "he_IL": "סרקו את הקוד כדי לקבל את ההטבה: 20% עד 11/11",
    "th_TH": "สแกนโค้ดนี้เพื่อรับข้อเสนอ ใช้ได้ถึง 11 พฤศจิกายน",
    "hi_IN": "ऑफ़र पाने के लिए यह कोड स्कैन करें।",
    "kk_KZ": "Ұсынысты алу үшін осы кодты сканерлеңіз: әғқңөұүһі",
    "ko_KR": "이 코드를 스캔하고 혜택을 받으세요.",
}
POINTS = 72 / 25.4
LONG = "Angebot sichern und weiterlesen, " * 60
CAPITALS = "KAPITÄNSMÜTZEN" * 4


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
    paper = a_paper(words_in(locale, caption=CAPTIONS[locale]), mark="TEST")
    (page,) = pages(pdf(paper, codes), dpi=150)
    assert label_by_label(page, read, dpi=150) == [code.url for code in codes]


def test_letters_that_no_font_has_are_refused_before_they_print_as_boxes() -> None:
    with pytest.raises(PrintUnavailable, match="no font here has გ რ: leave them out"):
        pdf(a_paper(words_in(caption="Bonjour გრ")), some_codes(1))


@pytest.mark.parametrize(
    "module, caption",
    [
        ("fontpkg_noto_sans", CAPTIONS["kk_KZ"]),
        ("fontpkg_noto_sans_arabic", CAPTIONS["ar_SA"]),
        ("fontpkg_noto_sans_thai", CAPTIONS["th_TH"]),
        ("fontpkg_heebo", CAPTIONS["he_IL"]),
        ("justmytype_intl_cjk", CAPTIONS["ko_KR"]),
    ],
)
def test_a_script_without_its_font_is_refused_with_the_package_that_has_it(
    monkeypatch, module, caption
) -> None:
    monkeypatch.delitem(typesetting._FOLDERS, module)
    with pytest.raises(PrintUnavailable, match=f"pip install {module.replace('_', '-')}$"):
        pdf(a_paper(words_in(caption=caption)), some_codes(1))


def test_a_font_for_another_script_is_not_needed(monkeypatch) -> None:
    monkeypatch.delitem(typesetting._FOLDERS, "fontpkg_noto_sans_thai")
    assert pdf(a_paper(), some_codes(1)).startswith(b"%PDF")


def test_a_label_carries_code_host_caption_run_and_mark() -> None:
    code = some_codes(1)[0]
    words = text_of(pdf(a_paper(words_in(caption="Scannez"), mark="TEST"), [code])).replace(" ", "")
    for expected in (code.code, "go.maison.example", "Scannez", "49,90€", "2026-11-11", "TEST"):
        assert expected in words


def test_live_labels_never_say_test() -> None:
    assert "TEST" not in text_of(pdf(a_paper(), some_codes(3)))


def test_words_are_never_read_as_markup() -> None:
    caption = '*fett* #panic("no") $x$ <a> @b // end'
    assert "#panic" in text_of(pdf(a_paper(words_in("de_DE", caption=caption)), some_codes(1)))


@pytest.mark.parametrize("layout", LAYOUTS)
def test_nothing_is_printed_near_the_edges_of_a_label_however_long_its_words(layout) -> None:
    stock, dpi = LAYOUTS[layout], 200
    words = words_in("de_DE", headline=CAPITALS[:14], caption=LONG[:64])
    paper = a_paper(words, host="angebote." * 9 + "example", run="r3 · " * 30, mark="TEST")
    (page,) = pages(pdf(paper, some_codes(stock.slots), layout=layout), dpi=dpi)
    x, y = stock.corner_mm(stock.columns + 1)
    inner = (x, y, x + stock.inner_mm[0], y + stock.inner_mm[1])
    outer = (x - INNER_MARGIN_MM, y - INNER_MARGIN_MM, inner[2] + INNER_MARGIN_MM, inner[3] + INNER_MARGIN_MM)
    slack = 0.3
    grown = (inner[0] - slack, inner[1] - slack, inner[2] + slack, inner[3] + slack)
    assert ink(page, inner, dpi=dpi) > 1_000
    assert ink(page, outer, dpi=dpi) == ink(page, grown, dpi=dpi)


@pytest.mark.parametrize("words", [words_in(caption=LONG), words_in(headline=CAPITALS)])
def test_words_that_fit_in_no_type_are_refused_with_a_remedy_and_never_cut(words) -> None:
    with pytest.raises(BadLayout, match=r"^L7160 has labels of 63\.5 x 38\.1 mm .*: use larger labels"):
        pdf(a_paper(words), some_codes(1))


def test_korean_is_broken_between_words_only() -> None:
    words = text_of(pdf(a_paper(words_in("ko_KR", caption=CAPTIONS["ko_KR"])), some_codes(1))).split()
    assert {"코드를", "스캔하고", "혜택을", "받으세요."} <= set(words)


@pytest.mark.parametrize("read", [read_by_zxing, read_by_zbar])
@pytest.mark.parametrize("slug", BILINGUAL)
def test_a_label_of_several_languages_is_read_by_both_decoders(slug, read) -> None:
    codes = some_codes(21, host="GO.LARKFELL.EXAMPLE")
    (page,) = pages(pdf(market_paper(slug), codes), dpi=150)
    assert label_by_label(page, read, dpi=150) == [code.url for code in codes]


@pytest.mark.parametrize("origin", [Origin.LIVE, Origin.TEST])
@pytest.mark.parametrize("layout", ["L7160", "L7161", "L7173"])
@pytest.mark.parametrize("slug", [slug for slug in BILINGUAL if slug != "ch"])
def test_a_label_of_two_languages_says_every_word_whole_and_inside_its_edges(slug, layout, origin) -> None:
    paper, stock = market_paper(slug, origin), LAYOUTS[layout]
    document = pypdfium2.PdfDocument(pdf(paper, some_codes(1), layout=layout))
    words = document[0].get_textpage()
    letters = enumerate(words.get_text_range())
    boxes = [words.get_charbox(index) for index, letter in letters if not letter.isspace()]
    said = {piece.strip(".,:") for piece in words.get_text_bounded().split()}
    _, page_height = document[0].get_size()
    document.close()
    (left, top), (width, height) = stock.corner_mm(1), stock.inner_mm
    assert min(box[0] for box in boxes) >= left * POINTS - 0.1
    assert max(box[2] for box in boxes) <= (left + width) * POINTS + 0.1
    assert page_height - max(box[3] for box in boxes) >= top * POINTS - 0.1
    assert page_height - min(box[1] for box in boxes) <= (top + height) * POINTS + 0.1
    # What a PDF reader makes of lines beside Arabic, and of Chinese without spaces, are no words to compare.
    spaced = [line for line in (*paper.offer, *paper.captions) if slug not in ("ae", "hk")]
    for line in spaced:
        assert {piece.strip(".,:") for piece in line.text.split()} - {""} <= said, line


def test_three_languages_fit_a_label_too() -> None:
    paper, words = market_paper("ch"), text_of(pdf(market_paper("ch"), some_codes(1)))
    assert [line.locale for line in paper.captions] == ["de_CH", "fr_CH", "it_CH"]
    assert all(line.text in " ".join(words.split()) for line in paper.captions)


def lines_of_ink(page, box_mm, *, dpi: int) -> list[tuple[int, int]]:
    """Where each line of type in a part of the page begins and ends, in pixels from the part's left."""
    part = page.crop(tuple(round(edge / 25.4 * dpi) for edge in box_mm)).point(
        lambda grey: 255 * (grey < 128)
    )
    lines: list[tuple[int, int]] = []
    was_white = True
    for top in range(part.height):
        row = part.crop((0, top, part.width, top + 1)).getbbox()
        if row and was_white:
            lines.append((row[0], row[2]))
        elif row:
            lines[-1] = (min(lines[-1][0], row[0]), max(lines[-1][1], row[2]))
        was_white = row is None
    return lines


def test_right_to_left_words_begin_at_the_right_and_the_others_at_the_left() -> None:
    paper = a_paper(words_in("ar_AE", caption="لاركفيل"), words_in("en_AE", caption="TEA"))
    (page,) = pages(pdf(paper, some_codes(1)), dpi=300)
    x, y = LAYOUTS["L7160"].corner_mm(1)
    arabic, *_, english = lines_of_ink(page, (x, y, x + 27, y + 12), dpi=300)
    middle = 27 / 25.4 * 300 / 2
    assert arabic[0] > middle
    assert english[1] < middle


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
    monkeypatch.setattr(typesetting, "_FOLDERS", {})
    with pytest.raises(PrintUnavailable, match=r"pip install 'omni-offers\[print\]'"):
        pdf(a_paper(), some_codes(1))
