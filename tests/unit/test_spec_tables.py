import tomllib

import pytest

from hvecs.spec import COSTS, Costs, Scenario, load, resolved_toml
from hvecs.spec.intercepts import OPERATIONS, PRESETS
from hvecs.spec.reference import NOT_YET, REQUIRED, scenario_keys
from hvecs.spec.table import Table, fields_of, kind_of, tables_of

TEXT = """\
[scenario]
name = "s"
[host]
sockets = 2
cores_per_socket = 2
memory = "32 GiB"
[host.costs]
preset = "none"
dispatch = "2.5 us"
[[partition]]
name = "web"
count = 2
[[partition]]
name = "db"
[partition.workload]
kind = "open"
rate = "100 /min"
service = { distribution = "empirical", file = "data.txt" }
"""


@pytest.fixture
def scenario(tmp_path):
    (tmp_path / "data.txt").write_text("1 ms\n1.5 ms\n")
    (tmp_path / "host.toml").write_text(TEXT)
    return load(tmp_path / "host.toml")


def test_the_cost_table_and_the_model_have_the_same_keys_and_units():
    fields = {name: field for name, field in Costs.model_fields.items() if name != "preset"}
    assert [cost.name for cost in COSTS] == list(fields)
    for cost in COSTS:
        assert fields[cost.name].description == cost.doc
        assert kind_of(fields[cost.name]).unit == cost.unit
        assert cost.source


def test_costs_come_from_the_preset_unless_given():
    default = Costs()
    for cost in COSTS:
        assert getattr(default, cost.name) == kind_of(Costs.model_fields[cost.name]).read(cost.default)
    none = Costs(preset="none", dispatch="2 us")
    assert none.dispatch == 2_000
    assert {getattr(none, cost.name) for cost in COSTS if cost.name != "dispatch"} == {0}


def test_a_resolved_scenario_loads_as_itself_and_names_no_other_file(scenario, tmp_path):
    text = resolved_toml(scenario)
    elsewhere = tmp_path / "deep" / "resolved.toml"
    elsewhere.parent.mkdir()
    elsewhere.write_text(text)
    assert load(elsewhere) == scenario
    assert resolved_toml(load(elsewhere)) == text


def test_a_resolved_scenario_has_every_default_and_readable_quantities(scenario):
    data = tomllib.loads(resolved_toml(scenario))
    assert data["scenario"]["duration"] == "1 h"
    assert data["host"]["memory"] == "32 GiB"
    assert "logical_processors" not in data["host"]
    costs = {cost.name: "0 %" if cost.unit == "%" else "0 s" for cost in COSTS}
    assert data["host"]["costs"] == {"preset": "none"} | costs | {"dispatch": "2500 ns"}
    assert data["partition"][0]["workload"] == {
        "kind": "idle",
        "memory_bound": "5 %",
        "working_set": "256 KiB",
        "dirty_rate": "0 B/s",
    }
    service = data["partition"][1]["workload"]["service"]
    assert service == {"distribution": "empirical", "values": ["1 ms", "1500 us"]}


def test_every_default_is_the_documented_one(tmp_path):
    head = '[scenario]\nname = "s"\n[host]\nlogical_processors = 4\nmemory = "32 GiB"\n'
    (tmp_path / "host.toml").write_text(head + '[[partition]]\nname = "web"\n')
    data = tomllib.loads(resolved_toml(load(tmp_path / "host.toml")))
    tuned = [
        data["host"].pop("costs"),
        data["root"].pop("background_cpu"),
        data["root"].pop("background_burst"),
    ]
    mixes = [data["root"].pop("intercepts"), data["partition"][0].pop("intercepts")]
    assert [mix["preset"] for mix in mixes] == ["root", "compute"]
    for mix in mixes:
        rates = {name: f"{PRESETS[mix['preset']].get(name, 0)} /s" for name in OPERATIONS}
        assert mix == {"preset": mix["preset"]} | rates
    assert all(tuned)
    assert data == DEFAULTS


DEFAULTS = {
    "rule": [],
    "cluster": {
        "balancing": "off",
        "balancing_period": "30 min",
        "balancing_level": "low",
        "detection": "10 s",
        "restart_delay": "500 ms",
        "restart_pause": "1 h",
    },
    "tier": [],
    "scenario": {
        "name": "s",
        "purpose": "",
        "duration": "1 h",
        "warm_up": "0 s",
        "step": "10 ms",
        "sample": "10 s",
        "seed": 1,
        "trace": [],
    },
    "host": {
        "logical_processors": 4,
        "threads_per_core": 1,
        "numa_nodes": 1,
        "smt_yield": 1.31,
        "cache": {"size": "32 MiB", "cores": 0},
        "memory_bus": {"bandwidth": "80 GiB/s", "per_processor": "10 GiB/s"},
        "memory": "32 GiB",
        "page": "2 MiB",
        "hypervisor": "hyper-v",
        "scheduler": "auto",
        "systems": [],
        "numa_spanning": True,
        "root_reserve": "auto",
        "limits": "ws2025",
        "scheduling": {
            "slice": "10 ms",
            "cap_period": "100 ms",
            "reserve": "reserve-first",
            "long_spin": "partition",
            "longest_stay": "50 us",
            "slack": "65 ms",
            "wake": "tail",
            "rebalance": "10 ms",
            "lock_extension": "0 s",
            "recent": "0 s",
            "interrupt_threshold": "0 /s",
            "interrupt_window": "100 ms",
            "wake_boost": 1,
            "wait_buckets": [
                f"{n} {unit}" for unit in ("us", "ms") for n in (1, 2, 5, 10, 20, 50, 100, 200, 500)
            ][:13],
        },
        "dynamic_memory": {
            "period": "1 s",
            "first_report": "45 s",
            "policy": "pressure",
            "most_added": "1 GiB",
            "most_removed": "256 MiB",
            "hot_add": "128 MiB",
            "online": "125 ms",
            "surplus": "kept",
            "start_retry": "30 s",
            "start_policy": "retry",
            "start_timeout": "1 min",
            "report": "1 s",
            "low_buffer": "50 %",
            "deadband": "0.5 %",
        },
        "paging_channels": 8,
        "save_bandwidth": "200 MiB/s",
        "live_migration": {
            "simultaneous": 2,
            "passes": 5,
            "option": "compression",
            "bandwidth": "10 Gbit/s",
            "network_share": "75 %",
            "ratio": 2.0,
            "transfer_cost": "2 ms",
            "compression_cost": "1 ms",
            "decompression_cost": "500 us",
            "buffer": "64 MiB",
            "blackout": "50 ms",
        },
        "cpu_group": [],
    },
    "root": {
        "virtual_processors": "all",
        "io_on_first": "0 %",
        "intercept_work": {"distribution": "exponential", "mean": "20 us"},
        "profile": "windows-server-2022",
        "idle_wakes": "740 /s",
        "wake_hypercalls": 1,
        "wake_accesses": 2,
        "wakes_per_hlt": 5,
        "wakes_per_interrupt": 7,
        "tick": "15625 us",
        "commit_per_guest": "0 B",
        "memory_bound": "15 %",
        "working_set": "256 KiB",
    },
    "storage": [],
    "network": [],
    "event": [],
    "partition": [
        {
            "name": "web",
            "priority": "medium",
            "start": "0 s",
            "virtual_processors": 1,
            "memory": "1 GiB",
            "virtual_numa": "auto",
            "processor": {
                "reserve": "0 %",
                "cap": "100 %",
                "weight": 100,
                "affinity": [],
                "threads_per_core": 0,
                "group": "",
            },
            "workload": {
                "kind": "idle",
                "memory_bound": "5 %",
                "working_set": "256 KiB",
                "dirty_rate": "0 B/s",
            },
            "guest": {
                "profile": "windows-server-2022",
                "boot": "auto",
                "boot_cpu": "auto",
                "hot_add": True,
                "quantum": "187500 us",
                "rebalance": "10 ms",
                "spin_retry_time": "50 us",
                "long_spin": "notify",
                "tick": "15625 us",
                "one_shot_ticks": False,
                "timer_writes": 1,
                "idle_wakes": "20 /s",
                "wake_accesses": 10,
                "idle_ticks": False,
                "tick_backlog": 8,
                "timer_accesses": 3,
            },
            "io": {
                "network": False,
                "per_request": 0,
                "notify": "event",
                "buffers": 16,
                "work": {"distribution": "exponential", "mean": "20 us"},
                "completion": {"distribution": "exponential", "mean": "10 us"},
                "device": {"distribution": "exponential", "mean": "100 us"},
                "device_class": "disk",
                "ring": 512,
                "queue_depth": 256,
                "servers": 32,
                "storage": "",
                "size": {"distribution": "deterministic", "mean": "8 KiB"},
                "writes": "30 %",
                "maximum_iops": 0,
                "minimum_iops": 0,
                "request_size": {"distribution": "deterministic", "mean": "1 KiB"},
                "response_size": {"distribution": "deterministic", "mean": "8 KiB"},
            },
            "enlightenments": dict.fromkeys(
                [
                    "long_spin_wait",
                    "synthetic_timers",
                    "reference_tsc",
                    "apic_assist",
                    "flush_hypercall",
                    "cluster_ipi",
                ],
                True,
            ),
        }
    ],
}


def scalar_paths(table=Scenario, path=""):
    for name, field in fields_of(table).items():
        at = f"{path}.{name}".lstrip(".")
        inner = tables_of(field)
        if not inner or inner[0].tag_key == "distribution":
            yield at
        else:
            for each in inner:
                yield from scalar_paths(each, at)


NOT_OF_THE_ROOT = ("root.workload.memory_bound", "root.workload.working_set", "root.workload.lock.")
"""What `root_workload_faults` refuses."""


def test_the_reference_has_every_key_of_the_models():
    keys = list(scenario_keys())
    assert {key.path for key in keys if not key.path.startswith("<")} == {
        "extends",
        *(path for path in scalar_paths() if not path.startswith(NOT_OF_THE_ROOT)),
    }
    assert all(key.description and key.type for key in keys)
    assert len({(key.path, key.when) for key in keys}) == len(keys)


def test_the_reference_says_what_is_not_built():
    keys = {key.path: key for key in scenario_keys()}
    assert not [path for path, key in keys.items() if key.status.startswith(NOT_YET)]


def test_the_reference_gives_defaults_as_written_in_a_file():
    keys = {(key.path, key.when): key for key in scenario_keys()}
    assert keys["scenario.duration", ""].default == '"1 h"'
    assert keys["scenario.name", ""].default == REQUIRED
    assert keys["host.memory", ""].unit == "bytes"
    assert keys["partition.workload.kind", ""].default == '"idle"'
    assert keys["partition.workload.compute", 'kind = "closed"'].default.startswith("{ distribution = ")
    by_the_mix = "as intercepts.preset says"
    assert keys["partition.workload.memory_bound", 'kind = "open"'].default == by_the_mix
    assert keys["root.working_set", ""].default == by_the_mix
    assert keys["root.intercepts.preset", ""].default == '"root"'
    assert keys["partition.intercepts.preset", ""].default == "as the workload is"
    cost = keys["host.costs.context_switch", ""]
    assert cost.default == f'"{next(each.default for each in COSTS if each.name == "context_switch")}"'
    assert keys["<distribution>.cv", 'distribution = "lognormal"'].default == REQUIRED


def all_tables(table=Scenario):
    yield table
    for field in table.model_fields.values():
        for inner in tables_of(field):
            yield from all_tables(inner)


@pytest.mark.parametrize("table", sorted(set(all_tables()), key=lambda table: table.__name__))
def test_every_key_is_described_and_read_by_a_kind(table):
    assert issubclass(table, Table)
    for name, field in table.model_fields.items():
        assert field.description, name
        assert name == table.tag_key or tables_of(field) or kind_of(field), name
