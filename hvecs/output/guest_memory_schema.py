"""The columns of memory that a guest's own system would show, by the names of its counters [WE memory collector]."""

from hvecs.output.source import Computed
from hvecs.output.table import Column, null, of_field, rate, real

_HELD = "memory.partitions.held"
_COMMITTED = "memory.partitions.committed"
_CACHE = "memory.partitions.file_cache"
_RUNNING = "lifetimes.running"

_NO_DEMAND = "when the guest's demand for memory is not modelled, or it was off"


def _page_list(name: str, doc: str, counter: str | None) -> Column:
    """Declare the length of one of the lists of pages that the guest's system keeps [WE memory collector]."""
    operands = (_HELD, _COMMITTED, _CACHE, "memory.partitions.touched", _RUNNING)
    return null(real(name, "B", doc, counter, Computed(operands)), _NO_DEMAND)


GUEST_MEMORY = (
    null(
        real(
            "available_mib",
            "MiB",
            "memory on the standby, free and zero lists",
            r"\Memory\Available MBytes",
            Computed((_HELD, _COMMITTED, _CACHE, _RUNNING)),
        ),
        _NO_DEMAND,
    ),
    _page_list(
        "standby_bytes",
        "file cache that holds what the disk holds too",
        r"\Memory\Standby Cache Normal Priority Bytes",
    ),
    _page_list("modified_bytes", "file cache not yet written to disk", r"\Memory\Modified Page List Bytes"),
    _page_list("free_bytes", "memory that it has used and uses no longer", None),
    _page_list("zero_bytes", "memory that it has not touched yet", None),
    _page_list("free_zero_bytes", "the two together", r"\Memory\Free & Zero Page List Bytes"),
    null(
        real(
            "committed_bytes",
            "B",
            "memory that it has committed",
            r"\Memory\Committed Bytes",
            Computed((_COMMITTED, _RUNNING)),
        ),
        _NO_DEMAND,
    ),
    of_field(
        "pages_input", "count", "4 KiB pages read from disk at hard page faults", "guest_times.hard_faults"
    ),
    rate("pages_input", "the same, a second", r"\Memory\Pages Input/sec"),
    of_field(
        "cache_reads",
        "count",
        "those of them that held file data which the cache had no room for",
        "guest_times.cache_reads",
    ),
    real(
        "pages_per_sec",
        "1/s",
        "and those written to disk to make way for them",
        r"\Memory\Pages/sec",
        Computed(("pages_input_per_sec",)),
    ),
    of_field(
        "paging_ns",
        "ns",
        "time that its tasks wait for those pages, summed over tasks; counted when asked for",
        "guest_times.paging_ns",
    ),
    null(
        real(
            "refused_bytes",
            "B",
            "memory that it would commit and may not: more than it holds and its page file",
            None,
            Computed(("memory.partitions.wanted", _COMMITTED, _RUNNING)),
        ),
        _NO_DEMAND,
    ),
    of_field(
        "allocation_failures",
        "count",
        "times that it could not commit all that it would, at most one each time that memory is balanced",
        "guest_times.allocation_failures",
    ),
    of_field(
        "killed",
        "count",
        "bursts of threads, and requests, whose work was lost for that",
        "guest_times.killed",
    ),
)
"""Further columns of the table `guest`."""
