"""`hvecs plan`: the runs that a sweep would make; nothing is written."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hvecs.cli.answer import print_answer, print_json
from hvecs.cli.options import (
    Changes,
    code_option,
    json_option,
    pass_terminal,
    sweep_change_options,
    talk_options,
)
from hvecs.cli.scenarios import check_leave
from hvecs.cli.sweep_files import place_of, read_sweep, spelt_out, sweep_argument
from hvecs.cli.terminal import Terminal
from hvecs.cli.text import aligned, digits, listed, span
from hvecs.spec.sweep_points import value_text

if TYPE_CHECKING:
    from hvecs.sweeps.estimate import Estimated
    from hvecs.sweeps.plan import Plan

_MOST_POINTS = 20


@click.command("plan")
@sweep_argument
@click.option(
    "--out",
    metavar="DIR",
    help="Where the sweep would be written.  [default: runs/out/ and the sweep's name]",
)
@click.option(
    "--jobs", type=click.IntRange(1), metavar="N", help="Number of processes.  [default: all processors]"
)
@click.option(
    "--rate",
    type=click.FloatRange(0, min_open=True),
    help="Simulated seconds in a second of one process, instead of a measurement.",
)
@sweep_change_options
@code_option
@json_option
@talk_options
@pass_terminal
def command(  # noqa: PLR0913 - click hands over each option by itself
    terminal: Terminal,
    file: Path,
    out: str | None,
    jobs: int | None,
    rate: float | None,
    changes: Changes,
    *,
    as_json: bool,
) -> None:
    """Say which runs a sweep would make, and what they would take.

    The time is measured with short simulations in memory, or follows from --rate, which executes nothing. Nothing is written.
    """
    from hvecs.sweeps.execution import processors  # noqa: PLC0415 - it loads numba and pyarrow

    sweep = read_sweep(file, changes)
    place = place_of(out, sweep)
    plan = spelt_out(sweep, changes)
    if rate is None:
        check_leave(plan.schedulers)
    answer = _answer(plan, place, _estimated(plan, rate, terminal), jobs or processors())
    for warning in plan.warnings:
        terminal.warn(warning)
    if as_json:
        print_json(answer)
    else:
        print_answer(_as_text(answer))


def _estimated(plan: "Plan", rate: float | None, terminal: Terminal) -> "Estimated":
    from hvecs.sweeps import estimate  # noqa: PLC0415 - as are all that load numba
    from systems import loop  # noqa: PLC0415
    from systems.kernels import code_folder  # noqa: PLC0415

    if rate is not None:
        return estimate.stated(plan, rate)
    if not code_folder.is_warm(loop.advance):
        terminal.say("compiling kernels, once")
    return estimate.measured(plan)


def _answer(plan: "Plan", place: str, estimated: "Estimated", jobs: int) -> dict[str, Any]:
    """Give all that is known of the sweep as plain data."""
    table = plan.sweep.sweep
    jobs = min(jobs, len(plan.batches))
    return {
        "sweep": table.name,
        "purpose": table.purpose,
        "design": table.design,
        "paths": list(plan.paths),
        "points": [dict(zip(plan.paths, point, strict=True)) for point in plan.points],
        "replications": len(plan.seeds),
        "seeds": list(plan.seeds),
        "runs": len(plan.runs),
        "run_ids": [run.run for run in plan.runs],
        "batches": len(plan.batches),
        "jobs": jobs,
        "measured": estimated.measured,
        "simulated_per_s": estimated.simulated_per_s,
        "estimated_s": estimated.cpu_s / jobs,
        "estimated_bytes": estimated.size_bytes,
        "warnings": list(plan.warnings),
        "out": place,
        "files": [f"{place}/{name}/*.parquet" for name in (*plan.tables, "runs", "summary")],
    }


def _as_text(answer: dict[str, Any]) -> str:
    purpose = f": {answer['purpose']}" if answer["purpose"] else ""
    size = answer["estimated_bytes"]
    rate = f"{digits(answer['simulated_per_s'])} simulated seconds in a second of one process"
    how = "measured" if answer["measured"] else "stated"
    facts = [
        (
            "runs",
            f"{answer['runs']}: {len(answer['points'])} points ({answer['design']}) x {answer['replications']}",
        ),
        ("batches", f"{answer['batches']}, by {answer['jobs']} processes"),
        ("time", f"about {span(1e9 * answer['estimated_s'])} once the processes are up; {rate}, {how}"),
        ("size", "not known without a measurement" if size is None else f"about {digits(size / 1e6)} MB"),
        ("written to", answer["out"]),
    ]
    parts = [f"{answer['sweep']}{purpose}", listed(facts), _points(answer)]
    return "\n\n".join(part for part in parts if part)


def _points(answer: dict[str, Any]) -> str:
    if not answer["paths"]:
        return ""
    points = answer["points"]
    rows = [["point", *answer["paths"]]]
    rows += [
        [str(number), *map(value_text, point.values())] for number, point in enumerate(points[:_MOST_POINTS])
    ]
    more = len(points) - _MOST_POINTS
    return aligned(rows) + (f"\nand {more} more; --json has them all" if more > 0 else "")
