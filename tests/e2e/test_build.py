"""A marketer builds the public pages: the very bytes that are served, as a folder of files."""

import json
from collections.abc import Iterator
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from types import SimpleNamespace

import pytest

from omni.app import Composer, build_app
from omni.settings import read_settings
from tests.support.commands import Omni
from tests.support.installations import DEMO, Clock


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
    yield SimpleNamespace(get=lambda address: build_app(place).test_client().get(address).data)
    place.db.close()


def contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


def pages(folder: Path) -> list[str]:
    return sorted(name for name in contents(folder) if name.endswith(".html"))


def test_a_built_site_is_the_served_pages_byte_for_byte(site: Path, served: SimpleNamespace) -> None:
    assert pages(site) == [
        "fr/en-FR/double-11/index.html",
        "fr/fr-FR/double-11/index.html",
        "jp/en/double-11/index.html",
        "jp/ja-JP/double-11/index.html",
    ]
    for name, body in contents(site).items():
        if name != "manifest.json":
            assert body == served.get(f"/{name.removesuffix('index.html')}"), name


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
    assert omni("build", "double-11", "-o", "site").out.rstrip().endswith("; 3 files written")
    changed = {name for name, body in contents(site).items() if kept[name] != body}
    assert changed == {"manifest.json", "jp/en/double-11/index.html", "jp/ja-JP/double-11/index.html"}


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
    for name in pages(tmp_path / "later"):
        assert "lead-ended" in (tmp_path / "later" / name).read_text(), name
    assert omni("build", "double-11", "--at", "2026-12-31T23:59:59", "-o", "later").code == 0
    for name in pages(tmp_path / "later"):
        assert "lead-offer" in (tmp_path / "later" / name).read_text(), name


def test_what_is_no_longer_part_of_it_is_named_and_stays(omni: Omni, site: Path) -> None:
    old = site / "xx" / "fr-FR" / "double-11" / "index.html"
    old.parent.mkdir(parents=True)
    old.write_text("old")
    (site / "robots.txt").write_text("ours")
    for _ in range(2):
        said = omni("build", "double-11", "-o", "site").out.splitlines()
        assert said[1:] == ["no longer part of it: xx/fr-FR/double-11/index.html"]
    assert old.read_text() == "old"


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
