"""Hypothesis draws the same examples in every run; `--hypothesis-profile search` looks for new ones."""

import signal

import pytest
from hypothesis import HealthCheck, settings

from hvecs.engine.world import World
from tests.warm import once

signal.signal(signal.SIGINT, signal.default_int_handler)
"""A shell lets what it runs in the background ignore interrupts, and so would every process that a test starts."""

settings.register_profile("ci", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("search", parent=settings.get_profile("ci"), derandomize=False, print_blob=True)
settings.load_profile("ci")


@pytest.fixture(scope="session", autouse=True)
def compiled():
    """Have the first test that simulates compile all kernels, for this worker of pytest-xdist and the others."""
    begin = World.begin

    def begin_warm(world):
        once()
        begin(world)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(World, "begin", begin_warm)
        yield
