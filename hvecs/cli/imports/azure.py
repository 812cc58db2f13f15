"""`hvecs import azure`: VMs of the Azure public dataset as load over time."""

from pathlib import Path

import click

from hvecs.cli.imports.options import files_of, reading
from hvecs.cli.imports.traces import check_new, write
from hvecs.cli.options import pass_terminal, talk_options
from hvecs.cli.terminal import Terminal


@click.command("azure")
@click.argument("given", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--vmtable", type=click.Path(path_type=Path), help="The table of VMs, for their cores and memory."
)
@click.option("--vm", "wanted", multiple=True, metavar="ID", help="Keep this VM; repeatable.  [default: all]")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="Parquet file to write.")
@talk_options
@pass_terminal
def command(
    terminal: Terminal, given: tuple[Path, ...], vmtable: Path | None, wanted: tuple[str, ...], out: Path
) -> None:
    """Read CPU readings of the Azure public dataset (V1, V2), plain or .gz.

    All samples of the VMs that are kept are held in memory: of a whole dataset, choose with --vm.
    """
    from hvecs.interop.load_traces import read_azure  # noqa: PLC0415 - pyarrow takes time

    check_new(out)
    with reading(out):
        write(read_azure(files_of(given, (".csv", ".gz")), vmtable, frozenset(wanted)), out, terminal)
