"""Compiles all kernels, by simulating a little under every policy and in both ways, so that test workers find them in the cache.

`python -m tests.warm` does so in one process a policy; `python -m tests.warm POLICY` for one.
"""

import subprocess
import sys

from hvecs.spec.policy_file import SCHEDULERS
from tests.simulation import MS, always_runnable, exponential, guest, opened, run, scenario


def warm(policy: str) -> None:
    """Make the kernels of one policy run once."""
    guests = [guest("a", 1, always_runnable()), guest("b", 1, opened(exponential(MS), exponential(MS)))]
    for fused in (True, False):
        run(scenario(5 * MS, 1, guests, trace=["dispatch"], scheduler=policy), fused=fused)


if __name__ == "__main__":
    if sys.argv[1:]:
        warm(sys.argv[1])
    else:
        started = [subprocess.Popen([sys.executable, "-m", "tests.warm", each]) for each in SCHEDULERS]
        sys.exit(max(each.wait() for each in started))
