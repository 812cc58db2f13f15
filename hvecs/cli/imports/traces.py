"""What `hvecs import bitbrains` and `hvecs import azure` have in common: the file to write."""

from pathlib import Path
from typing import TYPE_CHECKING

from hvecs.cli.answer import print_answer
from hvecs.cli.failure import USAGE, Failure
from hvecs.cli.imports.options import tell_skipped
from hvecs.cli.terminal import Terminal
from hvecs.cli.text import counted

if TYPE_CHECKING:
    from hvecs.interop.load_traces import Traces


def check_new(out: Path) -> None:
    """Refuse a file that exists, and a folder."""
    if out.is_dir():
        raise Failure(USAGE, f"{out} is a folder; expected the name of a new file in it")
    if out.exists():
        raise Failure(USAGE, f"{out} exists already; it is left as it is")


def write(traces: "Traces", out: Path, terminal: Terminal) -> None:
    """Write traces and say how many there are."""
    from hvecs.interop.load_traces import write_traces  # noqa: PLC0415 - pyarrow takes time

    rows = write_traces(traces, out)
    tell_skipped(traces.skipped, terminal)
    print_answer(f"{out}: {counted(len(traces.vms), 'VM')}, {counted(rows, 'sample')}")
