"""Hypothesis draws the same examples in every run; `--hypothesis-profile search` looks for new ones."""

import signal
import subprocess
import sys
from pathlib import Path

from hypothesis import HealthCheck, settings

signal.signal(signal.SIGINT, signal.default_int_handler)
"""A shell lets what it runs in the background ignore interrupts, and so would every process that a test starts."""

settings.register_profile("ci", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("search", parent=settings.get_profile("ci"), derandomize=False, print_blob=True)
settings.load_profile("ci")


def pytest_configure(config):
    """Compile the kernels once, before the workers of pytest-xdist would each do it."""
    if not hasattr(config, "workerinput") and not config.option.collectonly:
        subprocess.run([sys.executable, "-m", "tests.warm"], cwd=Path(__file__).parents[1], check=True)
