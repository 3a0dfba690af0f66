"""The `omni` command on an installation where codes can be printed at once, in this process or its own."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlmodel import Session, SQLModel, select

from omni.domain.code import Purpose
from omni.domain.print_run import PrintRun, PrintStop
from omni.services.reconciling import reconcile
from omni.store.engine import Database
from tests.support.commands import Omni, Said
from tests.support.installations import BASE_URL, KEYRING
from tests.support.serving import environment


@dataclass(frozen=True)
class Printshop:
    """The demo campaign, live, and a folder to print into."""

    folder: Path
    database_url: str
    command: Omni

    def __call__(self, *arguments: str) -> Said:
        """Run a command, whatever becomes of it."""
        return self.command(*arguments)

    def done(self, *arguments: str) -> Said:
        """Run a command that must succeed."""
        said = self.command(*arguments)
        assert said.code == 0, said.err
        return said

    def issue(self, count: int, *options: str) -> int:
        """Issue a batch for the pop-up; its id."""
        where = ("--edition", "double-11/fr", "--placement", "fr-paris-popup")
        said = self.done("issue", *where, "--count", str(count), "--json", *options)
        return int(json.loads(said.out)["batch"])

    def process(self, *arguments: str, **how: Any) -> subprocess.Popen[str]:
        """The command as a process of its own, which can be sent signals."""
        settings = {
            "OMNI_DATABASE_URL": self.database_url,
            "OMNI_CODE_KEYS": KEYRING.as_setting(),
            "OMNI_BASE_URL": BASE_URL,
        }
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        command = [sys.executable, "-m", "omni", "--data-dir", str(self.folder / "data"), *arguments]
        return subprocess.Popen(
            command, env=environment(**settings), cwd=self.folder, text=True, **{**pipes, **how}
        )

    def runs(self) -> list[tuple[str, int, int]]:
        """Form, codes asked for and codes made of every run that was written down."""
        made = {stop.run_id: stop.copies_made for stop in self._all(PrintStop)}
        return [(run.form, run.copies, made.get(run.id, run.copies)) for run in self._all(PrintRun)]

    def is_reconciled(self) -> bool:
        """Whether cube and facts agree."""
        return not self._asked(reconcile)

    def manifest(self, name: str) -> dict[str, Any]:
        """What the manifest beside a file says."""
        said: dict[str, Any] = json.loads((self.folder / f"{name}.manifest.json").read_text())
        return said

    def _all(self, kind: type[SQLModel]) -> Sequence[Any]:
        return self._asked(lambda session: session.exec(select(kind)).all())

    def _asked(self, question: Callable[[Session], Sequence[Any]]) -> Sequence[Any]:
        database = Database(self.database_url)
        with database.reading() as session:
            answer = question(session)
        database.close()
        return answer


def number_of(code: str) -> int:
    """The number sealed in a code or at the end of its address."""
    opened = KEYRING.open(code.rpartition("/")[2])
    assert opened is not None
    assert opened.purpose is Purpose.CODE
    return opened.number
