"""What is measured of a process is its own, whatever the tests hold and have run before."""

import subprocess
import sys

import numpy as np
import pytest

from tests.bench.children import watched

HOLD_MB = 400


@pytest.mark.bench
def test_the_memory_of_a_process_is_that_of_no_other():
    held = np.ones(HOLD_MB * 1_000_000, np.uint8)
    subprocess.run([sys.executable, "-c", f"bytearray(b'x' * {HOLD_MB}_000_000)"], check=True)
    small = watched([sys.executable, "-c", "pass"])
    large = watched([sys.executable, "-c", "bytearray(b'x' * 200_000_000)"])
    assert len(held) == HOLD_MB * 1_000_000
    assert small.peak_mb < 100
    assert 200 < large.peak_mb < HOLD_MB
