"""Every long proof at its full count, one after the other; stop it when you like, it goes on where it was.

A proof is a test marked `proof`, or one in tests/property; tests of pages, which `make test` runs on SQLite
alone, run here on both engines. Each file is a run of pytest; `proof.json` keeps,
for one commit, which files are proved, how many tests each held, how long it took and on what day. Another
commit begins anew, and so does a working tree with changes of its own.
"""

import ast
import json
import os
import re
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
RECORD = ROOT / "proof.json"
CLOSING_LINE = re.compile(r"(\d+) passed")


def commit() -> str:
    """The commit that is proved, marked when the working tree differs from it."""
    changed = _git("status", "--porcelain", "--", ".", f":!{RECORD.name}")
    return (_git("rev-parse", "HEAD") or "no commit") + (" with changes" if changed else "")


def _git(*arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True).stdout.strip()


def proof_files() -> list[str]:
    """The test files that hold proofs, in alphabetical order."""
    tests = (path.relative_to(ROOT) for path in (ROOT / "tests").rglob("test_*.py"))
    return sorted(str(file) for file in tests if _is_property(file) or _is_marked(file))


def page_files() -> list[str]:
    """The test files about what people see, which run on every engine here alone."""
    tests = (path.relative_to(ROOT) for path in (ROOT / "tests").rglob("test_*.py"))
    return sorted(str(file) for file in tests if "mark.pages" in (ROOT / file).read_text())


def _is_property(file: Path) -> bool:
    return file.parts[:2] == ("tests", "property")


def _is_marked(file: Path) -> bool:
    return "mark.proof" in (ROOT / file).read_text()


def claim(file: str) -> str:
    """What a file sets out to prove: the first line of its docstring."""
    told = ast.get_docstring(ast.parse((ROOT / file).read_text())) or ""
    return told.partition("\n")[0]


def begin(source: str) -> dict[str, Any]:
    """The record to go on with: the last one when it is of this source, else an empty one."""
    if RECORD.exists() and not source.endswith("changes"):
        record: dict[str, Any] = json.loads(RECORD.read_text())
        if record["commit"] == source:
            return record
    return {"commit": source, "proofs": {}}


def prove(file: str) -> dict[str, Any] | None:
    """Run one file at full count; what it proved, or None when a test in it failed."""
    print(f"\n{file}: {claim(file)}", flush=True)
    chosen = [] if _is_property(Path(file)) else ["-m", "proof or pages"]
    started = time.monotonic()
    command = [sys.executable, "-m", "pytest", "--timeout=0", *chosen, file]
    done = subprocess.run(
        command, cwd=ROOT, env={**os.environ, "OMNI_PROVE": "1"}, stdout=subprocess.PIPE, text=True
    )
    print(done.stdout, flush=True)
    passed = CLOSING_LINE.search(done.stdout.splitlines()[-1])
    if done.returncode != 0 or passed is None:
        return None
    on = datetime.now(UTC).date().isoformat()
    return {"tests": int(passed[1]), "seconds": round(time.monotonic() - started), "on": on}


def main() -> int:
    """Prove what is not proved yet; 1 when something failed."""
    record = begin(commit())
    failed = []
    for file in dict.fromkeys([*proof_files(), *page_files()]):
        if file in record["proofs"]:
            continue
        if proved := prove(file):
            record["proofs"][file] = proved
            RECORD.write_text(json.dumps(record, indent=2) + "\n")
        else:
            failed.append(file)
    print(f"\n{len(record['proofs'])} files proved, {len(failed)} failed", *failed)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
