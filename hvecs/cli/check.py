"""`hvecs check`: all problems of scenario and sweep files, and nothing is run."""

from pathlib import Path
from typing import Any, NamedTuple

import click

from hvecs.cli.answer import print_answer, print_json
from hvecs.cli.failure import INVALID, USAGE, Failure
from hvecs.cli.options import Changes, change_options, json_option, pass_terminal, talk_options
from hvecs.cli.scenarios import lines_of, unreadable
from hvecs.cli.terminal import Terminal
from hvecs.spec import Problem, SpecError
from hvecs.spec.loading import load_advised
from hvecs.spec.sweep_loading import is_sweep, load_sweep


class Findings(NamedTuple):
    """What is wrong with a file, and, if nothing is, what to warn of, a line each."""

    problems: tuple[Problem, ...]
    warnings: tuple[str, ...]


@click.command("check")
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path))
@change_options
@json_option
@talk_options
@pass_terminal
def command(
    terminal: Terminal,
    files: tuple[Path, ...],
    changes: Changes,
    *,
    as_json: bool,
) -> None:
    """Say what is wrong with scenario and sweep files.

    Every problem is one line: file:line: path: what is wrong; what was expected. The exit code is 3 if there is any. What is
    valid but will not do what it seems to, such as guests that do not fit, is a warning. Of a sweep file, every point is looked at.
    """
    found: dict[Path, Findings] = {}
    for file in dict.fromkeys(files):
        try:
            found[file] = _findings(file, changes)
        except (OSError, ValueError) as error:
            terminal.fail(unreadable(file, error))
            continue
        lines = _lines(file, found[file], changes, quiet=terminal.quiet)
        if lines and not as_json:
            print_answer("\n".join(lines))
    if as_json:
        print_json({"files": [_as_data(file, found.get(file)) for file in dict.fromkeys(files)]})
    if any(each.problems for each in found.values()):
        raise Failure(INVALID)
    if set(files) - set(found):
        raise Failure(USAGE)


def _findings(file: Path, changes: Changes) -> Findings:
    try:
        if is_sweep(file):
            from hvecs.sweep.plan import make_plan  # noqa: PLC0415 - numba takes half a second to load

            sets = Changes(changes.sets, changes.duration).settings
            return Findings((), make_plan(load_sweep(file), sets, seed=changes.seed).warnings)
        return Findings((), tuple(map(str, load_advised(file, changes.settings)[1])))
    except SpecError as error:
        return Findings(error.problems, ())


def _lines(file: Path, found: Findings, changes: Changes, *, quiet: bool) -> list[str]:
    """Write the findings of one file; with -q, nothing for one that is ok."""
    if found.problems:
        return lines_of(found.problems, changes)
    warnings = [f"{each} (warning)" for each in found.warnings]
    return warnings if quiet else [*warnings, f"{file}: ok"]


def _as_data(file: Path, found: Findings | None) -> dict[str, Any]:
    """Give the findings of one file as plain data; None is for a file that cannot be read."""
    return {
        "file": str(file),
        "readable": found is not None,
        "ok": found is not None and not found.problems,
        "problems": [
            {"file": each.file, "line": each.line, "path": each.path, "message": each.message}
            for each in (found.problems if found else ())
        ],
        "warnings": list(found.warnings if found else ()),
    }
