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
HOSTS = """
[scenario]
name = "hosts"
duration = "60 ms"
trace = ["dispatch", "intercept", "memory_operation"]
[[host]]
name = "a"
sockets = 2
cores_per_socket = 1
threads_per_core = 2
scheduler = "SCHEDULER"
memory = "16 GiB"
numa_nodes = 2
[[host.cpu_group]]
name = "half"
cap = "50 %"
[[host]]
name = "b"
scheduler = "SCHEDULER"
logical_processors = 3
memory = "4 GiB"
[root]
virtual_processors = 2
background_cpu = "4 %"
profile = "windows-server-2022"
[[network]]
name = "lan"
bandwidth = "1 Gbit/s"
[[storage]]
name = "san"
[[tier]]
name = "shop"
guests = ["web"]
rate = "900 /s"
service = { distribution = "exponential", mean = "2 ms" }
[[partition]]
name = "web"
count = 2
host = "b"
memory = "256 MiB"
io = { network = "lan", storage = "san", per_request = 1 }
[[partition]]
name = "grouped"
host = "a"
virtual_processors = 4
memory = "256 MiB"
processor = { group = "half", reserve = "5 %" }
workload = { kind = "closed", threads = 8, work = "1 h", compute = { distribution = "exponential", mean = "1 ms" } }
[[partition]]
name = "db"
host = "b"
virtual_processors = 3
dynamic_memory = { startup = "512 MiB", maximum = "2 GiB" }
memory_demand = { kind = "constant", committed = "900 MiB", access_rate = "3000 /s" }
workload = { kind = "closed", threads = 4, work = "1 h", compute = { distribution = "exponential", mean = "1 ms" } }
[[event]]
at = "20 ms"
set = { "host.a.cpu_group.half.cap" = "70 %", "partition.db.processor.weight" = 300, "partition.grouped.processor.reserve" = "8 %" }
[[event]]
at = "40 ms"
action = "restart"
partition = "db"
"""
"""Two hosts that differ in everything, with what they share: requests, a volume."""
WORLDS = {
    "everything under core": SCENARIO,
    "everything under classic": SCENARIO.replace('"core"', '"classic"'),
    "nodes under classic": NODES.replace("SCHEDULER", "classic"),
    "nodes under core": NODES.replace("SCHEDULER", "core"),
    "nodes under root": NODES.replace("SCHEDULER", "root"),
    "two hosts": HOSTS.replace("SCHEDULER", "classic"),
    "the bare machine": NODES.replace('scheduler = "SCHEDULER"', 'hypervisor = "none"')
    .replace('trace = ["dispatch"]', "")
    .split('[[partition]]\nname = "wide"')[0],
}


@pytest.mark.journey
@pytest.mark.parametrize("world", WORLDS)
def test_no_index_is_negative(world, tmp_path):
    path = tmp_path / "world.toml"
    path.write_text(WORLDS[world])
    assert plain("-m", "tests.arch.refusing", str(path)) == "done\n"
