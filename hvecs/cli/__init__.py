"""The command line: `main` is the program, `invoke` one command of it without the process around it."""

import gc
import os
import sys
from collections.abc import Sequence

from hvecs.cli import signals

_GARBAGE = (300_000, 20, 100)
"""Python looks for garbage this seldom: what a command imports and makes, stays, and a tenth of its start went into going through it."""


def main() -> int:
    """Run the program with the arguments of this process; gives its exit code."""
    gc.set_threshold(*_GARBAGE)
    # else numpy and scipy each start a thread per CPU, which wait busily
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    with signals.installed():
        code = invoke(sys.argv[1:])
    gc.freeze()  # Python would end by looking for garbage in all that was imported, a quarter of a short command
    return code


def invoke(arguments: Sequence[str]) -> int:
    """Run one command and give its exit code; whatever goes wrong is told on stderr, never raised."""
    try:
        from hvecs.cli.program import run_program  # noqa: PLC0415 - an early Ctrl-C must find its handler
    except signals.Interrupted as stop:
        sys.stderr.write("hvecs: interrupted\n")
        return stop.exit_code
    return run_program(arguments)
