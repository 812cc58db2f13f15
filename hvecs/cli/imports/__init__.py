"""`hvecs import`: the group of commands that read data of real hosts."""

from typing import Final

import click

from hvecs.cli.failure import USAGE
from hvecs.cli.lazy import LazyGroup

COMMANDS: Final = {
    "host": ("hvecs.cli.imports.host", "Write a scenario of a real host, from its inventory."),
    "perfmon": ("hvecs.cli.imports.perfmon", "Read performance logs (PDH-CSV, PDH-TSV) into tables."),
    "bitbrains": ("hvecs.cli.imports.bitbrains", "Read VMs of the Bitbrains archive as load over time."),
    "azure": ("hvecs.cli.imports.azure", "Read VMs of the Azure public dataset as load over time."),
}


@click.group(
    "import", cls=LazyGroup, lazy=COMMANDS, invoke_without_command=True, subcommand_metavar="FORMAT [ARGS]..."
)
@click.pass_context
def command(ctx: click.Context) -> None:
    """Read data of real hosts."""
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help(), err=True)
        ctx.exit(USAGE)
