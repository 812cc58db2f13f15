"""The tables of logical and virtual processors [TLFS2 J.2, J.4]."""

from components import VpTimes
from hvecs.output.leading_columns import PARTITION_NAME, VP_INDEX, sampled
from hvecs.output.source import from_fields
from hvecs.output.table import Column, Table, mean, null, of_field, rate, share, whole
from hvecs.output.trap_schema import LP_TRAPS, vp_trap_columns

_LP = r"\Hyper-V Hypervisor Logical Processor(*)"
_VP = r"\Hyper-V Hypervisor Virtual Processor(*)"
_ROOT_VP = r"\Hyper-V Hypervisor Root Virtual Processor(*)"


WAIT_BUCKETS = (*(f"x{n}" for n in range(7, 0, -1)), *(str(n) for n in range(7)))


def _timed(name: str, doc: str) -> Column:
    """Declare the column of a time in VpTimes."""
    return whole(name, "ns", doc, None, from_fields(f"vp_times.{name}"))


VP_SUMS = (
    _timed("guest_run_ns", "time in guest code"),
    _timed("hypervisor_run_ns", "time in hypervisor code on behalf of the VP"),
    _timed("ready_ns", "time ready, waiting for an LP, whether or not the wait has ended"),
    _timed("idle_ns", "time idle"),
    _timed("capped_ns", "time held back by its cap, or while its CPU group had no place for it"),
    _timed(
        "suspended_ns",
        "time off, before the partition is started or after it is stopped, or suspended until the parent had handled an intercept",
    ),
    _timed("intercepted_ns", "the latter part of suspended_ns"),
)
SPENT = (
    _timed("spin_ns", "time in guest code that spun on a lock, part of guest_run_ns"),
    _timed(
        "answer_wait_ns",
        "time in guest code that spun until other VPs had answered an interrupt, part of guest_run_ns",
    ),
    *(
        _timed(name, field.doc)
        for name, field in VpTimes.fields.items()
        if name == "progress_ns" or name.startswith("lost_")
    ),
)
"""Where guest time went: these add up to guest_run_ns, to the nanosecond."""

DISPATCHES = of_field("dispatches", "count", "dispatches on an LP", "vp_times.dispatches")
MIGRATIONS = of_field(
    "migrations", "count", "dispatches on another LP than the one before", "vp_times.migrations"
)
WAIT = _timed("wait_ns", "time from ready to dispatched, summed over the dispatches of the interval")


def _run_time_columns(counter_set: str) -> tuple[Column, ...]:
    """Percentages of run time, which LPs and VPs have alike; total = guest + hypervisor [TLFS2 J.2, J.4]."""
    guest, hypervisor = "guest_run_ns", "hypervisor_run_ns"
    total = rf"{counter_set}\% Total Run Time"
    return (
        share("total_run_pct", "guest and hypervisor code, of one LP", total, guest, hypervisor),
        share("guest_run_pct", "guest code, of one LP", rf"{counter_set}\% Guest Run Time", guest),
        share(
            "hypervisor_run_pct",
            "hypervisor code, of one LP",
            rf"{counter_set}\% Hypervisor Run Time",
            hypervisor,
        ),
    )


def _wait_buckets(counter_set: str) -> tuple[Column, ...]:
    """Dispatches by the length of the wait: Windows' buckets in ascending order, whose edges are not published but a parameter [LIST]."""
    edges = "its edges: host.scheduling.wait_buckets"
    return tuple(
        whole(
            f"wait_bucket_{name}",
            "count",
            f"dispatches in bucket {number} of 13 by their wait, shortest first; {edges}",
            rf"{counter_set}\CPU Wait Time Bucket {name.upper()}",
            from_fields(f"vp_waits.bucket_{name}"),
        )
        for number, name in enumerate(WAIT_BUCKETS)
    )


def _vp_columns(counter_set: str, instance: str) -> tuple[Column, ...]:
    """Columns of a virtual processor: the two sets of Windows, child and root, have the same ones [TLFS2 J.4]."""
    per_dispatch = (
        (
            "wait",
            "mean time from ready to dispatched, booked at the dispatch: of a VP that still waits ready_ns alone tells",
            "CPU Wait Time Per Dispatch",
        ),
        ("contention", "part of it in which the LP was busy with others", "CPU Contention Time Per Dispatch"),
        ("wake_up", "part of it in which an idle LP woke", "CPU Wake Up Time Per Dispatch"),
    )
    return (
        *sampled(instance),
        PARTITION_NAME,
        VP_INDEX,
        *VP_SUMS,
        *SPENT,
        *_run_time_columns(counter_set),
        _timed("remote_run_ns", "part of the run time on another NUMA node than that of the VP's memory"),
        share("remote_run_pct", "that, of one LP", rf"{counter_set}\% Remote Run Time", "remote_run_ns"),
        DISPATCHES,
        rate("dispatches", DISPATCHES.doc, rf"{counter_set}\Logical Processor Dispatches/sec"),
        MIGRATIONS,
        rate("migrations", MIGRATIONS.doc, rf"{counter_set}\Logical Processor Migrations/sec"),
        WAIT,
        *(
            null(
                mean(
                    f"{name}_per_dispatch_ns",
                    doc,
                    rf"{counter_set}\{counter}",
                    f"vp_times.{name}_ns",
                    "dispatches",
                ),
                "when there was no dispatch",
            )
            for name, doc, counter in per_dispatch
        ),
        *_wait_buckets(counter_set),
        *vp_trap_columns(counter_set),
    )


LOGICAL_PROCESSOR = Table(
    "logical_processor",
    "Time of each logical processor (LP), one row a sample and LP; guest + hypervisor + idle = interval.",
    (
        *sampled("Hv LP 0"),
        whole("lp", "index", "the LP's number, from 0"),
        null(
            of_field(
                "root_vp_index",
                "index",
                "the root VP that is tied to the LP",
                "lp_topology.root_vp",
                rf"{_LP}\Root Vp Index",
            ),
            "when there is none",
        ),
        of_field(
            "guest_run_ns",
            "ns",
            "time in guest code, that of the root partition included",
            "lp_times.guest_run_ns",
        ),
        of_field("hypervisor_run_ns", "ns", "time in hypervisor code", "lp_times.hypervisor_run_ns"),
        of_field("idle_ns", "ns", "time idle", "lp_times.idle_ns"),
        *_run_time_columns(_LP),
        share("idle_pct", "idle", rf"{_LP}\% Idle Time", "idle_ns"),
        of_field(
            "local_run_list_size",
            "count",
            "ready VPs that wait in the LP's own run list, at the end of the interval",
            "lps.waiting",
            rf"{_LP}\Scheduler Local Run List Size",
        ),
        of_field("context_switches", "count", "switches from one VP to another", "lp_times.context_switches"),
        rate("context_switches", "switches from one VP to another", rf"{_LP}\Context Switches/sec"),
        *LP_TRAPS,
    ),
    "logical processor",
)

VIRTUAL_PROCESSOR = Table(
    "virtual_processor",
    "Time of each virtual processor (VP) of the guests, one row a sample and VP; the six times sum to the interval.",
    _vp_columns(_VP, "web:Hv VP 0"),
    "virtual processor",
)

ROOT_VIRTUAL_PROCESSOR = Table(
    "root_virtual_processor",
    "Time of each virtual processor (VP) of the root partition; columns as in virtual_processor.",
    _vp_columns(_ROOT_VP, "Root VP 0"),
    "root virtual processor",
)
