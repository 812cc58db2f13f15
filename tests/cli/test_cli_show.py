import json
import re
import tomllib

import pytest

import components
from components import Component
from hvecs.cli import invoke
from hvecs.output.counters import catalogue
from hvecs.spec import COSTS, Scheduling, load
from hvecs.spec.reference import scenario_keys, sweep_keys
from systems import SYSTEMS
from tests.cli.helpers import EXACT


@pytest.fixture
def shown(capsys):
    """Runs `hvecs show` and gives what it prints; as data with --json."""

    def show(*arguments):
        assert invoke(["show", *map(str, arguments)]) == 0
        out, err = capsys.readouterr()
        assert err == ""
        return json.loads(out) if "--json" in arguments else out

    return show


def test_costs_in_full(hvecs, scenario):
    scenario()
    done = hvecs("show", "costs", "s.toml", "--set", "host.costs.lp_wake_up=2 us")
    assert (done.code, done.err) == (0, "")
    assert (
        """\
host.costs.context_switch = 0 s (default 3 us)
    is    switching an LP from one VP to another; hypervisor time of the
          incoming VP
    from  not published; a parameter
"""
        in done.out
    )
    assert "host.costs.lp_wake_up = 2 us (default 1.2 us)\n" in done.out


def test_every_cost(shown):
    data = shown("costs", "--json")["costs"]
    assert [each["name"] for each in data] == [cost.name for cost in COSTS]
    text = shown("costs")
    for cost in COSTS:
        assert f"host.costs.{cost.name} = {cost.default}\n" in text


def test_every_parameter_of_the_scheduler_has_a_source(shown, hvecs, scenario):
    data = shown("costs", "--json")["parameters"]
    assert [each["name"] for each in data] == list(Scheduling.model_fields)
    assert all(each["source"] for each in data)
    text = shown("costs")
    assert "host.scheduling.slice = 10 ms\n" in text
    assert 'host.scheduling.wait_buckets = ["1 us", "2 us",' in text
    assert "not published" in text
    scenario()
    done = hvecs("show", "costs", "s.toml", "--set", "host.scheduling.slice=2 ms", "--json")
    changed = done.data["parameters"]
    assert (changed[0]["value"], changed[0]["default"]) == ("2 ms", "10 ms")


def test_systems_stand_in_their_order(shown):
    data = shown("systems", "--json")["systems"]
    assert [each["name"] for each in data] == [system.__name__ for system in SYSTEMS]
    text = shown("systems")
    for each in data:
        assert f"{each['place']}. {each['name']}\n" in text
        words = " ".join(text.split())
        assert " ".join(each["why_here"].split()) in words
        for component in (*each["reads"], *each["writes"]):
            assert hasattr(components, component)
            assert component in words


def test_systems_own_the_events_that_happen_inside_a_step(shown):
    data = shown("systems", "--json")
    events = {each["name"]: each["events"] for each in data["systems"]}
    assert events["Interrupts"] == ["tick"]
    assert events["Intercepts"] == ["reach_parent", "resume_vp", "end_message", "settle_traps", "touch_pages"]
    assert events["Hypercalls"] == ["go_on_calling"]
    order = [each["name"] for each in data["events"]]
    assert order == [
        "change",
        "failover",
        "balancing",
        "lifetime",
        "restart",
        "boot",
        "cap_period",
        "reserve",
        "cpu_group",
        "burst_end",
        "processor",
        "wake_up",
        "arrival",
        "tier_scaling",
        "tier_timeout",
        "tier_arrival",
        "page_in",
        "tick",
        "device",
        "storage_place",
        "quota",
        "link",
        "migration",
        "rebalance",
        "interrupt_window",
        "guest_rebalance",
    ]
    for each in data["events"]:
        assert each["name"] in events[each["system"]]
    text = shown("systems")
    assert [text.rindex(f"   {name} ") for name in order] == sorted(
        text.rindex(f"   {name} ") for name in order
    )


def test_every_component_and_field(shown):
    data = shown("components", "--json")["entities"]
    found = {each["name"]: each["fields"] for entity in data for each in entity["components"]}
    declared = [each for each in Component.__subclasses__() if each.__module__.startswith("components.")]
    assert set(found) == {each.__name__ for each in declared}
    text = " ".join(shown("components").split())
    for component in declared:
        fields = found[component.__name__]
        assert [field["name"] for field in fields] == list(component.fields)
        for field, declaration in zip(fields, component.fields.values(), strict=True):
            assert (field["unit"], field["default"]) == (declaration.unit, declaration.default)
            assert f"{field['name']} {' '.join(declaration.doc.split())}" in text


def test_counters_by_word_in_full(hvecs):
    done = hvecs("show", "counters", "Logical Processor", "switch")
    assert done.code == 0
    assert done.out == (
        "Hyper-V Hypervisor Logical Processor: 2 of 2 modelled\n"
        "  Context Switches/sec  logical_processor.context_switches_per_sec\n"
        "  Context Switch Time   logical_processor.context_switch_ns\n"
    )


def test_every_counter(shown):
    every = shown("counters", "--json")["counters"]
    assert len(every) == len(catalogue())
    modelled = shown("counters", "--modelled", "--json")["counters"]
    missing = shown("counters", "--missing", "--json")["counters"]
    assert len(modelled) + len(missing) == len(every)
    assert all(each["column"] for each in modelled)
    assert not any(each["column"] for each in missing)
    assert shown("counters", "--missing").count("  not modelled: ") == len(missing)
    assert all(each["why_not"] for each in missing)
    assert not any(each["why_not"] for each in modelled)


def test_no_counter_matches(hvecs):
    done = hvecs("show", "counters", "nonsense")
    assert (done.code, done.out, done.err) == (2, "", "hvecs: no counter matches\n")


def test_every_key_of_a_scenario(shown):
    keys = list(scenario_keys())
    data = shown("scenario", "--json")["keys"]
    assert [each["path"] for each in data] == [key.path for key in keys]
    text = shown("scenario")
    for key in keys:
        assert re.search(rf"^{re.escape(key.path)}($|  | = )", text, re.MULTILINE)
    assert (
        'scenario.step = "10 ms"\n    is     system step\n    takes  a duration from "1 us" to "1 h"\n'
        in text
    )


def test_every_key_of_a_sweep(hvecs, shown):
    keys = list(sweep_keys())
    assert {key.path for key in keys} >= {"extends", "sweep.points", "axis.levels.set", "outcome.aggregate"}
    assert [each["path"] for each in shown("sweep", "--json")["keys"]] == [key.path for key in keys]
    text = shown("sweep", "points")
    assert [line for line in text.splitlines() if line[0] != " "] == ["sweep.points = 64", "axis.points = 5"]
    done = hvecs("show", "sweep", "axis.value")
    assert done.code == 0
    done = hvecs("show", "sweep", "axis.valeus")
    assert (done.code, done.out) == (2, "")
    assert done.err == 'hvecs: sweep files have no key "axis.valeus"; did you mean "axis.values"?\n'


def test_a_scenario_in_full_is_a_scenario(hvecs, scenario, tmp_path):
    path = scenario()
    done = hvecs("show", "scenario", "s.toml", "--seed", "4")
    assert (done.code, done.err) == (0, "")
    scenario(done.out, "resolved.toml")
    assert load(tmp_path / "resolved.toml") == load(path, ["scenario.seed=4"])
    data = hvecs("show", "scenario", "s.toml", "--seed", "4", "--json").data
    assert data == tomllib.loads(done.out)


@pytest.mark.parametrize("topic", ["scenario", "costs"])
def test_problems_of_a_scenario_are_told(hvecs, scenario, topic):
    scenario(EXACT.replace('"8 GiB"', "8"))
    done = hvecs("show", topic, "s.toml")
    assert (done.code, done.out) == (3, "")
    assert done.err.startswith("s.toml:10: host.memory: ")
    assert hvecs("show", topic, "no.toml").code == 2


@pytest.mark.parametrize("topic", ["systems", "components", "counters", "costs", "scenario"])
def test_text_fits_a_page(shown, topic):
    """A line is longer than 80 characters only where a heading or a name is."""
    long = [line for line in shown(topic).splitlines() if len(line) > 80 and line.startswith("    ")]
    assert long == []


def test_topology_shows_lps_groups_and_totals(shown, tmp_path):
    scenario = tmp_path / "t.toml"
    scenario.write_text(
        '[scenario]\nname = "t"\n[host]\nsockets = 2\ncores_per_socket = 2\nmemory = "8 GiB"\n'
        '[[host.cpu_group]]\nname = "gold"\nlogical_processors = [0, 1, 3]\ncap = "50 %"\n'
        "[root]\nvirtual_processors = 1\n"
        '[[partition]]\nname = "web"\ncount = 2\nvirtual_processors = 2\n'
        'processor = { group = "gold", reserve = "25 %" }\n',
        encoding="utf-8",
    )
    out = shown("topology", scenario)
    assert out.splitlines()[:2] == ["socket 0  [0R] [1 ]", "socket 1  [2 ] [3 ]"]
    assert "gold       0-1,3  50.00" in out
    assert "4 guest VPs on 4 LPs, 1 to an LP; 1 LPs reserved" in out
    assert "8 GiB of memory: 0.609 for the root, 2 for guests, 5.39 left" in out


def test_topology_shows_cores_nodes_and_where_guests_belong(shown, tmp_path):
    scenario = tmp_path / "t.toml"
    scenario.write_text(
        '[scenario]\nname = "t"\n[host]\nsockets = 2\ncores_per_socket = 2\nthreads_per_core = 2\nnuma_nodes = 4\n'
        'memory = "16 GiB"\nscheduler = "core"\n[root]\nvirtual_processors = 6\n'
        '[[partition]]\nname = "db"\nvirtual_processors = 3\n[[partition]]\nname = "web"\n',
        encoding="utf-8",
    )
    out = shown("topology", scenario).splitlines()
    assert out[:4] == [
        "socket 0  node 0   [0R 1R]",
        "          node 1   [2R 3R]",
        "socket 1  node 2   [4R 5 ]",
        "          node 3   [6R 7 ]",
    ]
    assert out[5].strip() == "core scheduler; two LPs a core share its throughput"
    assert out[7].split()[-1] == "nodes"
    assert [line.split()[0::8] for line in out[8:10]] == [["db", "0-1"], ["web", "2"]]


def test_topology_shows_the_memory_of_each_node(shown, tmp_path):
    scenario = tmp_path / "t.toml"
    scenario.write_text(
        '[scenario]\nname = "t"\n[host]\nlogical_processors = 4\nmemory = "8 GiB"\nnuma_nodes = 2\n'
        '[[partition]]\nname = "db"\ndynamic_memory = { startup = "3 GiB" }\n',
        encoding="utf-8",
    )
    out = shown("topology", scenario)
    assert out.endswith("3 for guests, 4.39 left\n2 NUMA nodes with 4 GiB each\n")


def test_counters_of_memory_are_listed_as_modelled_or_not(shown):
    out = shown("counters", "Dynamic Memory VM")
    assert "Smart Paging Working Set Size  dynamic_memory_vm.smart_paging_mib" in out
    assert "Current Pressure               dynamic_memory_vm.current_pressure_pct" in out


def test_keys_are_found_by_a_part_of_their_path(hvecs):
    done = hvecs("show", "scenario", "dynamic_memory.startup")
    assert done.code == 0
    first = done.out.splitlines()[0]
    assert first == "partition.dynamic_memory.startup  required  where [partition.dynamic_memory] is given"
    rates = hvecs("show", "scenario", "root.intercepts.cpuid").out.splitlines()[0]
    assert rates == "root.intercepts.cpuid  as the preset says"
    absent = hvecs("show", "scenario", "no.such.key")
    assert absent.code == 2
    in_a_block = hvecs("show", "scenario", "partition.web.processor.weight").out.splitlines()[0]
    assert in_a_block == hvecs("show", "scenario", "partition[0].processor.weight").out.splitlines()[0]
    assert in_a_block == "partition.processor.weight = 100"


def test_part_of_a_scenario_is_shown(hvecs, scenario):
    """By the name of a guest, or by a path; the name of each block of which something is shown stays."""
    file = scenario(EXACT.replace('"web"', '"SQL Server 01"'))
    whole = tomllib.loads(hvecs("show", "scenario", file).out)

    def part(text, *more):
        done = hvecs("show", "scenario", file, text, *more)
        assert done.code == 0, done.err
        return tomllib.loads(done.out)

    assert part("SQL Server 01") == {"partition": whole["partition"][1:]}
    assert part(
        'partition."SQL Server 01".processor.weight', "--set", "partition.job.processor.weight=3"
    ) == {"partition": [{"name": "SQL Server 01", "processor": {"weight": 100}}]}
    assert part("weight") == {
        "partition": [{"name": name, "processor": {"weight": 100}} for name in ("job", "SQL Server 01")]
    }
    assert part("host.costs") == {"host": {"costs": whole["host"]["costs"]}}
    absent = hvecs("show", "scenario", file, "dance")
    assert (absent.code, absent.err) == (2, f'hvecs: {file} has no path that holds "dance"\n')
    assert hvecs("show", "scenario", "wieght").err == (
        'hvecs: there is neither a file nor a key "wieght"; did you mean "weight"?\n'
    )
