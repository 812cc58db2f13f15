"""Starts that wait: those that were refused are tried again, and those for which others can give up memory wait until they have.

A start that finds its memory free takes it at once. One that does not, but that fits once guests with Dynamic Memory are at their least,
waits: balancing treats the host as short by what it needs, so that the others' balloons give it up, as fast as they can; the start takes
place as soon as it is there, and is refused if that takes longer than a time-out, which is not published. A start that was refused is tried
again after a while, in the order in which the guests were first to be started. A cluster tries three times more half a second apart,
then once an hour [CLUS].
"""

from components.declare import NEVER, NOBODY
from components.memory import ADD, NO_MEMORY
from systems.kernels.jit import part, rare
from systems.memory.demand import commit_limit
from systems.memory.frames import free_frames
from systems.memory.goals import is_in, lowest
from systems.memory.operations import record
from systems.memory.retries import note_next_retry
from systems.state.memory import Memory

_CLUSTER_TRIES = 3
_CLUSTER_DELAY_NS = 500_000_000
_CLUSTER_PAUSE_NS = 3_600_000_000_000


@part
def source_of(m: Memory, partition: int) -> int:
    """Return the node from which `partition` must have its memory when it starts, NOBODY if any will do."""
    return (
        NOBODY
        if m.parameters[m.layouts[partition].host].spanning
        else max(m.partitions[partition].planned_node, m.hosts[m.layouts[partition].host].first_node)
    )


@part
def reserved_frames(m: Memory, host: int, node: int, before: int) -> int:
    """Return the memory (frames) of `node` (NOBODY: of all nodes of `host`) kept for starts that wait for it and come before that of partition `before`.

    NOBODY for `before` counts all of them.
    """
    state = m.state[host]
    if state.next_retry_ns == NEVER:
        return 0
    total = 0
    s = m.host_states[host]
    for partition in m.residents[s.first_resident : s.first_resident + s.residents]:
        if m.partitions[partition].gathers and partition != before:
            same = node < 0 or source_of(m, partition) == node or source_of(m, partition) == NOBODY
            if same and (before < 0 or _comes_before(m, partition, before)):
                total += m.partitions[partition].lacks
    return total


@part
def _comes_before(m: Memory, one: int, other: int) -> bool:
    first, second = m.partitions[one].first_try_ns, m.partitions[other].first_try_ns
    return first < second or (first == second and one < other)


@rare
def next_waiting(m: Memory, until: int) -> int:
    """Return the partition whose start is next tried again up to and including `until`, NOBODY if none is."""
    best = NOBODY
    for host in range(len(m.state)):
        if m.state[host].next_retry_ns > until:
            continue
        s = m.host_states[host]
        for partition in m.residents[s.first_resident : s.first_resident + s.residents]:
            retry = m.partitions[partition].retry_ns
            if retry > until:
                continue
            earlier = best < 0 or retry < m.partitions[best].retry_ns
            if earlier or (retry == m.partitions[best].retry_ns and _comes_before(m, partition, best)):
                best = partition
    return best


@part
def needed(m: Memory, partition: int) -> int:
    """Return the memory (frames) that `partition` starts with: its startup memory, or what was saved of it."""
    p = m.partitions[partition]
    return p.saved_pages if p.saved_pages > 0 else p.startup


@part
def root_may_commit(m: Memory, host: int) -> bool:
    """Tell whether the root of `host` may commit what one more guest takes; if not, the start fails with memory free (error 0x800705AA)."""
    per_guest, root = m.parameters[host].commit_per_guest, m.hosts[host].root
    return per_guest == 0 or m.partitions[root].committed + per_guest <= commit_limit(m, root)


@part
def count_guest(m: Memory, partition: int, change: int) -> None:
    """Note that one more guest, or one less, has memory on the host of `partition`, and what the root commits for it."""
    count_guest_on(m, m.layouts[partition].host, change)


@part
def count_guest_on(m: Memory, host: int, change: int) -> None:
    """Note that one more guest, or one less, has memory on `host`, and what the root commits for it."""
    m.state[host].guests += change
    if m.hosts[host].root >= 0:
        m.partitions[m.hosts[host].root].committed += change * m.parameters[host].commit_per_guest


@part
def room_to_start(m: Memory, partition: int) -> int:
    """Return how many free frames `partition` may have when it starts now: those that others do not wait for before it."""
    node = source_of(m, partition)
    host = m.layouts[partition].host
    return free_frames(m, host, node) - reserved_frames(m, host, node, partition)


@part
def wait_or_refuse(m: Memory, partition: int, now: int) -> None:
    """Make the start of `partition`, for which too little is free, wait for memory of others, or refuse it for now."""
    p = m.partitions[partition]
    p.lacks = needed(m, partition)
    if not p.gathers and can_be_had(m, partition, now):
        wait(m, partition, now)
    else:
        refuse(m, partition, now, NO_MEMORY)


@part
def begin_start(m: Memory, partition: int, now: int) -> None:
    """Note that `partition` is to be started, or to boot again, from `now` on: refusals of an earlier start do not count against it."""
    p = m.partitions[partition]
    p.first_try_ns = now
    p.refusals = 0


@part
def wait(m: Memory, partition: int, now: int) -> None:
    """Make `partition` wait for what it lacks, until others have given that up, or it has waited too long."""
    p = m.partitions[partition]
    p.gathers = 1
    wait_until(m, partition, now + m.parameters[m.layouts[partition].host].timeout_ns)


@part
def wait_until(m: Memory, partition: int, time_ns: int) -> None:
    """Set when the next thing happens to `partition`: at `time_ns`."""
    m.partitions[partition].retry_ns = time_ns
    note_next_retry(m, m.layouts[partition].host)


@part
def refuse(m: Memory, partition: int, now: int, reason: int) -> None:
    """Refuse the start of `partition` for now, for `reason`, and note when it is tried again."""
    p = m.partitions[partition]
    p.gathers = 0
    p.refusals += 1
    p.refused_free = max(0, room_to_start(m, partition))
    p.retry_ns = _retry_time(m, partition, now)
    record(m, now, partition, ADD, reason, needed(m, partition), 0)
    note_next_retry(m, m.layouts[partition].host)


@part
def can_be_had(m: Memory, partition: int, now: int) -> bool:
    """Tell whether `partition` could have what it lacks once all guests of its node that report were at their least."""
    node = source_of(m, partition)
    total = room_to_start(m, partition)
    state = m.state[m.layouts[partition].host]
    for row in m.dynamic_by_host[state.first_dynamic : state.first_dynamic + state.dynamics]:
        if is_in(m, row, node, now):
            p = m.partitions[m.dynamic[row].owner]
            total += p.ballooned + max(0, p.held - lowest(m, row))
    return total >= m.partitions[partition].lacks


@part
def _retry_time(m: Memory, partition: int, now: int) -> int:
    if m.parameters[m.layouts[partition].host].retry_ns == NEVER:
        return NEVER
    if not m.parameters[m.layouts[partition].host].cluster:
        return now + m.parameters[m.layouts[partition].host].retry_ns
    tries_are_up = m.partitions[partition].refusals % (_CLUSTER_TRIES + 1) == 0
    return now + (_CLUSTER_PAUSE_NS if tries_are_up else _CLUSTER_DELAY_NS)


@rare
def end_waiting(m: Memory, partition: int) -> None:
    """End the wait of `partition` for its start: it has started, or is to be stopped."""
    p = m.partitions[partition]
    p.gathers = 0
    p.retry_ns = NEVER
    note_next_retry(m, m.layouts[partition].host)


@part
def call_those_with_room(m: Memory, host: int, now: int) -> None:
    """Set the starts on `host` for which others have given up enough memory to right after `now`, at which memory was balanced."""
    if m.state[host].next_retry_ns == NEVER:
        return
    s = m.host_states[host]
    for partition in m.residents[s.first_resident : s.first_resident + s.residents]:
        p = m.partitions[partition]
        if p.gathers and room_to_start(m, partition) >= p.lacks:
            p.retry_ns = now + 1
    note_next_retry(m, host)
