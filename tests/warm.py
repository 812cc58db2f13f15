"""Compiles all kernels, once for all workers, when the first test simulates: a policy in a process, side by side.

`python -m tests.warm POLICY` compiles those of one policy, by simulating a little.
"""

import fcntl
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

from hvecs.engine import simulate
from hvecs.engine.build import build
from hvecs.spec import load
from hvecs.spec.policy_file import SCHEDULERS
from systems.kernels.code_folder import cache_folder

CHECKOUT = Path(__file__).parents[1]
SCENARIO = """\
[scenario]
name = "warm"
duration = "5 ms"
sample = "5 ms"
trace = ["dispatch"]
[host]
logical_processors = 1
memory = "64 GiB"
scheduler = "{}"
[[partition]]
name = "closed"
workload = {{ kind = "closed", work = "1 h" }}
[[partition]]
name = "open"
workload = {{ kind = "open", rate = "1 /ms", service = {{ distribution = "exponential", mean = "1 ms" }} }}
"""


class Nowhere:
    """A sink that drops what it is given."""

    def write(self, table, columns):
        pass


def once():
    """See to it that all kernels are in the cache: the first to ask compiles them, others wait; without a cache nothing helps."""
    folder = cache_folder()
    if folder is None or (mark := folder / "warm-tests").exists():
        return
    with (folder / "tests.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not mark.exists():
            commands = [[sys.executable, "-m", "tests.warm", policy] for policy in SCHEDULERS]
            begun = [subprocess.Popen(command, cwd=CHECKOUT) for command in commands]
            codes = [each.wait() for each in begun]
            if any(codes):
                raise RuntimeError("the kernels do not compile")
            mark.touch()


def warm(policy):
    """Make the kernels of one policy run once."""
    for fused in (True, False):
        simulate(loaded(policy), Nowhere(), fused=fused)


@cache
def begun():
    """Have this process load what begins a world, of every policy; what cannot be loaded is compiled."""
    once()
    for policy in SCHEDULERS:
        build(loaded(policy))


def loaded(policy):
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "warm.toml")
        file.write_text(SCENARIO.format(policy))
        return load(file)


if __name__ == "__main__":
    warm(sys.argv[1])
