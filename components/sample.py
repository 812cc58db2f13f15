"""Components of a sample: what no counter holds and is worked out when a sample is taken."""

from components.declare import Component, int64, real64


class VpSample(Component):
    """What a VP has not paid and not been given, at the last sample."""

    unpaid_ns = int64("hypervisor time that its traps and its dispatch still cost", "ns")
    interrupts_pending = int64("kinds of interrupt that wait for it", "count")


class RequestSample(Component):
    """Requests of an open workload at the last sample; of response times, those completed since the one before, NaN without any."""

    in_system = int64("requests that had arrived and were neither completed nor failed", "count")
    response_p50_ns = real64("median response time", "ns")
    response_p95_ns = real64("95th percentile of the response time", "ns")
    response_p99_ns = real64("99th percentile of the response time", "ns")


class MemorySample(Component):
    """How a partition's memory was mapped at the last sample."""

    small = int64("frames that are mapped 4 KiB by 4 KiB", "frames")
