"""The table of tiers."""

from typing import Final

from hvecs.output.leading_columns import ENTITY, TIME
from hvecs.output.response_columns import response_columns
from hvecs.output.source import from_fields
from hvecs.output.table import Column, Table, of_field, rate, text, whole

PARTS: Final = {
    "balancer_ns": "waiting at the balancer",
    "retry_ns": "tries that took too long, were dropped, or were lost with their guest",
    "queue_ns": "in the guest, without a thread of it or a VP",
    "ready_ns": "their VP waiting for an LP, held back by a cap, or paused",
    "native_ns": "guest code at native speed",
    "hypervisor_ns": "hypervisor code on behalf of their VP, and intercepts that the root handled for it",
    "lost_ns": "guest code that did no native work: lost to other LPs, to caches, to memory, to waits for other VPs",
    "io_ns": "with the root, the network, the disk and devices",
    "calls_ns": "calls of other tiers",
}
"""The parts of the response time of requests completed: they sum to it exactly."""


def _counted(name: str, doc: str) -> Column:
    """Declare the column of a count in TierTimes."""
    return whole(name, "count", doc, None, from_fields(f"tier_times.{name}"))


TIER = Table(
    "tier",
    "Requests of each tier as those who sent them see it, one row a sample and tier.",
    (
        *TIME,
        ENTITY,
        text("tier", "name of the tier"),
        _counted("arrivals", "requests that came to the balancer"),
        _counted("completions", "requests that were completed"),
        rate("completions", "requests that were completed"),
        _counted(
            "failed",
            "requests that were not: their last try took too long or was lost, the balancer's queue was full, a call of theirs failed, or "
            "their guest may commit no more memory",
        ),
        of_field("in_system", "count", "requests in the tier, at the end of the interval", "tiers.in_system"),
        *response_columns("response_ns", "tier_sample"),
        _counted("rejected", "requests that failed because the balancer's queue was full"),
        _counted("retried", "further tries of requests"),
        _counted("timed_out", "tries that took longer than the timeout"),
        of_field(
            "waiting",
            "count",
            "requests that wait at the balancer, at the end of the interval",
            "tiers.waiting",
        ),
        of_field("guests_up", "count", "guests that take requests, at the end of the interval", "tiers.up"),
        of_field("response_ns", "ns", "response times of those completed, summed", "tier_times.response_ns"),
        *(of_field(name, "ns", f"part of it: {doc}", f"tier_times.{name}") for name, doc in PARTS.items()),
    ),
    "tier",
)
