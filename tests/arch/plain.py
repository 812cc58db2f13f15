"""Programs run in a process of their own that compiles nothing, so that tables and kernels may be replaced there."""

import os
from pathlib import Path

from tests.forks import forks

ROOT = Path(__file__).parents[2]
UNCOMPILED = {"NUMBA_DISABLE_JIT": "1"}


def plain(*program: str) -> str:
    """Run `-m MODULE` or `-c CODE` with its arguments in plain Python, and return what it prints."""
    begun = forks("tests.simulation", cwd=ROOT, **UNCOMPILED)
    done = begun.run(*program, cwd=ROOT, env=os.environ | UNCOMPILED)
    assert done.returncode == 0, done.stderr
    return done.stdout
