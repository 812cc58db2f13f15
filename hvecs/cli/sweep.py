"""`hvecs sweep`: all runs of a sweep are made, those that are there already left out."""

import shlex
import sys
from pathlib import Path

import click

from hvecs.cli.demand import check_demand
from hvecs.cli.options import (
    Changes,
    code_option,
    json_option,
    pass_terminal,
    sweep_change_options,
    talk_options,
    yes_option,
)
from hvecs.cli.scenarios import check_leave
from hvecs.cli.sweep_files import (
    hashes_of,
    load_of,
    place_of,
    read_sweep,
    spelt_out,
    store_at,
    sweep_argument,
)
from hvecs.cli.sweep_options import (
    baseline_option,
    jobs_option,
    precision_of,
    read_shard,
    shown_options,
    tls_options,
)
from hvecs.cli.sweep_request import Request, Shown, Tls
from hvecs.cli.terminal import Terminal


@click.command("sweep")
@sweep_argument
@click.option(
    "--out",
    metavar="DIR",
    help="Folder of the results, or a URI such as s3://BUCKET/PREFIX.  [default: runs/out/ and the sweep's name]",
)
@jobs_option
@click.option(
    "--cluster", metavar="ADDRESS", help="Dask scheduler, such as tcp://HOST:8786, instead of processes."
)
@tls_options
@click.option(
    "--resume",
    is_flag=True,
    help="Make what is missing or damaged of the sweep that is there, and the runs that failed of a kill.",
)
@click.option("--retry-failed", is_flag=True, help="Resume, and make all runs that failed again.")
@click.option("--shard", callback=read_shard, metavar="I/N", help="Make the I-th of N parts only.")
@click.option("--fail-fast", is_flag=True, help="Stop at the first run that fails.")
@baseline_option
@click.option(
    "--until-ci",
    metavar="PERCENT",
    help='Add replications until the intervals of the first outcome are so narrow: "2 %".',
)
@click.option(
    "--most",
    type=click.IntRange(2),
    metavar="N",
    default=1000,
    show_default=True,
    help="Most replications of a point.",
)
@shown_options
@sweep_change_options
@code_option
@yes_option
@json_option
@talk_options
@pass_terminal
def command(  # noqa: PLR0913 - click hands over each option by itself
    terminal: Terminal,
    file: Path,
    out: str | None,
    jobs: int | None,
    cluster: str | None,
    tls: Tls,
    shard: tuple[int, int] | None,
    baseline: tuple[str, ...],
    until_ci: str | None,
    most: int,
    shown: Shown,
    changes: Changes,
    *,
    resume: bool,
    retry_failed: bool,
    fail_fast: bool,
    as_json: bool,
    yes: bool,
) -> None:
    """Make all runs of a sweep, and print a summary; SWEEP is a sweep file, or a scenario with --axis.

    Each table is a folder of Parquet files with the run's id in the column run; the table runs has the parameters and
    outcomes. What was interrupted goes on with --resume.
    """
    precision = precision_of(until_ci, most, shard)
    resume = resume or retry_failed
    if tls != Tls() and cluster is None:
        raise click.UsageError("--tls-ca, --tls-cert and --tls-key belong to --cluster")
    sweep = read_sweep(file, changes, shown.outcomes)
    place = place_of(out, sweep)
    plan = spelt_out(sweep, changes)
    check_leave(plan.schedulers)
    # shards may begin, and end, at the same time
    store = store_at(place, "" if shard is None else f"{shard[0]}-of-{shard[1]}")
    if not resume and cluster is None:
        check_demand(load_of(plan, jobs), sweep.scenario, store.folder, yes=yes)
    from hvecs.cli.sweep_execution import carry_out, connected  # noqa: PLC0415 - it loads numba and pyarrow
    from hvecs.sweep.execution import Order  # noqa: PLC0415

    inputs = hashes_of(sweep, changes)
    with connected(cluster, tls, terminal) as found:
        order = Order(
            store,
            jobs,
            found,
            ("hvecs", *sys.argv[1:]),
            inputs,
            resume=resume,
            retry_failed=retry_failed,
            shard=shard,
        )
        request = Request(
            order,
            plan,
            lambda replications: spelt_out(sweep, changes, replications),
            baseline,
            precision,
            shown,
            _resuming(),
            fail_fast=fail_fast,
            as_json=as_json,
        )
        carry_out(request, terminal)


def _resuming() -> str:
    """Give the command that resumes this one."""
    arguments = sys.argv[1:]
    arguments = [each for each in arguments if each != "--retry-failed"]
    return shlex.join(["hvecs", *arguments, *([] if "--resume" in arguments else ["--resume"])])
