"""`hvecs check`: all problems of scenario and sweep files, and nothing is run."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

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
from hvecs.spec import Problem, SpecError
from hvecs.spec.bounds import MOST_PROBLEMS, POINTS_LOOKED_AT
from hvecs.spec.loading import load_advised
from hvecs.spec.sweep_loading import is_sweep, load_sweep, point_count


class Findings(NamedTuple):
    """What is wrong with a file, and, if nothing is, what to warn of, a line each."""

    problems: tuple[Problem, ...]
    warnings: tuple[str, ...]


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

    Every problem is one line: file:line: path: what is wrong; what was expected. The exit code is 3 if there is any. What is
    valid but will not do what it seems to, such as guests that do not fit, is a warning, and so is what would be beyond this
    machine. Of a sweep file, every point is looked at, or 1000 of them where there are more.
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
            return Findings((), tuple(_sweep_warnings(file, changes)))
        scenario, advised = load_advised(file, changes.settings)
    except SpecError as error:
        return Findings(error.problems, ())
    beyond = demands(Load([scenario]), file, DEFAULT_OUT)
    return Findings((), (*map(str, advised), *map(str, beyond)))


def _sweep_warnings(file: Path, changes: Changes) -> Iterator[str]:
    """Look at the points of a sweep, or at some of them where they are many. Raises SpecError."""
    sweep = load_sweep(file)
    from hvecs.sweep.plan import make_plan  # noqa: PLC0415 - numba takes half a second to load

    plan = make_plan(sweep, changes.without_seed.settings, seed=changes.seed, most_points=POINTS_LOOKED_AT)
    points, looked_at = point_count(sweep.sweep), len(plan.points)
    if points > POINTS_LOOKED_AT:
        yield f"{file}: {points} points; {looked_at} of them were looked at, plan and sweep look at all"
    yield from plan.warnings
    load = replace(load_of(plan, None), runs=points * sweep.sweep.sweep.replications)
    yield from map(str, demands(load, sweep.scenario, DEFAULT_OUT))


def _lines(file: Path, found: Findings, changes: Changes, *, quiet: bool) -> list[str]:
    """Write the findings of one file; with -q, nothing for one that is ok."""
    if found.problems:
        return lines_of(found.problems, changes)
    warnings = [f"{each} (warning)" for each in found.warnings]
    return warnings if quiet else [*warnings, f"{file}: ok"]


def _as_data(file: Path, found: Findings | None) -> dict[str, Any]:
    """Give the findings of one file as plain data; None is for a file that cannot be read."""
    problems = found.problems if found else ()
    return {
        "file": str(file),
        "readable": found is not None,
        "ok": found is not None and not problems,
        "problems": [
            {"file": each.file, "line": each.line, "path": each.path, "message": each.message}
            for each in problems[:MOST_PROBLEMS]
        ],
        "more_problems": max(0, len(problems) - MOST_PROBLEMS),
        "warnings": list(found.warnings if found else ()),
    }
