"""Printer files: what the shipped ones say, what python-escpos adds, and what a wrong one is told."""

from __future__ import annotations

import sys
from importlib.resources import files

import pytest

from omni.present import printer_profile
from omni.present.file_problems import FileProblems
from omni.present.printer_profile import PROFILES, Language, PrinterProfile, profile_named, read_profile
from omni.present.slip import BadLayout

EIGHTY = (files("omni") / "printers" / "80mm.toml").read_text(encoding="utf-8")

every_profile = pytest.mark.parametrize("profile", PROFILES.values(), ids=PROFILES.keys())


def refusal(text: str, *, file: str = "80mm.toml") -> str:
    with pytest.raises(FileProblems) as refused:
        read_profile(text, file=file)
    return str(refused.value)


def test_the_shipped_printers_are_the_documented_ones() -> None:
    rolls = {"58mm", "58mm-raster", "80mm", "80mm-raster", "80mm-180dpi", "80mm-203dpi"}
    assert set(PROFILES) == rolls | {"zpl-203", "zpl-300"}
    assert {name for name, each in PROFILES.items() if each.language == "zpl"} == {"zpl-203", "zpl-300"}


@pytest.mark.parametrize(
    "name, dots, dots_an_inch, columns",
    [
        ("58mm", 384, 203, 32),
        ("80mm", 512, 203, 42),
        ("80mm-180dpi", 512, 180, 42),
        ("80mm-203dpi", 576, 203, 48),
    ],
)
def test_a_roll_has_the_dots_of_the_printer_data_base(name, dots, dots_an_inch, columns) -> None:
    profile = PROFILES[name]
    assert (profile.dots, profile.dots_an_inch, profile.columns) == (dots, dots_an_inch, columns)


@pytest.mark.parametrize("dots_an_inch, finest, coarsest", [(203, 4, 7), (180, 3, 7), (300, 5, 11)])
def test_the_largest_module_is_within_what_a_tills_scanner_reads(dots_an_inch, finest, coarsest) -> None:
    some = [profile for profile in PROFILES.values() if profile.dots_an_inch == dots_an_inch]
    assert some
    assert {profile.finest_module for profile in some} == {finest}
    assert all(finest <= profile.largest_module <= coarsest for profile in some)


@every_profile
def test_a_profile_whose_symbol_is_sent_dot_by_dot_says_so_in_its_name(profile: PrinterProfile) -> None:
    assert profile.has_native_qr is not profile.name.endswith("-raster")


@every_profile
def test_only_printers_whose_maker_says_so_confirm(profile: PrinterProfile) -> None:
    assert profile.confirms is (profile.name == "80mm-180dpi")


def test_a_printer_of_python_escpos_is_known_by_its_name() -> None:
    printer = profile_named("TM-T88V")
    assert (printer.language, printer.dots, printer.dots_an_inch) == (Language.ESCPOS, 512, 180)
    assert (printer.columns, printer.has_native_qr, printer.cut) == (42, True, b"\x1dV\x01")
    assert printer.code_pages[:3] == (("cp437", 0), ("cp858", 19), ("cp850", 2))
    assert printer.confirms


@pytest.mark.parametrize("name", ["POS-5890", "NT-5890K", "ZJ-5870"])
def test_printers_that_draw_no_qr_themselves_are_sent_dots(name) -> None:
    printer = profile_named(name)
    assert (printer.dots, printer.has_native_qr, printer.cuts) == (384, False, False)


def test_an_old_printer_can_be_sent_dots_whatever_its_profile_says() -> None:
    assert profile_named("TM-T88III").has_native_qr
    assert not profile_named("TM-T88III-raster").has_native_qr


def test_code_pages_of_two_bytes_a_letter_are_never_used() -> None:
    """TM-T88V calls its page 1 CP932; it is the Katakana of one byte."""
    assert "cp932" not in dict(profile_named("TM-T88V").code_pages)


def test_a_head_that_is_no_whole_bytes_loses_its_last_dots() -> None:
    assert profile_named("TM-T20II-42col").dots == 544


def test_every_printer_of_python_escpos_is_taken_or_refused_with_a_remedy() -> None:
    refused = []
    for name in printer_profile._python_escpos():
        try:
            printer = profile_named(name)
        except BadLayout as unfit:
            refused.append(str(unfit))
        else:
            assert 24 <= printer.columns <= printer.dots / 8
    assert len(refused) == 12
    assert all(": use " in said for said in refused)


@pytest.mark.parametrize("name", ["OCD-100", "TSP600", "default"])
def test_what_is_no_printer_for_a_symbol_is_refused(name) -> None:
    with pytest.raises(BadLayout, match="use "):
        profile_named(name)


@pytest.mark.parametrize("name", ["", "81mm", "80mm-raster-raster", "../80mm"])
def test_an_unknown_name_is_told_the_known_ones(name) -> None:
    with pytest.raises(BadLayout, match="use one of 58mm-raster, 58mm, 80mm-180dpi"):
        profile_named(name)


def test_without_the_extra_the_remedy_names_it(monkeypatch) -> None:
    monkeypatch.setattr(printer_profile, "_python_escpos", dict)
    with pytest.raises(BadLayout, match=r"more with pip install 'omni-offers\[thermal\]'"):
        profile_named("TM-T88VII")


def test_naming_a_printer_does_not_import_python_escpos() -> None:
    """Its module parses YAML for a second and leaves a pickle in a folder of its own."""
    profile_named("TM-T88V")
    assert "escpos.capabilities" not in sys.modules


@pytest.mark.parametrize(
    "old, new, said",
    [
        ("dots = 512 ", "dots = 510 ", "dots: is 510; dots are sent by the byte, so write a multiple of 8"),
        (
            "columns = 42",
            "colums = 42",
            "colums: is not a field of a printer file; mend the spelling or delete",
        ),
        ("columns = 42", "columns = 4", "columns: is missing or less than 24; count the letters of one line"),
        ("largest_module = 6", "largest_module = 3", "largest_module: is 3; a scanner needs 4 dots at 203"),
        ('cut = "1d5601"', 'cut = "GS V"', "cut: is 'GS V'; write the command's bytes as hexadecimal digits"),
        ("cp858 = 19", "cp932 = 1", "code_pages: cp932 is no code page of one byte a letter"),
        ("cp858 = 19", "cp858 = 300", "code_pages: cp858 stands at 300; write the number of ESC t, 0 to 255"),
        ('language = "escpos"', 'language = "star"', "language: Input should be 'escpos' or 'zpl'"),
        ("has_native_qr = true", 'has_native_qr = "yes"', "has_native_qr: Input should be a valid boolean"),
        ('name = "80mm"', 'name = "81mm"', "name: is 81mm, but the file is called 80mm.toml"),
    ],
)
def test_a_wrong_field_is_named_with_file_and_line(old, new, said) -> None:
    (line,) = (number for number, text in enumerate(EIGHTY.splitlines(), start=1) if old in text)
    assert refusal(EIGHTY.replace(old, new)).splitlines()[0].startswith(f"80mm.toml:{line}: {said}")


def test_a_missing_field_is_told_an_example() -> None:
    said = refusal('name = "80mm"\nlanguage = "escpos"\n')
    assert "80mm.toml:1: dots: is missing; omni/printers/80mm.toml shows an example" in said.splitlines()


def test_what_is_not_toml_is_told_its_line() -> None:
    assert refusal('name = "80mm"\ndots 512\n').startswith("80mm.toml:2: is not TOML: ")
