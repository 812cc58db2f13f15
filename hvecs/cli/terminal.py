"""All talk with the user goes to stderr, by way of one class; stdout holds answers only."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import click

from hvecs.cli.text import span

Progress = Callable[[int, int], None]
"""Is told the simulated time, and its end (ns)."""


class Terminal:
    """Speaks to the user as -q and -v ask: every line begins with `hvecs:` and a lost listener is no error."""

    def __init__(self) -> None:
        self.quiet = False
        self.verbose = False

    def say(self, text: str) -> None:
        """Tell what goes on, unless with -q."""
        if not self.quiet:
            self._write(f"hvecs: {text}")

    def detail(self, text: str) -> None:
        """Tell more of it, with -v."""
        if self.verbose:
            self._write(f"hvecs: {text}")

    def warn(self, text: str) -> None:
        """Tell what the user should know of the result, also with -q."""
        self._write(f"hvecs: warning: {text}")

    def fail(self, text: str) -> None:
        """Tell what went wrong."""
        self._write(f"hvecs: {text}")

    def problem(self, text: str) -> None:
        """Tell one problem of a scenario, which says itself where it lies."""
        self._write(text)

    @contextmanager
    def progress(self, runs: bool = False) -> Iterator[Progress]:
        """Show how far a run has come, or how many `runs` are done: a bar on a terminal, a line every 10 % elsewhere, nothing with -q."""
        written = _runs if runs else span
        if self.quiet:
            yield lambda _now, _end: None
        elif is_terminal():
            from hvecs.cli.bar import bar  # noqa: PLC0415 - rich is loaded for a terminal only

            with bar(written, "made" if runs else "simulated") as progress:
                yield progress
        else:
            yield self._lines(written, "made" if runs else "simulated")

    def _lines(self, written: Callable[[int], str], how: str) -> Progress:
        """Give a progress that writes a line whenever another 10 % are done."""
        told = 0

        def progress(now: int, end: int) -> None:
            nonlocal told
            tenths = 10 * now // end
            if tenths > told:
                told = tenths
                self.say(f"{10 * tenths:3d} %, {written(now)} of {written(end)} {how}")

        return progress

    def _write(self, text: str) -> None:
        with suppress(OSError):  # nobody listens; what is being done is done nevertheless
            click.echo(text, err=True)


def is_terminal() -> bool:
    """Say whether stderr is a terminal that can be drawn on."""
    return sys.stderr is not None and sys.stderr.isatty() and os.environ.get("TERM") != "dumb"


def _runs(number: int) -> str:
    return f"{number} run{'' if number == 1 else 's'}"
