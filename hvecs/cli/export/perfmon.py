"""`hvecs export perfmon`: a run as performance logs."""

from pathlib import Path
from typing import Final

import click

from hvecs.cli.answer import print_answer, print_json
from hvecs.cli.export.options import read_run, run_argument, start_of, start_option, writing
from hvecs.cli.failure import USAGE, Failure
from hvecs.cli.options import json_option, pass_terminal, talk_options
from hvecs.cli.terminal import Terminal

MACHINE: Final = "HVHOST"
"""The host's name in the paths, unless it is given."""


@click.command("perfmon")
@run_argument
@start_option
@click.option(
    "--machine",
    show_default=MACHINE,
    metavar="NAME",
    help="Name of the only host in the paths; several have theirs.",
)
@json_option
@talk_options
@pass_terminal
def command(  # noqa: PLR0913 - click hands over each option by itself
    terminal: Terminal, folder: Path, out: Path, start: str | None, machine: str | None, *, as_json: bool
) -> None:
    """Write performance logs as relog does: PDH-CSV 4.0.

    One file for each host, with an instance _Total where Windows has one, and one for each guest under its name. Time
    stamps have the offset of the start and whole milliseconds. Counters that the scenario's version of Windows (host.limits) is known not to
    have are left out.
    """
    files = write_logs(terminal, folder, out, start, machine)
    if as_json:
        print_json({"out": str(out), "files": files})
    else:
        print_answer("\n".join(files.values()))


def write_logs(
    terminal: Terminal, folder: Path, out: Path, start: str | None = None, machine: str | None = None
) -> dict[str, str]:
    """Write the logs of the run in `folder` to `out`; gives the files by the machine of which they are.

    Raises:
        Failure: there is no run, a name or a time will not do, or `out` does not.
    """
    from hvecs.interop.perfmon_out import export_perfmon  # noqa: PLC0415 - pyarrow takes time

    run = read_run(folder, terminal)
    moment = start_of(run, start, terminal)
    hosts = run.hosts
    if hosts and machine is not None:
        raise click.BadParameter(
            f"the run has {len(hosts)} hosts, which go by their names; expected none", param_hint="--machine"
        )
    machine = MACHINE if machine is None else machine
    if not machine.strip() or "\\" in machine or not machine.isprintable():
        raise click.BadParameter("expected a name without backslashes", param_hint="--machine")
    with writing(run, out, "perfmon") as place:
        guests = {name.lower() for name in run.instances("guest")}
        taken = next((name for name in hosts or (machine,) if name.lower() in guests), None)
        if taken is not None:
            other = "name one of them otherwise" if hosts else "give another with --machine"
            raise Failure(USAGE, f"a guest has the name of the host, {taken}; {other}")
        done = export_perfmon(
            run, place, moment, machine, lambda at, of: terminal.detail(f"{at} of {of} files written")
        )
    if done.rounded:
        terminal.warn(
            f"time stamps are rounded to a millisecond: so many samples do not end at a whole one: {done.rounded}"
        )
    return {name: str(out / path.name) for name, path in done.files.items()}
