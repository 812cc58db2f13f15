"""Random hosts, simulated by kernels that check every index: no index is out of bounds, and nothing is lost.

There are 1,000 (see tests.fuzz.sizes), of seed HVECS_FUZZ_SEED (1). They run in a process of their own: whether indices are checked is settled
when a kernel is compiled.
"""

import os
import subprocess
import sys

import pytest

from tests.cli.helpers import CHECKOUT, environment
from tests.fuzz.sizes import attacks

pytestmark = pytest.mark.fuzz

HOSTS = str(attacks(1_000))
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
