"""`hvecs import bitbrains`: VMs of the Bitbrains archive as load over time."""

from pathlib import Path

import click

from hvecs.cli.imports.options import files_of, reading
from hvecs.cli.imports.traces import check_new, write
from hvecs.cli.options import pass_terminal, talk_options
from hvecs.cli.terminal import Terminal


@click.command("bitbrains")
@click.argument("given", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--out", required=True, type=click.Path(path_type=Path), help="Parquet file to write.")
@talk_options
@pass_terminal
def command(terminal: Terminal, given: tuple[Path, ...], out: Path) -> None:
    """Read VMs of the Bitbrains archive (GWA-T-12), a file each.

    The result is one Parquet file with CPU, memory, disk and network over time. Stamps are seconds, whatever the heading says.
    """
    from hvecs.interop.load_traces import read_bitbrains  # noqa: PLC0415 - pyarrow takes time

    check_new(out)
    with reading(out):
        write(read_bitbrains(files_of(given, (".csv",))), out, terminal)
