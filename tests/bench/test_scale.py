"""The cost of an event does not grow with the host: a ratio of two sizes, taken in one run."""

import time

import pytest

from hvecs.engine.build import build
from hvecs.spec import load

SCENARIO = """
[scenario]
name = "scale"
duration = "1 h"
[host]
sockets = {sockets}
cores_per_socket = 16
memory = "64 TiB"
limits = "none"
[root]
background_cpu = "0 %"
[[partition]]
name = "guest"
count = {guests}
virtual_processors = 4
memory = "1 GiB"
[partition.workload]
kind = "closed"
threads = 8
work = "100 h"
compute = {{ distribution = "exponential", mean = "8 ms" }}
sleep = {{ distribution = "exponential", mean = "12 ms" }}
"""


def _ns_per_dispatch(tmp_path, sockets, dispatches=400_000):
    """Return the time of a dispatch on a host of 16 LPs a socket with four VPs an LP."""
    path = tmp_path / f"{sockets}.toml"
    path.write_text(SCENARIO.format(sockets=sockets, guests=16 * sockets))
    world = build(load(path))
    warm_up_ns = 50_000_000
    world.advance(warm_up_ns)
    before = int(world.tables.vp_times.dispatches.sum())
    step_ns, now_ns = 10_000_000, warm_up_ns
    begin = time.perf_counter()
    while (done := int(world.tables.vp_times.dispatches.sum()) - before) < dispatches:
        now_ns += step_ns * max(1, 64 // sockets)
        world.advance(now_ns)
    return (time.perf_counter() - begin) / done * 1e9


@pytest.mark.bench
def test_a_dispatch_costs_less_than_three_times_as_much_on_a_host_64_times_as_large(tmp_path):
    small = min(_ns_per_dispatch(tmp_path, 1) for _ in range(3))
    large = min(_ns_per_dispatch(tmp_path, 64) for _ in range(3))
    print(f"ns a dispatch: 16 LPs {small:.0f}, 1,024 LPs {large:.0f}, ratio {large / small:.2f}")
    assert large < 3 * small
