"""`hvecs run`: one scenario is simulated and its tables are written."""

import stat
import sys
from dataclasses import asdict
from pathlib import Path
from time import process_time
from typing import Any

import click

from hvecs.cli.answer import print_answer, print_json
from hvecs.cli.demand import Load, check_demand
from hvecs.cli.export.options import check_place
from hvecs.cli.export.perfmon import write_logs
from hvecs.cli.failure import INVALID, USAGE, Failure
from hvecs.cli.options import (
    DEFAULT_OUT,
    Changes,
    change_options,
    code_option,
    json_option,
    pass_terminal,
    scenario_argument,
    talk_options,
    yes_option,
)
from hvecs.cli.scenarios import check_leave, inputs_of, read_scenario, unreadable
from hvecs.cli.summary import summary_text
from hvecs.cli.terminal import Terminal
from hvecs.output.identity import RunSource
from hvecs.spec import Scenario, SpecError, resolved_toml


@click.command("run")
@scenario_argument
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="Folder of the results.  [default: runs/out/ and the scenario's name]",
)
@click.option(
    "--perfmon",
    "logs",
    metavar="FOLDER",
    type=click.Path(path_type=Path),
    help="Write the run as performance logs too, as export perfmon does.",
)
@change_options
@code_option
@yes_option
@json_option
@click.option(
    "--live",
    is_flag=True,
    help="Show LPs, guests, memory and the verdict so far while it runs; a line every 10 % where there is no terminal.",
)
@click.option("--unfused", is_flag=True, help="Call each system from Python: slow, and the same tables.")
@click.option("--profile", is_flag=True, help="Say what CPU time each system took; implies --unfused.")
@talk_options
@pass_terminal
def command(  # noqa: PLR0913 - click hands over each option by itself
    terminal: Terminal,
    file: Path,
    out: Path | None,
    logs: Path | None,
    changes: Changes,
    *,
    as_json: bool,
    live: bool,
    unfused: bool,
    profile: bool,
    yes: bool,
) -> None:
    """Simulate a scenario and write its tables.

    A summary is printed; the tables are Parquet files below the folder of the results. That folder appears once the run
    is complete, and takes the place of an earlier run's. Nothing else is ever replaced.
    """
    imported_s = process_time()
    if out is not None and not str(out).strip("."):
        raise click.BadParameter("name a folder inside the present one, or elsewhere", param_hint="--out")
    _check_is_file(file)
    scenario = read_scenario(file, changes, terminal.warn)
    check_leave([scenario.host.scheduler], scenario.host.systems)
    out = out or DEFAULT_OUT / scenario.scenario.name
    if logs is not None:
        check_place(logs, out)
    check_demand(Load([scenario]), file, out, yes=yes)
    source = RunSource(
        scenario=file,
        resolved=resolved_toml(scenario),
        seed=scenario.scenario.seed,
        argv=["hvecs", *sys.argv[1:]],
        inputs=inputs_of(file, changes),
    )
    summary = _summary(scenario, source, out, terminal, imported_s, fused=not (unfused or profile), live=live)
    profiled = summary.pop("profile")
    if profile:
        summary["profile"] = profiled
    if logs is not None:
        summary["logs"] = write_logs(terminal, out, logs)
    if as_json:
        print_json(summary)
    else:
        print_answer(summary_text(summary))


def _check_is_file(file: Path) -> None:
    """Refuse a pipe: a scenario is read again for the record of the run."""
    try:
        mode = file.stat().st_mode
    except (OSError, ValueError) as error:
        raise Failure(USAGE, unreadable(file, error)) from error
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
        raise Failure(USAGE, f"cannot read {file}: not a regular file")


def _summary(  # noqa: PLR0913 - all that makes a run
    scenario: Scenario,
    source: RunSource,
    out: Path,
    terminal: Terminal,
    imported_s: float,
    *,
    fused: bool,
    live: bool,
) -> dict[str, Any]:
    """Do the run; give its summary."""
    begin = process_time()
    # numba and pyarrow take half a second to load: a scenario that is invalid need not wait for them
    from hvecs.cli.execution import Execution, execute  # noqa: PLC0415
    from hvecs.cli.results import summary_of  # noqa: PLC0415
    from hvecs.engine.own_systems import load_systems  # noqa: PLC0415
    from hvecs.engine.policies import find_policy  # noqa: PLC0415
    from hvecs.running import Job  # noqa: PLC0415

    imported_s += process_time() - begin
    try:
        find_policy(scenario)
        job = Job(scenario, tuple(load_systems(scenario)), fused=fused)
        job.tables()
    except SpecError as error:
        raise Failure(INVALID, problems=[str(problem) for problem in error.problems]) from error
    except ValueError as error:
        raise Failure(INVALID, str(error)) from error
    job.stopwatch.add("import_s", imported_s)
    judged, manifest = execute(Execution(job, source, out, live), terminal)
    summary = summary_of(scenario, judged.outcome, judged.verdict) | {"run": manifest.run, "out": str(out)}
    summary["tables"] = {name: asdict(table) for name, table in manifest.tables.items()}
    if "migration" in manifest.tables:
        from hvecs.cli.moves import moves_of  # noqa: PLC0415 - pyarrow, where guests may move

        moves = moves_of(out, manifest.tables)
        summary |= {} if moves is None else {"live_migrations": moves}
    summary["profile"] = {"timings": dict(manifest.timings), "systems": job.stopwatch.by_system_s}
    for warning in judged.told:
        terminal.warn(warning)
    for name, table in manifest.tables.items():
        terminal.detail(f"{name}: {table.rows} rows")
    return summary
