"""What a command of hvecs takes in a process of its own."""

import os
import subprocess
import time
from typing import NamedTuple

from tests.cli.helpers import command, environment


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
    """Run a command in `folder`; gives what it took."""
    begin = time.perf_counter()
    child = subprocess.Popen(command(*words), cwd=folder, env=environment(), stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    assert child.returncode == 0, words
    return Taken(time.perf_counter() - begin, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1e3)
