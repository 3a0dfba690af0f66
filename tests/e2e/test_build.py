"""A marketer builds the public pages: the very bytes that are served, as a folder of files."""

import json
import re
import shutil
from collections.abc import Iterator
from datetime import timedelta
from fnmatch import fnmatchcase
from hashlib import sha256
from html import unescape
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import urlsplit

import pytest
from PIL import Image

from omni.app import Composer, build_app
from omni.present import typesetting
from omni.present.share_card import CARD
from omni.present.site.files import file_path
from omni.settings import read_settings
from tests.support.commands import Omni
from tests.support.installations import BASE_URL, DEMO, Clock


@pytest.fixture
def engine_name() -> str:
    """The pages are the same on both engines; each is tested on both elsewhere."""
    return "sqlite"


@pytest.fixture
def site(omni: Omni, tmp_path: Path) -> Path:
    """The campaign live in France and Japan, and built."""
    assert omni("launch", "double-11/jp").code == 0
    assert omni("build", "double-11", "-o", "site").code == 0
    return tmp_path / "site"


@pytest.fixture
def served(omni: Omni, clock: Clock, tmp_path: Path) -> Iterator[SimpleNamespace]:
    """The same installation, asked over HTTP."""
    place = Composer(clock.world).installation(read_settings(data_dir=tmp_path / "data"))
    app = build_app(place)
    yield SimpleNamespace(get=lambda address: app.test_client().get(address))
    place.db.close()


def contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


FOR_ITS_HOST = {"manifest.json", "_headers", "nginx.conf"}
OF_THE_FILE = {"Content-Type", "Content-Length", "ETag", "Date"}
OF_OFFERS = ("", "ski/", "tea/", "rain/")
FIXED = ("terms/", "privacy/", "stores/")


def headers_for_hosts(text: str) -> dict[str, dict[str, str]]:
    """The headers of each rule, by the addresses it covers."""
    rules: dict[str, dict[str, str]] = {}
    for block in re.split(r"\n(?=/)", text):
        covered, *said = block.splitlines()
        rules[covered] = dict(line.strip().split(": ", 1) for line in said)
    return rules


def pages(folder: Path) -> list[str]:
    return sorted(name for name in contents(folder) if name.endswith(".html"))


def test_a_built_site_is_the_served_pages_byte_for_byte(site: Path, served: SimpleNamespace) -> None:
    places = [f"{place}/double-11/" for place in ("fr/en-FR", "fr/fr-FR", "jp/en", "jp/ja-JP")]
    every = [f"{place}{part}index.html" for place in places for part in (*OF_OFFERS, *FIXED)]
    assert pages(site) == sorted(["404.html", *every])
    feeds = [f"feeds/{place}.{form}" for place in ("fr/fr-FR", "jp/en") for form in ("json", "xml")]
    built = contents(site)
    assert {"sitemap.xml", "robots.txt", *feeds} < built.keys()
    for name in built.keys() - FOR_ITS_HOST:
        assert built[name] == served.get(f"/{name.removesuffix('index.html')}").data, name


def test_its_headers_are_those_that_are_served(site: Path, served: SimpleNamespace) -> None:
    rules = headers_for_hosts((site / "_headers").read_text())
    nginx = (site / "nginx.conf").read_text()
    for name in contents(site).keys() - FOR_ITS_HOST:
        covering = [rule for rule in rules if fnmatchcase(f"/{name}", rule)]
        assert len(covering) == 1, name
        said = rules[covering[0]]
        answer = served.get(f"/{name.removesuffix('index.html')}").headers
        assert said == {key: value for key, value in answer.items() if key not in OF_THE_FILE}, name
        assert all(f'add_header {key} "{value}" always;' in nginx for key, value in said.items()), name
    policy = rules["/fr/*"]["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src" not in policy


def named_in(site: Path, page: str, pattern: str) -> list[str]:
    return re.findall(pattern, (site / page).read_text())


def test_every_page_of_an_offer_names_its_card_which_lies_in_the_folder(site: Path) -> None:
    cards = {name for name in contents(site) if name.startswith("cards/")}
    assert len(cards) == 2 * 2 * 3
    named = {
        card
        for page in pages(site)
        for card in named_in(site, page, rf'og:image" content="{BASE_URL}/([^"]+)')
    }
    assert named == cards
    for name in cards:
        with Image.open(site / name) as card:
            assert card.size == CARD
    (first,) = named_in(site, "jp/en/double-11/ski/index.html", r'og:image" content="[^"]+(/cards/[^"]+)')
    assert re.fullmatch(r"/cards/jp/en/double-11/ski\.[0-9a-f]{64}\.jpg", first)


def test_a_card_is_drawn_once_for_all_builds(omni: Omni, site: Path, tmp_path: Path) -> None:
    kept = {path: path.stat().st_mtime_ns for path in (tmp_path / "data" / "cards").rglob("*.jpg")}
    assert len(kept) == 2 * 2 * 3
    assert omni("build", "double-11", "-o", "again").code == 0
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "data" / "cards").rglob("*.jpg")} == kept
    # The same bytes on a machine where none was kept.
    shutil.rmtree(tmp_path / "data" / "cards")
    assert omni("build", "double-11", "-o", "elsewhere").code == 0
    assert contents(tmp_path / "elsewhere") == contents(tmp_path / "again") == contents(site)


def test_without_the_fonts_for_cards_no_page_names_one(
    omni: Omni, site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(typesetting, "font_folders", dict)
    assert omni("build", "double-11", "-o", "bare").code == 0
    built = contents(tmp_path / "bare")
    assert [name for name in built if name.startswith("cards/")] == []
    assert [name for name, body in built.items() if name.endswith(".html") and b"og:image" in body] == []


def test_every_link_of_the_folder_leads_to_a_file_or_to_what_is_omnis_to_answer(site: Path) -> None:
    built = contents(site)
    asked: dict[str, set[str]] = {}
    for page in pages(site):
        told = re.findall(r'(?:href|src|content)="([^"#]+)', built[page].decode())
        told += [
            each.split()[0] for some in named_in(site, page, r'srcset="([^"]+)"') for each in some.split(",")
        ]
        for address in told:
            parts = urlsplit(unescape(address))
            if f"{parts.scheme}://{parts.netloc}" in ("://", BASE_URL) and parts.path.startswith("/"):
                asked.setdefault(parts.path, set()).add(page)
    missing = {address for address in asked if file_path(address) not in built}
    # The page that asks for a code is no file.
    assert missing == {"/"}
    assert len(asked) > len(pages(site))
    relative = [
        each
        for page in pages(site)
        for each in named_in(site, page, r'(?:href|src)="(?![a-z]+:|[/#])([^"]*)')
    ]
    assert relative == []


def test_its_headers_for_hosts_are_as_few_and_short_as_hosts_read(site: Path) -> None:
    # Cloudflare's limits, the narrowest; every market is one rule.
    lines = (site / "_headers").read_text().splitlines()
    assert max(map(len, lines)) <= 2_000
    rules = [line for line in lines if line.startswith("/")]
    assert len(rules) == len({"fr", "jp"}) + 6
    assert all(line.startswith(("/", "  ")) and line.count("*") <= 1 for line in lines)


def test_its_file_for_nginx_hides_itself_and_compresses_text(site: Path) -> None:
    said = (site / "nginx.conf").read_text()
    assert {name for name in FOR_ITS_HOST if f"location = /{name} {{ return 404; }}" in said} == FOR_ITS_HOST
    for line in (
        "gzip on;",
        "absolute_redirect off;",
        "error_page 403 =404 /404.html;",
        "error_page 404 /404.html;",
    ):
        assert f"\n{line}\n" in said
    assert said.count("{") == said.count("}")


def homes(folder: Path) -> list[str]:
    return [name for name in pages(folder) if name.endswith("/double-11/index.html")]


def test_its_manifest_lists_every_file_with_its_hash_and_every_page_with_its_revision(site: Path) -> None:
    built = contents(site)
    told = json.loads(built.pop("manifest.json"))
    assert told["campaign"] == "double-11"
    assert {file["path"]: file["sha256"] for file in told["files"]} == {
        name: sha256(body).hexdigest() for name, body in built.items()
    }
    revisions = {file["path"]: file["revision"] for file in told["files"]}
    assert revisions["fr/fr-FR/double-11/index.html"] == 1
    assert {revisions[name] for name in built if name.startswith("pictures/")} == {None}
    for name, body in built.items():
        assert not name.startswith("pictures/") or sha256(body).hexdigest() in name


def test_building_again_writes_nothing_and_a_change_writes_what_changed(
    omni: Omni, site: Path, tmp_path: Path, clock: Clock
) -> None:
    before = {path: path.stat().st_mtime_ns for path in site.rglob("*")}
    clock.at += timedelta(hours=3)
    assert omni("build", "double-11", "-o", "site").out.rstrip().endswith("; 0 files written")
    assert {path: path.stat().st_mtime_ns for path in site.rglob("*")} == before
    assert omni("pause", "double-11/jp", "--reason", "technical").code == 0
    kept = contents(site)
    assert omni("build", "double-11", "-o", "site").out.rstrip().endswith("; 20 files written")
    changed = {name for name, body in contents(site).items() if kept.get(name) != body}
    # Of an offer that is paused no price is passed on.
    cards = {name for name in changed if name.startswith("cards/jp/")}
    assert len(cards) == 2 * 3
    assert not cards & kept.keys()
    there = [f"jp/{tag}/double-11/{part}index.html" for tag in ("en", "ja-JP") for part in OF_OFFERS]
    feeds = [f"feeds/jp/{tag}.{form}" for tag in ("en", "ja-JP") for form in ("json", "xml")]
    assert changed == {"manifest.json", "sitemap.xml", *cards, *feeds, *there}


def test_an_instant_builds_the_same_site_on_any_later_day(
    omni: Omni, site: Path, tmp_path: Path, clock: Clock
) -> None:
    instant = ("--at", clock.at.isoformat())
    clock.at += timedelta(days=2)
    assert omni("pause", "double-11/jp", "--reason", "technical").code == 0
    assert omni("build", "double-11", *instant, "-o", "then").code == 0
    assert contents(tmp_path / "then") == contents(site)


def test_an_instant_to_come_is_each_markets_own(omni: Omni, site: Path, tmp_path: Path) -> None:
    assert omni("build", "double-11", "--at", "2027-01-01T00:00", "-o", "later").code == 0
    for name in homes(tmp_path / "later"):
        assert "lead lead-ended" in (tmp_path / "later" / name).read_text(), name
    assert omni("build", "double-11", "--at", "2026-12-31T23:59:59", "-o", "later").code == 0
    for name in homes(tmp_path / "later"):
        assert "lead lead-offer" in (tmp_path / "later" / name).read_text(), name


def test_what_is_no_longer_part_of_it_is_named_and_stays(omni: Omni, site: Path) -> None:
    old = site / "xx" / "fr-FR" / "double-11" / "index.html"
    old.parent.mkdir(parents=True)
    old.write_text("old")
    (site / "logo.png").write_text("ours")
    for _ in range(2):
        said = omni("build", "double-11", "-o", "site").out.splitlines()
        assert said[1:] == ["no longer part of it: xx/fr-FR/double-11/index.html"]
    assert old.read_text() == "old"


def test_a_folder_that_cannot_be_written_keeps_the_last_good_build(omni: Omni, site: Path) -> None:
    shutil.rmtree(site / "jp")
    (site / "jp").write_text("in the way")
    assert omni("pause", "double-11/fr", "--reason", "technical").code == 0
    before = contents(site)
    answer = omni("build", "double-11", "-o", "site")
    assert (answer.code, answer.err.count("\n")) == (2, 1)
    assert "site cannot be written" in answer.err
    assert contents(site) == before


def test_what_cannot_be_built_is_one_clear_line_and_leaves_the_folder_alone(
    fresh_omni: Omni, tmp_path: Path
) -> None:
    def said(*arguments: str) -> tuple[int, str]:
        answer = fresh_omni("build", *arguments)
        assert answer.err.count("\n") == 1
        return answer.code, answer.err

    assert said("double-11", "-o", "site") == (2, "omni: campaign: there is none called double-11\n")
    assert fresh_omni("import", str(DEMO / "double-11.yaml")).code == 0
    assert said("double-11", "-o", "site") == (1, "omni: no edition of double-11 was launched\n")
    assert fresh_omni("launch", "double-11/fr").code == 0
    code, error = said("double-11", "--at", "2020-01-01", "-o", "site")
    assert (code, error) == (1, "omni: no edition of double-11 was launched by then\n")
    code, error = said("double-11", "--at", "noon", "-o", "site")
    assert code == 2
    assert "at: noon is no instant" in error
    assert not (tmp_path / "site").exists()


@pytest.mark.parametrize("text", ['{"campaign": "summer", "files": []}', "not ours", "[]"])
def test_a_folder_of_something_else_is_refused(omni: Omni, tmp_path: Path, text: str) -> None:
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "manifest.json").write_text(text)
    answer = omni("build", "double-11", "-o", "site")
    assert answer.code == 2
    assert "is not of double-11" in answer.err
    assert contents(tmp_path / "site") == {"manifest.json": text.encode()}
