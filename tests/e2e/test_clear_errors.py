"""What goes wrong is one line that says what to do, with the right exit code, and never a traceback."""

import os
import pty
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.commands import Omni, Said
from tests.support.processes import OmniProcess

NO_ANSWER = "start it, or mend OMNI_DATABASE_URL"


@pytest.fixture
def process(tmp_path: Path) -> OmniProcess:
    """An installation in processes of its own, on SQLite, with keys and an owner."""
    made = OmniProcess.in_folder(tmp_path)
    made("init")
    return made


def the_line(said: "Said | subprocess.CompletedProcess[str]") -> tuple[int, str]:
    """The exit code and the one line; nothing else was said."""
    code, out, err = said if isinstance(said, Said) else Said(said.returncode, said.stdout, said.stderr)
    assert (out, err[:6], err.count("\n")) == ("", "omni: ", 1), err
    return code, err.removeprefix("omni: ").rstrip("\n")


def test_a_port_in_use(process: OmniProcess) -> None:
    told = (1, f"port {process.port} is in use: stop what runs there, or choose another with --port")
    with socket.create_server(("127.0.0.1", process.port)):
        for command in ("serve", "demo"):
            assert the_line(process.run(command, "--port", str(process.port))) == told


def test_a_data_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    folder = tmp_path / "file" / "var"
    process = OmniProcess.in_folder(tmp_path)
    told = (1, f"the data folder {folder} cannot be written (Not a directory): set OMNI_DATA_DIR")
    for command in ("init", "serve"):
        assert the_line(process.run("--data-dir", str(folder), command)) == told


def test_a_database_that_cannot_be_reached(tmp_path: Path) -> None:
    process = OmniProcess.in_folder(tmp_path, "postgresql+psycopg://127.0.0.1:1/x")
    keys = tmp_path / "var" / "keys"
    keys.mkdir(parents=True)
    (keys / "code-keys").write_text("1:" + "A" * 43)
    for command in ("init", "serve", "demo", "worker --once", "db status"):
        code, told = the_line(process.run(*command.split()))
        assert (code, told[:30], told[-len(NO_ANSWER) :]) == (1, "the database does not answer (", NO_ANSWER)


def test_an_address_that_is_no_database(tmp_path: Path) -> None:
    code, told = the_line(OmniProcess.in_folder(tmp_path, "nonsense").run("init"))
    assert (code, told[:34]) == (2, "OMNI_DATABASE_URL cannot be used: ")


def test_a_secret_that_is_missing_or_wrong(process: OmniProcess) -> None:
    keys = process.folder / "var" / "keys"
    (keys / "secret-key").unlink()
    code, told = the_line(process.run("serve"))
    assert (code, told) == (
        1,
        "OMNI_SECRET_KEY is not set and the data folder has none: run `omni init`",
    )
    held = (keys / "code-keys").read_text()
    (keys / "code-keys").write_text("1:" + "A" * 43)
    code, told = the_line(process.run("serve"))
    assert (code, told[:20], "recovery sheet" in told) == (1, "Code key 1 of this d", True)
    (keys / "code-keys").write_text(held[:-5])
    assert the_line(process.run("stats", "double-11"))[0] == 1
    (keys / "code-keys").unlink()
    assert the_line(process.run("serve"))[0] == 1
    code, told = the_line(process.run("init"))
    assert (code, told) == (1, "the code keys are missing: set OMNI_CODE_KEYS from the recovery sheet")
    assert not (keys / "code-keys").exists()


def test_a_campaign_file_with_a_wrong_field(fresh_omni: Omni, tmp_path: Path) -> None:
    fresh_omni("new", "winter", "--markets", "fr")
    file = tmp_path / "winter.yaml"
    file.write_text(file.read_text() + "colour: red\n")
    line = file.read_text().count("\n")
    said = fresh_omni("import", "winter.yaml")
    problem = f"winter.yaml:{line}: colour: is not a field here"
    assert (said.code, said.out) == (2, "")
    assert [said.err.splitlines()[0][: len(problem)], *said.err.splitlines()[1:]] == [
        problem,
        "omni: nothing was applied",
    ]
    assert fresh_omni("editions").out == "Nothing yet.\n"


def test_an_edition_that_is_not_ready(fresh_omni: Omni) -> None:
    fresh_omni("new", "autumn", "--markets", "fr", "--opens", "2026-09-01")
    assert fresh_omni("import", "autumn.yaml").code == 0
    code, told = the_line(fresh_omni("launch", "autumn/fr"))
    assert (code, told) == (
        1,
        "The campaign cannot be launched yet. Its list says what is missing. [not-ready: rules not-over]",
    )


def test_names_nobody_knows(omni: Omni) -> None:
    issue = ("issue", "--edition", "double-11/fr", "--count", "1", "--placement")
    assert the_line(omni(*issue, "nowhere")) == (2, "nowhere: This place is not known.")
    assert the_line(omni("print", "99", "-o", "-")) == (2, "99: This print run is not known.")
    for garbage in ("garbage", "22222-22222-22222", "x" * 10_000, "\ud83d", "%00", ""):
        assert the_line(omni("open", garbage)) == (
            2,
            "This is not one of our codes. Scan it again, or type it letter by letter.",
        )


def test_five_questions_at_a_terminal_begin_a_campaign_that_loads(process: OmniProcess) -> None:
    answers = "Spring sale\nspring\nfr,jp\n2027-03-01 2027-03-31\nskis:1, poles:2\n12.50\n1200\n\n"
    leader, follower = pty.openpty()
    os.write(leader, answers.encode())
    command = [sys.executable, "-m", "omni", "new"]
    done = subprocess.run(command, cwd=process.folder, stdin=follower, capture_output=True, text=True)
    os.close(leader)
    os.close(follower)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("Error: ") + done.stderr.count("Error: ") == 1
    written = (process.folder / "spring.yaml").read_text()
    assert "    items: {skis: 1, poles: 2}\n" in written
    assert "  jp: {prices: {first-bundle: 1200}}\n" in written
    assert "spring/jp" in process("import", "spring.yaml")


def test_without_a_terminal_new_asks_nothing(fresh_omni: Omni) -> None:
    code, told = the_line(fresh_omni("new", "winter"))
    assert (code, told) == (2, "say a name and --markets (see `omni new --help`)")
