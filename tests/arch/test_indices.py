"""No kernel uses an index that may be NOBODY without a look: small worlds with everything run on tables that refuse it."""

import pytest

from tests.arch.plain import plain
from tests.arch.test_systems import SCENARIO

NODES = """
[scenario]
name = "nodes"
duration = "60 ms"
trace = ["dispatch"]
[host]
sockets = 2
cores_per_socket = 2
threads_per_core = 2
numa_nodes = 2
scheduler = "SCHEDULER"
memory = "4 GiB"
[host.scheduling]
slice = "2 ms"
slack = "5 ms"
[root]
background_cpu = "4 %"
[[partition]]
name = "spins"
virtual_processors = 4
memory = "64 MiB"
[partition.workload]
kind = "closed"
threads = 5
work = "10 s"
compute = { distribution = "exponential", mean = "1 ms" }
sleep = { distribution = "exponential", mean = "1 ms" }
lock = { share = "60 %", hold = "300 us" }
[[partition]]
name = "wide"
virtual_processors = 6
memory = "64 MiB"
stop = "40 ms"
workload = { kind = "closed", threads = 6, work = "10 s" }
[[partition]]
name = "web"
virtual_processors = 3
memory = "64 MiB"
workload = { kind = "open", rate = "900 /s", service = { distribution = "exponential", mean = "1 ms" } }
"""
WORLDS = {
    "everything under core": SCENARIO,
    "everything under classic": SCENARIO.replace('"core"', '"classic"'),
    "nodes under classic": NODES.replace("SCHEDULER", "classic"),
    "nodes under core": NODES.replace("SCHEDULER", "core"),
    "nodes under root": NODES.replace("SCHEDULER", "root"),
    "the bare machine": NODES.replace('scheduler = "SCHEDULER"', 'hypervisor = "none"')
    .replace('trace = ["dispatch"]', "")
    .split('[[partition]]\nname = "wide"')[0],
}


@pytest.mark.parametrize("world", WORLDS)
def test_no_index_is_negative(world, tmp_path):
    path = tmp_path / "world.toml"
    path.write_text(WORLDS[world])
    assert plain("-m", "tests.arch.refusing", str(path)) == "done\n"
