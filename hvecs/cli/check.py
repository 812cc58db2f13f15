"""`hvecs check`: all problems of scenario and sweep files, and nothing is run."""

from pathlib import Path
from typing import Any

import click

from hvecs.cli.answer import print_answer, print_json
from hvecs.cli.failure import INVALID, USAGE, Failure
from hvecs.cli.options import TOML_FILE, Changes, change_options, json_option, pass_terminal, talk_options
from hvecs.cli.scenarios import lines_of, unreadable
from hvecs.cli.terminal import Terminal
from hvecs.spec import Problem, SpecError, load
from hvecs.spec.sweep_loading import is_sweep, load_sweep


@click.command("check")
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=TOML_FILE)
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

    Every problem is one line: file:line: path: what is wrong; what was expected. The exit code is 3 if there is any. Of a
    sweep file, every point is looked at.
    """
    found: dict[Path, tuple[Problem, ...]] = {}
    for file in dict.fromkeys(files):
        try:
            found[file] = _problems(file, changes)
        except (OSError, ValueError) as error:
            terminal.fail(unreadable(file, error))
            continue
        if not as_json and not (terminal.quiet and not found[file]):
            print_answer("\n".join(lines_of(found[file], changes) or [f"{file}: ok"]))
    if as_json:
        print_json({"files": [_as_data(file, found.get(file)) for file in dict.fromkeys(files)]})
    if any(found.values()):
        raise Failure(INVALID)
    if set(files) - set(found):
        raise Failure(USAGE)


def _problems(file: Path, changes: Changes) -> tuple[Problem, ...]:
    try:
        if is_sweep(file):
            from hvecs.sweep.plan import make_plan  # noqa: PLC0415 - numba takes half a second to load

            make_plan(load_sweep(file), Changes(changes.sets, changes.duration).settings, seed=changes.seed)
        else:
            load(file, changes.settings)
    except SpecError as error:
        return error.problems
    return ()


def _as_data(file: Path, problems: tuple[Problem, ...] | None) -> dict[str, Any]:
    """Give the problems of one file as plain data; None is for a file that cannot be read."""
    return {
        "file": str(file),
        "readable": problems is not None,
        "ok": problems == (),
        "problems": [
            {"file": each.file, "line": each.line, "path": each.path, "message": each.message}
            for each in problems or ()
        ],
    }
