"""What guests and root commit over time.

A partition may commit what it holds and its page file; where that has no bound, all that it would. What is beyond fails, is counted, and
is tried again at the next balancing. The root commits something for every guest that runs, beside its own.
"""

from components.declare import NEVER
from systems.kernels.jit import part, rare
from systems.memory.retries import next_retry_ns
from systems.state.memory import Memory
from systems.state.orders import next_order_ns
from systems.state.tables import OK, Tables
from systems.system import System, components


@part
def is_memory_due(m: Memory, host: int, until: int) -> bool:
    """Tell whether the memory of `host` is balanced at `until`: at multiples of its period."""
    return until % m.parameters[host].period_ns == 0


@part
def is_any_memory_due(m: Memory, until: int) -> bool:
    """Tell whether the memory of any host is balanced at `until`."""
    due = False
    for host in range(len(m.parameters)):
        due = due or is_memory_due(m, host, until)
    return due


@part
def next_memory_time(w: Tables, m: Memory, now: int) -> int:
    """Return the next time after `now` at which a step ends for memory: a balancing, a start, a stop, or a start tried again.

    A step ends 1 ns before a start or stop: if the run ends in that step, no memory changes hands. What starts at 0 is still in the
    list of events in the first step, and must not hide what follows.
    """
    balanced = NEVER
    for host in range(len(m.parameters)):
        period = m.parameters[host].period_ns
        balanced = min(balanced, (now // period + 1) * period)
    following = m.progress[0].next_event
    while following < len(m.events) and m.events[following, 0] <= now:
        following += 1
    event = min(next_retry_ns(m), next_order_ns(w))
    if following < len(m.events):
        event = min(event, m.events[following, 0])
    if event == NEVER:
        return balanced
    return min(balanced, event - 1 if event - 1 > now else event)


@part
def committed_at(m: Memory, row: int, now: int) -> int:
    """Return what demand `row` commits (bytes) at `now`, which must not lie before the last call: linear between points."""
    d = m.demand[row]
    at_ns = now % d.cycle_ns
    if at_ns < m.points[d.first_point + d.at].at_ns:
        d.at = 0
    while d.at + 1 < d.points and m.points[d.first_point + d.at + 1].at_ns <= at_ns:
        d.at += 1
    point = m.points[d.first_point + d.at]
    if d.at + 1 == d.points or at_ns <= point.at_ns:
        return point.committed
    following = m.points[d.first_point + d.at + 1]
    passed = (at_ns - point.at_ns) / (following.at_ns - point.at_ns)
    return point.committed + int((following.committed - point.committed) * passed)


@part
def is_root(m: Memory, partition: int) -> bool:
    """Tell whether `partition` is the root; there is none on the bare machine."""
    return partition == m.hosts[m.layouts[partition].host].root


@part
def commit_limit(m: Memory, partition: int) -> int:
    """Return the most (bytes) that `partition` may commit: what it holds, and its page file."""
    p = m.partitions[partition]
    return (
        p.page_file
        if p.page_file == NEVER
        else p.page_file + p.held * m.parameters[m.layouts[partition].host].page_bytes
    )


@rare
def want(m: Memory, row: int, now: int) -> None:
    """Commit what the partition of demand `row` does at `now`."""
    d = m.demand[row]
    p = m.partitions[d.owner]
    p.wanted = committed_at(m, row, now)
    if is_root(m, d.owner):
        host = m.layouts[d.owner].host
        p.wanted += m.state[host].guests * m.parameters[host].commit_per_guest
    p.committed = min(p.wanted, commit_limit(m, d.owner))
    p.working_set = int(p.committed * d.working_set)
    p.file_cache = d.file_cache


@part
def demand_memory(w: Tables, m: Memory, until: int) -> int:
    """Commit what all guests that run, and are not paused, do at `until`, if memory is balanced then."""
    if is_any_memory_due(m, until):
        for row in range(len(m.demand)):
            owner = m.demand[row].owner
            lifetime = w.lifetimes[owner]
            if is_memory_due(m, m.layouts[owner].host, until) and lifetime.running and not lifetime.paused:
                want(m, row, until)
                if m.partitions[owner].committed < m.partitions[owner].wanted:
                    w.guest_times[owner].allocation_failures += 1
    return OK


class MemoryDemand(System):
    """Says what each guest, and the root, commits at the end of the step, by its points over time.

    Leaves out what the guest does with it within the period of balancing.
    """

    kernel = staticmethod(demand_memory)
    ends_step = staticmethod(next_memory_time)
    why_here = "after the step, which the run may have ended; paging and balancing go by it"
    reads = components("DemandPoint HostIdentity Lifetime MemoryParameters MemoryState PartitionLayout")
    writes = components("GuestTimes MemoryDemand PartitionMemory")
