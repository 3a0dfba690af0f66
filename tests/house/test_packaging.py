"""What a shop installs: the wheel, in an environment that has never seen the repository."""

import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest
from markupsafe import escape

from omni.present.locales import gettext, speaking

ROOT = Path(__file__).parents[2]

# One worker installs, once (tests/support/sharing.py).
pytestmark = pytest.mark.timeout(900)

# Where the folders of the repository are in the wheel; what Python and gettext compile is not in it.
PLACES = {"omni": "omni", "templates": "omni/_assets/templates", "locales": "omni/_assets/locales"}
COMPILED = (".pyc", ".mo")

FIRST_STEPS = """
import omni
print(*(sorted(path.name for path in omni.asset(name).iterdir()) for name in ("templates", "locales")))
"""

FRENCH_PAGE = """
import sys
from pathlib import Path
from omni.app import create_app
from omni.settings import read_settings
from omni.world import World
app = create_app(read_settings(data_dir=Path(sys.argv[1])), World())
print(app.test_client().get("/", headers={"Accept-Language": "fr"}).text)
"""


def run(*command: str | Path, cwd: Path | str = "/") -> str:
    done = subprocess.run(command, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert done.returncode == 0, done.stdout
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from this working tree."""
    out = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", out, ROOT)
    return next(out.glob("*.whl"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of commands of an empty environment with the wheel and its pinned dependencies."""
    home = tmp_path_factory.mktemp("shop") / "env"
    venv.create(home, with_pip=True)
    pip = (home / "bin" / "python", "-m", "pip", "--disable-pip-version-check", "install", "--quiet")
    run(*pip, "--require-hashes", "--requirement", ROOT / "requirements" / "run.txt")
    run(*pip, "--no-deps", wheel)
    return home / "bin"


def test_the_wheel_carries_templates_catalogues_markets_and_migrations(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    for folder, place in PLACES.items():
        files = {path.relative_to(ROOT / folder) for path in (ROOT / folder).rglob("*") if path.is_file()}
        wanted = {f"{place}/{file}" for file in files if file.suffix not in COMPILED}
        assert wanted - names == set()


def test_the_wheel_carries_the_licence_and_no_test(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert any(name.endswith("licenses/LICENSE") for name in names)
    assert any(name.endswith("licenses/NOTICE") for name in names)
    assert {name.partition("/")[0] for name in names if ".dist-info/" not in name} == {"omni"}


def test_the_installed_wheel_finds_its_templates_and_catalogues(installed: Path) -> None:
    said = run(installed / "python", "-I", "-c", FIRST_STEPS)
    assert "print" in said
    assert "fr" in said


def test_the_installed_wheel_draws_a_french_page(installed: Path, tmp_path: Path) -> None:
    run(installed / "omni", "--data-dir", tmp_path / "var", "init", cwd=tmp_path)
    page = run(installed / "python", "-I", "-c", FRENCH_PAGE, tmp_path / "var", cwd=tmp_path)
    assert '<html lang="fr" dir="ltr">' in page
    with speaking("fr"):
        assert escape(gettext("Your offers")) in page
        assert escape(gettext("Open the offer")) in page
    assert "Open the offer" not in page


def test_the_installed_command_greets(installed: Path) -> None:
    assert "omni" in run(installed / "omni", "--help")


def test_the_installed_wheel_needs_nothing_that_it_does_not_ask_for(installed: Path) -> None:
    run(installed / "python", "-m", "pip", "check")
