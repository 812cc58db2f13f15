"""Every table that a run can write, declared once; the Arrow schemas and the counter catalogue are derived from here.

Counter names and meanings follow sections J.1 to J.4 of the specification [TLFS2 J] and the counter lists [WE, LIST].
Windows averages and rates are kept beside the exact nanoseconds and counts from which they are computed.
"""

from dataclasses import replace
from typing import Final

from hvecs.output.memory_schema import GUEST_MEMORY, MEMORY_TABLES, PARTITION_MEMORY
from hvecs.output.table import Column, Table, real, text, whole
from hvecs.output.trap_schema import LP_TRAPS, PARTITION_TRAPS, vp_trap_columns

SCHEMA_VERSION: Final = 3
"""Changes with every change of a table, a column or a meaning; part of the run id."""

_LP = r"\Hyper-V Hypervisor Logical Processor(*)"
_VP = r"\Hyper-V Hypervisor Virtual Processor(*)"
_ROOT_VP = r"\Hyper-V Hypervisor Root Virtual Processor(*)"


def _null(column: Column, when: str) -> Column:
    """Let `column` be null, and say in its meaning when it is."""
    return replace(column, nullable=True, doc=f"{column.doc}; null {when}")


_TIME = (
    whole("time_ns", "ns", "simulated time at the end of the interval"),
    whole("interval_ns", "ns", "length of the interval; the last one can be cut short"),
)
_ENTITY = whole("entity", "id", "id of the entity in the simulated world")
WAIT_BUCKETS = (*(f"x{n}" for n in range(7, 0, -1)), *(str(n) for n in range(7)))

_PARTITION = text("partition", "name of the partition")


def _sampled(instance: str) -> tuple[Column, ...]:
    """Start a table that has one row a sample and instance."""
    return (*_TIME, text("instance", f"instance as Windows names it: {instance}"), _ENTITY)


_VP_SUMS = (
    whole("guest_run_ns", "ns", "time in guest code"),
    whole("hypervisor_run_ns", "ns", "time in hypervisor code on behalf of the VP"),
    whole("ready_ns", "ns", "time ready, waiting for an LP"),
    whole("idle_ns", "ns", "time idle"),
    whole("capped_ns", "ns", "time held back by the cap"),
    whole(
        "suspended_ns",
        "ns",
        "time off, before the partition is started or after it is stopped, or suspended until the parent had handled an intercept",
    ),
    whole("intercepted_ns", "ns", "the latter part of suspended_ns"),
)
_DISPATCHES = whole("dispatches", "count", "dispatches on an LP")
_MIGRATIONS = whole("migrations", "count", "dispatches on another LP than the one before")
_WAIT = whole("wait_ns", "ns", "time from ready to dispatched, summed over the dispatches of the interval")


def _run_time_columns(counter_set: str) -> tuple[Column, ...]:
    """Percentages of run time, which LPs and VPs have alike; total = guest + hypervisor [TLFS2 J.2, J.4]."""
    return (
        real(
            "total_run_pct", "%", "guest and hypervisor code, of one LP", rf"{counter_set}\% Total Run Time"
        ),
        real("guest_run_pct", "%", "guest code, of one LP", rf"{counter_set}\% Guest Run Time"),
        real(
            "hypervisor_run_pct", "%", "hypervisor code, of one LP", rf"{counter_set}\% Hypervisor Run Time"
        ),
    )


def _wait_buckets(counter_set: str) -> tuple[Column, ...]:
    """Dispatches by the length of the wait: Windows' buckets in ascending order, the edges a parameter [LIST; GAP 2]."""
    edges = "its edges: host.scheduling.wait_buckets"
    return tuple(
        whole(
            f"wait_bucket_{name}",
            "count",
            f"dispatches in bucket {number} of 13 by their wait, shortest first; {edges}",
            rf"{counter_set}\CPU Wait Time Bucket {name.upper()}",
        )
        for number, name in enumerate(WAIT_BUCKETS)
    )


def _vp_columns(counter_set: str, instance: str) -> tuple[Column, ...]:
    """Columns of a virtual processor: the two sets of Windows, child and root, have the same ones [TLFS2 J.4]."""
    dispatches = rf"{counter_set}\Logical Processor Dispatches/sec"
    migrations = rf"{counter_set}\Logical Processor Migrations/sec"
    wait = rf"{counter_set}\CPU Wait Time Per Dispatch"
    mean_wait = real("wait_per_dispatch_ns", "ns", "mean time from ready to dispatched", wait)
    busy = real(
        "contention_per_dispatch_ns",
        "ns",
        "part of it in which the LP was busy with others",
        rf"{counter_set}\CPU Contention Time Per Dispatch",
    )
    waking = real(
        "wake_up_per_dispatch_ns",
        "ns",
        "part of it in which an idle LP woke",
        rf"{counter_set}\CPU Wake Up Time Per Dispatch",
    )
    return (
        *_sampled(instance),
        _PARTITION,
        whole("vp", "index", "the VP's number within its partition, from 0"),
        *_VP_SUMS,
        whole("spin_ns", "ns", "time in guest code that spun on a lock, part of guest_run_ns"),
        *_run_time_columns(counter_set),
        whole(
            "remote_run_ns", "ns", "part of the run time on another NUMA node than that of the VP's memory"
        ),
        real("remote_run_pct", "%", "that, of one LP", rf"{counter_set}\% Remote Run Time"),
        _DISPATCHES,
        real("dispatches_per_sec", "1/s", "dispatches on an LP", dispatches),
        _MIGRATIONS,
        real("migrations_per_sec", "1/s", "dispatches on another LP than the one before", migrations),
        _WAIT,
        _null(mean_wait, "when there was no dispatch"),
        _null(busy, "when there was no dispatch"),
        _null(waking, "when there was no dispatch"),
        *_wait_buckets(counter_set),
        *vp_trap_columns(counter_set),
    )


LOGICAL_PROCESSOR = Table(
    "logical_processor",
    "Time of each logical processor (LP), one row a sample and LP; guest + hypervisor + idle = interval.",
    (
        *_sampled("Hv LP 0"),
        whole("lp", "index", "the LP's number, from 0"),
        _null(
            whole("root_vp_index", "index", "the root VP that is tied to the LP", rf"{_LP}\Root Vp Index"),
            "when there is none",
        ),
        whole("guest_run_ns", "ns", "time in guest code, that of the root partition included"),
        whole("hypervisor_run_ns", "ns", "time in hypervisor code"),
        whole("idle_ns", "ns", "time idle"),
        *_run_time_columns(_LP),
        real("idle_pct", "%", "idle", rf"{_LP}\% Idle Time"),
        whole(
            "local_run_list_size",
            "count",
            "ready VPs that wait in the LP's own run list, at the end of the interval",
            rf"{_LP}\Scheduler Local Run List Size",
        ),
        whole("context_switches", "count", "switches from one VP to another"),
        real(
            "context_switches_per_sec",
            "1/s",
            "switches from one VP to another",
            rf"{_LP}\Context Switches/sec",
        ),
        *LP_TRAPS,
    ),
)

VIRTUAL_PROCESSOR = Table(
    "virtual_processor",
    "Time of each virtual processor (VP) of the guests, one row a sample and VP; the six times sum to the interval.",
    _vp_columns(_VP, "web:Hv VP 0"),
)

ROOT_VIRTUAL_PROCESSOR = Table(
    "root_virtual_processor",
    "Time of each virtual processor (VP) of the root partition; columns as in virtual_processor.",
    _vp_columns(_ROOT_VP, "Root VP 0"),
)

PARTITION = Table(
    "partition",
    "Sums over the VPs of each partition, one row a sample and partition, the root's among them.",
    (
        *_sampled("web:HvPt; the root's is Root"),
        _PARTITION,
        Column(
            "virtual_processors",
            "int64",
            "count",
            r"\Hyper-V Hypervisor Partition(*)\Virtual Processors",
            "VPs of the partition",
            root_counter=r"\Hyper-V Hypervisor Root Partition(*)\Virtual Processors",
        ),
        *_VP_SUMS,
        _DISPATCHES,
        _MIGRATIONS,
        _WAIT,
        *PARTITION_TRAPS,
        *PARTITION_MEMORY,
    ),
)

HYPERVISOR = Table(
    "hypervisor",
    "What the host holds, one row a sample.",
    (
        *_TIME,
        text("instance", "always Hypervisor: Windows has one instance, without a name"),
        whole("logical_processors", "count", "LPs of the host", r"\Hyper-V Hypervisor\Logical Processors"),
        whole("partitions", "count", "partitions, the root included", r"\Hyper-V Hypervisor\Partitions"),
        whole(
            "virtual_processors",
            "count",
            "VPs, the root's included",
            r"\Hyper-V Hypervisor\Virtual Processors",
        ),
    ),
)

GUEST = Table(
    "guest",
    "What Windows would measure inside each guest, one row a sample and guest.",
    (
        *_sampled("the partition's name"),
        _PARTITION,
        whole(
            "processor_queue_length",
            "count",
            "ready threads that have no VP, at the end of the interval",
            r"\System\Processor Queue Length",
        ),
        real("processor_queue_mean", "count", "ready threads that have no VP, mean over the interval"),
        _null(
            real(
                "processor_time_pct",
                "%",
                "time in which the guest's own clock sees its VPs busy, mean over its VPs",
                r"\Processor(_Total)\% Processor Time",
            ),
            "when the guest was off",
        ),
        *GUEST_MEMORY,
    ),
)

_NOTHING_COMPLETED = "when no request was completed"

REQUEST = Table(
    "request",
    "Requests of each open workload, one row a sample and partition.",
    (
        *_sampled("the partition's name"),
        _PARTITION,
        whole("arrivals", "count", "requests that arrived"),
        whole("completions", "count", "requests that were completed"),
        real("completions_per_sec", "1/s", "requests that were completed"),
        whole(
            "in_system",
            "count",
            "requests that had arrived and were not completed, at the end of the interval",
        ),
        *(
            _null(real(name, "ns", f"{what} of those completed"), _NOTHING_COMPLETED)
            for name, what in (
                ("response_mean_ns", "mean response time"),
                ("response_p50_ns", "median response time"),
                ("response_p95_ns", "95th percentile of the response time"),
                ("response_p99_ns", "99th percentile of the response time"),
            )
        ),
        whole("io_submitted", "count", "I/Os that the requests submitted to the root"),
        whole("io_completed", "count", "I/Os that came back to the guest"),
        _null(
            real("io_latency_mean_ns", "ns", "mean time from submission to that, of those completed"),
            "when no I/O was completed",
        ),
    ),
)

JOB = Table(
    "job",
    "The fixed amount of work of each closed workload, one row a partition.",
    (
        _ENTITY,
        _PARTITION,
        _null(
            whole("started_ns", "ns", "simulated time at which the guest was started"), "when it never was"
        ),
        _null(whole("finished_ns", "ns", "simulated time at which the work was finished"), "when it was not"),
        _null(whole("elapsed_ns", "ns", "from the start to the finish"), "when the work was not finished"),
        whole("work_ns", "ns", "work completed, in CPU time at native speed"),
        whole("bursts", "count", "bursts of threads completed"),
        whole(
            "queue_wait_ns", "ns", "time that ready threads waited for a VP in the guest, summed over threads"
        ),
        _null(
            real("queue_wait_per_burst_ns", "ns", "that time for each burst"), "when no burst was completed"
        ),
        whole("lock_entries", "count", "bursts that entered the guest's lock"),
        whole("lock_contended", "count", "bursts that found it held"),
        whole(
            "lock_wait_ns",
            "ns",
            "time that threads spun or were parked for it, preempted or not, summed over entries",
        ),
    ),
)

DISPATCH = Table(
    "dispatch",
    "One stay of a VP on an LP, in order of end_ns.",
    (
        whole("lp", "index", "the LP's number, from 0"),
        _PARTITION,
        whole("vp", "index", "the VP's number within its partition, from 0"),
        whole("ready_ns", "ns", "simulated time at which the VP became ready"),
        whole("start_ns", "ns", "simulated time at which it got the LP"),
        whole("end_ns", "ns", "simulated time at which it left the LP"),
        text(
            "reason", "why it left: slice, idle, preempted, capped, stopped, run end, yielded or intercepted"
        ),
    ),
)

INTERCEPT = Table(
    "intercept",
    "What made the hypervisor work, a row each time that intercepts or hypercalls of a class are counted on a VP.",
    (
        whole(
            "time_ns",
            "ns",
            "simulated time at which they were counted; they happened since the last such row",
        ),
        _PARTITION,
        whole("vp", "index", "the VP's number within its partition, from 0"),
        text("class", "the column of virtual_processor that counts them"),
        whole("count", "count", "how many"),
        whole("cost_ns", "ns", "hypervisor time that they cost together"),
    ),
)

RUNS = Table(
    "runs",
    "One row a run: what was run, how it ended, and its outcomes, each in a column of its own.",
    (
        text("scenario", "name of the scenario"),
        whole("seed", "id", "seed of the run"),
        text("status", "how the run ended: ok or failed"),
        Column("error", "string", "text", None, "what went wrong; null when nothing did", nullable=True),
        whole("simulated_ns", "ns", "simulated time"),
    ),
)

TABLES: Final = {
    table.name: table
    for table in (
        LOGICAL_PROCESSOR,
        VIRTUAL_PROCESSOR,
        ROOT_VIRTUAL_PROCESSOR,
        PARTITION,
        HYPERVISOR,
        GUEST,
        REQUEST,
        *MEMORY_TABLES[:-1],
        JOB,
        DISPATCH,
        INTERCEPT,
        MEMORY_TABLES[-1],
        RUNS,
    )
}
"""Every table by name; `runs` has further columns, one an outcome (`hvecs.output.runs`)."""
