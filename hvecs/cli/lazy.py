"""A group of commands that are imported when they are called, not when they are listed."""

from collections.abc import Mapping
from difflib import get_close_matches
from importlib import import_module
from typing import Any

import click

from hvecs.cli.failure import USAGE


class LazyGroup(click.Group):
    """A click group whose commands stand in a table: name -> (module, first line of its help).

    The module has the command under the name `command`.
    """

    def __init__(self, *args: Any, lazy: Mapping[str, tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lazy = lazy

    def list_commands(self, _ctx: click.Context) -> list[str]:
        """Give the names of the commands in the order of the table."""
        return list(self.lazy)

    def get_command(self, _ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command; None if there is no such command."""
        if cmd_name not in self.lazy:
            return None
        command = import_module(self.lazy[cmd_name][0]).command
        assert isinstance(command, click.Command)  # noqa: S101 - the table says so
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command; for a mistyped one, say which may be meant."""
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            near = get_close_matches(args[0], self.lazy, 1)
            if not near:
                raise
            hint = f"no command {args[0]!r}; did you mean {near[0]!r}?"
            raise click.UsageError(hint, error.ctx) from error

    def format_commands(self, _ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in self.lazy.items()])


def lazy_group(name: str, text: str, commands: Mapping[str, tuple[str, str]]) -> LazyGroup:
    """Make a group that prints its help to stderr when it is called without a command."""

    def without_command(ctx: click.Context) -> None:
        if ctx.invoked_subcommand is None:
            click.echo(ctx.get_help(), err=True)
            ctx.exit(USAGE)

    return LazyGroup(
        name,
        lazy=commands,
        help=text,
        callback=click.pass_context(without_command),
        invoke_without_command=True,
        subcommand_metavar="COMMAND [ARGS]...",
    )
