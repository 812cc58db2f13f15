"""`hvecs export openmetrics`: a run as windows_exporter would have shown it."""

from importlib.resources import files
from pathlib import Path
from typing import Final

import click

from hvecs.cli.answer import print_answer, print_json
from hvecs.cli.export.options import read_run, run_argument, start_of, start_option, writing
from hvecs.cli.options import json_option, pass_terminal, talk_options
from hvecs.cli.terminal import Terminal

METRICS: Final = "metrics.txt"
DASHBOARD: Final = "dashboard.json"


@click.command("openmetrics")
@run_argument
@start_option
@json_option
@talk_options
@pass_terminal
def command(terminal: Terminal, folder: Path, out: Path, start: str | None, *, as_json: bool) -> None:
    """Write OpenMetrics text under windows_exporter's names, and a dashboard for Grafana.

    metrics.txt has every sample with its time stamp, as `promtool tsdb create-blocks-from openmetrics` takes it.
    """
    from hvecs.interop.openmetrics import openmetrics_lines  # noqa: PLC0415 - pyarrow takes time
    from hvecs.output.errors import disk  # noqa: PLC0415

    run = read_run(folder, terminal)
    moment = start_of(run, start, terminal)
    with writing(run, out, "openmetrics") as place, disk(place):
        with (place / METRICS).open("w", encoding="utf-8", newline="\n") as file:
            file.writelines(openmetrics_lines(run, moment))
        (place / DASHBOARD).write_bytes(files("hvecs.interop").joinpath(DASHBOARD).read_bytes())
    names = [str(out / name) for name in (METRICS, DASHBOARD)]
    if as_json:
        print_json({"out": str(out), "files": names})
    else:
        print_answer("\n".join(names))
