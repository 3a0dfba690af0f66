"""The house stands: who imports whom, who commits, and who asks for the time."""

import ast
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
OMNI = ROOT / "omni"

DOMAIN_MAY_IMPORT = {*sys.stdlib_module_names, "omni", "pydantic", "pydantic_core", "sqlalchemy", "sqlmodel"}
A_TABLE_NEEDS = {"declared_attr"}
QUERY_NAMES = {"Session", "create_engine", "delete", "insert", "select", "sessionmaker", "update"}
CLOCKS_AND_DICE = {
    "date.today",
    "datetime.now",
    "datetime.today",
    "datetime.utcnow",
    "os.urandom",
    "time.time",
    "time.time_ns",
    "uuid.uuid1",
    "uuid.uuid4",
}
DICE_MODULES = {"random", "secrets"}
NO_DICE = {"compare_digest"}
JUNK_DRAWERS = {"common", "helpers", "misc", "utils"}

# One break of every contract: what is written into which module of a copy.
BREAKS = {
    "domain/__init__.py": "import flask",
    "store/__init__.py": "import omni.services",
    "services/__init__.py": "import babel",
    "present/__init__.py": "import sqlalchemy",
    "web/__init__.py": "import omni.store, omni.cli",
    "cli/__init__.py": "import omni.web",
    "outside/__init__.py": "import omni.store",
    "client/__init__.py": "import omni.domain",
    "settings.py": "import omni.domain",
}


def lint_imports(root: Path) -> subprocess.CompletedProcess[str]:
    command: list[str | Path] = [Path(sys.executable).with_name("lint-imports"), "--no-logo", "--no-cache"]
    return subprocess.run(command, cwd=root, capture_output=True, text=True)


def contract_names() -> list[str]:
    lines = (ROOT / ".importlinter").read_text().splitlines()
    return [line.removeprefix("name = ") for line in lines if line.startswith("name = ")]


def modules(*layers: str) -> Iterator[Path]:
    for layer in layers:
        yield from sorted((OMNI / layer).rglob("*.py"))


def imports(source: str) -> Iterator[tuple[str, str]]:
    """Every (module, name) that a source imports; the name is empty for a plain `import module`."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from ((alias.name, "") for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from ((node.module or "", alias.name) for alias in node.names)


def calls(source: str) -> Iterator[str]:
    """The dotted name of every call in a source."""
    return (ast.unparse(node.func) for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call))


def domain_faults(source: str) -> list[str]:
    """What a domain module imports beyond plain values and the making of tables."""
    return [
        f"{module} {name}".strip()
        for module, name in imports(source)
        if module.partition(".")[0] not in DOMAIN_MAY_IMPORT
        or (module == "sqlalchemy.orm" and name not in A_TABLE_NEEDS)
        or (module.partition(".")[0] in ("sqlalchemy", "sqlmodel") and name in QUERY_NAMES)
    ]


def commits(source: str) -> list[str]:
    """Calls that end a transaction; only the store does, where the edge's `with` block ends."""
    return [call for call in calls(source) if call.rpartition(".")[2] in ("commit", "rollback")]


def clocks_and_dice(source: str) -> list[str]:
    """Calls that ask the operating system for the time or for randomness."""
    asked = [call for call in calls(source) if ".".join(call.split(".")[-2:]) in CLOCKS_AND_DICE]
    thrown = [module for module, name in imports(source) if module in DICE_MODULES and name not in NO_DICE]
    return asked + thrown


def faults(check: Callable[[str], list[str]], *layers: str) -> dict[str, list[str]]:
    found = {str(path.relative_to(ROOT)): check(path.read_text()) for path in modules(*layers)}
    return {path: what for path, what in found.items() if what}


def test_every_layer_imports_only_what_its_row_allows() -> None:
    result = lint_imports(ROOT)
    assert result.returncode == 0, result.stdout + result.stderr


def test_every_contract_can_break(tmp_path: Path) -> None:
    shutil.copytree(OMNI, tmp_path / "omni", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / ".importlinter", tmp_path)
    for module, forbidden in BREAKS.items():
        with (tmp_path / "omni" / module).open("a") as file:
            file.write(f"\n{forbidden}\n")
    said = lint_imports(tmp_path).stdout
    assert [name for name in contract_names() if f"{name} BROKEN" not in said] == []


def test_the_domain_knows_no_query_and_no_framework() -> None:
    assert faults(domain_faults, "domain") == {}


def test_only_the_store_ends_a_transaction() -> None:
    assert faults(commits, "domain", "services", "present", "web", "cli") == {}


def test_only_the_world_asks_for_the_time_and_rolls_the_dice() -> None:
    assert faults(clocks_and_dice, "domain", "store", "services", "present") == {}


def test_there_is_no_junk_drawer() -> None:
    assert [str(path) for path in OMNI.rglob("*.py") if path.stem in JUNK_DRAWERS] == []


@pytest.mark.parametrize(
    "check,source",
    [
        (domain_faults, "from sqlalchemy.orm import registry"),
        (domain_faults, "from sqlmodel import Session"),
        (domain_faults, "import requests"),
        (commits, "def spend(tx):\n    tx.commit()"),
        (clocks_and_dice, "import datetime\nnow = datetime.datetime.now(datetime.UTC)"),
        (clocks_and_dice, "from secrets import token_hex"),
    ],
)
def test_each_check_can_fail(check: Callable[[str], list[str]], source: str) -> None:
    assert check(source) != []
