import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.warm import once

CHECKOUT = Path(__file__).resolve().parents[2]

# Nothing costs anything and nothing is random: whatever a summary of it says can be worked out by hand.
EXACT = """\
[scenario]
name = "exact"
purpose = "Two guests with a processor each."
duration = "100 ms"
step = "5 ms"
sample = "10 ms"

[host]
logical_processors = 2
memory = "8 GiB"
costs = { preset = "none" }

[root]
background_cpu = "0 %"

[[partition]]
name = "job"
processor = { affinity = [0] }
[partition.workload]
kind = "closed"
threads = 1
work = "40 ms"
compute = { distribution = "deterministic", mean = "2 ms" }
sleep = { distribution = "deterministic", mean = "2 ms" }

[[partition]]
name = "web"
processor = { affinity = [1] }
[partition.workload]
kind = "open"
arrivals = { distribution = "deterministic", mean = "4 ms" }
service = { distribution = "deterministic", mean = "1 ms" }
"""

# Everything that a world can hold, for some milliseconds.
BUSY = """\
[scenario]
name = "busy"
duration = "60 ms"
step = "5 ms"
sample = "15 ms"
trace = ["dispatch", "memory_operation"]

[host]
sockets = 2
cores_per_socket = 2
memory = "16 GiB"

[root]
background_cpu = "10 %"

[[partition]]
name = "job"
count = 2
virtual_processors = 3
[partition.processor]
weight = 300
[partition.workload]
kind = "closed"
threads = 4
work = "50 ms"
compute = { distribution = "lognormal", mean = "2 ms", cv = 1.5 }
sleep = { distribution = "exponential", mean = "1 ms" }

[[partition]]
name = "web"
virtual_processors = 2
start = "5 ms"
[partition.processor]
cap = "40 %"
[partition.workload]
kind = "open"
rate = "1 /ms"
service = { distribution = "pareto", mean = "0.5 ms", shape = 2.5 }
order = "round-robin"

[[partition]]
name = "idle"

[[partition]]
name = "soaker"
[partition.dynamic_memory]
startup = "1 GiB"
[partition.memory_demand]
kind = "constant"
committed = "2 GiB"
"""


@dataclass(frozen=True)
class Done:
    """What one command left: exit code, stdout, stderr."""

    code: int
    out: str
    err: str

    @property
    def data(self):
        """The answer of a command with --json."""
        return json.loads(self.out)


def environment(**settings):
    """The environment of a command: this checkout on the path, the shared cache of compiled kernels."""
    kept = {name: value for name, value in os.environ.items() if name not in {"COLUMNS", "NO_COLOR"}}
    return kept | {"PYTHONPATH": str(CHECKOUT)} | {name: str(value) for name, value in settings.items()}


def command(*arguments):
    """Give the words that run a command of hvecs in a process of its own, which finds the kernels compiled if it needs them."""
    if arguments[:1] in {("run",), ("sweep",), ("doctor",)}:
        once()
    return [sys.executable, "-m", "hvecs", *map(str, arguments)]


def manifest(folder):
    return json.loads((Path(folder) / "manifest.json").read_bytes())


def hashes(folder):
    """Give the hash of every table of a run by its name."""
    return {name: table["sha256"] for name, table in manifest(folder)["tables"].items()}


def files_below(folder):
    """Give the names of everything in a folder, hidden or not."""
    return sorted(str(path.relative_to(folder)) for path in Path(folder).rglob("*"))
