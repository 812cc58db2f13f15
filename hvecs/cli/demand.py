"""What runs would take against what this machine has: told by `check`, and a refusal of `run` and `sweep` without --yes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from hvecs.cli.failure import INVALID, Failure
from hvecs.cli.text import digits, span
from hvecs.machine import available_disk, available_memory
from hvecs.spec import Problem, Scenario
from hvecs.spec.demand import Demand, demand_of
from hvecs.spec.files import read_tree
from hvecs.spec.nodes import place_of
from hvecs.spec.problems import Steps, path_text

LONGEST_S: Final = 86_400.0
"""A run that is estimated to take longer than a day needs --yes."""

_REMEDY: Final = "; run, sweep and find need --yes"


@dataclass(frozen=True)
class Load:
    """What is to be made: scenarios that stand for `runs` runs, so many at a time."""

    scenarios: Sequence[Scenario]
    runs: int = 1
    jobs: int = 1


def demands(load: Load, file: Path, out: Path | None) -> tuple[Problem, ...]:
    """Say what of a load is beyond this machine, at the keys of `file` that have the most to do with it."""
    each = [demand_of(scenario) for scenario in load.scenarios]
    return tuple(_located(steps, message, file) for steps, message in _beyond(each, load, out))


def check_demand(load: Load, file: Path, out: Path | None, *, yes: bool) -> None:
    """Refuse a load that is beyond this machine.

    Raises:
        Failure: it is, and the user did not say --yes (exit code 3).
    """
    found = () if yes else demands(load, file, out)
    if found:
        raise Failure(INVALID, problems=[str(problem) for problem in found])


def _beyond(each: Sequence[Demand], load: Load, out: Path | None) -> Iterable[tuple[Steps, str]]:
    share = load.runs / len(each)
    hungriest = max(each, key=lambda demand: demand.memory_bytes)
    memory, free = hungriest.memory_bytes * load.jobs, available_memory()
    if free is not None and memory > free:
        yield (
            hungriest.memory_key,
            f"{_size(memory)} of memory would be taken; {_size(free)} are free{_REMEDY}",
        )
    disk, room = (
        sum(demand.disk_bytes for demand in each) * share,
        None if out is None else available_disk(out),
    )
    if room is not None and disk > room:
        rows = digits(sum(demand.rows for demand in each) * share)
        message = f"{rows} rows, {_size(disk)}, would be written; {_size(room)} are free{_REMEDY}"
        yield ("scenario", "sample"), message
    time_s = sum(demand.time_s for demand in each) * share / load.jobs
    if time_s > LONGEST_S:
        slowest = max(each, key=lambda demand: demand.time_s)
        longest = span(1e9 * LONGEST_S)
        yield (
            slowest.time_key,
            f"{span(1e9 * time_s)} would be taken; longer than {longest} is asked about{_REMEDY}",
        )


def _located(steps: Steps, message: str, file: Path) -> Problem:
    place = place_of(read_tree(file)[0], steps)
    return Problem(place.file, place.line, path_text(steps), message)


def _size(size_bytes: float) -> str:
    return f"{digits(size_bytes / 2**30)} GiB"
