"""Random hosts, simulated by kernels that check every index: no index is out of bounds, and nothing is lost.

HVECS_FUZZ_HOSTS says how many (1,000), of seed HVECS_FUZZ_SEED (1). They run in a process of their own: whether indices are checked is settled
when a kernel is compiled.
"""

import os
import subprocess
import sys

import pytest

from tests.cli.helpers import CHECKOUT, environment

pytestmark = pytest.mark.fuzz

HOSTS = os.environ.get("HVECS_FUZZ_HOSTS", "1000")
SEED = os.environ.get("HVECS_FUZZ_SEED", "1")


def test_random_hosts_stay_within_bounds_and_lose_nothing():
    done = subprocess.run(
        [sys.executable, "-m", "tests.fuzz.hosts", HOSTS, SEED],
        cwd=CHECKOUT,
        env=environment(HVECS_BOUNDS=1),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    assert done.stdout.splitlines()[-1] == f"{HOSTS} hosts"
