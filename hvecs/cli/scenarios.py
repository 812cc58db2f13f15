"""Scenario files as commands take them: read, changed by options, and their problems told."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from hvecs.cli.clean import one_line
from hvecs.cli.failure import INVALID, USAGE, Failure
from hvecs.cli.options import DURATION, NO_CHANGES, START, Changes
from hvecs.cli.text import counted
from hvecs.spec import Problem, Scenario, SpecError
from hvecs.spec.bounds import MOST_PROBLEMS
from hvecs.spec.files import read_tree
from hvecs.spec.loading import load_advised
from hvecs.spec.nodes import Node, is_array, is_table
from hvecs.spec.overrides import Overrides
from hvecs.spec.policy_file import policy_of
from hvecs.spec.problems import Fault
from hvecs.spec.reading import in_sentence
from hvecs.spec.sweep_loading import is_sweep
from hvecs.spec.system_files import system_of
from hvecs.user_code import is_allowed

if TYPE_CHECKING:
    from hvecs.verdict.own import Own

_SET: Final = "--set "


def read_scenario(
    file: Path, changes: Changes = NO_CHANGES, warn: Callable[[str], None] | None = None
) -> Scenario:
    """Read the scenario in `file` with changes laid over it; `warn` is told what is valid but most likely not meant.

    Raises:
        Failure: the file cannot be read (exit code 2), or the scenario has problems (3).
    """
    try:
        scenario, warnings = load_advised(file, changes.settings, own_rule_faults)
    except SpecError as error:
        if is_sweep(file):
            raise Failure(INVALID, f"{file} is a sweep file, of many runs; see hvecs sweep") from error
        raise Failure(INVALID, problems=lines_of(error.problems, changes)) from error
    except (OSError, ValueError) as error:
        raise Failure(USAGE, unreadable(file, error)) from error
    if warn is not None:
        for line in lines_of(warnings, changes):
            warn(line)
    return scenario


def read_rules(file: Path) -> "tuple[Own, ...]":
    """Read a file of rules for the verdict.

    Raises:
        Failure: the file cannot be read (exit code 2), or has problems (3).
    """
    from hvecs.verdict.own import load_rules  # noqa: PLC0415 - numpy takes time to load

    try:
        return load_rules(file)
    except SpecError as error:
        raise Failure(INVALID, problems=lines_of(error.problems, NO_CHANGES)) from error
    except (OSError, ValueError) as error:
        raise Failure(USAGE, unreadable(file, error)) from error


def own_rule_faults(scenario: Scenario) -> Iterable[Fault]:
    """Find what is wrong with the counters of a scenario's own rules."""
    if not scenario.rule:
        return ()
    from hvecs.verdict.own import rule_faults  # noqa: PLC0415 - few scenarios have rules

    return rule_faults(scenario)


def check_leave(schedulers: Iterable[str], systems: Iterable[str] = ()) -> None:
    """Refuse schedulers and systems that are code unless there is leave to execute it; before anything is made.

    Raises:
        Failure: there is none (exit code 2).
    """
    if is_allowed():
        return
    named = [("host.scheduler", own[0]) for own in map(policy_of, schedulers) if own is not None]
    named += [("host.systems", system_of(each)[0]) for each in systems]
    for key, file in named:
        raise Failure(USAGE, f"{key} names code, {file}: give --allow-code to have it executed")


def lines_of(problems: Iterable[Problem], changes: Changes) -> list[str]:
    """Write the first MOST_PROBLEMS, one a line, those of --duration and --start under the option's name; the others are counted."""
    found = list(problems)
    lines = [one_line(str(problem)) for problem in found[:MOST_PROBLEMS]]
    for option, path, given in (
        ("--duration:", f"{_SET}{DURATION}:", changes.duration),
        ("--start:", f"{_SET}{START}:", changes.start),
    ):
        if given is not None:
            lines = [option + line.removeprefix(path) if line.startswith(path) else line for line in lines]
    more = len(found) - len(lines)
    return [*lines, *([f"and {counted(more, 'more problem')}"] if more else [])]


def unreadable(file: Path, error: Exception) -> str:
    """Say that a file cannot be read, and why."""
    told = error.strerror if isinstance(error, OSError) else None
    return one_line(f"cannot read {file}: {in_sentence(told) if told else error}")


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
    if "systems" in table and is_array(table["systems"]):
        found |= {
            str(each.place.folder / system_of(each.value)[0])
            for each in table["systems"].value
            if isinstance(each.value, str)
        }
    return found.union(*map(_files, table.values()))
