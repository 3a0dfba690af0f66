"""The catalogues that travel with Omni are complete, current and say what they may."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections import defaultdict
from gettext import c2py
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages import Catalog
from babel.messages.pofile import read_po
from click.testing import CliRunner

from omni import asset
from omni.cli import looking
from omni.present.catalogues import (
    catalogue_doubts,
    catalogue_findings,
    catalogue_problems,
    catalogue_reports,
    header_problems,
    source_messages,
    update,
)
from omni.present.locales import SOURCE, catalogue_note, catalogue_path, chain, interface_locales, load

SAMPLES = Path(__file__).parents[2] / "docs" / "back-translations"
CATALOGUES = sorted(asset("locales").glob("*/LC_MESSAGES/*.po"))
COUNTED = (0, 1, 2, 3, 5, 11, 21, 99, 100, 101, 102, 111, 1_000_000)


def test_nothing_is_wrong_with_the_catalogues() -> None:
    assert [str(finding) for finding in catalogue_findings()] == []


def test_english_french_and_arabic_are_complete() -> None:
    assert {"en", "fr", "ar"} <= set(interface_locales())


@pytest.mark.parametrize(
    "source, said, problem",
    [
        ("Pay %(price)s", "Payez", "has other placeholders than its source"),
        ("Pay %(price)s", "Payez %(prix)s", "has other placeholders than its source"),
        ("Pay %(price)s", "Payez %(price)d", "has other placeholders than its source"),
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


@pytest.mark.parametrize(
    "locale, said, found",
    [
        ("de", ("ein Tag", "%(num)s Tage"), []),
        ("fr", ("un jour", "%(num)s jours"), ["has other placeholders than its source"]),
        ("ru", ("день", "%(num)s дня", "%(num)s дней"), ["has other placeholders than its source"]),
        ("ar", ("%(num)s", "يوم", "يومان", "%(num)s", "%(num)s", "%(num)s"), []),
    ],
)
def test_only_the_form_of_a_single_number_may_leave_the_number_out(
    locale: str, said: tuple[str, ...], found: list[str]
) -> None:
    template, catalogue = Catalog(), Catalog(locale=locale)
    template.add(("%(num)s day", "%(num)s days"))
    catalogue.add(("%(num)s day", "%(num)s days"), said)
    problems = catalogue_problems(catalogue, template, Path("x/y/messages.po"))
    assert [finding.problem for finding in problems] == found


def po_file(folder: Path, *, header: str, body: str = "") -> Path:
    """A French catalogue with a header and entries of its own."""
    path = folder / "locales" / "fr" / "LC_MESSAGES" / "messages.po"
    path.parent.mkdir(parents=True)
    path.write_text(f'msgid ""\nmsgstr ""\n{header}\n{body}', encoding="utf-8")
    return path


STATED = '"X-Review-State: complete\\n"\n'


@pytest.mark.parametrize(
    "header, found",
    [
        (STATED + '"Plural-Forms: nplurals=2; plural=(n > 1);\\n"\n', []),
        ('"Plural-Forms: nplurals=2; plural=(n > 1);\\n"\n', ["X-Review-State"]),
        (STATED, ["Plural-Forms"]),
        (STATED + '"Plural-Forms: nplurals=3; plural=(n > 1);\\n"\n', ["Plural-Forms"]),
        (STATED + '"Plural-Forms: nplurals=1; plural=(n > 1);\\n"\n', ["Plural-Forms"]),
        (STATED + '"Plural-Forms: nplurals=2; plural=many;\\n"\n', ["Plural-Forms"]),
        (STATED + '"Plural-Forms: nplurals=2; plural=(n/0);\\n"\n', ["Plural-Forms"]),
    ],
)
def test_a_header_states_its_review_and_a_plural_rule_that_uses_every_form(
    tmp_path: Path, header: str, found: list[str]
) -> None:
    assert [finding.msgid for finding in header_problems(po_file(tmp_path, header=header))] == found


@pytest.mark.parametrize(
    "source, said, is_doubted",
    [
        ("You can return items within 30 days.", "Nein.", True),
        ("You can return items within 30 days.", "Nein. " * 30, True),
        ("You can return items within 30 days.", "三十天内可退。", False),
        ("You can return items within 30 days.", "Rückgabe binnen 30 Tagen.", False),
        ("Pay", "Bezahlen Sie bitte hier", False),
        ("Pay %(the_price_of_everything)s", "%(the_price_of_everything)s.", False),
    ],
)
def test_a_translation_far_longer_or_shorter_than_its_source_is_doubted(
    source: str, said: str, is_doubted: bool
) -> None:
    catalogue = Catalog(locale="de")
    catalogue.add(source, said)
    assert bool(list(catalogue_doubts(catalogue, Path("de/x/terms.po")))) is is_doubted


@pytest.fixture(scope="module")
def counted() -> list[tuple[str, str]]:
    """Every message that counts, as the code asks for it."""
    return [message.id for message in source_messages() if message.pluralizable]


@pytest.mark.parametrize("locale", sorted({path.parts[-3] for path in CATALOGUES}))
def test_every_number_has_words_in_every_catalogue(locale: str, counted: list[tuple[str, str]]) -> None:
    words = load(catalogue_path(locale, "messages"))
    assert counted
    for forms in counted:
        for number in COUNTED:
            said = words.ngettext(*forms, number)
            assert (said % defaultdict(str)).strip()


@pytest.mark.parametrize("domain", ["messages", "terms"])
def test_arabic_says_eleven_and_a_hundred_and_two_in_the_forms_its_header_gives_them(domain: str) -> None:
    rule = catalogue_note(catalogue_path("ar", domain), "Plural-Forms").partition("plural=")[2].rstrip(";")
    assert [c2py(rule)(number) for number in (11, 99, 100, 102)] == [4, 4, 5, 5]


NOUNS = ((3, "رموز؛"), (11, "رمزًا؛"), (99, "رمزًا؛"), (102, "رمز؛"), (111, "رمزًا؛"))


def test_arabic_counts_codes_with_the_noun_each_number_takes() -> None:
    forms = (
        "%(shown)s code was given out; scanned: %(scanned)s.",
        "%(shown)s codes were given out; scanned: %(scanned)s.",
    )
    said = load(catalogue_path("ar", "messages"))
    assert [noun in said.ngettext(*forms, number) for number, noun in NOUNS] == [True] * len(NOUNS)


def test_every_catalogue_is_told_with_its_count_and_its_review() -> None:
    told = CliRunner().invoke(looking.catalogues).output
    for report in catalogue_reports(asset("locales")):
        assert f"{report.said}/{report.wanted}" in told
        assert report.file in told
        assert report.review
        assert report.review in told


def test_a_fault_in_a_file_is_told_with_its_line_and_fails_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = po_file(
        tmp_path,
        header=STATED + '"Plural-Forms: nplurals=2; plural=(n > 1);\\n"\n',
        body='msgid "This offer has ended."\nmsgstr "Finie <b>!"\n',
    )
    (report,) = catalogue_reports(tmp_path / "locales")
    assert (report.said, report.review) == (1, "complete")
    line = path.read_text().splitlines().index('msgid "This offer has ended."') + 1
    told = f"locales/fr/LC_MESSAGES/messages.po:{line}: 'This offer has ended.' contains markup"
    assert told in map(str, report.problems)
    monkeypatch.setattr(looking, "asset", lambda name: tmp_path / name)
    done = CliRunner().invoke(looking.catalogues)
    assert done.exit_code == 1
    assert told in done.output


def test_a_form_too_many_makes_a_file_unreadable_and_names_its_line(tmp_path: Path) -> None:
    body = 'msgid "a"\nmsgid_plural "b"\nmsgstr[0] "a"\nmsgstr[1] "b"\nmsgstr[2] "c"\n'
    po_file(tmp_path, header=STATED + '"Plural-Forms: nplurals=2; plural=(n > 1);\\n"\n', body=body)
    (report,) = catalogue_reports(tmp_path / "locales")
    (problem,) = report.problems
    assert problem.problem.startswith("cannot be read")
    assert ".po:" in problem.file


def test_extraction_finds_marked_messages_and_templates_alike() -> None:
    assert source_messages().get("This offer has ended.") is not None


# One sorts before the source language and one after it: whatever order, a new message comes empty.
@pytest.mark.parametrize("locale, ended", [("ar", "انتهى هذا العرض."), ("fr", "Cette offre est terminée.")])
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


@pytest.mark.parametrize("locale", sorted({path.parts[-3] for path in CATALOGUES} - {SOURCE}))
def test_who_cannot_read_a_language_can_read_what_it_says(locale: str) -> None:
    """Fifty sentences at least are put back into English, and are still what the catalogues say."""
    sample = (SAMPLES / f"{locale}.tsv").read_text(encoding="utf-8")
    put_back = dict(line.split("\t") for line in sample.splitlines()[1:])
    assert all(put_back.values())
    assert len(put_back.keys() & said_in(locale)) >= 50


def said_in(locale: str) -> set[str]:
    """Everything the catalogues of a language say, its parents' included."""
    paths = [catalogue_path(step, domain) for step in chain(locale) for domain in ("messages", "terms")]
    catalogues = [read_po(BytesIO(path.read_bytes())) for path in paths if path.is_file()]
    return {
        form
        for catalogue in catalogues
        for message in catalogue
        for form in (message.string if isinstance(message.string, tuple) else (message.string,))
    }
