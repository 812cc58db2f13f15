"""CPU time of a run with everything on, a sample each second, written to disk, beside heapq that makes the same schedule and counts less.

CPU time is that of the process with all its threads, of stepping, sampling and writing, closing the files included; reading and building the
scenario, and loading kernels, are not counted.
"""

import json
import statistics
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
from tests.bench.peers import by_heapq
from tests.bench.test_loop import S, peer_round, scenario_of

SIZES = {(8, 4): 2400, (64, 16): 800, (512, 64): 160, (2048, 256): 30}
"""Simulated seconds: a second or so of heapq."""
ROUNDS = 5


def written_round(scenario):
    """Return the CPU time (s) of a run, those of building and of loading kernels left out, its dispatches, and the bytes that it wrote."""
    stopwatch = Stopwatch()
    with tempfile.TemporaryDirectory() as folder:
        begin = time.process_time()
        with ParquetSink(Path(folder), "r").open(tables_of(scenario)) as sink:
            outcome = simulate(scenario, Stamped(sink, scenario.scenario.start_time), stopwatch=stopwatch)
        spent = time.process_time() - begin
        size = sum(path.stat().st_size for path in Path(folder).rglob("*.parquet"))
    apart = stopwatch.rounded()
    return spent - apart["build_s"] - apart["compile_s"], outcome.dispatches, size


@pytest.mark.bench
def test_a_run_that_is_sampled_and_written_beside_heapq(tmp_path, record_property):
    table, sets = {}, ["scenario.sample=1 s", "host.memory=1 TiB"]
    for (vps, lps), seconds in SIZES.items():
        path = scenario_of(tmp_path, vps, lps)
        scenario = load(path, [f"scenario.duration={seconds} s", *sets])
        written_round(load(path, ["scenario.duration=1 s", *sets]))
        ours, theirs = [], []
        for _ in range(ROUNDS):
            ours.append(written_round(scenario))
            theirs.append(peer_round(by_heapq, vps, lps, seconds * S)[0])
        spent, other = statistics.median(each[0] for each in ours), statistics.median(theirs)
        _, dispatches, size = ours[0]
        print(f"({vps}, {lps}): {other / spent:.2f} times heapq, {size / seconds:,.0f} bytes a sample")
        table[f"{vps}, {lps}"] = {
            "hvecs, everything": {
                "ns a dispatch": spent / dispatches * 1e9,
                "us a simulated second": spent / seconds * 1e6,
            }
        }
        assert spent < 3 * other
    record_property("loop", json.dumps(table))
