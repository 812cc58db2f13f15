"""What a command of hvecs takes in a process of its own."""

import json
import subprocess
import sys
from typing import NamedTuple

from tests.cli.helpers import command, environment

_WATCH = """
import json, resource, subprocess, sys, time
begin = time.perf_counter()
code = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL).returncode
usage = resource.getrusage(resource.RUSAGE_CHILDREN)
print(json.dumps([code, time.perf_counter() - begin, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1e3]))
"""


class Taken(NamedTuple):
    """Seconds that passed, seconds of processors, and the most memory (MB) held."""

    wall_s: float
    cpu_s: float
    peak_mb: float

    @property
    def alone_s(self):
        """No more than it would have taken alone on the machine: others lengthen what passes, threads what processors take."""
        return min(self.wall_s, self.cpu_s)


def taken_by(folder, *words):
    """Run a command of hvecs in `folder`; gives what it took."""
    return watched(command(*words), cwd=folder, env=environment())


def watched(program, **settings):
    """Run a program; gives what it took.

    A process counts as its own what the one that began it held at that time. So one that holds little begins it, not the tests'.
    """
    done = subprocess.run(
        [sys.executable, "-c", _WATCH, *program], stdout=subprocess.PIPE, check=True, **settings
    )
    code, *taken = json.loads(done.stdout)
    assert code == 0, program
    return Taken(*taken)
