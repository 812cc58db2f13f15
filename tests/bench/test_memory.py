"""Memory is cheap: to build, to balance, and beside the scheduling of a run. Times are compared within one run only."""

import time
from pathlib import Path

import pytest

from hvecs.engine import simulate
from hvecs.engine.build import build
from hvecs.spec import load
from tests.simulation import S, constant, dynamic, parsed, scenario

RUNS = Path(__file__).parents[2] / "runs"
ON = """
extends = "{base}"
[[partition]]
name = "web"
[partition.dynamic_memory]
startup = "2 GiB"
[partition.memory_demand]
kind = "constant"
committed = "3 GiB"
"""


class _Nowhere:
    def write(self, table, columns):
        """Drop the rows."""


def _seconds(action):
    begin = time.process_time()
    action()
    return time.process_time() - begin


def _resident_mib():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 2**20


@pytest.mark.bench
def test_memory_costs_the_overcommitted_run_at_most_a_tenth(tmp_path):
    (tmp_path / "on.toml").write_text(ON.format(base=RUNS / "overcommitted.toml"))
    duration = ["scenario.duration=1 h"]
    off = load(RUNS / "overcommitted.toml", duration)
    on = load(tmp_path / "on.toml", [*duration, "partition.web.memory=1 GiB"])
    simulate(load(RUNS / "overcommitted.toml", ["scenario.duration=1 s"]), _Nowhere())
    times = [[_seconds(lambda s=each: simulate(s, _Nowhere())) for each in (off, on)] for _ in range(5)]
    without, with_memory = (min(column) for column in zip(*times, strict=True))
    print(
        f"1 h of overcommitted.toml: {without:.2f} s, with memory {with_memory:.2f} s, {with_memory / without:.3f}"
    )
    assert with_memory < 1.1 * without


def _host(page, guests=8):
    blocks = [dynamic(f"g{i}", 1024, constant(500)) for i in range(guests)]
    return parsed(scenario(200 * S, 4, blocks, step="1 s", host={"memory": "64 GiB", "page": page}))


@pytest.mark.bench
@pytest.mark.parametrize(("page", "most_mib"), [("2 MiB", 150), ("4 KiB", 1024)])
def test_the_frames_of_a_64_gib_host_take_little_memory(page, most_mib):
    build(_host("2 MiB", 1))
    before = _resident_mib()
    took = _seconds(lambda: build(_host(page)).advance(S))
    added = _resident_mib() - before
    print(f"64 GiB at {page}: {took:.2f} s, {added:.0f} MiB")
    assert added < most_mib


@pytest.mark.bench
def test_a_balancing_costs_the_same_however_many_frames_there_are():
    seconds = {}
    for page in ("2 MiB", "4 KiB"):
        world = build(_host(page))
        world.advance(100 * S)
        seconds[page] = min(
            _seconds(lambda now=now, world=world: world.advance(now))
            for now in range(110 * S, 200 * S, 10 * S)
        )
    print(f"10 balancings without a move: {seconds}")
    assert seconds["4 KiB"] < 3 * seconds["2 MiB"] + 0.002
