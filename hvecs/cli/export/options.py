"""What the commands of `hvecs export` have in common: the run, the folder to write, and the time."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from hvecs.cli.failure import FAILED, INVALID, USAGE, Failure
from hvecs.cli.signals import Interrupted
from hvecs.cli.terminal import Terminal
from hvecs.spec.kinds import Wrong
from hvecs.spec.moments import Moment

if TYPE_CHECKING:
    from hvecs.interop.run_tables import RunTables

_Decorated = TypeVar("_Decorated", bound=Callable[..., Any])

DEFAULT_START: Final = "2000-01-01T00:00:00Z"


def run_argument(command: _Decorated) -> _Decorated:
    """Add the argument DIR, the folder of a run, and --out."""
    out = click.option(
        "--out", required=True, type=click.Path(path_type=Path), help="Folder to write; never in DIR."
    )
    run = click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
    return run(out(command))


def start_option(command: _Decorated) -> _Decorated:
    """Add --start."""
    text = f"What simulated time 0 is on the wall.  [default: scenario.start_time, or {DEFAULT_START}]"
    return click.option("--start", metavar="TIME", help=text)(command)


def read_run(folder: Path) -> "RunTables":
    """Open the folder of a run.

    Raises:
        Failure: it is none (exit code 2).
    """
    from hvecs.interop.run_tables import RunTables  # noqa: PLC0415 - pyarrow takes time
    from hvecs.output.manifest import ManifestError  # noqa: PLC0415

    try:
        return RunTables(folder)
    except ManifestError as error:
        raise Failure(USAGE, f"{error}; expected the folder of a run") from error


def start_of(run: "RunTables", given: str | None, terminal: Terminal) -> datetime:
    """Give what simulated time 0 is: as said on the command line, in the scenario, or a date that nobody takes for real."""
    from hvecs.output.errors import Damaged  # noqa: PLC0415 - pyarrow takes time

    try:
        if given is not None:
            return Moment().read(given)
        start = run.start
    except Wrong as wrong:
        raise Failure(INVALID, problems=[f"--start: {wrong}"]) from wrong
    except Damaged as error:
        raise Failure(INVALID, problems=[f"{error}; with --start it is not needed"]) from error
    if start is None:
        terminal.warn(
            f"the scenario has no start_time: time stamps begin at {DEFAULT_START}; --start says otherwise"
        )
        return Moment().read(DEFAULT_START)
    return start


@contextmanager
def writing(run: "RunTables", out: Path, kind: str) -> Iterator[Path]:
    """Give a folder to write an export into, which appears at `out` once the block has ended.

    Raises:
        Failure: `out` lies in the run or holds something else (exit code 2), or cannot be written (1).
    """
    from hvecs.interop.exports import export_folder  # noqa: PLC0415
    from hvecs.output.errors import NotOurs, OutputError  # noqa: PLC0415

    if out.resolve().is_relative_to(run.folder.resolve()):
        raise Failure(
            USAGE, f"{out} lies in the folder of the run, which is left as it is; name another folder"
        )
    try:
        with export_folder(out, kind, run.manifest.run) as folder:
            yield folder
    except NotOurs as error:
        raise Failure(USAGE, str(error)) from error
    except OutputError as error:
        raise Failure(FAILED, str(error)) from error
    except Interrupted as stop:
        raise Interrupted(stop.number, f"; {out} is as it was") from None
