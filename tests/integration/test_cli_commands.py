"""The command line: what each command does, and how it says no."""

import json
import re
import stat
from pathlib import Path

import pytest

from tests.support.commands import Omni

pytestmark = pytest.mark.pages

TILL = ("--placement", "fr-paris-till-1")
POP_UP = ("--edition", "double-11/fr", "--placement", "fr-paris-popup")


def test_init_makes_keys_a_recovery_sheet_and_a_first_owner_once(bare_omni: Omni, tmp_path: Path) -> None:
    first, second = bare_omni("init", "--owner", "Ada"), bare_omni("init")
    assert re.search(r"^https://go\.larkfell\.example/sign-in/\w{48}$", first.out, re.MULTILINE)
    assert second.code == 0
    assert "sign-in/" not in second.out
    sheet = tmp_path / "data" / "recovery-sheet.txt"
    assert stat.S_IMODE(sheet.stat().st_mode) == 0o600
    assert "every paper that was ever printed is dead" in sheet.read_text()


def test_issue_says_the_batch_first_then_the_host_in_large_letters(omni: Omni) -> None:
    said = omni("issue", *POP_UP, "--count", "500")
    assert said.code == 0
    assert said.out.splitlines()[0] == "batch 1"
    assert "G O . L A R K F E L L . E X A M P L E" in said.out
    assert "500 codes" in said.out.splitlines()[-1]


def test_what_was_printed_opens_again(omni: Omni) -> None:
    omni("issue", *POP_UP, "--count", "3")
    rows = [json.loads(line) for line in omni("print", "1", "--as", "jsonl", "-o", "-").out.splitlines()]
    assert [row["number_in_batch"] for row in rows] == [1, 2, 3]
    for row in rows:
        seen = json.loads(omni("open", row["url"], "--json").out)
        assert (seen["code"], seen["place"], seen["state"]) == (row["code"], row["number_in_batch"], "offer")


@pytest.mark.parametrize(
    "form, head", [("pdf", b"%PDF"), ("png", b"\x89PNG"), ("svg", b"<svg"), ("escpos", b"\x1b@")]
)
def test_one_code_is_printed_in_every_form(omni: Omni, tmp_path: Path, form: str, head: bytes) -> None:
    omni("issue", *POP_UP, "--count", "3")
    assert omni("print", "1", "--as", form, "--count", "1", "-o", "one").code == 0
    assert (tmp_path / "one").read_bytes().startswith(head)


def test_paper_that_cannot_be_made_leaves_no_file_and_counts_nothing(omni: Omni, tmp_path: Path) -> None:
    omni("issue", *POP_UP, "--count", "3")
    said = omni("print", "1", "--layout", "L0000", "-o", "sheet.pdf")
    assert (said.code, said.err.count("\n")) == (2, 1)
    assert list(tmp_path.glob("*sheet*")) == []
    assert ", run 1" in omni("print", "1", "--as", "csv", "-o", "codes.csv").out


def test_a_poster_is_one_code_however_many_it_serves(omni: Omni) -> None:
    omni("issue", *POP_UP, "--count", "900", "--shared")
    assert len(omni("print", "1", "--as", "csv", "-o", "-").out.splitlines()) == 2


def test_the_same_receipt_is_the_same_code(omni: Omni) -> None:
    line = ("receipt", *TILL, "--receipt-no", "4711", "--total", "8540", "--as", "json")
    first, again = json.loads(omni(*line).out), json.loads(omni(*line).out)
    assert again["code"] == first["code"]
    assert again["is_replay"]
    other = omni(*line[:-3], "8541")
    assert (other.code, "key-reused" in other.err) == (1, True)


def test_codes_that_were_recalled_are_voided(omni: Omni) -> None:
    omni("issue", *POP_UP, "--count", "2")
    last = omni("print", "1", "--as", "csv", "-o", "-").out.splitlines()[-1].split(",")[1]
    assert omni("void", "1", "--from", "2", "--reason", "torn").code == 0
    assert json.loads(omni("open", last, "--json").out)["state"] == "voided"


def test_the_funnel_counts_what_was_issued_once_the_worker_ran(omni: Omni) -> None:
    omni("issue", *POP_UP, "--count", "7")
    assert omni("worker", "--once").code == 0
    told = json.loads(omni("stats", "double-11", "--by", "market,placement", "--as", "json").out)
    row = {"market": "fr", "placement": "fr-paris-popup", "issued": 7}
    assert row.items() <= told["rows"][0].items()
    assert omni("stats", "double-11", "--as", "csv").out.splitlines()[1] == "fr,7,0,0,0,0,0"
    assert "Openings: scanned 0 (0%), opened again 0 (0%)" in omni("stats", "double-11").out
    assert omni("reconcile").code == 0


def test_a_test_code_counts_nowhere_and_can_be_purged(omni: Omni) -> None:
    omni("issue", *POP_UP, "--count", "7", "--test")
    omni("worker", "--once")
    assert json.loads(omni("stats", "double-11", "--as", "json").out)["rows"] == []
    assert omni("purge", "--test", "--dry-run").code == 0
    assert omni("purge", "--test").code == 0
    assert omni("print", "1", "-o", "-").code == 2


def test_an_edition_is_paused_resumed_and_ended(omni: Omni) -> None:
    assert omni("pause", "double-11/fr", "--reason", "technical").out == "double-11/fr is paused.\n"
    assert omni("resume", "double-11/fr").out == "double-11/fr is live.\n"
    assert omni("end", "double-11/fr").out == "double-11/fr is ended.\n"
    assert omni("issue", *POP_UP, "--count", "1").code == 1


def test_the_smallest_campaign_is_written_checked_and_launched(fresh_omni: Omni) -> None:
    assert fresh_omni("new", "winter", "--markets", "fr,de").code == 0
    said = fresh_omni("import", "winter.yaml")
    assert "Winter in France: revision 1 (changed)" in said.out
    assert "default: markets.fr.minimum_basket: none" in said.out
    assert "revision 1 (as it was)" in fresh_omni("import", "winter.yaml").out
    assert fresh_omni("check", "winter/fr").code == 0
    assert fresh_omni("launch", "winter/fr").code == 0


def test_a_wrong_field_names_file_line_and_field_and_applies_nothing(
    fresh_omni: Omni, tmp_path: Path
) -> None:
    fresh_omni("new", "winter", "--markets", "fr")
    file = tmp_path / "winter.yaml"
    file.write_text(file.read_text().replace("name:", "nmae:").replace("opens: ", "opens: soon "))
    said = fresh_omni("import", "winter.yaml")
    assert said.code == 2
    assert re.search(r"^winter\.yaml:6: nmae: .*did you mean name", said.err, re.MULTILINE)
    assert re.search(r"^winter\.yaml:10: opens: ", said.err, re.MULTILINE)
    assert fresh_omni("editions").out == "Nothing yet.\n"


@pytest.mark.parametrize(
    "content", [b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", b"GIF89a", b""]
)
def test_a_picture_that_could_act_or_is_none_is_refused(
    fresh_omni: Omni, tmp_path: Path, content: bytes
) -> None:
    fresh_omni("new", "winter", "--markets", "fr")
    (tmp_path / "cup.svg").write_bytes(content)
    file = tmp_path / "winter.yaml"
    file.write_text(file.read_text().replace("  first-bundle:\n", "  first-bundle:\n    picture: cup.svg\n"))
    said = fresh_omni("import", "winter.yaml")
    assert (said.code, "bundles.first-bundle.picture" in said.err) == (2, True)


def test_a_key_is_printed_once_and_can_be_revoked(omni: Omni) -> None:
    key = omni("keys", "add", "till", "--scopes", "pos,shop", "--test").out.strip()
    assert re.fullmatch(r"omni_test_\w{48}", key)
    assert key not in omni("keys", "list").out
    omni("keys", "revoke", "till")
    assert "revoked" in omni("keys", "list").out


def test_who_is_disabled_gets_no_link(omni: Omni) -> None:
    assert "/sign-in/" in omni("people", "add", "Tom", "--role", "staff", *TILL).out
    assert "/sign-in/" in omni("people", "link", "Tom").out
    omni("people", "disable", "Tom")
    assert omni("people", "link", "Tom").code == 1


def test_a_new_key_seals_and_the_old_one_still_opens(omni: Omni) -> None:
    omni("issue", *POP_UP, "--count", "1")
    code = omni("print", "1", "--as", "csv", "-o", "-").out.splitlines()[-1].split(",")[1]
    assert omni("keyring", "add").code == 0
    assert omni("open", code).code == 0
    assert omni("keyring", "retire", "1").code == 1
    assert omni("keyring", "retire", "1", "--yes").code == 0
    assert omni("open", code).code == 2


BAD_LINES = [
    "issue",
    "issue --edition double-11/fr --placement fr-paris-popup --count many",
    "issue --edition double-11/fr --placement fr-paris-popup --count 0",
    "issue --edition double-11/fr --placement de-berlin-popup --count 1",
    "issue --edition double-11/fr --placement nowhere --count 1",
    "issue --edition double-11/xx --placement fr-paris-popup --count 1",
    "print 99 -o -",
    "void 99 --reason x",
    "open 22222-22222-22222",
    "open " + "x" * 10_000,
    "stats nothing",
    "stats double-11 --by colour",
    "people link Nobody",
    "people add Tom --role king",
    "keys add till --scopes everything",
    "receipt --placement nowhere",
    "receipt --placement fr-paris-till-1 --printer nonsense",
    "import missing.yaml",
    "new Winter --markets fr",
    "new winter --markets xx",
    "nonsense",
]


def test_bad_input_is_exit_code_2_and_one_line(omni: Omni) -> None:
    for line in BAD_LINES:
        said = omni(*line.split())
        assert (said.code, said.out) == (2, ""), line
        assert said.err.splitlines()[-1].startswith("omni: "), line
