"""`hvecs sweep`: all runs of a sweep are made, those that are there already left out."""

import re
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hvecs.cli.compare import share_of
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
from hvecs.cli.sweep_request import Precision, Request, Tls
from hvecs.cli.terminal import Terminal

if TYPE_CHECKING:
    from hvecs.sweep.execution import Shard


def _shard(_ctx: click.Context, _parameter: click.Parameter, text: str | None) -> "Shard | None":
    """Read `3/64`."""
    if text is None:
        return None
    found = re.fullmatch(r"([1-9]\d{0,5})/([1-9]\d{0,5})", text)
    if found is None or int(found[1]) > int(found[2]):
        raise click.BadParameter(f'expected one such as "3/64"; got {text!r}')
    return int(found[1]), int(found[2])


def _precision(
    until_ci: str | None, outcome: str | None, most: int, shard: "Shard | None"
) -> Precision | None:
    """Give what --until-ci asks for."""
    if until_ci is None:
        if outcome is not None:
            raise click.UsageError("--outcome belongs to --until-ci")
        return None
    share = share_of(until_ci, "--until-ci")
    if not share > 0:
        raise click.BadParameter("expected more than 0 %", param_hint="--until-ci")
    if shard is not None:
        raise click.UsageError("--until-ci looks at all runs; it cannot be used with --shard")
    return Precision(share, outcome, most)


@click.command("sweep")
@sweep_argument
@click.option(
    "--out",
    metavar="DIR",
    help="Folder of the results, or a URI such as s3://BUCKET/PREFIX.  [default: runs/out/ and the sweep's name]",
)
@click.option(
    "--jobs",
    type=click.IntRange(1, 1024),
    metavar="N",
    help="Number of processes.  [default: all processors]",
)
@click.option(
    "--cluster", metavar="ADDRESS", help="Dask scheduler, such as tcp://HOST:8786, instead of processes."
)
@click.option(
    "--tls-ca", metavar="FILE", help="Certificate of the authority that a tls:// scheduler is checked by."
)
@click.option("--tls-cert", metavar="FILE", help="Our certificate for a tls:// scheduler.")
@click.option("--tls-key", metavar="FILE", help="The key of our certificate.")
@click.option(
    "--resume",
    is_flag=True,
    help="Make what is missing or damaged of the sweep that is there, and the runs that failed of a kill.",
)
@click.option("--retry-failed", is_flag=True, help="Resume, and make all runs that failed again.")
@click.option("--shard", callback=_shard, metavar="I/N", help="Make the I-th of N parts only.")
@click.option("--fail-fast", is_flag=True, help="Stop at the first run that fails.")
@click.option(
    "--baseline",
    multiple=True,
    metavar="POINT",
    help="Show differences against this point: its number, or PATH=VALUE, repeatable.",
)
@click.option("--until-ci", metavar="PERCENT", help='Add replications until intervals are so narrow: "2 %".')
@click.option("--outcome", metavar="NAME", help="The outcome that --until-ci looks at.  [default: the first]")
@click.option(
    "--most",
    type=click.IntRange(2),
    metavar="N",
    default=1000,
    show_default=True,
    help="Most replications of a point.",
)
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
    tls_ca: str | None,
    tls_cert: str | None,
    tls_key: str | None,
    shard: "Shard | None",
    baseline: tuple[str, ...],
    until_ci: str | None,
    outcome: str | None,
    most: int,
    changes: Changes,
    *,
    resume: bool,
    retry_failed: bool,
    fail_fast: bool,
    as_json: bool,
    yes: bool,
) -> None:
    """Make all runs of a sweep, and print a summary.

    Each table is a folder of Parquet files with the run's id in the column run; the table runs has the parameters and
    outcomes. What was interrupted goes on with --resume.
    """
    precision = _precision(until_ci, outcome, most, shard)
    resume = resume or retry_failed
    tls = Tls(tls_ca, tls_cert, tls_key)
    if tls != Tls() and cluster is None:
        raise click.UsageError("--tls-ca, --tls-cert and --tls-key belong to --cluster")
    sweep = read_sweep(file, changes)
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
