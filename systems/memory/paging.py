r"""Paging: what guests do when their memory does not hold what they touch.

A guest touches pages of its working set (a share of what it has committed) at a steady rate of its run time at native speed: one touch
in `access_every_ns` of work that may miss. What it holds goes to the working set first, committed memory that is not in it
next; the file cache gets the rest. So with N pages in the working set and R of them in memory, hard faults come at the rate (a test
holds the model against it)

    faults per second of run time = touches per second x missing share
    uniform touches:   missing share = 1 - R / N
    Zipf, exponent s:  missing share = 1 - H(R, s) / H(N, s),   H(n, s) = 1 + 2^-s + ... + n^-s

the latter because the guest keeps the pages it touches most. Reads of file data that is not in the cache come at a rate of their own, by
the same law with N pages that the cache would like to have. Each fault makes one task wait for the disk (`systems.io.page_path`).
Memory that Smart Paging lends lies on disk: of all touches, its share of what the guest sees misses too. The root pages as guests do, if
its demand is modelled; only its own work faults, as what it does for guests lies in memory that is never paged [I].
"""

import math

from components.declare import NEVER, NOBODY
from components.memory import ZIPF_ACCESS
from components.partition import NOT_SAVED
from systems.guest.memory_effects import change_faults, change_paces, change_small_pace
from systems.kernels.jit import part, rare
from systems.memory.demand import is_any_memory_due, is_memory_due, is_root
from systems.memory.frames import small_pages, touch_up_to
from systems.state.memory import Memory
from systems.state.tables import OK, Tables
from systems.system import System, components

_SMALL_BYTES = 4096
_FULL_PACE = 1 << 20
_SUMMED = 64
_ALMOST_ONE = 1e-9


@part
def harmonic(n: float, s: float) -> float:
    """Return H(n, s) of n pages: the first 64 terms summed, the rest by the midpoint rule's integral (error below 1e-4)."""
    total = 0.0
    for k in range(1, int(min(n, 1.0 * _SUMMED)) + 1):
        total += math.pow(1.0 * k, -s)
    if n <= _SUMMED:
        return total
    low, high = _SUMMED + 0.5, n + 0.5
    if abs(s - 1.0) < _ALMOST_ONE:
        return total + math.log(high / low)
    return total + (math.pow(high, 1.0 - s) - math.pow(low, 1.0 - s)) / (1.0 - s)


@part
def missing_share(m: Memory, row: int) -> float:
    """Return the share of the touches of demand `row` that find their page not in memory."""
    owner = m.demand[row].owner
    p = m.partitions[owner]
    missing = _missing_of(m, row, p.held * m.parameters[m.layouts[owner].host].page_bytes, p.working_set)
    return missing + (1.0 - missing) * p.lent / (p.held + p.lent) if p.lent > 0 else missing


@part
def missing_cache(m: Memory, row: int) -> float:
    """Return the share of the reads of file data of demand `row` that do not find it in the cache."""
    owner = m.demand[row].owner
    p = m.partitions[owner]
    held = p.held * m.parameters[m.layouts[owner].host].page_bytes
    return _missing_of(m, row, held - p.committed, p.file_cache)


@part
def _missing_of(m: Memory, row: int, held: int, wanted: int) -> float:
    """Return the share of the touches of `wanted` bytes that miss where `held` of them are in memory."""
    d = m.demand[row]
    if held >= wanted or wanted == 0:
        return 0.0
    if held <= 0:
        return 1.0
    if d.pattern == ZIPF_ACCESS:
        there = harmonic(held / _SMALL_BYTES, d.exponent)
        return max(0.0, 1.0 - there / harmonic(wanted / _SMALL_BYTES, d.exponent))
    return 1.0 - held / wanted


@part
def _set_faults(w: Tables, m: Memory, row: int, now: int) -> None:
    """Set how often the partition of demand `row` takes hard faults, and which share of them reads file data."""
    d = m.demand[row]
    rates = 0.0
    reads = 0.0
    if d.access_every_ns < NEVER:
        rates = missing_share(m, row) / d.access_every_ns
    if d.read_every_ns < NEVER:
        reads = missing_cache(m, row) / d.read_every_ns
    every = NEVER
    if rates + reads > 0.0:
        every = max(1, int(min(1.0 / (rates + reads), 1e15)))
        w.guests[d.owner].cache_share = reads / (rates + reads)
    change_faults(w, d.owner, every, now)


@rare
def settle_guest(w: Tables, m: Memory, partition: int, now: int) -> None:
    """Set what follows from the memory that a partition wants and holds: pages touched, hard faults, the price of small pages."""
    row = m.demand_of[partition]
    p = m.partitions[partition]
    w.guests[partition].refused_share = 1.0 - p.committed / p.wanted if p.committed < p.wanted else 0.0
    if is_root(m, partition):
        _set_faults(w, m, row, now)
        return
    page_bytes = m.parameters[m.layouts[partition].host].page_bytes
    touch_up_to(m, partition, (p.committed + p.file_cache + page_bytes - 1) // page_bytes)
    if m.parameters[m.layouts[partition].host].has_hypervisor:
        w.guests[partition].first_faults += p.first_faults
        w.guests[partition].first_zeroings += p.first_zeroings
    p.first_faults = 0
    p.first_zeroings = 0
    share = small_pages(m, partition) / p.held if p.held > 0 else 0.0
    _set_faults(w, m, row, now)
    small = _FULL_PACE / (1.0 + m.parameters[m.layouts[partition].host].small_pages * share)
    change_small_pace(w, partition, max(1, int(small + 0.5)), now)
    note_remote(w, m, partition, now)


@part
def note_remote(w: Tables, m: Memory, partition: int, now: int) -> None:
    """Note the share r of the partition's memory that lies on other nodes than its preferred one, and what it costs.

    Of n nodes, code touches remote memory with the share r on the preferred node and 1 - r / (n - 1) elsewhere, where what is remote is
    spread evenly; its speed is 1 / (1 + cost x that share).
    """
    p = m.partitions[partition]
    p.remote_share = p.remote / p.held if p.held > 0 else 0.0
    nodes = m.hosts[m.layouts[partition].host].nodes
    if nodes == 1:
        return
    cost = m.parameters[m.layouts[partition].host].remote_memory
    home = _FULL_PACE / (1.0 + cost * p.remote_share)
    away = _FULL_PACE / (1.0 + cost * (1.0 - p.remote_share / (nodes - 1)))
    w.guests[partition].memory_node = p.preferred_node if p.virtual_nodes == 1 else NOBODY
    change_paces(w, partition, max(1, int(home + 0.5)), max(1, int(away + 0.5)), now)


@part
def page_guests(w: Tables, m: Memory, until: int) -> int:
    """Settle all partitions with a demand for memory, if memory is balanced at `until`."""
    if is_any_memory_due(m, until):
        for row in range(len(m.demand)):
            owner = m.demand[row].owner
            lifetime = w.lifetimes[owner]
            due = is_memory_due(m, m.layouts[owner].host, until)
            if due and lifetime.running and lifetime.saved == NOT_SAVED:
                settle_guest(w, m, owner, until)
    return OK


class Paging(System):
    """Sets how often each guest takes hard faults, which pages it has touched, and what small pages cost it.

    Leaves out writes of changed pages, which hold up nobody.
    """

    kernel = staticmethod(page_guests)
    why_here = "after the step, for the next: guests notice what the last balancing gave or took"
    reads = components("HostIdentity Lifetime MemoryDemand MemoryParameters PartitionLayout")
    writes = components("GuestScheduler PageFrame PartitionMemory")
