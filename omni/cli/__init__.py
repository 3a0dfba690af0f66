"""The `omni` command: thin, calling the same services as the web.

Every command opens its transaction in one visible line and calls one verb. Exit codes: 0 done, 1 a check
failed or nothing was done, 2 bad arguments or input. An error is one line on standard error.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from omni.cli import helping, saying
from omni.cli.desk import Desk
from omni.domain.refusal import BadInput, Unknown
from omni.present.file_problems import FileProblems
from omni.present.slip import BadLayout, PrintUnavailable

if TYPE_CHECKING:
    from omni.app import Composer

HOMES = {
    "setting_up": ("init", "db"),
    "demonstrating": ("demo",),
    "serving": ("serve", "worker"),
    "examining": ("doctor",),
    "beginning": ("new",),
    "authoring": ("schema", "import", "launch", "pause", "resume", "end"),
    "branding": ("brand",),
    "checking": ("check",),
    "ruling": ("rules",),
    "issuing": ("issue", "void"),
    "printing": ("print",),
    "handing_out": ("receipt",),
    "printers": ("printers",),
    "receipts": ("receipts",),
    "pools": ("pools",),
    "recalling": ("recalls", "recall-sheets"),
    "counting": ("stats", "strangers", "reconcile"),
    "looking": ("markets", "editions", "placements", "catalogues"),
    "opening": ("open",),
    "settling": ("settlement", "liability"),
    "previewing": ("preview",),
    "building": ("build",),
    "evidence": ("terms", "evidence"),
    "letting_in": ("people", "keys"),
    "hooks": ("hooks",),
    "shops": ("shops",),
    "keeping": ("keyring", "purge"),
    "retaining": ("scans",),
}
"""The module each command lives in; it is read when the command is asked for, which halves the wait."""


@click.group(cls=helping.ByPerson, name="omni", invoke_without_command=True, homes=HOMES)
@click.option(
    "--data-dir",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder of the embedded database, the spool and the keys; else OMNI_DATA_DIR, else var.",
)
@click.pass_context
def omni(context: click.Context, data_dir: Path | None) -> None:
    """Print a code, scan it, unlock the offer, redeem it, see it by market."""
    context.obj.data_dir = data_dir
    if context.invoked_subcommand is None:
        click.echo(context.get_help())


for command in helping.COMMANDS:
    omni.add_command(command)


def run(composer: Composer, arguments: list[str] | None = None) -> int:
    """Run one command and give its exit code; what the composer raises is its caller's to say."""
    desk = Desk(composer)
    try:
        omni.main(args=arguments, prog_name="omni", standalone_mode=False, obj=desk)
    except click.exceptions.Exit as done:
        return done.exit_code
    except click.exceptions.NoArgsIsHelpError as asked:
        click.echo(asked.format_message(), err=True)
        return 2
    except click.ClickException as refused:
        return _fail(saying.in_one_line(refused), refused.exit_code)
    except click.Abort:
        return _fail("stopped", 1)
    except FileProblems as problems:
        click.echo(str(problems), err=True)
        return _fail("nothing was applied", 2)
    except Unknown as unknown:
        return _fail(saying.unknown(unknown), 2)
    except BadInput as bad:
        return _fail(str(bad), 2)
    except (BadLayout, PrintUnavailable) as cannot:
        return _fail(str(cannot), 2)
    except BrokenPipeError:
        # Whoever read our output has seen enough (`omni print ... | head`); Python must not flush again.
        sys.stdout = None
        return 1
    except OSError as failure:
        return _fail(f"{failure.filename or 'the system'}: {failure.strerror or failure}", 1)
    finally:
        desk.close()
    return 0


def _fail(message: str, code: int) -> int:
    click.echo(f"omni: {message}", err=True)
    return code
