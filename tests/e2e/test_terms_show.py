"""Years later: what she accepted is shown word for word, however often the words were changed since."""

import json
import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import select

from omni.app import Composer, build_app
from omni.domain.terms import TermsVersion
from omni.settings import read_settings
from omni.store.engine import Database
from tests.support.commands import Omni
from tests.support.installations import DEMO, Clock
from tests.support.shopper import Shopper

FR = "double-11/fr"


@pytest.fixture
def campaign(tmp_path: Path) -> Path:
    """A copy of the demo campaign that can be rewritten."""
    shutil.copytree(DEMO, tmp_path / "campaign", ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    return tmp_path / "campaign" / "double-11.yaml"


@pytest.fixture
def voucher(omni: Omni, tmp_path: Path, clock: Clock) -> str:
    """The voucher of a code that was printed, opened and unlocked in French."""
    issued = json.loads(
        omni("issue", "--edition", FR, "--placement", "fr-paris-popup", "--count", "1", "--json").out
    )
    code = omni("print", str(issued["batch"]), "--as", "csv", "-o", "-").out.splitlines()[1].split(",")[1]
    place = Composer(clock.world).installation(read_settings(data_dir=tmp_path / "data"))
    with build_app(place).test_client() as client:
        address = Shopper(place, client, "fr").voucher(code)
    place.db.close()
    return address.split("/v/")[1]


def change_words(omni: Omni, campaign: Path, times: int) -> None:
    """Import the campaign again and again, each time with another seller in its terms."""
    words = campaign.read_text()
    for turn in range(times):
        campaign.write_text(words.replace("11 Example Quay", f"{turn} Elsewhere Street"))
        assert omni("import", str(campaign)).code == 0


@pytest.mark.pages
def test_ten_new_versions_later_the_old_claim_still_shows_the_old_words(
    omni: Omni, voucher: str, campaign: Path, clock: Clock, tmp_path: Path
) -> None:
    accepted = omni("terms", "show", voucher)
    page = tmp_path / "terms.html"
    assert omni("terms", "show", voucher, "--html", str(page)).code == 0
    before = page.read_bytes()
    assert "11 Example Quay" in accepted.out
    assert accepted.out.endswith("It matches its digest.\n")
    clock.at += timedelta(days=3_000)
    change_words(omni, campaign, 10)
    later = omni("terms", "show", voucher)
    assert (later.code, later.out) == (0, accepted.out)
    assert omni("terms", "show", voucher, "--html", str(page)).code == 0
    assert page.read_bytes() == before
    newest = json.loads(omni("terms", "show", FR, "--json").out)
    assert (newest["version"], newest["matches_digest"]) == (11, True)
    assert "9 Elsewhere Street" in newest["clauses"][-1]["text"]


def test_it_says_what_was_accepted_when_and_at_which_price(omni: Omni, voucher: str) -> None:
    told = json.loads(omni("terms", "show", voucher, "--json").out)
    kept = {
        name: told[name] for name in ("edition", "locale", "version", "revision", "price_minor", "currency")
    }
    assert kept == {
        "edition": FR,
        "locale": "fr_FR",
        "version": 1,
        "revision": 1,
        "price_minor": 46_900,
        "currency": "EUR",
    }
    assert told["accepted_at"] == "2026-11-11T11:00:00+01:00"


def test_any_published_version_can_be_asked_for(omni: Omni, campaign: Path) -> None:
    change_words(omni, campaign, 1)
    first, second = (
        json.loads(omni("terms", "show", FR, "--locale", "fr", "--version", version, "--json").out)
        for version in ("1", "2")
    )
    assert first["sha256"] != second["sha256"]
    assert "11 Example Quay" in json.dumps(first)
    assert "11 Example Quay" not in json.dumps(second)


def test_a_word_that_was_touched_is_told(omni: Omni, voucher: str, migrated_url: str) -> None:
    database = Database(migrated_url)
    with database.writing() as tx:
        # The database itself refuses to change terms; whoever may, took that away first.
        where = "" if database.is_sqlite else " ON terms_version"
        tx.connection().exec_driver_sql(f"DROP TRIGGER terms_version_no_update{where}")
        for terms in tx.exec(select(TermsVersion)):
            *others, last = terms.clauses
            terms.clauses = [*others, {**last, "text": last["text"] + " "}]
            tx.add(terms)
    database.close()
    said = omni("terms", "show", voucher)
    assert said.code == 1
    assert "the digest differs" in said.err
    assert "matches its digest" not in said.out


@pytest.mark.parametrize(
    "arguments,said",
    [
        (["23456-789BC-DFGHJ"], "not one of our codes"),
        ([FR, "--version", "9"], "there are 1 to 1"),
        ([FR, "--locale", "ko"], "no terms in ko"),
        (["double-11/xx"], "double-11/xx"),
    ],
)
def test_what_is_not_there_is_one_clear_line(omni: Omni, arguments: list[str], said: str) -> None:
    answer = omni("terms", "show", *arguments)
    assert (answer.code, answer.err.count("\n")) == (2, 1)
    assert said.lower() in answer.err.lower()
