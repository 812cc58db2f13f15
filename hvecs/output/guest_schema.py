"""The tables of what guests measure, of requests and of jobs."""

from hvecs.output.guest_memory_schema import GUEST_MEMORY
from hvecs.output.leading_columns import ENTITY, PARTITION_NAME, sampled
from hvecs.output.response_columns import response_columns
from hvecs.output.source import Computed, Mean, from_fields
from hvecs.output.table import Column, Table, mean, null, of_field, rate, real, whole

GUEST = Table(
    "guest",
    "What Windows would measure inside each guest, one row a sample and guest.",
    (
        *sampled("the partition's name"),
        PARTITION_NAME,
        of_field(
            "processor_queue_length",
            "count",
            "ready threads that have no VP, at the end of the interval",
            "guests.ready",
            r"\System\Processor Queue Length",
        ),
        real(
            "processor_queue_mean",
            "count",
            "ready threads that have no VP, mean over the interval",
            None,
            Mean("guest_times.queued_ns", "interval_ns"),
        ),
        null(
            real(
                "processor_time_pct",
                "%",
                "time in which the guest's own clock sees its VPs busy, mean over its VPs",
                r"\Processor(_Total)\% Processor Time",
                Computed(
                    (
                        "vp_times.suspended_ns",
                        "vp_times.intercepted_ns",
                        "vp_times.guest_idle_ns",
                        "layouts.vps",
                    )
                ),
            ),
            "when the guest was off",
        ),
        *GUEST_MEMORY,
    ),
    "guest",
)


def _requested(name: str, doc: str) -> Column:
    """Declare the column of a count in RequestTimes."""
    return whole(name, "count", doc, None, from_fields(f"request_times.{name}"))


REQUEST = Table(
    "request",
    "Requests of each guest with an open workload, or that serves tiers: what came to it, one row a sample and partition.",
    (
        *sampled("the partition's name"),
        PARTITION_NAME,
        _requested("arrivals", "requests that arrived"),
        _requested("completions", "requests that were completed"),
        rate("completions", "requests that were completed"),
        _requested(
            "failed",
            "requests that were lost: their work because the guest may commit no more memory, or they themselves because it was turned off or "
            "restarted while they were in it, or on their way",
        ),
        _requested("dropped", "requests that came from the network and found its ring full"),
        of_field(
            "in_system",
            "count",
            "requests that had arrived and were neither completed, nor failed, nor dropped, at the end of the interval",
            "request_sample.in_system",
        ),
        *response_columns("request_times.response_ns", "request_sample"),
        _requested("io_submitted", "I/Os that the requests submitted to the root"),
        _requested("io_completed", "I/Os that came back to the guest"),
        null(
            mean(
                "io_latency_mean_ns",
                "mean time from the request's asking for it, a wait in the guest included, to that, of those completed",
                None,
                "request_times.io_latency_ns",
                "io_completed",
            ),
            "when no I/O was completed",
        ),
    ),
    "open guest",
)

JOB = Table(
    "job",
    "The fixed amount of work of each closed workload, one row a partition.",
    (
        ENTITY,
        PARTITION_NAME,
        null(
            of_field(
                "started_ns",
                "ns",
                "simulated time at which the guest, started and up, began its work",
                "closed.started_ns",
            ),
            "when it never was",
        ),
        null(
            of_field(
                "finished_ns", "ns", "simulated time at which the work was finished", "closed.finished_ns"
            ),
            "when it was not",
        ),
        null(
            whole(
                "elapsed_ns",
                "ns",
                "from the start to the finish",
                None,
                Computed(("closed.started_ns", "closed.finished_ns")),
            ),
            "when the work was not finished",
        ),
        of_field(
            "work_ns",
            "ns",
            "work done, in CPU time at native speed, bursts under way included",
            "closed.done_ns",
        ),
        of_field("bursts", "count", "bursts of threads completed", "closed.bursts"),
        of_field(
            "queue_wait_ns",
            "ns",
            "time that ready threads waited for a VP in the guest, summed over threads",
            "guest_times.queued_ns",
        ),
        null(
            mean("queue_wait_per_burst_ns", "that time for each burst", None, "queue_wait_ns", "bursts"),
            "when no burst was completed",
        ),
        of_field("lock_entries", "count", "bursts that entered the guest's lock", "locks.entries"),
        of_field("lock_contended", "count", "bursts that found it held", "locks.contended"),
        of_field(
            "lock_wait_ns",
            "ns",
            "time that threads spun or were parked for it, preempted or not, summed over entries",
            "locks.wait_ns",
        ),
    ),
    "closed guest",
    sampled=False,
)
