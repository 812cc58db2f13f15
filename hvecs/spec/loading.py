from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from hvecs.spec.advice import advice
from hvecs.spec.checks import rule_faults
from hvecs.spec.datafiles import DataFiles
from hvecs.spec.faults import findings
from hvecs.spec.files import read_tree
from hvecs.spec.host_tables import HOST, as_written, indexed
from hvecs.spec.nodes import Node, place_of, plain
from hvecs.spec.overrides import Overrides, Setting
from hvecs.spec.policy_file import found_policy
from hvecs.spec.problems import Fault, Problem, SpecError, Steps, path_text
from hvecs.spec.scenario import Scenario
from hvecs.spec.system_files import found_systems
from hvecs.spec.units import EIB, Size

Further = Callable[[Scenario], Iterable[Fault]]
"""Finds what is wrong with a valid scenario that the spec alone cannot tell: names of columns, say."""

_WHOLE = ("workload", "dynamic_memory", "memory_demand")


def load(path: Path, sets: Sequence[str | Setting] = (), further: Further | None = None) -> Scenario:
    """Read a scenario file with `path=value` settings laid over it.

    Raises SpecError with all problems at once, those that `further` finds among them, or OSError when the file itself cannot be read.
    """
    return _read(Path(path), sets, further)[0]


def load_advised(
    path: Path, sets: Sequence[str | Setting] = (), further: Further | None = None
) -> tuple[Scenario, tuple[Problem, ...]]:
    """Read a scenario as `load` does; give with it what to warn of, located like problems."""
    scenario, written, overrides = _read(Path(path), sets, further)
    warnings = [_located(fault, written, overrides.origins) for fault in advice(scenario)]
    return scenario, tuple(_in_order(warnings, str(path)))


def _read(
    path: Path, sets: Sequence[str | Setting], further: Further | None
) -> tuple[Scenario, Node, Overrides]:
    tree, problems = read_tree(path)
    incomplete = bool(problems)
    overrides, data_files = Overrides(tree), DataFiles()
    if not incomplete:
        problems += overrides.apply(sets)
    written = overrides.tree
    filled_in, no_policy = found_policy(data_files.filled_in(written))
    filled_in, no_systems = found_systems(filled_in)
    scenario, faults = _validated(filled_in, incomplete=incomplete)
    if scenario is not None and further is not None:
        faults += further(scenario)
    found = (
        _located(fault, written, overrides.origins)
        for fault in [*data_files.faults, *no_policy, *no_systems, *faults]
    )
    problems = _in_order([*problems, *data_files.problems, *found], str(path))
    if problems or scenario is None:
        raise SpecError(problems)
    return scenario, written, overrides


def _validated(tree: Node, *, incomplete: bool) -> tuple[Scenario | None, list[Fault]]:
    """Make the scenario, or find all its faults; those that a file not read may explain are left out."""
    try:
        scenario = Scenario.model_validate(plain(tree))
    except ValidationError as error:
        found = list(findings(error))
        faults = [each.fault for each in found if not (incomplete and each.missing)]
        spoilt = [indexed(steps) for each in found for steps in each.spoils]
        rest = _rest(plain(tree), spoilt)
        broken = [] if rest is None or incomplete else list(rule_faults(rest))
        return None, faults + [fault for fault in broken if not _doubtful(fault, spoilt)]
    return scenario, [] if incomplete else list(rule_faults(scenario))


def _rest(data: dict[str, Any], spoilt: Iterable[Steps]) -> Scenario | None:
    """Make a scenario of what is valid, with defaults in place of what is not, so that rules can be checked."""
    hosts = data.get(HOST)
    data[HOST] = [each if isinstance(each, dict) else {} for each in _as_array(hosts)] or [{}]
    blocks = data.get("partition")
    data["partition"] = list(blocks) if isinstance(blocks, tuple) else []
    for steps in spoilt:
        _drop(data, steps)
    data.setdefault("scenario", {}).setdefault("name", "x")
    for host in data[HOST]:
        host.setdefault("memory", Size().write(EIB))
    for index, block in enumerate(data["partition"]):
        block.setdefault("name", f"unnamed-{index}")
    data["partition"], data[HOST] = tuple(data["partition"]), tuple(data[HOST])
    try:
        return Scenario.model_validate(data)
    except ValidationError:
        return None


def _as_array(found: Any) -> tuple[Any, ...]:
    return found if isinstance(found, tuple) else () if found is None else (found,)


def _drop(data: dict[str, Any], steps: Steps) -> None:
    """Delete a path; an array other than `partition`, and a workload and the like, go as a whole."""
    inner: Any = data
    if steps[0] == "rule":
        data.pop("rule", None)
        return
    if steps[0] in ("partition", HOST):
        if len(steps) == 1:
            return
        blocks, index, steps = data[str(steps[0])], int(steps[1]), steps[2:]
        if not steps:
            blocks[index] = {}
            return
        inner = blocks[index]
        steps = steps[:1] if steps[0] in _WHOLE else steps
    keys = [step for step in steps if isinstance(step, str)]
    for key in keys[:-1]:
        if not isinstance(inner.get(key), dict):
            inner.pop(key, None)
            return
        inner = inner[key]
    inner.pop(keys[-1], None)


def _doubtful(fault: Fault, spoilt: Iterable[Steps]) -> bool:
    """Tell whether a broken rule rests on a value that is itself invalid."""
    rests_on = [indexed(steps) for steps in (fault.steps, *fault.needs)]
    return any(
        steps[: len(each)] == each or each[: len(steps)] == steps for steps in spoilt for each in rests_on
    )


def _located(fault: Fault, tree: Node, origins: Sequence[int]) -> Problem:
    """Find where a fault was written; a path is shown with the indices that blocks have in the files."""
    steps = as_written(tree, fault.steps)
    place = place_of(tree, steps)
    if len(steps) > 1 and steps[0] == "partition" and isinstance(steps[1], int):
        steps = (steps[0], origins[steps[1]], *steps[2:])
    shown = steps[place.set_depth :] if len(steps) >= place.set_depth else steps
    return Problem(place.file, place.line, path_text(shown), fault.message)


def _in_order(problems: Iterable[Problem], top: str) -> list[Problem]:
    """Sort problems by file and line, the top file first and settings last; each once."""
    return sorted(
        dict.fromkeys(problems),
        key=lambda each: (each.file.startswith("--set "), each.file != top, each.file, each.line or 0),
    )
