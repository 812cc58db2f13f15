"""`hvecs show inventory-script`: the PowerShell script that writes the inventory of a host."""

from importlib.resources import files

import click

from hvecs.cli.answer import print_answer
from hvecs.cli.options import talk_options


@click.command("inventory-script")
@talk_options
def command() -> None:
    """Print the script that writes the inventory of a host.

    It is PowerShell; what it writes is for import host.
    """
    script = files("hvecs.interop").joinpath("inventory.ps1").read_text(encoding="utf-8")
    print_answer(script.rstrip("\n"), as_it_is=True)
