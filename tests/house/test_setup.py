"""The two commands of a newcomer, and what stands behind them."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests import prove
from tests.support import network, system_packages

ROOT = Path(__file__).parents[2]
HASHES = r"(?: \\\n    --hash=sha256:[0-9a-f]{64})+"
PIN = re.compile(rf"^([a-z0-9-]+)==(\S+)(?: ; (.+?))?{HASHES}$", re.MULTILINE)
TARGETS = ("demo", "test", "prove", "bench", "lint", "catalogues", "clean")

REACHING = """
import socket

def test_reaching():
    try:
        socket.socket().connect(("192.0.2.1", 80))
    except RuntimeError:
        pass
"""


def pins(name: str) -> dict[tuple[str, str], str]:
    """The version of every distribution that a requirements file names, by name and marker."""
    text = (ROOT / "requirements" / f"{name}.txt").read_text()
    return {(pin[1], pin[3] or ""): pin[2] for pin in PIN.finditer(text)}


def make(*arguments: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    outer = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    return subprocess.run(["make", *arguments], cwd=cwd, env=outer, capture_output=True, text=True)


@pytest.mark.parametrize("target", TARGETS)
def test_make_says_what_each_target_does(target: str) -> None:
    assert re.search(rf"^  make {target} +\S", make("help").stdout, re.MULTILINE)


@pytest.mark.parametrize("target", TARGETS)
def test_every_target_can_be_planned(target: str) -> None:
    assert make("--dry-run", target).returncode == 0


def test_an_old_python_is_told_in_one_line(tmp_path: Path) -> None:
    shutil.copy(ROOT / "Makefile", tmp_path)
    (tmp_path / "requirements").mkdir()
    for name in ("pyproject.toml", "requirements/run.txt"):
        (tmp_path / name).touch()
    refused = make("demo", "PYTHON=false", cwd=tmp_path)
    assert refused.returncode != 0
    assert refused.stderr.startswith("Omni needs Python 3.11 or newer")


def test_ci_is_make_test() -> None:
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    assert script.read_text().rstrip().endswith("exec make test")


def test_every_proof_and_every_measurement_is_named_where_people_look() -> None:
    told = (ROOT / "CONTRIBUTING.md").read_text()
    benches = {f"tests/bench/{path.name}" for path in (ROOT / "tests" / "bench").glob("*.py")}
    assert {*prove.proof_files(), *benches} == set(
        re.findall(r"tests/(?:property|integration|e2e|bench)/\w+\.py", told)
    )


def test_whatever_is_cut_to_a_tenth_is_proved_in_full() -> None:
    cut = {
        path for path in (ROOT / "tests").rglob("test_*.py") if re.search(r"\bshare_of\(", path.read_text())
    }
    assert {str(path.relative_to(ROOT)) for path in cut} - set(prove.proof_files()) == set()


@pytest.mark.parametrize("name", ["run", "dev"])
def test_requirements_are_pinned_by_hash_and_name_no_registry(name: str) -> None:
    text = (ROOT / "requirements" / f"{name}.txt").read_text()
    rest = PIN.sub("", text)
    assert [line for line in rest.splitlines() if line and not line.startswith("#")] == []
    assert re.findall(r"://|--(?:index|extra|find|trusted)\S*|(?:^|\s)/\S+", text) == []


def test_tests_run_on_the_versions_that_shops_run() -> None:
    run, dev = pins("run"), pins("dev")
    tested = {(name, version) for (name, _), version in dev.items()}
    assert {(name, version) for (name, _), version in run.items()} - tested == set()


def test_every_dependency_is_pinned() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    for name, asked in {
        "run": [*project["dependencies"], *extras["postgres"], *extras["print"]],
        "dev": [*project["dependencies"], *extras["dev"]],
    }.items():
        names = {re.split(r"[\[<>=]", line)[0].lower() for line in asked} - {"omni-offers"}
        assert names - {pinned for pinned, _ in pins(name)} == set()


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost", b"127.0.0.2", None])
def test_loopback_is_this_machine(host: object) -> None:
    assert network.is_here(host)


@pytest.mark.parametrize("host", ["192.0.2.1", "2001:db8::1", "shop.example", "localhost.example"])
def test_every_other_address_is_outside(host: str) -> None:
    assert not network.is_here(host)


def test_a_test_that_hides_its_reach_outside_still_fails(tmp_path: Path) -> None:
    (tmp_path / "test_reach.py").write_text(REACHING)
    command = [sys.executable, "-m", "pytest", "-p", "tests.support.network", str(tmp_path)]
    where = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=tmp_path, env=where, capture_output=True)
    assert done.returncode == 1
    assert b"reached outside this machine: socket.connect 192.0.2.1" in done.stdout


def test_what_the_operating_system_lacks_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert "chromium" in system_packages.missing()
