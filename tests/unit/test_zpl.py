"""Labels for printers that speak ZPL, read the way a printer reads them: field by field."""

from __future__ import annotations

import random

import pytest

from omni.present import dots, typesetting
from omni.present.dots import Dots
from omni.present.press import press_for
from omni.present.printer_profile import PROFILES
from omni.present.slip import BadLayout, PrintUnavailable
from omni.present.zpl import label_bytes, symbol_size
from omni.present.zpl_fields import field, graphic, letters_width, text
from tests.support.paper import a_paper, market_paper, read_by_zbar, read_by_zxing, some_codes, words_in
from tests.support.thermal import print_label, unpacked

FINE, COARSE = PROFILES["zpl-300"], PROFILES["zpl-203"]
EVERY_PRINTER = pytest.mark.parametrize("profile", [COARSE, FINE], ids=["203", "300"])
EVERY_LABEL = pytest.mark.parametrize("label_mm", [(57.0, 32.0), (40.0, 60.0), (102.0, 51.0)], ids=str)
ARABIC = "امسح الرمز واحصل على العرض"


def test_a_label_is_the_bytes_of_the_manual() -> None:
    (code,) = some_codes(1)
    mask = press_for(code.url[:-15]).mask
    paper = a_paper(words_in(headline="Duo", caption="Scannez"), host="GO.MAISON.EXAMPLE", run="r3")
    expected = (
        "^XA^CI28^PW456^LL256^LH0,0"
        f"^BY2,3,1^FO32,41^BQN,2,6,Q,{mask}^FDQA,{code.url}^FS"
        "^FO230,8^A0N,25,25^FH^FDDuo^FS"
        "^FO230,38^A0N,25,25^FH^FDScannez^FS"
        "^FO230,181^A0N,21,21^FH^FDGO.MAISON.EXAMPLE^FS"
        f"^FO230,206^A0N,21,21^FH^FD{code.code}^FS"
        "^FO230,231^A0N,14,14^FH^FDr3^FS"
        "^PQ1^XZ\n"
    )
    assert label_bytes(paper, code, profile=COARSE).decode() == expected


@pytest.mark.parametrize("level", ["L", "M", "Q", "H"])
def test_the_error_level_stands_in_the_command_and_before_the_address(level) -> None:
    label = label_bytes(a_paper(), some_codes(1)[0], profile=COARSE, label_mm=(80, 50), level=level)
    assert f",{level},".encode() in label
    assert f"^FD{level}A,HTTPS://".encode() in label


def test_words_cannot_be_commands() -> None:
    paper = a_paper(words_in(caption="a^XZ~JA_b\x1bc\nd \u00e9\\&"))
    label = label_bytes(paper, some_codes(1)[0], profile=COARSE)
    assert b"^FDa_5EXZ_7EJA_5Fbc d _C3_A9\\&^FS" in label
    assert label.count(b"^XZ") == label.count(b"^XA") == 1
    assert b"a^" not in label
    assert "a^XZ~JA_bc d é\\&" in print_label(label).words


def test_everything_but_a_graphics_digits_is_ascii() -> None:
    assert label_bytes(market_paper("fr"), some_codes(1)[0], profile=COARSE).isascii()


@EVERY_PRINTER
@EVERY_LABEL
@pytest.mark.parametrize("slug", ["fr", "sa", "jp", "ca-qc"])
def test_both_decoders_read_a_label_and_nothing_stands_in_the_quiet_zone(slug, label_mm, profile) -> None:
    (code,), paper = some_codes(1), market_paper(slug)
    label = print_label(label_bytes(paper, code, profile=profile, label_mm=label_mm))
    assert list(read_by_zxing(label.page)) == list(read_by_zbar(label.page)) == [code.url]
    ((url, module, level),) = label.symbols
    assert (url, level) == (code.url, "Q")
    left, top, right, bottom = label.places[0]
    quiet = (left - 4 * module, top - 4 * module, right + 4 * module, bottom + 4 * module)
    assert min(quiet[:2]) >= 0
    assert quiet[2] <= label.page.width
    assert quiet[3] <= label.page.height
    assert not [place for place in label.places[1:] if overlap(place, quiet)]
    assert not any(overlap(a, b) for n, a in enumerate(label.places) for b in label.places[:n])


def overlap(a: tuple[int, int, int, int], b: tuple[int, int, int, int]) -> bool:
    """Whether two places share a dot."""
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


@EVERY_PRINTER
def test_on_a_usual_label_a_module_is_as_large_as_hands_want(profile) -> None:
    size = symbol_size(market_paper("fr"), some_codes(1)[0], profile=profile)
    assert 0.6 <= size.module_mm <= 0.75
    assert size.is_in_gs1_window


def test_code_host_promise_and_run_are_on_every_label() -> None:
    (code,), paper = some_codes(1), market_paper("fr")
    said = " ".join(print_label(label_bytes(paper, code, profile=COARSE)).words)
    for words in (code.code, paper.host, paper.promises[0].text, paper.offer[0].text, "#7"):
        assert words.replace("\u00a0", " ") in said


def test_the_terms_stand_where_there_is_room_and_else_on_the_page() -> None:
    (code,), paper = some_codes(1), market_paper("fr")
    small, large = (
        " ".join(print_label(label_bytes(paper, code, profile=COARSE, label_mm=size)).words)
        for size in ((57, 32), (102, 51))
    )
    assert "12 décembre 2026" in large
    assert "12 décembre 2026" not in small


def test_letters_the_printer_may_lack_are_sent_as_pictures() -> None:
    label = print_label(label_bytes(market_paper("jp"), some_codes(1)[0], profile=COARSE))
    assert len(label.pictures) >= 2
    assert all(letter < "\u3040" for words in label.words for letter in words)


def test_a_label_in_arabic_begins_at_the_right() -> None:
    (code,) = some_codes(1)
    arabic = print_label(label_bytes(market_paper("sa"), code, profile=COARSE))
    french = print_label(label_bytes(market_paper("fr"), code, profile=COARSE))
    assert arabic.places[0][0] > arabic.page.width / 2
    assert french.places[0][2] < french.page.width / 2
    rights = {right for _, _, right, _ in arabic.places[1:]}
    assert max(rights) - min(rights) < 8


def test_a_backslash_in_a_block_that_ends_at_the_right_is_no_command() -> None:
    paper = a_paper(words_in("ar_SA", caption=ARABIC, page_says="a\\&b"))
    assert "a\\&b" in print_label(label_bytes(paper, some_codes(1)[0], profile=COARSE)).words


def test_a_test_label_says_so_above_and_below() -> None:
    label = print_label(label_bytes(a_paper(mark="TEST"), some_codes(1)[0], profile=COARSE))
    assert label.words[0] == label.words[-1] == "TEST"


def test_a_shared_code_is_printed_as_often_as_asked() -> None:
    assert print_label(label_bytes(a_paper(), some_codes(1)[0], profile=COARSE, copies=250)).copies == 250


def test_all_labels_of_a_run_differ_in_nothing_but_their_code() -> None:
    first, second = some_codes(2)
    one, other = (label_bytes(market_paper("jp"), code, profile=COARSE) for code in (first, second))
    assert one.replace(first.url.encode(), b"").replace(first.code.encode(), b"") == other.replace(
        second.url.encode(), b""
    ).replace(second.code.encode(), b"")


def test_the_next_label_waits_for_no_type_to_be_set(monkeypatch) -> None:
    first, second = some_codes(2)
    label_bytes(market_paper("jp"), first, profile=COARSE)
    monkeypatch.delattr(dots, "typeset")
    assert second.url.encode() in label_bytes(market_paper("jp"), second, profile=COARSE)


@pytest.mark.parametrize("label_mm", [(30.0, 15.0), (20.0, 20.0), (57.0, 20.0)], ids=str)
def test_a_label_too_small_is_refused_with_a_remedy(label_mm) -> None:
    with pytest.raises(BadLayout, match="is too small for the symbol and the words"):
        label_bytes(market_paper("fr"), some_codes(1)[0], profile=COARSE, label_mm=label_mm)


def test_a_word_no_type_is_small_enough_for_is_refused() -> None:
    with pytest.raises(BadLayout, match="shorter names"):
        label_bytes(a_paper(words_in(headline="Kapitänsmützen" * 9)), some_codes(1)[0], profile=COARSE)


def test_a_label_wider_than_the_head_is_refused() -> None:
    with pytest.raises(BadLayout, match="wider than the printer zpl-203 prints: use narrower labels"):
        label_bytes(a_paper(), some_codes(1)[0], profile=COARSE, label_mm=(110, 50))


def test_a_host_too_long_for_paper_is_refused() -> None:
    with pytest.raises(BadLayout, match="use a shorter host"):
        label_bytes(a_paper(), some_codes(1, host="A" * 600 + ".EXAMPLE")[0], profile=COARSE)


def test_a_printer_of_slips_is_refused() -> None:
    with pytest.raises(BadLayout, match="prints slips, not labels"):
        label_bytes(a_paper(), some_codes(1)[0], profile=PROFILES["80mm"])


def test_without_fonts_a_line_is_never_silently_missing(monkeypatch) -> None:
    monkeypatch.setattr(typesetting, "_FOLDERS", {})
    with pytest.raises(PrintUnavailable, match=r"pip install 'omni-offers\[print\]'"):
        label_bytes(a_paper(words_in("ar_SA", caption=ARABIC * 2)), some_codes(1)[0], profile=COARSE)


def test_a_graphic_counts_its_digits_as_the_manual_does() -> None:
    """`M6` is seven sixes and `hB` forty B; a comma and `!` fill a row, a colon repeats it."""
    digits = bytes.fromhex("66666660" + "B" * 40 + "0" * 100)
    assert graphic(Dots(len(digits) * 8, digits)).endswith(b",M60hB,")
    assert graphic(Dots(24, b"\xf0\x00\x00")) == b"^GFA,3,3,3,F0,"
    black, white = b"\xff\xff", b"\x00\x00"
    assert graphic(Dots(16, black + black + white + b"\xf0\xf0")) == b"^GFA,8,8,2,!:,F0F0"


def test_a_graphic_says_every_dot() -> None:
    dice = random.Random(3)
    for width in (8, 64, 440):
        rows = [
            dice.choice([bytes(width // 8), b"\xff" * (width // 8), dice.randbytes(width // 8)])
            for _ in range(40)
        ]
        drawing = Dots(width, b"".join(row for row in rows for _ in range(dice.randint(1, 3))))
        packed = graphic(drawing).decode().split(",", 4)
        assert packed[:4] == ["^GFA", str(len(drawing.rows)), str(len(drawing.rows)), str(width // 8)]
        printed = unpacked(packed[4], size=len(drawing.rows), row_bytes=width // 8)
        assert bytes(255 - byte for byte in printed.tobytes()) == drawing.rows


def test_a_field_stands_where_it_is_told() -> None:
    assert field(12, 340, text("a", 20)) == b"^FO12,340^A0N,20,20^FH^FDa^FS"
    assert text("a", 20, ends_at=200) == b"^A0N,20,20^FB200,1,0,R^FH^FDa"


@pytest.mark.parametrize(
    "letters", ["Can be used until 12 December 2026.", "GO.LARKFELL.EXAMPLE", "0123456789 €"]
)
def test_words_are_reckoned_wider_than_a_bold_narrow_face_sets_them(letters) -> None:
    paper = a_paper(words_in(caption=letters))
    label = print_label(label_bytes(paper, some_codes(1)[0], profile=COARSE, label_mm=(102, 51)))
    left, top, right, bottom = label.places[1 + label.words.index(letters)]
    assert right - left <= letters_width(letters) * (bottom - top)


def test_the_page_of_a_label_is_as_large_as_the_label() -> None:
    assert print_label(label_bytes(a_paper(), some_codes(1)[0], profile=COARSE)).page.size == (456, 256)
    assert print_label(label_bytes(a_paper(), some_codes(1)[0], profile=FINE)).page.size == (684, 384)
