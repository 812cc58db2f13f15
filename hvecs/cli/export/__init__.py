"""`hvecs export`: the group of commands that write a run in the formats of others."""

from typing import Final

import click

from hvecs.cli.failure import USAGE
from hvecs.cli.lazy import LazyGroup

COMMANDS: Final = {
    "perfmon": ("hvecs.cli.export.perfmon", "Write performance logs as relog does: PDH-CSV 4.0."),
    "openmetrics": ("hvecs.cli.export.openmetrics", "Write OpenMetrics under windows_exporter's names."),
    "perfetto": ("hvecs.cli.export.perfetto", "Write the dispatches as a trace for Perfetto."),
    "csv": ("hvecs.cli.export.csv", "Write each table as a CSV file."),
}


@click.group(
    "export", cls=LazyGroup, lazy=COMMANDS, invoke_without_command=True, subcommand_metavar="FORMAT [ARGS]..."
)
@click.pass_context
def command(ctx: click.Context) -> None:
    """Write a run in the formats of other programs."""
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help(), err=True)
        ctx.exit(USAGE)
