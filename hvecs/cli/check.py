"""`hvecs check`: all problems of scenario and sweep files, and nothing is run."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from hvecs.cli.answer import print_answer, print_json
from hvecs.cli.demand import Load, demands
from hvecs.cli.failure import INVALID, USAGE, Failure
from hvecs.cli.options import (
    DEFAULT_OUT,
    TOML_FILE,
    Changes,
    change_options,
    json_option,
    pass_terminal,
    talk_options,
)
from hvecs.cli.scenarios import lines_of, unreadable
from hvecs.cli.sweep_files import load_of
from hvecs.cli.terminal import Terminal
from hvecs.spec import Problem, SpecError, load
from hvecs.spec.bounds import MOST_PROBLEMS, POINTS_LOOKED_AT
from hvecs.spec.sweep_loading import is_sweep, load_sweep, point_count


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

    Every problem is one line: file:line: path: what is wrong; what was expected. The exit code is 3 if there is any. What
    would be beyond this machine is a warning.
    """
    found: dict[Path, tuple[Problem, ...]] = {}
    warnings: dict[Path, list[str]] = {}
    for file in dict.fromkeys(files):
        try:
            found[file], warnings[file] = _looked_at(file, changes)
        except (OSError, ValueError) as error:
            terminal.fail(unreadable(file, error))
            continue
        for warning in [] if as_json else warnings[file]:
            terminal.warn(warning)
        if not as_json and not (terminal.quiet and not found[file]):
            print_answer("\n".join(lines_of(found[file], changes) or [f"{file}: ok"]))
    if as_json:
        print_json(
            {
                "files": [
                    _as_data(file, found.get(file), warnings.get(file, [])) for file in dict.fromkeys(files)
                ]
            }
        )
    if any(found.values()):
        raise Failure(INVALID)
    if set(files) - set(found):
        raise Failure(USAGE)


def _looked_at(file: Path, changes: Changes) -> tuple[tuple[Problem, ...], list[str]]:
    """Give the problems of a file, and what there is to say of it besides."""
    try:
        if is_sweep(file):
            return (), _sweep_warnings(file, changes)
        scenario = load(file, changes.settings)
    except SpecError as error:
        return error.problems, []
    return (), list(map(str, demands(Load([scenario]), file, DEFAULT_OUT)))


def _sweep_warnings(file: Path, changes: Changes) -> list[str]:
    """Look at the points of a sweep, or at some of them where they are many. Raises SpecError."""
    sweep = load_sweep(file)
    from hvecs.sweep.plan import make_plan  # noqa: PLC0415 - numba takes half a second to load

    settings = Changes(changes.sets, changes.duration).settings
    plan = make_plan(sweep, settings, seed=changes.seed, most_points=POINTS_LOOKED_AT)
    points, looked_at = point_count(sweep.sweep), len(plan.points)
    left_out = points > POINTS_LOOKED_AT
    some = [f"{file}: {points} points; {looked_at} of them were looked at, plan and sweep look at all"]
    load = load_of(plan, None)
    load = replace(load, runs=points * sweep.sweep.sweep.replications)
    return (some if left_out else []) + list(map(str, demands(load, sweep.scenario, DEFAULT_OUT)))


def _as_data(file: Path, problems: tuple[Problem, ...] | None, warnings: list[str]) -> dict[str, Any]:
    """Give the problems of one file as plain data; None is for a file that cannot be read."""
    return {
        "file": str(file),
        "readable": problems is not None,
        "ok": problems == (),
        "problems": [
            {"file": each.file, "line": each.line, "path": each.path, "message": each.message}
            for each in (problems or ())[:MOST_PROBLEMS]
        ],
        "more_problems": max(0, len(problems or ()) - MOST_PROBLEMS),
        "warnings": warnings,
    }
