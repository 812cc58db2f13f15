"""What sweeps of many short runs take, a run beyond its kernel, and what a second process is worth: 1 s simulated, 4 LPs, 8 VPs a run."""

import os
import resource
import statistics
import subprocess
import time
from pathlib import Path

import pyarrow as pa
import pytest

from hvecs.engine.world import World
from hvecs.spec.sweep_loading import load_sweep
from hvecs.sweeps.plan import Batch, make_plan
from hvecs.sweeps.stages import Stages
from hvecs.sweeps.work import context_of, make_batch, task_of
from tests.cli.helpers import command, environment

pytestmark = [
    pytest.mark.bench,
    pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs /proc"),
]

SCENARIO = """\
[scenario]
name = "short"
duration = "1 s"
[host]
logical_processors = 4
memory = "32 GiB"
[[partition]]
name = "web"
count = 4
virtual_processors = 2
[partition.workload]
kind = "open"
rate = "200 /s"
service = { distribution = "exponential", mean = "2 ms" }
"""

SWEEP = """\
[sweep]
name = "short"
scenario = "short.toml"
design = "random"
points = 100
replications = {replications}
[[axis]]
path = "partition.web.processor.weight"
range = [10, 10000]
[[axis]]
path = "host.costs.context_switch"
range = ["1 us", "50 us"]
"""

LONGEST_S = 120
MOST_BEYOND_MS = 16
"""Twice what is wanted: others take the caches of a processor that is shared."""
MOST_MB = 400
MOST_FILES = 1500  # twelve tables, a hundred batches
OTHERS = 0.1
"""The share of two processors that others may use before a ratio of wall times says nothing."""


def write(folder, replications):
    """Write the sweep of 100 points, and give its file."""
    (folder / "short.toml").write_text(SCENARIO)
    (folder / "sweep.toml").write_text(SWEEP.format(replications=replications))
    return folder / "sweep.toml"


class Made:
    """A sweep that was made: wall time and CPU time of all its processes (s), and the most that its parent held (MB)."""

    def __init__(self, folder, replications, jobs):
        write(folder, replications)
        self.out = folder / f"out-{time.monotonic_ns()}"
        before, busy, begin = self._cpu_s(), self._busy_s(), time.perf_counter()
        words = command("sweep", folder / "sweep.toml", "--out", self.out, "--jobs", jobs, "-q")
        process = subprocess.Popen(words, env=environment(), stdout=subprocess.DEVNULL)
        self.parent_mb = 0.0
        while process.poll() is None:
            self.parent_mb = max(self.parent_mb, self._peak_mb(process.pid))
            time.sleep(0.05)
        assert process.returncode == 0
        self.wall_s, self.cpu_s = time.perf_counter() - begin, self._cpu_s() - before
        self.others = max(0.0, self._busy_s() - busy - self.cpu_s) / (2 * self.wall_s)

    @staticmethod
    def _cpu_s():
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        return used.ru_utime + used.ru_stime

    @staticmethod
    def _busy_s():
        """Give the CPU time of all processes of the machine (s)."""
        user, nice, system, _idle, _wait, irq, softirq, *_ = Path("/proc/stat").read_text().split()[1:9]
        return sum(map(int, (user, nice, system, irq, softirq))) / os.sysconf("SC_CLK_TCK")

    @staticmethod
    def _peak_mb(pid):
        status = Path(f"/proc/{pid}/status").read_text()
        return next((int(line.split()[1]) / 1024 for line in status.splitlines() if "VmHWM" in line), 0.0)


def test_a_run_of_a_warm_worker_takes_little_beyond_its_kernel(tmp_path, monkeypatch):
    """CPU time of a run, the least of six batches of a hundred, and what the kernels take of it; every point has been met before."""
    plan = make_plan(load_sweep(write(tmp_path, 8)))
    context, stages, kernels = context_of(plan, str(tmp_path)), Stages(), [0.0]
    run_kernels = World.run_kernels

    def timed(world, until, last):
        begin = time.process_time()
        run_kernels(world, until, last)
        kernels[0] += time.process_time() - begin

    monkeypatch.setattr(World, "run_kernels", timed)
    pa.set_cpu_count(1)  # as in a worker
    took = []
    for number in range(8):
        task = task_of(plan, Batch(f"b{number:05d}", 100 * number, 100 * (number + 1)))
        begin, kernels[0] = time.process_time(), 0.0
        assert make_batch(context, task, lambda *_: None, stages=stages) == 0
        took.append((10 * (time.process_time() - begin), 10 * kernels[0]))
    first, *_ = took
    whole, kernel = min(took[2:])
    print(
        f"a run of a warm worker: {whole:.1f} ms of CPU, {whole - kernel:.1f} beyond its kernel (wanted 8); {first[0]:.1f} where its world is built"
    )
    assert whole - kernel < MOST_BEYOND_MS


def test_ten_thousand_short_runs_by_two_processes(tmp_path):
    """The limit on time is that of two quiet processors: half of the CPU time."""
    made = Made(tmp_path, 100, 2)
    files = [path for path in made.out.rglob("*") if path.is_file()]
    print(
        f"10,000 runs, 2 jobs: {made.wall_s:.0f} s (wanted 60 on two quiet processors), {made.cpu_s:.0f} s of CPU, "
        f"parent {made.parent_mb:.0f} MB, {len(files)} files"
    )
    assert made.cpu_s / 2 < LONGEST_S
    assert made.parent_mb < MOST_MB
    assert len(files) < MOST_FILES


@pytest.mark.skipif((os.cpu_count() or 1) < 2, reason="needs two processors")
def test_two_processes_are_1_7_times_as_fast_as_one(tmp_path):
    """The median of five ratios, each of two sweeps of 6,000 runs, one after the other."""
    ratios = []
    for _ in range(5):
        one, two = (Made(tmp_path, 60, jobs) for jobs in (1, 2))
        if max(one.others, two.others) > OTHERS:
            pytest.skip(
                f"others use the processors: {100 * one.others:.0f} and {100 * two.others:.0f} % of two"
            )
        ratios.append(one.wall_s / two.wall_s)
        print(f"one {one.wall_s:.1f} s, two {two.wall_s:.1f} s; CPU {one.cpu_s:.1f} s, {two.cpu_s:.1f} s")
    print(
        f"two jobs: {statistics.median(ratios):.2f} times as fast as one ({min(ratios):.2f} to {max(ratios):.2f}; wanted 1.8)"
    )
    assert statistics.median(ratios) >= 1.7
