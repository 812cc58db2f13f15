"""What a command takes that computes nothing, as a ratio to Python with what reads the command line."""

import subprocess
import sys
import time

import pytest

pytestmark = pytest.mark.bench


def least(*arguments):
    """Give the least time (s) of a process, of five."""
    times = []
    for _ in range(5):
        begin = time.perf_counter()
        subprocess.run([sys.executable, *arguments], stdout=subprocess.DEVNULL, check=True)
        times.append(time.perf_counter() - begin)
    return min(times)


def test_help_is_quick():
    assert least("-m", "hvecs", "--help") < 3 * least("-c", "import click")
