"""`hvecs show`: the group of commands that print what the model consists of."""

from typing import Final

import click

from hvecs.cli.failure import USAGE
from hvecs.cli.lazy import LazyGroup

COMMANDS: Final = {
    "systems": (
        "hvecs.cli.show.systems",
        "Print the systems in the order in which a step calls them, and the events inside a step in theirs.",
    ),
    "components": ("hvecs.cli.show.components", "Print every component and its fields."),
    "counters": ("hvecs.cli.show.counters", "Print which counters of Windows are modelled."),
    "costs": ("hvecs.cli.show.costs", "Print every cost of the model, and every parameter of the scheduler."),
    "rules": ("hvecs.cli.show.rules", "Print the rules of the verdict."),
    "topology": ("hvecs.cli.show.topology", "Print the LPs of a host, and who may run where."),
    "inventory-script": (
        "hvecs.cli.show.inventory_script",
        "Print the script that writes the inventory of a host.",
    ),
    "scenario": ("hvecs.cli.show.scenario", "Print the keys of scenario files, or a scenario in full."),
    "sweep": ("hvecs.cli.show.sweep", "Print the keys of sweep files."),
}


@click.group(
    "show", cls=LazyGroup, lazy=COMMANDS, invoke_without_command=True, subcommand_metavar="COMMAND [ARGS]..."
)
@click.pass_context
def command(ctx: click.Context) -> None:
    """Print what the model consists of."""
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help(), err=True)
        ctx.exit(USAGE)
