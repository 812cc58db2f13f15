"""`hvecs find`: how far along an axis one may go until an outcome passes a bound, or memory ends it."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final

import click

from hvecs.cli.answer import print_answer, print_json
from hvecs.cli.demand import check_demand
from hvecs.cli.failure import INVALID, USAGE, Failure
from hvecs.cli.options import (
    Changes,
    code_option,
    json_option,
    pass_terminal,
    sweep_change_options,
    talk_options,
    yes_option,
)
from hvecs.cli.scenarios import check_leave, lines_of
from hvecs.cli.sweep_files import (
    hashes_of,
    load_of,
    place_of,
    read_sweep,
    spelt_out,
    store_at,
    sweep_argument,
)
from hvecs.cli.sweep_options import jobs_option
from hvecs.cli.terminal import Terminal
from hvecs.spec import SpecError
from hvecs.spec.kinds import Wrong
from hvecs.spec.sweep import SweepOutcome
from hvecs.spec.sweep_loading import SweepFile, with_replications
from hvecs.spec.sweep_texts import outcome_of
from hvecs.spec.until import Until, read_until

if TYPE_CHECKING:
    from hvecs.sweep.finding import Room
    from hvecs.sweep.plan import Plan

_REPLICATIONS: Final = 3
"""Runs of each point where the sweep says one: an answer without an interval is none."""


@click.command("find")
@sweep_argument
@click.option(
    "--until",
    metavar="CONDITION",
    required=True,
    help='What ends it: "web.response_p95 > 2x" (twice that at the first value), or "web.response_p95 > 200 ms".',
)
@click.option(
    "--out", metavar="DIR", help="Keep the runs as a sweep in this folder.  [default: they are not kept]"
)
@jobs_option
@click.option("--resume", is_flag=True, help="Go on with the sweep that is there.")
@sweep_change_options
@code_option
@yes_option
@json_option
@talk_options
@pass_terminal
def command(  # noqa: PLR0913 - click hands over each option by itself
    terminal: Terminal,
    file: Path,
    until: str,
    out: str | None,
    jobs: int | None,
    changes: Changes,
    *,
    resume: bool,
    as_json: bool,
    yes: bool,
) -> None:
    """Find the value along an axis at which an outcome passes a bound.

    SWEEP is a sweep file of one axis, or a scenario with --axis. Points are made where a bisection asks for them, with the same seeds
    at each; whole numbers between the ends are looked at too. It ends also where a guest no longer finds memory, and says so. Unless
    --replications or the file says otherwise each point is run three times.
    """
    asked = _asked(until)
    sweep = _with_outcome(_of_one_axis(read_sweep(file, changes), file, changes), asked)
    values, room = _room(sweep, changes)
    if not room.candidates:
        _tell(_refused(sweep, asked, values, room), as_json=as_json)
        return
    ends = (values[0], values[room.candidates - 1])
    from hvecs.sweep.finding import of_values  # noqa: PLC0415 - it loads numba and pyarrow

    plan = spelt_out(of_values(sweep, ends), changes)
    names = _names(asked, plan)
    check_leave(plan.schedulers)
    if resume and out is None:
        raise click.UsageError("--resume needs --out")
    with _place(out, sweep) as place:
        store = store_at(place)
        if not resume:
            check_demand(load_of(plan, jobs), sweep.scenario, store.folder, yes=yes)
        from hvecs.cli.find_execution import Quest, carry_out  # noqa: PLC0415
        from hvecs.sweep.execution import Order  # noqa: PLC0415

        inputs = hashes_of(sweep, changes)
        order = Order(store, jobs, None, ("hvecs", *sys.argv[1:]), inputs, resume=resume)

        def planner(found: SweepFile) -> "Plan":
            made = spelt_out(found, changes)
            return made if out is not None else replace(made, tables=())

        quest = Quest(sweep, asked, values, room, names, planner, order, kept=out is not None)
        _tell(carry_out(quest, terminal), as_json=as_json)


def _asked(text: str) -> Until:
    try:
        return read_until(text)
    except Wrong as wrong:
        raise click.BadParameter(str(wrong), param_hint="--until") from wrong


def _of_one_axis(sweep: SweepFile, file: Path, changes: Changes) -> SweepFile:
    axes = len(sweep.sweep.axis)
    if axes != 1:
        raise Failure(USAGE, f"{file}: a search goes along one axis; this sweep has {axes}")
    repeated = sweep.sweep.sweep.replications > 1 or changes.replications is not None
    return sweep if repeated else with_replications(sweep, _REPLICATIONS)


def _with_outcome(sweep: SweepFile, asked: Until) -> SweepFile:
    """Add the outcome that is to be computed, if --until says how rather than its name."""
    try:
        found = outcome_of(asked.outcome)
    except Wrong as wrong:
        raise click.BadParameter(str(wrong), param_hint="--until") from wrong
    if found is None:
        return sweep
    outcomes = (*sweep.sweep.outcome, SweepOutcome.model_validate(found))
    return replace(sweep, sweep=sweep.sweep.model_copy(update={"outcome": outcomes}))


def _room(sweep: SweepFile, changes: Changes) -> tuple[tuple[Any, ...], "Room"]:
    """Give the values that are looked at, and how many of them have room for all guests."""
    from hvecs.sweep.finding import room_for  # noqa: PLC0415 - it loads numba and pyarrow
    from hvecs.sweep.search import candidates  # noqa: PLC0415

    values = candidates(sweep.sweep.axis[0])
    if len(values) < 2:  # noqa: PLR2004 - from one to another
        raise Failure(USAGE, f"{sweep.path}: a search needs two values of its axis; there is {len(values)}")
    try:
        return values, room_for(sweep, changes.without_seed.settings, values)
    except SpecError as error:
        raise Failure(INVALID, problems=lines_of(error.problems, changes)) from error


def _names(asked: Until, plan: "Plan") -> tuple[str, ...]:
    """Give the outcomes that --until means. Raises Failure (exit code 2) if there is none, or none of that unit."""
    from hvecs.sweep.selection import NoSuchOutcome, known_outcomes, selected  # noqa: PLC0415

    computed = outcome_of(asked.outcome)
    known = known_outcomes(
        [each.name for each in plan.sweep.outcome], plan.runs_table.column_names, plan.paths
    )
    try:
        names = selected([computed["name"] if computed else asked.outcome], known)
    except NoSuchOutcome as error:
        raise Failure(USAGE, f"--until: {error}") from error
    units = {column.name: column.unit for column in plan.runs_table.columns}
    for name in names if not asked.is_relative else ():
        unit = "" if units[name] == "count" else units[name]
        if unit != asked.unit:
            raise Failure(
                USAGE, f"--until: {name} is in {unit or 'plain numbers'}; expected a bound of that kind"
            )
    return tuple(names)


@contextmanager
def _place(out: str | None, sweep: SweepFile) -> Iterator[str]:
    """Give the folder of the runs, a temporary one if they are not kept."""
    if out is not None:
        yield place_of(out, sweep)
        return
    with TemporaryDirectory(prefix="hvecs-find-") as folder:
        yield folder


def _refused(sweep: SweepFile, asked: Until, values: Sequence[Any], room: "Room") -> Any:
    """Give the answer where not even the first value has room."""
    from hvecs.cli.find_answer import Answer  # noqa: PLC0415

    assert room.denied is not None  # noqa: S101 - it has no room
    return Answer(
        sweep=sweep.sweep.sweep.name,
        path=sweep.sweep.axis[0].label,
        until=asked,
        values=tuple(values),
        first=0,
        low=0,
        high=0,
        room=room,
        absent=(room.denied.name,),
    )


def _tell(answer: Any, *, as_json: bool) -> None:
    from hvecs.cli.find_answer import answer_data, answer_text  # noqa: PLC0415

    if as_json:
        print_json(answer_data(answer))
    else:
        print_answer(answer_text(answer))
