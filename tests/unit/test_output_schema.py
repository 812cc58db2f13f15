import subprocess
import sys

import pytest

from hvecs.output.arrow import arrow_schema
from hvecs.output.schema import SCHEMA_VERSION, TABLES

SAMPLED = "time_ns interval_ns timestamp instance entity"
VP_SUMS = "guest_run_ns hypervisor_run_ns ready_ns idle_ns capped_ns suspended_ns intercepted_ns"
SPENT = (
    "spin_ns answer_wait_ns progress_ns lost_smt_ns lost_memory_contention_ns lost_nested_paging_ns lost_cache_refill_ns lost_remote_memory_ns"
    " lost_small_pages_ns"
)
VP = (
    f"{SAMPLED} partition vp {VP_SUMS} {SPENT} total_run_pct guest_run_pct hypervisor_run_pct remote_run_ns remote_run_pct"
    " dispatches dispatches_per_sec migrations migrations_per_sec wait_ns wait_per_dispatch_ns contention_per_dispatch_ns wake_up_per_dispatch_ns"
    " "
)
INTERCEPTS = (
    "page_invalidations control_register_accesses io_instructions hlt_instructions mwait_instructions cpuid_instructions"
    " msr_accesses other_intercepts external_interrupts pending_interrupts emulated_instructions"
    " debug_register_accesses page_faults nested_page_faults"
)
CALLS = (
    "long_spin_waits address_space_switches local_flushes remote_flushes cluster_ipis posted_messages signalled_events retargeted_interrupts"
    " memory_deposits memory_withdrawals gpa_maps gpa_unmaps heat_hints"
    " vtl_calls vtl_returns"
)
COSTED = f"{INTERCEPTS} hypercalls total_intercepts".split()
CALL_RATES = [
    "long_spin_waits",
    "virtual_mmu_hypercalls",
    "virtual_interrupt_hypercalls",
    "synthetic_interrupt_hypercalls",
    "virtual_processor_hypercalls",
    "gpa_space_hypercalls",
    "other_hypercalls",
    "extended_hypercalls",
    "address_space_switches",
    "address_space_flushes",
]
INTERRUPTS = "virtual_interrupts synthetic_interrupts hardware_interrupts eoi_accesses ipis_sent"
STATES = (
    "rep_elements flush_targets zeroed_pages context_switches unpaid_ns message_errors interrupts_raised interrupts_coalesced interrupts_lost interrupts_pending"
    " ticks_due ticks_delivered ticks_skipped wakes_skipped ticks_backlog"
)
LP_INTERRUPTS = [
    "hardware_interrupts",
    "ipis",
    "ipis_sent",
    "scheduler_interrupts",
    "timer_interrupts",
    "total_interrupts",
    "halts",
]


def rated(names):
    return " ".join(f"{name} {name}_per_sec" for name in names)


VP += " ".join(
    [
        *(
            f"wait_bucket_{name}"
            for name in ["x7", "x6", "x5", "x4", "x3", "x2", "x1", "0", "1", "2", "3", "4", "5", "6"]
        ),
        *(f"{name} {name}_per_sec {name}_cost_ns" for name in COSTED),
        CALLS,
        *(f"{name}_per_sec" for name in CALL_RATES),
        rated(["total_messages", "io_messages", *INTERRUPTS.split()]),
        STATES,
    ]
)
TRANSFERS = (
    "submitted bytes_submitted reads reads_per_sec writes writes_per_sec bytes_read bytes_read_per_sec bytes_written bytes_written_per_sec"
    " cancelled bytes_cancelled queue_length bytes_outstanding normalized_operations_per_sec latency_mean_ns"
)
MESSAGES = (
    "packets_arrived packets_received packets_received_per_sec bytes_received bytes_received_per_sec"
    " packets_sent packets_sent_per_sec bytes_sent bytes_sent_per_sec packets_per_sec bytes_per_sec"
    " dropped_incoming dropped_incoming_per_sec bytes_dropped in_ring answers_outstanding"
)
COLUMNS = {
    "logical_processor": f"{SAMPLED} lp root_vp_index guest_run_ns hypervisor_run_ns idle_ns"
    " total_run_pct guest_run_pct hypervisor_run_pct idle_pct local_run_list_size context_switches context_switches_per_sec"
    f" context_switch_ns {rated(LP_INTERRUPTS)}",
    "virtual_processor": VP,
    "root_virtual_processor": VP,
    "partition": f"{SAMPLED} partition virtual_processors {VP_SUMS} {SPENT} dispatches migrations wait_ns"
    f" total_intercepts total_intercepts_cost_ns {INTERCEPTS} hypercalls {CALLS} total_messages io_messages {INTERRUPTS} {STATES}"
    f" gpa_pages gpa_4k_pages gpa_2m_pages deposited_pages address_spaces {rated(['gpa_space_modifications'])}",
    "hypervisor": "time_ns interval_ns timestamp instance logical_processors partitions virtual_processors total_pages health_ok health_critical",
    "guest": f"{SAMPLED} partition processor_queue_length processor_queue_mean processor_time_pct"
    " available_mib standby_bytes modified_bytes free_bytes zero_bytes free_zero_bytes committed_bytes pages_input pages_input_per_sec"
    " cache_reads pages_per_sec paging_ns refused_bytes allocation_failures killed",
    "request": f"{SAMPLED} partition arrivals completions completions_per_sec failed dropped in_system"
    " response_mean_ns response_p50_ns response_p95_ns response_p99_ns io_submitted io_completed io_latency_mean_ns",
    "storage": f"time_ns interval_ns timestamp instance entity {TRANSFERS}",
    "virtual_storage_device": f"{SAMPLED} partition storage {TRANSFERS}"
    " latency_s minimum_iops maximum_iops maximum_bandwidth insufficient_throughput",
    "virtual_network_adapter": f"{SAMPLED} partition network {MESSAGES}",
    "virtual_switch": f"time_ns interval_ns timestamp instance entity {MESSAGES}",
    "dynamic_memory_balancer": "time_ns interval_ns timestamp instance available_memory_mib available_for_balancing_mib"
    " root_memory_mib root_available_mib root_committed_bytes root_pages_input root_pages_input_per_sec"
    " in_transit_mib hypervisor_memory_mib average_pressure_pct current_pressure_pct"
    " added_memory_mib removed_memory_mib add_operations remove_operations",
    "dynamic_memory_vm": f"{SAMPLED} partition physical_memory_mib guest_visible_mib smart_paging_mib available_mib committed_mib target_mib"
    " current_pressure_pct average_pressure_pct maximum_pressure_pct minimum_pressure_pct memory_status"
    " added_memory_mib removed_memory_mib add_operations remove_operations add_failures",
    "vid_partition": f"{SAMPLED} partition physical_pages in_transit_pages preferred_node remote_pages",
    "live_migration": f"{SAMPLED} partition role peer brownout_ns blackout_ns transfer_pass is_blackout dirty_pages"
    f" {rated(['bytes_read', 'uncompressed_bytes_sent'])} uncompressed_bytes_sent_total"
    f" {rated(['bytes_sent_for_compression'])} bytes_sent_for_compression_total {rated(['compressed_bytes_sent'])} compressed_bytes_sent_total"
    f" {rated(['tcp_bytes_sent', 'smb_bytes_sent'])} smb_bytes_sent_total"
    f" {rated(['tcp_bytes_received', 'uncompressed_bytes_received', 'compressed_bytes_received', 'bytes_decompressed', 'bytes_written'])}",
    "job": "entity partition started_ns finished_ns elapsed_ns work_ns bursts queue_wait_ns queue_wait_per_burst_ns"
    " lock_entries lock_contended lock_wait_ns",
    "tier": "time_ns interval_ns timestamp entity tier arrivals completions completions_per_sec failed in_system response_mean_ns response_p50_ns"
    " response_p95_ns response_p99_ns rejected retried timed_out waiting guests_up response_ns balancer_ns retry_ns queue_ns ready_ns native_ns"
    " hypervisor_ns lost_ns io_ns calls_ns",
    "dispatch": "lp partition vp ready_ns start_ns end_ns reason",
    "intercept": "time_ns timestamp partition vp class count cost_ns",
    "memory_operation": "time_ns timestamp partition operation requested_mib given_mib reason",
    "event": "time_ns timestamp partition action path value result",
    "migration": "time_ns timestamp partition source target asked_ns started_ns passes bytes_held bytes_sent bytes_crossed dirty_pages brownout_ns"
    " blackout_ns outcome",
    "runs": "scenario seed status error simulated_ns",
}
MEANS = {f"{name}_cost_ns" for name in COSTED}
VP_NULLABLE = {"wait_per_dispatch_ns", "contention_per_dispatch_ns", "wake_up_per_dispatch_ns"} | MEANS
NULLABLE = {
    "logical_processor": {"root_vp_index"},
    "virtual_processor": VP_NULLABLE,
    "root_virtual_processor": VP_NULLABLE,
    "partition": {"total_intercepts_cost_ns"},
    "guest": {
        "processor_time_pct",
        "available_mib",
        "standby_bytes",
        "modified_bytes",
        "free_bytes",
        "zero_bytes",
        "free_zero_bytes",
        "committed_bytes",
        "refused_bytes",
    },
    "dynamic_memory_balancer": {
        "average_pressure_pct",
        "current_pressure_pct",
        "root_available_mib",
        "root_committed_bytes",
    },
    "dynamic_memory_vm": {
        "available_mib",
        "committed_mib",
        "target_mib",
        "current_pressure_pct",
        "average_pressure_pct",
        "maximum_pressure_pct",
        "minimum_pressure_pct",
    },
    "request": {
        "response_mean_ns",
        "response_p50_ns",
        "response_p95_ns",
        "response_p99_ns",
        "io_latency_mean_ns",
    },
    "storage": {"latency_mean_ns"},
    "virtual_storage_device": {"latency_mean_ns", "latency_s"},
    "job": {"started_ns", "finished_ns", "elapsed_ns", "queue_wait_per_burst_ns"},
    "tier": {"response_mean_ns", "response_p50_ns", "response_p95_ns", "response_p99_ns"},
    "event": {"partition", "path", "value"},
    "migration": {"target", "started_ns"},
    "runs": {"error"},
}
FLOATS_BESIDE_PERCENTAGES_AND_RATES = {
    "wait_per_dispatch_ns",
    "contention_per_dispatch_ns",
    "wake_up_per_dispatch_ns",
    "processor_queue_mean",
    "queue_wait_per_burst_ns",
    "response_mean_ns",
    "response_p50_ns",
    "response_p95_ns",
    "response_p99_ns",
    "io_latency_mean_ns",
    "latency_mean_ns",
    "latency_s",
} | MEANS
STRINGS = {
    "instance",
    "storage",
    "network",
    "tier",
    "role",
    "peer",
    "class",
    "partition",
    "operation",
    "reason",
    "memory_status",
    "scenario",
    "status",
    "error",
    "action",
    "path",
    "value",
    "result",
    "source",
    "target",
    "outcome",
}
OF_SETTINGS = {"minimum_iops": {"1/s"}, "maximum_iops": {"1/s"}, "maximum_bandwidth": {"B/s"}}
EVERY_COLUMN = [column for table in TABLES.values() for column in table.columns if column.name != "timestamp"]


def test_the_tables_are_these_and_no_others():
    assert list(TABLES) == list(COLUMNS)


@pytest.mark.parametrize("table", COLUMNS)
def test_columns_and_nulls(table):
    assert list(TABLES[table].column_names) == COLUMNS[table].split()
    nullable = {column.name for column in TABLES[table].columns if column.nullable} - {"timestamp"}
    assert nullable == NULLABLE.get(table, set())


@pytest.mark.parametrize("column", EVERY_COLUMN, ids=lambda value: value.name)
def test_type_and_unit_follow_the_name(column):
    floats = (
        column.name.endswith(("_pct", "_per_sec", "_mib", "_bytes"))
        or column.name in FLOATS_BESIDE_PERCENTAGES_AND_RATES
    )
    expected = "string" if column.name in STRINGS else "float64" if floats else "int64"
    assert column.type == expected
    unit_of_name = {"_ns": "ns", "_pct": "%", "_per_sec": "1/s", "_mib": "MiB", "_bytes": "B", "_s": "s"}
    units = [unit for suffix, unit in unit_of_name.items() if column.name.endswith(suffix)]
    others = {"count", "index", "id"} | OF_SETTINGS.get(column.name, set())
    assert column.unit in (units or {"text"} if expected == "string" else units or others)
    assert column.doc


def test_the_root_has_the_columns_of_other_vps_in_its_own_counter_set():
    child, root = TABLES["virtual_processor"].columns, TABLES["root_virtual_processor"].columns
    for one, other in zip(child, root, strict=True):
        assert (one.name, one.type, one.unit, one.nullable) == (
            other.name,
            other.type,
            other.unit,
            other.nullable,
        )
        expected = one.counter and one.counter.replace("Hypervisor Virtual", "Hypervisor Root Virtual")
        assert other.counter == expected


@pytest.mark.parametrize(
    ("table", "column", "unit", "counter"),
    [
        (
            "logical_processor",
            "guest_run_pct",
            "%",
            r"\Hyper-V Hypervisor Logical Processor(*)\% Guest Run Time",
        ),
        ("logical_processor", "idle_pct", "%", r"\Hyper-V Hypervisor Logical Processor(*)\% Idle Time"),
        (
            "logical_processor",
            "context_switches_per_sec",
            "1/s",
            r"\Hyper-V Hypervisor Logical Processor(*)\Context Switches/sec",
        ),
        (
            "logical_processor",
            "root_vp_index",
            "index",
            r"\Hyper-V Hypervisor Logical Processor(*)\Root Vp Index",
        ),
        (
            "virtual_processor",
            "hypervisor_run_pct",
            "%",
            r"\Hyper-V Hypervisor Virtual Processor(*)\% Hypervisor Run Time",
        ),
        (
            "virtual_processor",
            "wait_per_dispatch_ns",
            "ns",
            r"\Hyper-V Hypervisor Virtual Processor(*)\CPU Wait Time Per Dispatch",
        ),
        (
            "virtual_processor",
            "long_spin_waits_per_sec",
            "1/s",
            r"\Hyper-V Hypervisor Virtual Processor(*)\Long Spin Wait Hypercalls/sec",
        ),
        (
            "root_virtual_processor",
            "migrations_per_sec",
            "1/s",
            r"\Hyper-V Hypervisor Root Virtual Processor(*)\Logical Processor Migrations/sec",
        ),
        ("hypervisor", "logical_processors", "count", r"\Hyper-V Hypervisor\Logical Processors"),
        ("partition", "virtual_processors", "count", r"\Hyper-V Hypervisor Partition(*)\Virtual Processors"),
        ("guest", "processor_queue_length", "count", r"\System\Processor Queue Length"),
        ("guest", "processor_time_pct", "%", r"\Processor(_Total)\% Processor Time"),
    ],
)
def test_field_metadata_holds_unit_counter_and_meaning(table, column, unit, counter):
    field = arrow_schema(TABLES[table]).field(column)
    assert field.metadata[b"unit"].decode() == unit
    assert field.metadata[b"counter"].decode() == counter
    assert field.metadata[b"doc"]


def test_a_column_without_a_counter_in_windows_names_none():
    assert set(arrow_schema(TABLES["job"]).field("work_ns").metadata) == {b"unit", b"doc"}


def test_the_roots_row_of_partition_names_its_own_counter_set():
    metadata = arrow_schema(TABLES["partition"]).field("virtual_processors").metadata
    assert metadata[b"root_counter"] == rb"\Hyper-V Hypervisor Root Partition(*)\Virtual Processors"


def test_table_metadata_holds_meaning_and_schema_version():
    metadata = arrow_schema(TABLES["job"]).metadata
    assert metadata[b"table"] == b"job"
    assert metadata[b"schema_version"] == SCHEMA_VERSION.encode()
    assert metadata[b"doc"].decode() == TABLES["job"].doc


def test_only_nullable_columns_may_be_null_in_the_file():
    schema = arrow_schema(TABLES["job"])
    assert {field.name for field in schema if field.nullable} == NULLABLE["job"]


@pytest.mark.parametrize("module", ["hvecs.output", "hvecs.output.schema", "hvecs.output.counters"])
def test_what_is_only_shown_needs_no_pyarrow(module):
    script = f"import sys, {module}; sys.exit(any(m in sys.modules for m in ('pyarrow', 'numpy', 'pandas')))"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
