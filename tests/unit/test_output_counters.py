import pytest

from hvecs.output import counters
from hvecs.output.absent_counters import SETS_NOT_LISTED
from hvecs.output.counters import catalogue, modelling_columns, split_path
from hvecs.output.schema import TABLES
from tests.simulation import IDLE, MS, guest, run, scenario

VP_SET = "Hyper-V Hypervisor Virtual Processor"


def by_name(counter_set):
    return {counter.name: counter for counter in catalogue() if counter.counter_set == counter_set}


def test_every_counter_that_the_schema_names_is_one_of_windows():
    known = {(counter.counter_set, counter.name) for counter in catalogue()}
    assert set(modelling_columns()) <= known


def test_every_column_with_a_counter_is_in_the_catalogue():
    shown = {counter.column for counter in catalogue() if counter.column}
    declared = {
        f"{table.name}.{column.name}"
        for table in TABLES.values()
        for column in table.columns
        if column.counters
    }
    roots = {"root_available_mib", "root_committed_bytes", "root_pages_input_per_sec"}
    assert declared - shown == {f"dynamic_memory_balancer.{name}" for name in roots}
    assert shown <= declared


def test_a_counter_is_modelled_by_two_columns_only_where_guests_and_root_each_have_their_own():
    found = {}
    for table in TABLES.values():
        for column in table.columns:
            for path in column.counters:
                found.setdefault(path, []).append(table.name)
    twice = {path: tables for path, tables in found.items() if len(tables) > 1}
    assert set(twice) == {
        rf"\Memory\{name}" for name in ("Available MBytes", "Committed Bytes", "Pages Input/sec")
    }
    assert all(tables == ["guest", "dynamic_memory_balancer"] for tables in twice.values())


def test_no_counter_is_listed_twice():
    names = [(counter.counter_set, counter.name) for counter in catalogue()]
    assert len(names) == len(set(names))


@pytest.mark.parametrize(
    ("counter_set", "count"),
    [
        ("Hyper-V Hypervisor", 8),
        ("Hyper-V Hypervisor Logical Processor", 26),
        # scheduling 25, intercepts 15 x 2 + 2 + 1, messages 3, interrupts 8, translation 16, hypercalls 8,
        # since 2016 14, nested 15 x 2 + 12 x 2 + 2 + 4 + 2
        (VP_SET, 25 + 33 + 3 + 8 + 16 + 8 + 14 + 62),
        ("Hyper-V Hypervisor Root Virtual Processor", 169),
        ("Hyper-V Hypervisor Partition", 26),
        ("Hyper-V Hypervisor Root Partition", 26),
        ("Hyper-V Dynamic Memory Balancer", 8),
        ("Hyper-V Dynamic Memory VM", 12),
        ("Hyper-V VM Vid Partition", 3),
    ],
)
def test_the_sets_are_complete(counter_set, count):
    assert len(by_name(counter_set)) == count


@pytest.mark.parametrize(
    "name",
    [
        "CPU Wait Time Bucket X7",
        "CPU Wait Time Bucket 6",
        "Nested Page Fault Intercepts Cost",
        "Total Intercepts/sec",
        "Long Spin Wait Hypercalls/sec",
        "Global I/O TLB Flush Cost",
        "Global I/O TLB Flushes/sec",
        "Total Virtualization Instructions Emulated/sec",
        "Hypercalls Forwarding Cost",
        "VMCLEAR Emulation Intercepts/sec",
        "InvVpid Single Address Instruction Emulation Cost",
        "Nested SLAT Hard Page Faults Cost",
        "Nested VM Entries/sec",
    ],
)
def test_names_are_spelt_as_in_windows(name):
    assert name in by_name(VP_SET)
    assert name in by_name("Hyper-V Hypervisor Root Virtual Processor")


def test_the_misspelling_of_windows_is_kept():
    assert "Virtual TLB Flush Entires/sec" in by_name("Hyper-V Hypervisor Partition")


def test_modelled_counters_name_their_column_and_others_say_so():
    names = by_name(VP_SET)
    assert names["% Guest Run Time"].modelled == "virtual_processor.guest_run_pct"
    assert names["HLT Instructions Cost"].modelled == "virtual_processor.hlt_instructions_cost_ns"
    assert (
        names["Nested Page Fault Intercepts Cost"].modelled == "virtual_processor.nested_page_faults_cost_ns"
    )
    assert names["APIC TPR Accesses/sec"].modelled.startswith("not modelled: interrupt controllers")
    assert (
        by_name("Hyper-V Hypervisor Root Partition")["Virtual Processors"].column
        == "partition.virtual_processors"
    )


def test_a_counter_is_modelled_only_while_a_column_carries_it(monkeypatch):
    monkeypatch.setattr(counters, "TABLES", {"job": TABLES["job"]})
    assert all(counter.modelled.startswith("not modelled: ") for counter in catalogue())


@pytest.mark.parametrize(
    ("counter_set", "name", "reason"),
    [
        (VP_SET, "VMCLEAR Emulation Intercepts/sec", "no virtualization inside guests"),
        ("Hyper-V Hypervisor Logical Processor", "% C1 Time", "no power states of processors"),
        (
            "Hyper-V Hypervisor Root Partition",
            "Virtual TLB Pages",
            "addresses are translated by the processor (SLAT), so there is no virtual TLB",
        ),
        ("Hyper-V Hypervisor Root Partition", "Attached Devices", "no devices are assigned to guests"),
    ],
)
def test_what_is_absent_is_so_for_a_reason_of_its_own(counter_set, name, reason):
    assert by_name(counter_set)[name].modelled == f"not modelled: {reason}"


OF_THREE_TOOLS = {
    "Hyper-V Dynamic Memory Balancer": "Average Pressure, Available Memory",
    "Hyper-V Dynamic Memory VM": "Guest Visible Physical Memory, Average Pressure, Physical Memory, Added Memory, Current Pressure, Removed Memory",
    "Hyper-V Hypervisor": "Logical Processors, Virtual Processors",
    "Hyper-V Hypervisor Logical Processor": "% Total Run Time, Context Switches/sec, % Hypervisor Run Time, % Guest Run Time, % Idle Time",
    "Hyper-V Hypervisor Root Partition": "Address Spaces, Deposited Pages",
    "Hyper-V Hypervisor Root Virtual Processor": "% Guest Run Time, % Total Run Time, % Hypervisor Run Time, % Remote Run Time, CPU Wait Time Per Dispatch, Hypercalls Cost",
    "Hyper-V Hypervisor Virtual Processor": "% Guest Run Time, % Total Run Time, % Hypervisor Run Time, CPU Wait Time Per Dispatch",
    "Hyper-V Virtual Machine Health Summary": "Health Critical, Health Ok",
    "Hyper-V VM Vid Partition": "Remote Physical Pages, Physical Pages Allocated, Preferred NUMA Node Index",
}
"""Counters that at least three of PAL, windows_exporter, Zabbix, Telegraf, Datadog, Netdata, Azure Monitor and the like chart or check."""


@pytest.mark.parametrize("counter_set", OF_THREE_TOOLS)
def test_counters_that_three_public_tools_use_are_there(counter_set):
    known = by_name(counter_set)
    assert [name for name in OF_THREE_TOOLS[counter_set].split(", ") if known[name].column is None] == []


def test_what_nothing_moves_is_marked_as_a_constant():
    """Tools expect these two; PAL takes address spaces above 0 for a processor without second-level translation (its HyperV30.xml)."""
    assert {(each.counter_set, each.name, each.modelled) for each in catalogue() if each.is_constant} == {
        ("Hyper-V Hypervisor Partition", "Address Spaces", "partition.address_spaces (constant)"),
        ("Hyper-V Hypervisor Root Partition", "Address Spaces", "partition.address_spaces (constant)"),
        (
            "Hyper-V Virtual Machine Health Summary",
            "Health Critical",
            "hypervisor.health_critical (constant)",
        ),
    }
    assert by_name("Hyper-V Virtual Machine Health Summary")["Health Ok"].modelled == "hypervisor.health_ok"


def test_a_set_is_listed_or_not_but_never_both():
    assert not {counter.counter_set for counter in catalogue()} & set(SETS_NOT_LISTED)


@pytest.mark.parametrize(
    ("path", "parts"),
    [
        (r"\System\Processor Queue Length", ("System", "Processor Queue Length")),
        (r"\Processor(_Total)\% Processor Time", ("Processor", "% Processor Time")),
        (r"\Hyper-V X(*)\I/O TLB Flushes/sec", ("Hyper-V X", "I/O TLB Flushes/sec")),
    ],
)
def test_paths_split_into_set_and_name(path, parts):
    assert split_path(path) == parts


@pytest.mark.parametrize("path", ["", "Processor Queue Length", r"\System", r"\System(*)"])
def test_what_is_no_path_is_refused(path):
    with pytest.raises(ValueError, match="not the path of a counter"):
        split_path(path)


def test_the_host_counts_guests_that_run_and_pages_of_the_hypervisor():
    """One guest from the start and two from 15 ms on; the pages are those deposited for each."""
    guests = [guest("a", 1, IDLE), guest("b", 1, IDLE, count=2, start="15 ms")]
    found = run(scenario(30 * MS, 2, guests, sample="10 ms"))
    host = found["hypervisor"]
    assert host.partitions.tolist() == [2, 4, 4]
    assert host.health_ok.tolist() == [1, 3, 3]
    assert host.health_critical.tolist() == [0, 0, 0]
    deposited = found["partition"].groupby("time_ns").deposited_pages.sum()
    assert host.total_pages.tolist() == deposited.tolist()
    assert 0 < host.total_pages[0] < host.total_pages[1]
    assert set(found["partition"].address_spaces) == {0}
