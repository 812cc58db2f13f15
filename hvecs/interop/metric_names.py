"""The metrics of windows_exporter's collector hyperv, and which of our columns they show [X1, commit 589ec15d].

Counters are cumulative, as the collector reads them raw: run times in seconds; the wait per dispatch without its base, so that
it is the running sum of waits (ns here, as the counter's unit; that of the raw value is not published). Names are the collector's
own, misspelt and misnamed ones included.
"""

from dataclasses import dataclass, field
from typing import Final, Literal

MIB: Final = 1 << 20


@dataclass(frozen=True)
class Metric:
    """One series of a family for each instance of a table.

    `columns` are summed and multiplied by `scale`; of a cumulative metric so are all samples before. `labels` gives, by label,
    the column that it comes from; `fixed` labels are the same for all.
    """

    family: str
    kind: Literal["gauge", "counter"]
    table: str
    columns: tuple[str, ...]
    help: str
    labels: dict[str, str] = field(default_factory=dict)
    fixed: dict[str, str] = field(default_factory=dict)
    scale: float = 1.0
    cumulative: bool = True
    root: bool | None = None
    """Whether only the root's rows count, or only those of others; None for all."""


_LABELS: Final = {
    "logical_processor": {"core": "lp"},
    "root_virtual_processor": {"core": "vp"},
    "virtual_processor": {"vm": "partition", "core": "vp"},
    "dynamic_memory_balancer": {"balancer": "instance"},
    "dynamic_memory_vm": {"vm": "partition"},
    "vid_partition": {"vm": "partition"},
    "virtual_storage_device": {"device": "instance"},
    "virtual_network_adapter": {"adapter": "instance"},
    "virtual_switch": {"vswitch": "instance"},
}


def _counter(
    family: str, table: str, columns: tuple[str, ...], text: str, scale: float = 1.0, **fixed: str
) -> Metric:
    return Metric(family, "counter", table, columns, text, _LABELS[table], fixed, scale)


def _gauge(family: str, table: str, column: str, text: str, scale: float = 1.0) -> Metric:
    return Metric(family, "gauge", table, (column,), text, _LABELS[table], {}, scale, cumulative=False)


def _so_far(family: str, column: str, text: str, scale: float = 1.0) -> Metric:
    """A counter whose column counts from the start already."""
    return Metric(
        family,
        "counter",
        "dynamic_memory_vm",
        (column,),
        text,
        {"vm": "partition"},
        {},
        scale,
        cumulative=False,
    )


def _of_root(
    family: str, kind: Literal["gauge", "counter"], column: str, text: str, *, cumulative: bool = False
) -> Metric:
    return Metric(
        f"root_partition_{family}", kind, "partition", (column,), text, cumulative=cumulative, root=True
    )


_S: Final = 1e-9
_TOTAL: Final = ("guest_run_ns", "hypervisor_run_ns")


def _hypervisor() -> tuple[Metric, ...]:
    lp, root, vp = (
        "hypervisor_logical_processor",
        "hypervisor_root_virtual_processor",
        "hypervisor_virtual_processor",
    )
    text = "time of processors by state (s)"
    found = [
        _counter(f"{lp}_time", "logical_processor", (f"{column}_ns",), text, _S, state=state)
        for state, column in (("guest", "guest_run"), ("hypervisor", "hypervisor_run"), ("idle", "idle"))
    ]
    found += [
        _counter(f"{lp}_total_run_time", "logical_processor", _TOTAL, "guest and hypervisor time (s)", _S),
        _counter(
            f"{lp}_context_switches", "logical_processor", ("context_switches",), "switches between VPs"
        ),
    ]
    found += [
        _counter(f"{root}_time", "root_virtual_processor", (f"{column}_ns",), text, _S, state=state)
        for state, column in (
            ("guest_run", "guest_run"),
            ("hypervisor", "hypervisor_run"),
            ("remote", "remote_run"),
        )
    ]
    found += [
        _counter(
            f"{root}_total_run_time",
            "root_virtual_processor",
            _TOTAL,
            "guest and hypervisor time (s)",
            _S,
        ),
        _counter(
            "hypervisor_root_virtual_cpu_wait_time_per_dispatch",
            "root_virtual_processor",
            ("wait_ns",),
            "sum of waits (ns)",
        ),
    ]
    for name in ("time", "mode_time"):
        found += [
            _counter(f"{vp}_{name}", "virtual_processor", (f"{column}_ns",), text, _S, state=state)
            for state, column in (
                ("hypervisor", "hypervisor_run"),
                ("guest", "guest_run"),
                ("remote", "remote_run"),
            )
        ]
    found += [
        _counter(f"{vp}_{name}", "virtual_processor", _TOTAL, "guest and hypervisor time (s)", _S)
        for name in ("total_run_time", "run_time")
    ]
    found.append(
        _counter(f"{vp}_cpu_wait_time_per_dispatch", "virtual_processor", ("wait_ns",), "sum of waits (ns)")
    )
    return tuple(found)


def _memory() -> tuple[Metric, ...]:
    balancer, vm = "dynamic_memory_balancer", "dynamic_memory_vm"
    return (
        _gauge(
            f"{balancer}_available_memory_bytes",
            balancer,
            "available_memory_mib",
            "memory left for guests",
            MIB,
        ),
        _gauge(
            f"{balancer}_average_pressure_ratio",
            balancer,
            "average_pressure_pct",
            "mean pressure of guests",
            0.01,
        ),
        _gauge(
            f"{balancer}_system_current_pressure_ratio",
            balancer,
            "current_pressure_pct",
            "pressure now",
            0.01,
        ),
        _so_far(f"{vm}_added", "added_memory_mib", "memory given (bytes)", MIB),
        _so_far(f"{vm}_removed_bytes", "removed_memory_mib", "memory taken", MIB),
        _so_far(f"{vm}_add_operations", "add_operations", "times that memory was given"),
        _so_far(f"{vm}_remove_operations", "remove_operations", "times that memory was taken"),
        _gauge(f"{vm}_pressure_current_ratio", vm, "current_pressure_pct", "pressure now", 0.01),
        _gauge(f"{vm}_pressure_minimum_ratio", vm, "minimum_pressure_pct", "lower end of its band", 0.01),
        _gauge(f"{vm}_pressure_maximum_ratio", vm, "maximum_pressure_pct", "upper end of its band", 0.01),
        _gauge(
            f"{vm}_guest_available_bytes",
            vm,
            "available_mib",
            "memory that the guest has not committed",
            MIB,
        ),
        _gauge(
            f"{vm}_guest_visible_physical_memory_bytes",
            vm,
            "guest_visible_mib",
            "memory that the guest sees",
            MIB,
        ),
        _gauge(f"{vm}_physical_bytes", vm, "physical_memory_mib", "memory that the guest holds", MIB),
        _gauge(
            "vid_physical_pages_allocated",
            "vid_partition",
            "physical_pages",
            "4 KiB pages that it holds",
        ),
        _gauge("vid_preferred_numa_node_index", "vid_partition", "preferred_node", "preferred NUMA node"),
        _gauge("vid_remote_physical_pages", "vid_partition", "remote_pages", "4 KiB pages on other nodes"),
    )


def _devices() -> tuple[Metric, ...]:
    disk, adapter, switch = "virtual_storage_device", "virtual_network_adapter", "virtual_switch"
    return (
        _counter(f"{disk}_bytes_read", disk, ("bytes_read",), "bytes read"),
        _counter(f"{disk}_bytes_written", disk, ("bytes_written",), "bytes written"),
        _counter(f"{disk}_operations_read", disk, ("reads",), "reads"),
        _counter(f"{disk}_operations_written", disk, ("writes",), "writes"),
        _gauge(f"{disk}_queue_length", disk, "queue_length", "I/Os that had come and were not completed"),
        _gauge(f"{disk}_latency_seconds", disk, "latency_s", "mean latency"),
        _gauge(
            f"{disk}_normalized_throughput",
            disk,
            "normalized_operations_per_sec",
            "normalised operations a second",
        ),
        _counter(f"{adapter}_received_bytes", adapter, ("bytes_received",), "bytes received"),
        _counter(f"{adapter}_received_packets", adapter, ("packets_received",), "packets received"),
        _counter(f"{adapter}_sent_bytes", adapter, ("bytes_sent",), "bytes sent"),
        _counter(f"{adapter}_sent_packets", adapter, ("packets_sent",), "packets sent"),
        _counter(
            f"{adapter}_incoming_dropped_packets", adapter, ("dropped_incoming",), "packets that were dropped"
        ),
        _counter("vswitch_bytes", switch, ("bytes_received", "bytes_sent"), "bytes"),
        _counter("vswitch_packets", switch, ("packets_received", "packets_sent"), "packets"),
        _counter("vswitch_dropped_packets_incoming", switch, ("dropped_incoming",), "packets dropped"),
    )


def _health(state: str, text: str) -> Metric:
    return Metric(
        "virtual_machine_health_total_count",
        "gauge",
        "hypervisor",
        (f"health_{state}",),
        text,
        {},
        {"state": state},
        cumulative=False,
    )


METRICS: Final = (
    *_hypervisor(),
    *_memory(),
    *_devices(),
    _health("ok", "guests that run"),
    _health("critical", "guests that are ill: none ever is"),
    _of_root("address_spaces", "gauge", "address_spaces", "address spaces in the virtual TLB: 0 with SLAT"),
    _of_root("deposited_pages", "gauge", "deposited_pages", "pages deposited with the hypervisor"),
    _of_root("4K_gpa_pages", "gauge", "gpa_4k_pages", "mappings of 4 KiB"),
    _of_root("2M_gpa_pages", "gauge", "gpa_2m_pages", "mappings of 2 MiB"),
    _of_root(
        "preferred_numa_node_index", "gauge", "gpa_pages", "misnamed by the collector: the counter GPA Pages"
    ),
    _of_root(
        "physical_pages_allocated",
        "gauge",
        "ticks_skipped",
        "misnamed by the collector: the counter Skipped Timer Ticks",
        cumulative=True,
    ),
    _of_root(
        "gpa_space_modifications",
        "counter",
        "gpa_space_modifications",
        "changes of guest physical memory",
        cumulative=True,
    ),
)
PREFIX: Final = "windows_hyperv_"
