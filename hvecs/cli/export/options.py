"""What the commands of `hvecs export` have in common: the run, the folder to write, and the time."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from hvecs.cli.failure import DIFFERS, FAILED, INVALID, USAGE, Failure
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


def read_run(folder: Path, terminal: Terminal) -> "RunTables":
    """Open the folder of a run, which is verified first.

    Raises:
        Failure: it is none (exit code 2), or a file of it is damaged (4).
    """
    from hvecs.cli.verify import refuse_damaged  # noqa: PLC0415 - pyarrow takes time
    from hvecs.interop.run_tables import RunTables  # noqa: PLC0415
    from hvecs.output.manifest import ManifestError  # noqa: PLC0415

    try:
        run = RunTables(folder)
    except ManifestError as error:
        raise Failure(USAGE, f"{error}; expected the folder of a run") from error
    refuse_damaged(str(folder), terminal)
    return run


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
        raise Failure(DIFFERS, str(error)) from error
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

    _check_beside(out, run.folder)
    with _placing(out), export_folder(out, kind, run.manifest.run) as folder:
        yield folder


def check_place(out: Path, run_folder: Path) -> None:
    """Refuse `out` as the place of an export before the run that is to be exported is made.

    Raises:
        Failure: as for `writing`.
    """
    from hvecs.interop.exports import check_export  # noqa: PLC0415

    _check_beside(out, run_folder)
    if run_folder.resolve().is_relative_to(out.resolve()):
        raise Failure(USAGE, f"the results in {run_folder} would lie in {out}; name another folder")
    with _placing(out):
        check_export(out)


def _check_beside(out: Path, run_folder: Path) -> None:
    if out.resolve().is_relative_to(run_folder.resolve()):
        raise Failure(
            USAGE, f"{out} lies in the folder of the run, which is left as it is; name another folder"
        )


@contextmanager
def _placing(out: Path) -> Iterator[None]:
    """Turn what is wrong with the place of an export into an end of the command."""
    from hvecs.output.errors import NotOurs, OutputError  # noqa: PLC0415

    try:
        yield
    except NotOurs as error:
        raise Failure(USAGE, str(error)) from error
    except OutputError as error:
        raise Failure(FAILED, str(error)) from error
    except Interrupted as stop:
        raise Interrupted(stop.number, f"; {out} is as it was") from None
