"""`hvecs report`: a finished run or sweep as one HTML page."""

import os
import shlex
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from hvecs.cli.answer import print_answer
from hvecs.cli.failure import FAILED, USAGE, Failure
from hvecs.cli.options import pass_terminal, talk_options
from hvecs.cli.sweep_files import store_at
from hvecs.cli.terminal import Terminal

if TYPE_CHECKING:
    from hvecs.report.page import Page

PACKAGES: Final = ("jinja2", "matplotlib")
"""What the extra `report` installs."""


@click.command("report")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.argument("dir2", required=False, type=click.Path(path_type=Path))
@click.option(
    "--out",
    metavar="FILE.html",
    type=click.Path(path_type=Path),
    help="The page to write.  [default: the folder's name and .html, in the present folder]",
)
@talk_options
@pass_terminal
def command(terminal: Terminal, folder: Path, dir2: Path | None, out: Path | None) -> None:
    """Write a page that shows a run, a sweep or a capture.

    Who suffers, where time and memory went, what the axes of a sweep changed. With DIR2 the two side by side: two runs, two sweeps of the same axes, or a run and a capture
    (see import perfmon). One HTML file that needs no network. An earlier report is replaced; any other file is left as it is.
    """
    from hvecs.output.errors import Damaged  # noqa: PLC0415 - drawing takes time to load
    from hvecs.output.manifest import ManifestError  # noqa: PLC0415

    _check_installed()
    from hvecs.report.page import html  # noqa: PLC0415
    from hvecs.report.source import ReportError  # noqa: PLC0415

    both = [folder] if dir2 is None else [folder, dir2]
    file = out or Path(f"{'-'.join(each.resolve().name for each in both)}.html")
    for each in both:
        _check_place(file, each)
    try:
        page = html(_page(folder, terminal) if dir2 is None else _pair(folder, dir2, terminal))
    except ManifestError as error:
        raise Failure(USAGE, str(error)) from error
    except (ReportError, Damaged) as error:
        raise Failure(FAILED, str(error)) from error
    _write(file, page)
    terminal.detail(f"{len(page.encode()):,} bytes")
    print_answer(str(file))


def _check_installed() -> None:
    """Refuse to go on without the packages that draw and write the page."""
    missing = [name for name in PACKAGES if find_spec(name) is None]
    if missing:
        raise Failure(FAILED, f"a report needs {' and '.join(missing)}: pip install 'hvecs[report]'")


def _page(folder: Path, terminal: Terminal) -> "Page":
    """Make the page of a sweep or a run, which is verified first, or of a capture, whichever lies in `folder`."""
    from hvecs.cli.verify import refuse_damaged  # noqa: PLC0415
    from hvecs.output.capture import is_capture  # noqa: PLC0415
    from hvecs.report.of_capture import report_capture  # noqa: PLC0415
    from hvecs.report.of_run import report_run  # noqa: PLC0415
    from hvecs.report.of_sweep import report_sweep  # noqa: PLC0415
    from hvecs.sweeps.manifest import NotASweep, read_sweep_manifest  # noqa: PLC0415

    if is_capture(folder):
        return report_capture(folder)
    store = store_at(str(folder))
    try:
        manifest = read_sweep_manifest(store)
    except NotASweep:
        refuse_damaged(str(folder), terminal)
        return report_run(folder)
    if manifest is None:
        raise Failure(USAGE, f"{folder} holds neither a run nor a sweep of hvecs")
    refuse_damaged(str(folder), terminal)
    return report_sweep(store, manifest)


def _pair(folder: Path, other: Path, terminal: Terminal) -> "Page":
    """Make the page of two results, which are verified first."""
    from hvecs.cli.compare import read_pair, refuse_nothing  # noqa: PLC0415
    from hvecs.report.of_pair import report_pair, sides_of  # noqa: PLC0415
    from hvecs.sweeps.comparison import compare  # noqa: PLC0415

    places = str(folder), str(other)
    a, b = read_pair(*places, terminal)
    comparison = compare(a, b)
    refuse_nothing(comparison, *places)

    sides = sides_of(places, (a.name, b.name))
    return report_pair(comparison, sides, shlex.join(("hvecs", "report", *places)))


def _check_place(file: Path, folder: Path) -> None:
    """Refuse a place inside the folder of the run, and a file that is no report."""
    if folder.resolve() in file.resolve().parents:
        raise Failure(USAGE, f"{file} lies in the folder of the run; name another place with --out")
    if not file.exists():
        return
    from hvecs.report.page import GENERATOR  # noqa: PLC0415 - loads the template engine

    try:
        with file.open("rb") as present:
            start = present.read(4096)
    except OSError as error:
        raise Failure(USAGE, f"cannot read {file}: {error.strerror}") from error
    if GENERATOR.encode() not in start:
        raise Failure(USAGE, f"{file} exists and is no report of hvecs; it is left as it is")


def _write(file: Path, page: str) -> None:
    """Write the page under another name and put it in its place when it is whole."""
    part = file.with_name(f".{file.name}.partial")
    try:
        with part.open("w", encoding="utf-8") as new:
            new.write(page)
            new.flush()
            os.fsync(new.fileno())
        part.replace(file)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise Failure(FAILED, f"cannot write {file}: {error.strerror}") from error
