"""Systems declare what they really read and write."""

import json

import pytest

from hvecs.output.schema import sampled_fields
from systems import SYSTEMS
from systems.counters.counters import Counters
from systems.state.samples import SAMPLED_COMPONENTS
from tests.arch.plain import plain

SAMPLED = {SAMPLED_COMPONENTS[field.rpartition(".")[0]].__name__ for field in sampled_fields()}
SCENARIO = """
[scenario]
name = "everything"
duration = "150 ms"
step = "5 ms"
sample = "2 ms"
trace = ["dispatch", "intercept", "memory_operation"]
[host]
sockets = 1
cores_per_socket = 1
threads_per_core = 2
scheduler = "core"
memory = "512 MiB"
root_reserve = "32 MiB"
[host.dynamic_memory]
period = "3 ms"
first_report = "5 ms"
[host.scheduling]
slice = "2 ms"
cap_period = "10 ms"
[host.costs]
hlt = "1 ms"
root_hlt = "100 us"
page_zeroing = "20 ns"
[[host.cpu_group]]
name = "group"
cap = "40 %"
[root]
background_cpu = "5 %"
memory_demand = { kind = "constant", committed = "64 MiB" }
[[partition]]
name = "closed"
memory = "64 MiB"
virtual_processors = 2
stop = "50 ms"
[partition.processor]
cap = "60 %"
group = "group"
reserve = "10 %"
[partition.guest]
quantum = "500 us"
spin_retry_time = "20 us"
[partition.workload]
kind = "closed"
threads = 4
work = "10 s"
compute = { distribution = "exponential", mean = "1 ms" }
sleep = { distribution = "exponential", mean = "1 ms" }
lock = { share = "50 %", hold = "400 us" }
[[partition]]
name = "open"
memory = "32 MiB"
memory_demand = { kind = "ramp", from = "64 MiB", to = "200 MiB", over = "110 ms", access_rate = "300 /s" }
processor = { weight = 10000 }
guest = { page_file = "0 B" }
[partition.workload]
kind = "open"
rate = "400 /s"
threads = 1
service = { distribution = "exponential", mean = "2 ms" }
[partition.io]
network = true
per_request = 1
work = { distribution = "deterministic", mean = "20 us" }
[partition.intercepts]
emulated_devices = "1000 /s"
[[partition]]
name = "soaker"
virtual_processors = 2
memory_demand = { kind = "ramp", from = "32 MiB", to = "600 MiB", over = "110 ms", access_rate = "100 /s" }
processor = { weight = 10000, cap = "90 %", group = "group" }
workload = { kind = "closed", work = "10 s", threads = 2 }
[partition.dynamic_memory]
startup = "64 MiB"
minimum = "32 MiB"
[[partition]]
name = "idle"
guest = { tick = "1 ms", idle_ticks = true, boot = "3 ms", boot_cpu = "1 ms" }
restart = "80 ms"
memory_demand = { kind = "constant", committed = "16 MiB" }
[partition.dynamic_memory]
startup = "128 MiB"
minimum = "32 MiB"
[[storage]]
name = "csv"
parallel = 1
latency = { distribution = "deterministic", mean = "1 ms" }
bandwidth = "10 MiB/s"
[[network]]
name = "nic"
vmq = false
ring = 4
[[partition]]
name = "disks"
memory = "2 MiB"
guest = { boot = "0 s" }
workload = { kind = "open", rate = "60 /s", service = { distribution = "exponential", mean = "10 us" } }
io = { per_request = 1, storage = "csv", network = "nic", minimum_iops = 50, maximum_iops = 100, maximum_bandwidth = "8 MiB/s" }
[[partition]]
name = "denied"
memory = "400 MiB"
start = "30 ms"
[[partition]]
name = "serving"
memory = "4 MiB"
count = 3
guest = { boot = "1 ms", boot_cpu = "100 us" }
[[partition]]
name = "scaled"
memory = "4 MiB"
virtual_processors = 2
count = 2
processor = { cap = "90 %" }
[[tier]]
name = "shop"
guests = ["serving"]
rate = "4000 /s"
service = { distribution = "exponential", mean = "200 us" }
service_after = { distribution = "exponential", mean = "50 us" }
policy = "least-outstanding"
limit = 2
threads = 1
timeout = "4 ms"
retries = 1
calls = [{ tier = "data" }]
[[tier]]
name = "data"
guests = ["scaled"]
service = { distribution = "exponential", mean = "100 us" }
policy = "weighted"
weights = [1]
scaling = { above = 0.001, below = 0, every = "3 ms", cooldown = "1 ms", delay = "10 ms", drain = "10 ms" }
[[event]]
at = "45 ms"
action = "restart"
partition = "serving-0"
[[event]]
at = "20 ms"
set = { "partition.open.processor.weight" = 500, "partition.closed.processor.weight" = 300, "partition.soaker.processor.cap" = "70 %" }
[[event]]
at = "30 ms"
set = { "partition.open.processor.reserve" = "5 %", "partition.open.workload.rate" = "500 /s", "host.cpu_group.group.cap" = "100 %" }
[[event]]
at = "40 ms"
set = { "host.cpu_group.group.cap" = "50 %", "partition.soaker.dynamic_memory.buffer" = "30 %" }
[[event]]
at = "60 ms"
action = "pause"
partition = "soaker"
[[event]]
at = "70 ms"
action = "resume"
partition = "soaker"
[[event]]
at = "85 ms"
set = { "partition.soaker.processor.cap" = "40 %", "host.cpu_group.group.cap" = "100 %" }
[[event]]
at = "100 ms"
set = { "partition.soaker.processor.cap" = "70 %", "host.cpu_group.group.cap" = "60 %" }
[[event]]
at = "115 ms"
set = { "partition.soaker.processor.cap" = "90 %", "host.cpu_group.group.cap" = "100 %" }
"""
STANDSTILL = """
[scenario]
name = "standstill"
duration = "60 ms"
step = "5 ms"
sample = "20 ms"
[host]
logical_processors = 2
memory = "512 MiB"
root_reserve = "32 MiB"
save_bandwidth = "2 GiB/s"
[[storage]]
name = "csv"
parallel = 1
latency = { distribution = "deterministic", mean = "1 ms" }
[[partition]]
name = "disks"
memory = "8 MiB"
processor = { reserve = "10 %" }
guest = { boot = "0 s" }
workload = { kind = "open", rate = "3000 /s", service = { distribution = "exponential", mean = "10 us" } }
io = { per_request = 1, storage = "csv", queue_depth = 2 }
[[partition]]
name = "late"
memory = "8 MiB"
start = "7 ms"
guest = { boot = "2 ms", boot_cpu = "1 ms" }
workload = { kind = "closed", work = "10 s", threads = 1 }
[[event]]
at = "10 ms"
action = "pause"
partition = "disks"
[[event]]
at = "15 ms"
action = "resume"
partition = "disks"
[[event]]
at = "20 ms"
set = { "partition.disks.memory" = "16 MiB" }
[[event]]
at = "25 ms"
action = "save"
partition = "disks"
[[event]]
at = "40 ms"
action = "start"
partition = "disks"
"""
"""What happens to a guest with I/Os in a queue, and to one that starts late."""

CLUSTER = """
[scenario]
name = "cluster"
duration = "60 ms"
step = "2 ms"
sample = "20 ms"
trace = ["memory_operation"]
[[host]]
name = "a"
logical_processors = 2
memory = "256 MiB"
root_reserve = "32 MiB"
[host.live_migration]
option = "tcp"
blackout = "1 ms"
simultaneous = 1
transfer_cost = "100 us"
network = "lan"
network_share = "100 %"
[host.dynamic_memory]
period = "3 ms"
[[host]]
name = "b"
logical_processors = 2
memory = "256 MiB"
root_reserve = "32 MiB"
[host.live_migration]
transfer_cost = "100 us"
network = "lan"
[[network]]
name = "lan"
[cluster]
detection = "3 ms"
restart_delay = "3 ms"
[root]
workload = { kind = "closed", work = "1 s" }
[[partition]]
name = "busy"
host = "a"
memory = "8 MiB"
processor = { reserve = "10 %" }
workload = { kind = "open", rate = "900 /s", service = { distribution = "exponential", mean = "300 us" }, dirty_rate = "500 MiB/s" }
io = { per_request = 1, network = true }
[[partition]]
name = "grows"
host = "a"
dynamic_memory = { startup = "32 MiB", minimum = "32 MiB", maximum = "64 MiB" }
[[partition]]
name = "answers"
host = "a"
memory = "8 MiB"
priority = "none"
workload = { kind = "open", rate = "2000 /s", service = { distribution = "exponential", mean = "100 us" } }
io = { network = "lan", request_size = "1000 B", response_size = "100 KiB" }
[[partition]]
name = "stops"
host = "a"
memory = "64 MiB"
stop = "14 ms"
[[event]]
at = "2 ms"
action = "migrate"
partition = "busy"
[[event]]
at = "10 ms"
action = "migrate"
partition = "stops"
[[event]]
at = "15 ms"
action = "drain"
host = "a"
[[event]]
at = "25 ms"
action = "fail"
host = "b"
[[event]]
at = "30 ms"
action = "undrain"
host = "a"
[[event]]
at = "50 ms"
action = "recover"
host = "b"
"""
"""Guests that change hosts."""


@pytest.fixture(scope="module")
def touched(tmp_path_factory):
    folder, found = tmp_path_factory.mktemp("recorded"), {}
    for name, text in (("everything", SCENARIO), ("standstill", STANDSTILL), ("cluster", CLUSTER)):
        (folder / f"{name}.toml").write_text(text)
        for system, both in json.loads(
            plain("-m", "tests.arch.recording", str(folder / f"{name}.toml"))
        ).items():
            seen = found.setdefault(system, {"reads": set(), "writes": set()})
            for way, components in both.items():
                seen[way].update(components)
    return found


@pytest.mark.parametrize("system", SYSTEMS, ids=lambda s: s.__name__)
def test_a_system_touches_what_it_declares_and_declares_what_it_touches(system, touched):
    seen = touched[system.__name__]
    reads = {component.__name__ for component in system.reads}
    writes = {component.__name__ for component in system.writes}
    assert set(seen["writes"]) <= writes
    assert set(seen["reads"]) <= reads | writes
    unseen = {"VpWaits"} | (SAMPLED if system is Counters else set())
    assert writes - unseen <= set(seen["writes"]) | set(seen["reads"])
    assert reads - unseen <= set(seen["reads"])


def test_the_counters_declare_what_they_sample():
    """They read the tables that they sample as matrices of words, which no row sees."""
    declared = Counters.reads | Counters.writes
    assert {component.__name__ for component in declared} >= SAMPLED
