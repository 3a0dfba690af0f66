"""The catalogues that travel with Omni are complete, current and say what they may."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from babel.messages import Catalog

from omni import asset
from omni.present.catalogues import catalogue_findings, catalogue_problems, source_messages, update
from omni.present.locales import catalogue_path, interface_locales


def test_nothing_is_wrong_with_the_catalogues() -> None:
    assert [str(finding) for finding in catalogue_findings()] == []


def test_english_french_and_arabic_are_complete() -> None:
    assert {"en", "fr", "ar"} <= set(interface_locales())


@pytest.mark.parametrize(
    "source, said, problem",
    [
        ("Pay %(price)s", "Payez", "has other placeholders than its source"),
        ("Pay %(price)s", "Payez %(prix)s", "has other placeholders than its source"),
        ("Pay", "", "is not translated in every form"),
        ("Pay", "<b>Payez</b>", "contains markup"),
        ("Pay", "Payez 50 %", "contains a literal percent sign; pass a formatted percentage"),
        ("Pay", "\u202ePayez", "contains a hidden direction mark"),
        ("Pay", "\u200fPayez", "contains a hidden direction mark"),
    ],
)
def test_a_fault_in_a_message_is_found(source: str, said: str, problem: str) -> None:
    template, catalogue = Catalog(), Catalog(locale="fr")
    template.add(source)
    catalogue.add(source, said)
    found = [finding.problem for finding in catalogue_problems(catalogue, template, Path("fr/x/messages.po"))]
    assert found == [problem]


def test_a_message_that_is_missing_and_one_that_is_left_over_are_found() -> None:
    template, catalogue = Catalog(), Catalog(locale="fr")
    template.add("New", context="door")
    catalogue.add("New", "Nouveau", context="window")
    found = list(catalogue_problems(catalogue, template, Path("fr/x/messages.po")))
    assert [finding.problem for finding in found] == ["is missing", "is no longer said anywhere"]


def test_an_arabic_plural_with_an_empty_form_is_found() -> None:
    template, catalogue = Catalog(), Catalog(locale="ar")
    template.add(("%(num)s day", "%(num)s days"))
    catalogue.add(("%(num)s day", "%(num)s days"), ("%(num)s", "يوم", "يومان", "%(num)s", "", "%(num)s"))
    found = list(catalogue_problems(catalogue, template, Path("ar/x/messages.po")))
    assert [finding.problem for finding in found] == ["is not translated in every form"]


def test_extraction_finds_marked_messages_and_templates_alike() -> None:
    assert source_messages().get("This offer has ended.") is not None


# One sorts before the source language and one after it: whatever order, a new message comes empty.
@pytest.mark.parametrize(
    "locale, ended", [("ar", "انتهى هذا العرض."), ("fr", "Cette offre est terminée.")]
)
def test_updating_brings_new_messages_drops_old_ones_and_keeps_the_header(
    locale: str, ended: str, tmp_path: Path
) -> None:
    shutil.copytree(asset("locales"), tmp_path / "locales")
    path = tmp_path / "locales" / locale / "LC_MESSAGES" / "messages.po"
    original = path.read_text(encoding="utf-8")
    known = f'msgid "This offer has ended."\nmsgstr "{ended}"'
    assert known in original
    path.write_text(original.replace(known, 'msgid "Gone."\nmsgstr "x"'), encoding="utf-8")
    update(tmp_path / "locales")
    mended = path.read_text(encoding="utf-8")
    assert mended.partition("\n\n")[0] == original.partition("\n\n")[0]
    assert 'msgid "This offer has ended."\nmsgstr ""' in mended
    assert "Gone." not in mended


def test_updating_leaves_an_overlay_with_its_own_words_only(tmp_path: Path) -> None:
    shutil.copytree(asset("locales"), tmp_path / "locales")
    path = tmp_path / "locales" / "fr_CA" / "LC_MESSAGES" / "messages.po"
    before = path.read_text(encoding="utf-8")
    update(tmp_path / "locales")
    assert path.read_text(encoding="utf-8") == before
    assert "reçu" in before


def test_updating_again_changes_nothing(tmp_path: Path) -> None:
    shutil.copytree(asset("locales"), tmp_path / "locales")
    update(tmp_path / "locales")
    assert update(tmp_path / "locales") == []


def test_the_documented_command_line_extracts_the_same_messages(tmp_path: Path) -> None:
    roots = [str(asset("templates").parent / "omni"), str(asset("templates"))]
    template = tmp_path / "messages.pot"
    options = ["-F", str(asset("babel.toml")), "-k", "marked", "-o", str(template)]
    command = [sys.executable, "-m", "babel.messages.frontend", "-q", "extract", *options, *roots]
    subprocess.run(command, check=True, capture_output=True)
    assert 'msgid "This offer has ended."' in template.read_text(encoding="utf-8")


def test_the_arabic_header_keeps_the_usual_order_of_forms() -> None:
    header = catalogue_path("ar", "messages").read_text(encoding="utf-8").partition("\n\n")[0]
    assert "n%100>=11 ? 4 : 5" in header
