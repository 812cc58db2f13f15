"""Which outcomes --until means, at which points there are such, and what a relative bound is a multiple of."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from hvecs.cli.failure import USAGE, Failure
from hvecs.spec.paths import key_texts
from hvecs.spec.sweep_texts import outcome_of
from hvecs.spec.until import Until
from hvecs.sweeps.finding import outcomes_at
from hvecs.sweeps.plan import Plan
from hvecs.sweeps.selection import NoSuchOutcome, known_outcomes, selected

_NUMBER: Final = re.compile(r"-\d+$")


@dataclass(frozen=True)
class Sought:
    """The outcomes that are looked at, at points that have them.

    `bases` are the outcomes of the same block at the first point, for those that are not there; a relative bound is of these then.
    `responses` are those that are response times.
    """

    names: tuple[str, ...]
    bases: Mapping[str, tuple[str, ...]]
    responses: tuple[str, ...]


def sought_in(plan: Plan, asked: Until) -> Sought:
    """Find the outcomes that --until means in a plan of the first and the last value.

    Raises:
        Failure: there is none, or none of that unit; or a relative bound has nothing to be of (exit code 2).
    """
    known = known_outcomes(
        [each.name for each in plan.sweep.outcome], plan.runs_table.column_names, plan.paths
    )
    computed = outcome_of(asked.outcome)
    try:
        names = selected([computed["name"] if computed else asked.outcome], known)
    except NoSuchOutcome as error:
        raise Failure(USAGE, f"--until: {error}") from error
    columns = {each.name: each.column for each in plan.sweep.outcome}
    responses = tuple(
        name for name in names if columns.get(name, name.rpartition(".")[2]).startswith("response_")
    )
    if asked.is_relative:
        return Sought(tuple(names), dict(_bases(plan, names, known)), responses)
    units = {column.name: column.unit for column in plan.runs_table.columns}
    for name in names:
        unit = "" if units[name] == "count" else units[name]
        if unit != asked.unit:
            raise Failure(
                USAGE, f"--until: {name} is in {unit or 'plain numbers'}; expected a bound of that kind"
            )
    return Sought(tuple(names), {}, responses)


def _bases(plan: Plan, names: Sequence[str], known: Sequence[str]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Give what a relative bound is of, for outcomes that are not there at the first point. Raises Failure if that is nothing."""
    first = outcomes_at(plan, known, 0)
    for name in names:
        if name in first:
            continue
        like = tuple(other for other in first if _block_of(other) == _block_of(name))
        there = tuple(other for other in like if other in names)
        if not there:
            at = f"{key_texts(plan.paths[0])[-1]} = {plan.points[0][0]}"
            or_name = f", or name {_guest_of(like[0])}" if like else ""
            raise Failure(
                USAGE,
                f"--until: {_guest_of(name)} is not there at {at}; give a bound of its own{or_name}",
            )
        yield name, there


def _guest_of(name: str) -> str:
    return name.rpartition(".")[0]


def _block_of(name: str) -> tuple[str, str]:
    """Give the block of an outcome's guest, and what it is of that guest."""
    guest, _, outcome = name.rpartition(".")
    return _NUMBER.sub("", guest), outcome
