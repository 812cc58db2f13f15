"""`hvecs export csv`: a run's tables as CSV files."""

from pathlib import Path

import click

from hvecs.cli.answer import print_answer, print_json
from hvecs.cli.export.options import read_run, run_argument, writing
from hvecs.cli.options import json_option, pass_terminal, talk_options
from hvecs.cli.terminal import Terminal


@click.command("csv")
@run_argument
@click.option("--bom", is_flag=True, help="Begin files with a byte-order mark, by which Excel knows UTF-8.")
@json_option
@talk_options
@pass_terminal
def command(terminal: Terminal, folder: Path, out: Path, *, bom: bool, as_json: bool) -> None:
    """Write each table as a CSV file.

    The column timestamp is the time axis, where the scenario has a start_time.
    """
    from hvecs.interop.csv_out import EXCEL_ROWS, export_csv  # noqa: PLC0415 - pyarrow takes time

    run = read_run(folder, terminal)
    rows: dict[str, int] = {}
    with writing(run, out, "csv") as place:
        for path, count in export_csv(run, place, bom=bom):
            terminal.detail(f"{path.name}: {count} rows")
            rows[str(out / path.name)] = count
    long = [path for path, count in rows.items() if count > EXCEL_ROWS]
    if long:
        terminal.warn(f"more rows than a sheet of Excel holds: {', '.join(long)}")
    if as_json:
        print_json({"out": str(out), "rows": rows})
    else:
        print_answer("\n".join(rows))
