"""Scenario files as commands take them: read, changed by options, and their problems told."""

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from hvecs.cli.failure import INVALID, USAGE, Failure
from hvecs.cli.options import DURATION, NO_CHANGES, START, Changes
from hvecs.spec import Problem, Scenario, SpecError, load
from hvecs.spec.files import read_tree
from hvecs.spec.nodes import Node, is_array, is_table
from hvecs.spec.overrides import Overrides
from hvecs.spec.policy_file import policy_of
from hvecs.spec.sweep_loading import is_sweep

_SET: Final = "--set "


def read_scenario(file: Path, changes: Changes = NO_CHANGES) -> Scenario:
    """Read the scenario in `file` with changes laid over it.

    Raises:
        Failure: the file cannot be read (exit code 2), or the scenario has problems (3).
    """
    try:
        return _permitted(load(file, changes.settings), changes)
    except SpecError as error:
        if is_sweep(file):
            raise Failure(INVALID, f"{file} is a sweep file, of many runs; see hvecs sweep") from error
        raise Failure(INVALID, problems=lines_of(error.problems, changes)) from error
    except (OSError, ValueError) as error:
        raise Failure(USAGE, unreadable(file, error)) from error


def _permitted(scenario: Scenario, changes: Changes) -> Scenario:
    """Refuse a scenario that names code, unless that was allowed."""
    own = policy_of(scenario.host.scheduler)
    if own is not None and not changes.allow_code:
        raise Failure(USAGE, f"host.scheduler names code, {own[0]}: give --allow-code to have it executed")
    return scenario


def lines_of(problems: Iterable[Problem], changes: Changes) -> list[str]:
    """Write problems, one a line; those of --duration and --start under the name of that option."""
    lines = [str(problem) for problem in problems]
    for option, path, given in (
        ("--duration:", f"{_SET}{DURATION}:", changes.duration),
        ("--start:", f"{_SET}{START}:", changes.start),
    ):
        if given is not None:
            lines = [option + line.removeprefix(path) if line.startswith(path) else line for line in lines]
    return lines


def unreadable(file: Path, error: Exception) -> str:
    """Say that a file cannot be read, and why."""
    reason = error.strerror if isinstance(error, OSError) else None
    return f"cannot read {file}: {(reason or str(error)).lower()}"


def inputs_of(file: Path, changes: Changes = NO_CHANGES) -> tuple[Path, ...]:
    """List the further files that a valid scenario is made from: those it extends, and those of its data."""
    overrides = Overrides(read_tree(file)[0])
    overrides.apply(changes.settings)
    found = _files(overrides.tree)
    return tuple(Path(name) for name in sorted(found - {str(file)}) if not name.startswith(_SET))


def _files(node: Node) -> set[str]:
    found = {node.place.file}
    if is_array(node):
        return found.union(*map(_files, node.value))
    if not is_table(node):
        return found
    table = node.value
    if "file" in table and "distribution" in table and table["distribution"].value == "empirical":
        found.add(str(table["file"].place.folder / table["file"].value))
    if "scheduler" in table and isinstance(table["scheduler"].value, str):
        own = policy_of(table["scheduler"].value)
        found |= {str(table["scheduler"].place.folder / own[0])} if own else set()
    return found.union(*map(_files, table.values()))
