"""`hvecs export perfetto`: the dispatches of a run as a trace."""

from pathlib import Path
from typing import Final

import click

from hvecs.cli.answer import print_answer, print_json
from hvecs.cli.export.options import read_run, run_argument, writing
from hvecs.cli.failure import USAGE, Failure
from hvecs.cli.options import json_option, pass_terminal, talk_options
from hvecs.cli.terminal import Terminal

TRACE: Final = "dispatch.pftrace"


@click.command("perfetto")
@run_argument
@json_option
@talk_options
@pass_terminal
def command(terminal: Terminal, folder: Path, out: Path, *, as_json: bool) -> None:
    """Write the table dispatch as a trace for Perfetto.

    A track for each LP with the stays of VPs, one for each VP with its waits, and counters. The run must have been made
    with trace = ["dispatch"].
    """
    from hvecs.interop.perfetto import trace_packets  # noqa: PLC0415 - pyarrow takes time
    from hvecs.output.errors import disk  # noqa: PLC0415

    run = read_run(folder, terminal)
    if not run.has("dispatch"):
        raise Failure(
            USAGE, f'{folder} has no table dispatch; expected a run with --set scenario.trace=["dispatch"]'
        )
    with writing(run, out, "perfetto") as place, disk(place), (place / TRACE).open("wb") as file:
        file.writelines(trace_packets(run))
    if as_json:
        print_json({"out": str(out), "files": [str(out / TRACE)]})
    else:
        print_answer(str(out / TRACE))
