"""What samples and traces cost in computing time and in memory: ratios, and shares of one run, taken within one run.

What a sample costs is given in dispatches of a scheduler by heapq in the same run, for the time of a fast loop says nothing about samples.
"""

import sys
import tempfile
import time
from pathlib import Path

import pytest

from hvecs.engine import simulate
from hvecs.engine.stopwatch import Stopwatch
from hvecs.output.sink import ParquetSink
from hvecs.output.timestamps import Stamped
from hvecs.output.written import tables_of
from hvecs.spec import load
from tests.bench.children import watched
from tests.bench.peers import by_heapq

STUDY = Path(__file__).parents[2] / "runs" / "overcommitted.toml"
BIG = """
[scenario]
name = "big"
duration = "4 s"
[host]
sockets = 4
cores_per_socket = 16
memory = "64 TiB"
limits = "none"
[[partition]]
name = "guest"
count = 128
virtual_processors = 4
memory = "1 GiB"
[partition.workload]
kind = "closed"
threads = 8
work = "100 h"
compute = { distribution = "exponential", mean = "8 ms" }
sleep = { distribution = "exponential", mean = "12 ms" }
"""
NAMES = {"10 s": 10.0, "1 s": 1.0, "100 ms": 0.1, "10 ms": 0.01}


class _Nowhere:
    def write(self, table, columns):
        """Drop the rows."""


def _cpu(scenario, *, written):
    """Return the CPU seconds of a run, its tables written or dropped, and the bytes of each table."""
    with tempfile.TemporaryDirectory() as folder:
        begin = time.process_time()
        if written:
            with ParquetSink(Path(folder), "r").open(tables_of(scenario)) as sink:
                simulate(scenario, Stamped(sink, scenario.scenario.start_time))
        else:
            simulate(scenario, _Nowhere())
        took = time.process_time() - begin
        return took, {path.parts[-3]: path.stat().st_size for path in Path(folder).rglob("*.parquet")}


def _median(runs):
    return sorted(runs)[len(runs) // 2]


def _dispatch_us():
    """Return the CPU time (us) of a dispatch by heapq, of 64 VPs on 16 LPs."""
    begin = time.process_time()
    _, dispatches = by_heapq(64, 16, 100 * 1_000_000_000)
    return (time.process_time() - begin) / dispatches * 1e6


def _of_samples(path, duration_s, samples, *, written, rounds=3):
    """Return the median CPU seconds of a run for each sampling interval, rounds interleaved, and the cost (us) of a dispatch by heapq."""
    scenarios = {
        sample: load(path, [f"scenario.duration={duration_s} s", f"scenario.sample={sample}"])
        for sample in samples
    }
    took, peer = {sample: [] for sample in samples}, []
    for _ in range(rounds):
        peer.append(_dispatch_us())
        for sample, scenario in scenarios.items():
            took[sample].append(_cpu(scenario, written=written)[0])
    return {sample: _median(runs) for sample, runs in took.items()}, _median(peer)


@pytest.mark.bench
@pytest.mark.parametrize("written", [False, True], ids=["dropped", "written"])
def test_samples_of_a_host_of_4_lps_from_10_s_to_10_ms(written):
    _cpu(load(STUDY, ["scenario.duration=1 s"]), written=written)
    took, dispatch_us = _of_samples(STUDY, 400, NAMES, written=written)
    base = took["10 s"]
    for sample, interval_s in NAMES.items():
        added = (took[sample] - base) / (400 / interval_s) * 1e6
        print(
            f"{sample:>6}: {took[sample]:.3f} s, {took[sample] / base:.2f} of 10 s, {added:.0f} us a sample, "
            f"{added / dispatch_us:.0f} dispatches by heapq"
        )
    assert took["1 s"] < 1.15 * base + 0.02  # the clock of CPU time is not finer than that
    assert added < (150 if written else 75) * dispatch_us  # those of 10 ms: most samples, so best known


class _Counting:
    def __init__(self):
        self.rows = 0

    def write(self, table, columns):
        """Count the rows of samples, and drop them."""
        self.rows += 0 if table == "job" else len(columns["time_ns"])


def _taking(path, samples):
    """Return the least CPU time (us) of taking a sample each 10 ms and making rows of it, and how many rows it has."""
    scenario = load(path, [f"scenario.duration={samples // 100} s", "scenario.sample=10 ms"])
    least = float("inf")
    for _ in range(3):
        stopwatch, sink = Stopwatch(), _Counting()
        simulate(scenario, sink, stopwatch=stopwatch)
        least = min(least, stopwatch.rounded()["sample_s"] / samples * 1e6)
    return least, sink.rows / samples


@pytest.mark.bench
def test_a_row_of_a_sample_costs_no_more_on_a_host_16_times_as_large(tmp_path):
    big = tmp_path / "big.toml"
    big.write_text(BIG)
    (small_us, small_rows), (big_us, big_rows) = _taking(STUDY, 4000), _taking(big, 400)
    dispatch_us = min(_dispatch_us() for _ in range(3))
    print(
        f"a sample, rows dropped: {small_us:.0f} us of 4 LPs ({small_rows:.0f} rows), {big_us:.0f} us of 64 LPs and 512 VPs "
        f"({big_rows:.0f} rows); {small_us / dispatch_us:.0f} and {big_us / dispatch_us:.0f} dispatches by heapq"
    )
    assert big_us / big_rows < 1.2 * max(small_us / small_rows, dispatch_us)
    assert small_us < 60 * dispatch_us


@pytest.mark.bench
def test_the_dispatch_trace_takes_few_bytes_and_little_time():
    sets = ["scenario.duration=400 s", "scenario.sample=10 s"]
    plain, traced = load(STUDY, sets), load(STUDY, [*sets, 'scenario.trace=["dispatch"]'])
    pairs = [(_cpu(plain, written=True), _cpu(traced, written=True)) for _ in range(3)]
    without, with_trace = (_median([run[0] for run in runs]) for runs in zip(*pairs, strict=True))
    rows = _rows_of(traced)
    size = pairs[0][1][1]["dispatch"] / rows
    added_ns = (with_trace - without) / rows * 1e9
    print(
        f"{rows:,} dispatches: {size:.2f} bytes and {added_ns:.0f} ns a row, {with_trace / without:.2f} of a run without"
    )
    assert size < 11
    assert with_trace < 2 * without


def _rows_of(scenario):
    rows = 0

    class Counting:
        def write(self, table, columns):
            nonlocal rows
            rows += len(columns["lp"]) if table == "dispatch" else 0

    simulate(scenario, Counting())
    return rows


PEAK = """
import sys, tempfile
from pathlib import Path
from hvecs.engine import simulate
from hvecs.engine.stopwatch import Stopwatch
from hvecs.output.sink import ParquetSink
from hvecs.output.timestamps import Stamped
from hvecs.output.written import tables_of
from hvecs.spec import load
scenario = load(sys.argv[1], ["scenario.duration=" + sys.argv[2], "scenario.sample=10 ms"])
with tempfile.TemporaryDirectory() as folder, ParquetSink(Path(folder), "r").open(tables_of(scenario)) as sink:
    simulate(scenario, Stamped(sink, scenario.scenario.start_time))
"""


@pytest.mark.bench
def test_memory_is_flat_over_20_000_samples():
    peak = {}
    for samples, duration in ((20, "200 ms"), (2_000, "20 s"), (20_000, "200 s")):
        peak[samples] = watched([sys.executable, "-c", PEAK, str(STUDY), duration]).peak_mb
    print(f"MB at most, by samples: {peak}")
    assert peak[20_000] < 1.1 * peak[2_000]  # the row groups in the file's footer are what still grows
    assert peak[20_000] < 1.5 * peak[20]  # 20 samples fill no row group: what writes one comes on top
