"""How tests make sweeps: small files, real processes, and the hash of what came out."""

import hashlib
import json
import os
import signal
import subprocess
import time
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from hvecs.sweeps.designs import replication_seed
from tests.cli.helpers import command, environment

SCENARIO = """\
[scenario]
name = "small"
duration = "2 s"
sample = "500 ms"

[host]
logical_processors = 2
memory = "8 GiB"

[[partition]]
name = "web"
virtual_processors = 2
[partition.workload]
kind = "open"
rate = "300 /s"
service = { distribution = "exponential", mean = "2 ms" }

[[partition]]
name = "batch"
virtual_processors = 2
[partition.workload]
kind = "closed"
threads = 2
work = "600 ms"
compute = { distribution = "exponential", mean = "3 ms" }
"""

SWEEP = """\
[sweep]
name = "weights"
scenario = "small.toml"
replications = 4
seed = 7

[[axis]]
path = "partition.web.processor.weight"
values = [50, 100, 400]

[[axis]]
path = "host.costs.context_switch"
values = ["1 us", "20 us"]

[[outcome]]
name = "elapsed"
table = "job"
column = "elapsed_ns"
where = { partition = "batch" }
aggregate = "max"

[[outcome]]
name = "slowest"
table = "request"
column = "response_p95_ns"
aggregate = "p95"
"""

PATIENCE_S = 120

# Python imports this file at its start, in workers too: the runs with this weight and seed do `what`.
POISON = """
import os, signal, time
import hvecs.sweeps.work as work
real = work.simulate
def simulate(scenario, sink, **options):
    outcome = real(scenario, sink, **options)
    if scenario.partition[0].processor.weight == 100 and scenario.scenario.seed == {seed}:
        {what}
    return outcome
work.simulate = simulate
"""


class Done:
    """What a sweep left: exit code, stdout, stderr."""

    def __init__(self, done):
        self.code, self.out, self.err = done.returncode, done.stdout, done.stderr

    @property
    def data(self):
        return json.loads(self.out)


def write(folder, sweep=SWEEP, scenario=SCENARIO):
    """Write a sweep file and its scenario; gives the path of the first."""
    Path(folder, "small.toml").write_text(scenario)
    path = Path(folder, "sweep.toml")
    path.write_text(sweep)
    return path


def longer(seconds):
    """Give the scenario with a longer duration, so that there is time to kill something."""
    return SCENARIO.replace('"2 s"', f'"{seconds} s"')


def poison(folder, what):
    """Let the two runs of weight 100 and replication 1 do `what` in processes that have `folder` on their path."""
    text = POISON.format(what=what, seed=replication_seed(7, 1))
    Path(folder, "sitecustomize.py").write_text(text)


def ask(*arguments, **settings):
    """Run a command of hvecs in a process of its own; keywords go to its environment."""
    done = subprocess.run(
        command(*arguments),
        env=environment(**settings),
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_S * 3,
    )
    return Done(done)


def sweep(file, out, *arguments, **settings):
    """Make a sweep in a process of its own."""
    return ask("sweep", file, "--out", out, *arguments, **settings)


def started(file, out, *arguments, **settings):
    """Begin a sweep in a process group of its own."""
    return subprocess.Popen(
        command("sweep", file, "--out", out, *arguments),
        env=environment(**settings),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def until(condition, what):
    """Wait until a condition holds."""
    end = time.monotonic() + PATIENCE_S
    while not (found := condition()):
        assert time.monotonic() < end, f"waited in vain for {what}"
        time.sleep(0.02)
    return found


def batches(out):
    """Name the batches that are complete."""
    return sorted(path.stem for path in Path(out, "runs").glob("*.parquet"))


def workers(process):
    """Give the process ids of the workers of a sweep."""
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    return [int(child) for child in children if "spawn_main" in _command_line(child)]


def alive(pid):
    """Tell whether a process runs: a zombie does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def kill(pid):
    os.kill(pid, signal.SIGKILL)


def content(out):
    """Give a hash of the sorted rows of every table of a sweep."""
    folders = sorted(path for path in Path(out).iterdir() if path.is_dir())
    return {
        path.name: hashed(pa.concat_tables(map(pq.read_table, path.glob("*.parquet")))) for path in folders
    }


def hashed(table):
    """Give a hash of the rows of a table, sorted."""
    rows = sorted(map(repr, zip(*(column.to_pylist() for column in table.columns), strict=True)))
    return hashlib.sha256("\n".join(rows).encode()).hexdigest()


def _command_line(pid):
    try:
        return Path(f"/proc/{pid}/cmdline").read_text()
    except OSError:
        return ""
