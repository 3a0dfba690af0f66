"""Label sheets: rendered as a printer would, read back by two decoders, in every market's script."""

from __future__ import annotations

import io
import random
from collections.abc import Iterable
from pathlib import Path

import pikepdf
import pypdfium2
import pytest
from PIL import Image, ImageChops, ImageStat

from omni.domain.record import Origin
from omni.present import typesetting
from omni.present.label_stock import INNER_MARGIN_MM, LAYOUTS, Layout, layout_named
from omni.present.sheets import LARGEST_OFFSET_MM, calibration_page, label_png, write_labels
from omni.present.slip import BadLayout, Paper, PrintedCode, PrintUnavailable
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


def pdf(paper: Paper, codes: Iterable[PrintedCode], *, layout: str | Layout = "L7160", **options) -> bytes:
    """Label sheets as a file holds them."""
    file = io.BytesIO()
    stock = layout_named(layout) if isinstance(layout, str) else layout
    write_labels(file, paper, codes, layout=stock, **options)
    return file.getvalue()


def printed_box(stock: Layout, slot: int) -> tuple[float, float, float, float]:
    """The part of a label that may be printed on: left, top, right, bottom in mm."""
    (x, y), (width, height) = stock.corner_mm(slot), stock.inner_mm
    left, top = x + INNER_MARGIN_MM, y + INNER_MARGIN_MM
    return left, top, left + width, top + height


def pixels(box_mm, dpi: int) -> tuple[int, ...]:
    """A part of a page in pixels; left, top, right, bottom."""
    return tuple(round(edge / 25.4 * dpi) for edge in box_mm)


def ink(page, box_mm, *, dpi: int) -> int:
    """How many dark pixels a part of the page has; the box is left, top, right, bottom in mm."""
    part = page.crop(pixels(box_mm, dpi))
    return sum(part.histogram()[:128])


def assert_inside_its_edges(data: bytes, stock: Layout, *, slot: int) -> None:
    """Nothing of a label is printed nearer to its edges than the inner margin."""
    dpi, slack = 200, 0.3
    (page,) = pages(data, dpi=dpi)
    inner = printed_box(stock, slot)
    (x, y), (width, height) = stock.corner_mm(slot), stock.label_mm
    grown = (inner[0] - slack, inner[1] - slack, inner[2] + slack, inner[3] + slack)
    assert ink(page, inner, dpi=dpi) > 1_000
    assert ink(page, (x, y, x + width, y + height), dpi=dpi) == ink(page, grown, dpi=dpi)


def label_by_label(page, read, *, layout="L7160", dpi: int) -> list[str]:
    """What a reader finds when it is held over one label after the other.

    zbar misses some symbols of a page that is full of them, and none of them alone.
    """
    stock, found = layout_named(layout), []
    for slot in range(1, stock.slots + 1):
        left, top = stock.corner_mm(slot)
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


@pytest.mark.parametrize("layout", [*LAYOUTS, "40x60 4x4 a4", "50x50 4x5 letter"])
def test_nothing_is_printed_near_the_edges_of_a_label_however_long_its_words(layout) -> None:
    stock = layout_named(layout)
    words = words_in("de_DE", headline=CAPITALS[:14], caption=LONG[:64])
    paper = a_paper(words, host="angebote." * 9 + "example", run="r3 · " * 30, mark="TEST")
    data = pdf(paper, some_codes(stock.slots), layout=stock)
    assert_inside_its_edges(data, stock, slot=stock.columns + 1)


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
    paper = market_paper(slug, origin)
    data = pdf(paper, some_codes(1), layout=layout)
    assert_inside_its_edges(data, LAYOUTS[layout], slot=1)
    said = {piece.strip(".,:") for piece in text_of(data).split()}
    # What a PDF reader makes of lines beside Arabic, and of Chinese without spaces, are no words to compare.
    spaced = [line for line in (*paper.offer, *paper.captions) if slug not in ("ae", "hk")]
    for line in spaced:
        assert {piece.strip(".,:") for piece in line.text.split()} - {""} <= said, line


@pytest.mark.parametrize("origin", [Origin.LIVE, Origin.TEST])
@pytest.mark.parametrize("slug", ["ca-qc", "hk"])
def test_the_smallest_labels_speak_every_required_language(slug, origin) -> None:
    paper, codes = market_paper(slug, origin), some_codes(2, host="GO.LARKFELL.EXAMPLE")
    data = pdf(paper, codes, layout="L5160")
    words = " ".join(text_of(data).split())
    said = [line.text for line in (*paper.offer, *paper.captions)]
    needed = [*said, paper.host, codes[1].code, paper.run]
    assert [text for text in needed if " ".join(text.split()) not in words] == []
    assert_inside_its_edges(data, LAYOUTS["L5160"], slot=2)


def test_what_the_page_will_say_is_left_out_before_the_symbol_shrinks_much() -> None:
    roomy, tight = (
        text_of(pdf(a_paper(words_in(caption=caption, page_says="La page dira : Maison")), some_codes(1)))
        for caption in ("Scannez", "Scannez " * 24)
    )
    assert "La page dira" in roomy
    assert "La page dira" not in tight


def test_where_hardly_anything_has_room_only_the_leading_language_names_the_offer() -> None:
    words = text_of(pdf(market_paper("ch"), some_codes(1), layout="L5160"))
    assert "Larkfell-Duo: Flasche und Tasche · CHF" in words
    assert "borraccia" not in words
    assert all(word in words for word in ("scannen", "Scannez", "Scansiona"))


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
    x, y, *_ = printed_box(LAYOUTS["L7160"], 1)
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


def test_an_offset_moves_everything_to_the_right_and_down() -> None:
    codes = some_codes(1)
    plain, moved = (
        ImageChops.invert(pages(pdf(a_paper(), codes, offset_mm=offset), dpi=254)[0]).getbbox()
        for offset in ((0.0, 0.0), (1.5, -2.0))
    )
    shift = [there - here for here, there in zip(plain, moved, strict=True)]
    assert shift == pytest.approx([15, -20, 15, -20], abs=1)


@pytest.mark.parametrize("offset", [(10.5, 0.0), (0.0, -11.0), (0.0, float("nan"))])
def test_an_offset_that_no_printer_needs_is_refused(offset) -> None:
    with pytest.raises(BadLayout, match=f"each is at most {LARGEST_OFFSET_MM:g} mm"):
        pdf(a_paper(), some_codes(1), offset_mm=offset)


def test_an_outline_is_drawn_round_the_labels_in_use_and_on_no_bare_slot() -> None:
    stock = LAYOUTS["L7160"]
    plain, outlined = (
        pages(pdf(a_paper(), some_codes(1), start_slot=5, outline=outline), dpi=300)[0]
        for outline in (False, True)
    )
    (x, y), (width, height) = stock.corner_mm(5), stock.label_mm
    edge = (x + 2, y - 0.3, x + width - 2, y + 0.5)
    assert min(plain.crop(pixels(edge, 300)).tobytes()) > 200
    assert min(outlined.crop(pixels(edge, 300)).tobytes()) < 200
    rest = (x + width + 1, y, stock.page_mm[0], y + height)
    assert min(outlined.crop(pixels(rest, 300)).tobytes()) == 255


def test_the_default_sheet_has_the_measures_of_its_stock() -> None:
    x, y = LAYOUTS["L7160"].corner_mm(1)
    assert (x, y) == pytest.approx((7.21, 15.15))
    next_x, next_y = LAYOUTS["L7160"].corner_mm(5)
    assert (next_x - x, next_y - y) == pytest.approx((66.04, 38.1))


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
def test_every_layout_lies_on_its_page(layout) -> None:
    x, y = layout.corner_mm(layout.slots)
    assert x + layout.label_mm[0] < layout.page_mm[0]
    assert y + layout.label_mm[1] <= layout.page_mm[1]
    assert min(layout.corner_mm(1)) > 0


def test_codes_are_taken_one_at_a_time_and_counted() -> None:
    counted: list[int] = []
    taken: list[int] = []

    def codes():
        for code in some_codes(50):
            taken.append(code.number_in_batch)
            yield code

    pdf(a_paper(), codes(), progress=lambda drawn: counted.append(drawn - taken[-1]))
    assert counted == [0] * 50


def test_a_long_run_reads_back_at_its_first_its_last_and_any_page() -> None:
    codes = some_codes(2_000)
    data = pdf(a_paper(), codes, layout="L7173")
    document = pypdfium2.PdfDocument(data)
    try:
        assert len(document) == 200
        for number in (0, *random.Random(5).sample(range(1, 199), 5), 199):
            sheet = document[number].render(scale=60 / 72, grayscale=True).to_pil()
            assert read_by_zxing(sheet) == urls(codes[number * 10 : number * 10 + 10])
            words = document[number].get_textpage().get_text_range()
            assert all(code.code in words for code in codes[number * 10 : number * 10 + 10])
    finally:
        document.close()
    assert len(data) < 2_000 * 600


def test_codes_that_end_early_leave_a_whole_file() -> None:
    codes = some_codes(30)
    first, second = pages(pdf(a_paper(), (code for code in codes)))
    assert read_by_zxing(first) + read_by_zxing(second) == urls(codes)


def test_the_file_is_sound_and_says_what_it_is_and_how_to_print_it() -> None:
    with pikepdf.open(io.BytesIO(pdf(market_paper("ca-qc"), some_codes(43)))) as document:
        assert document.check_pdf_syntax() == []
        assert len(document.pages) == 3
        assert str(document.docinfo["/Title"]).startswith("GO.LARKFELL.EXAMPLE r3 · ")
        assert document.Root.Lang == "fr-CA"
        assert document.Root.ViewerPreferences.PrintScaling == "/None"
        forms = {page.Resources.XObject.L.objgen for page in document.pages}
    assert len(forms) == 1


def test_the_modules_of_a_symbol_are_one_path_and_leave_no_seam() -> None:
    data = pdf(a_paper(), some_codes(1))
    with pikepdf.open(io.BytesIO(data)) as document:
        assert document.pages[0].Contents.read_bytes().count(b"\nf Q") == 1
    (page,) = pages(data, dpi=317)
    x, y, *_ = printed_box(LAYOUTS["L7160"], 1)
    # The solid square inside a finder: three modules, cut off half a module from its edge.
    module = 29.75 / 37
    top = y + (38.1 - 4 - 29.75) / 2 + 6 * module
    left = x + 6 * module
    solid = (left + module / 2, top + module / 2, left + 2.5 * module, top + 2.5 * module)
    assert max(page.crop(pixels(solid, 317)).tobytes()) == 0


def test_the_outcome_says_how_large_the_symbols_are() -> None:
    size = write_labels(io.BytesIO(), a_paper(), some_codes(1), layout=LAYOUTS["L7160"])
    assert (size.version, size.level, size.modules) == (3, "Q", 29)
    assert size.width_mm == pytest.approx(29.75)
    assert size.is_in_gs1_window


def test_a_code_of_another_host_than_the_first_is_a_bug_and_never_printed() -> None:
    stray = some_codes(1, host="GO.OTHER.EXAMPLE")
    with pytest.raises(ValueError, match=r"is not of HTTPS://GO\.MAISON\.EXAMPLE/C/"):
        pdf(a_paper(), some_codes(1) + stray)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no full disk to try")
def test_a_full_disk_is_an_error_and_not_the_end_of_the_process() -> None:
    with pytest.raises(OSError, match="No space left"), Path("/dev/full").open("wb", buffering=0) as file:
        write_labels(file, a_paper(), some_codes(1), layout=LAYOUTS["L7160"])


@pytest.mark.parametrize("read", [read_by_zxing, read_by_zbar])
@pytest.mark.parametrize("slug", ["fr", "ae", "jp", "hk", "il", "th"])
def test_a_preview_shows_the_label_with_its_code(slug, read) -> None:
    code = some_codes(1)[0]
    picture = Image.open(io.BytesIO(label_png(market_paper(slug, Origin.TEST), code, LAYOUTS["L7160"])))
    assert picture.size == (750, 450)
    assert read(picture) == urls([code])


def test_a_preview_is_the_label_as_it_is_printed() -> None:
    code, stock, dpi = some_codes(1)[0], LAYOUTS["L7160"], 300
    (page,) = pages(pdf(market_paper("ae"), [code], outline=True), dpi=dpi)
    (x, y), (width, height) = stock.corner_mm(1), stock.label_mm
    printed = page.crop(pixels((x, y, x + width, y + height), dpi)).resize((250, 150))
    preview = Image.open(io.BytesIO(label_png(market_paper("ae"), code, stock))).convert("L")
    difference = ImageChops.difference(printed, preview.resize((250, 150)))
    assert ImageStat.Stat(difference).mean[0] < 6


@pytest.mark.parametrize("layout", [*LAYOUTS, "60x40 2x4 a5 left=5 gap=10x0"])
def test_a_calibration_page_has_its_outlines_where_the_labels_are(layout) -> None:
    stock = layout_named(layout)
    (page,) = pages(calibration_page(stock, offset_mm=(1.0, -0.5)), dpi=254)
    assert page.size == pytest.approx([side * 10 for side in stock.page_mm], abs=2)
    x, y = stock.corner_mm(1)
    columns = [
        sum(page.crop((column, round(y * 10) + 40, column + 1, round(y * 10) + 60)).tobytes())
        for column in range(round(x * 10), round(x * 10) + 20)
    ]
    assert columns.index(min(columns)) == pytest.approx(10, abs=1)
    words = text_of(calibration_page(stock, offset_mm=(1.0, -0.5)))
    assert "100 %" in words
    assert "offset 1,-0.5" in words


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
    assert last[2] <= printed_box(stock, 1)[2] * POINTS + 0.1
    assert abs(first[1] - last[1]) < 1


@pytest.mark.parametrize("start_slot", [0, -1, 22])
def test_a_slot_the_sheet_does_not_have_is_refused(start_slot) -> None:
    with pytest.raises(BadLayout, match="has slots 1 to 21"):
        pdf(a_paper(), some_codes(1), start_slot=start_slot)


def test_an_unknown_layout_is_refused_with_the_known_ones() -> None:
    with pytest.raises(BadLayout, match=r'layout "L9999": no such label sheet; use L7160, .* or measures'):
        layout_named("L9999")


def test_labels_too_small_for_the_symbol_are_refused_before_any_paper_is_wasted() -> None:
    tiny = Layout(name="tiny", page_mm=(210, 297), columns=5, rows=13, label_mm=(38.1, 17.0))
    with pytest.raises(BadLayout, match="use larger labels or a shorter host"):
        pdf(a_paper(), some_codes(1), layout=tiny)


def test_nothing_to_print_is_refused() -> None:
    with pytest.raises(BadLayout, match="no codes"):
        pdf(a_paper(), [])


def test_without_its_fonts_printing_says_what_to_install(monkeypatch) -> None:
    monkeypatch.setattr(typesetting, "_FOLDERS", {})
    with pytest.raises(PrintUnavailable, match=r"pip install 'omni-offers\[print\]'"):
        pdf(a_paper(), some_codes(1))
