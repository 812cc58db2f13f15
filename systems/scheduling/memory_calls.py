"""The root's hypercalls for the memory of guests: pages mapped and unmapped, pages deposited with the hypervisor and taken back.

A VP of the root makes them, in entries that none of which keeps it in the hypervisor for long (`systems.hypercalls.continuations`): when the
guest starts or stops, and when memory has been balanced. Nobody waits for them but the root itself. A guest that runs from the start
of the run has had its memory mapped before.
"""

from components.declare import NOBODY
from components.traps import GPA_MAPS, GPA_UNMAPS, MEMORY_DEPOSITS, MEMORY_WITHDRAWALS
from components.virtual_processor import IDLE
from systems.hypercalls.continuations import call_for_elements
from systems.kernels.jit import part, rare
from systems.scheduling.handover import make_ready
from systems.state.charges import traces_have_room
from systems.state.idle_vps import leave_idle
from systems.state.memory import Memory
from systems.state.tables import BUFFER_FULL, OK, Tables
from systems.system import System, components


@part
def call_for_start(w: Tables, partition: int, now: int) -> None:
    """Make the root's calls for a start: deposit what the hypervisor needs for `partition`, map what it was given."""
    calls = w.memory_calls[partition]
    _call(w, calls.root_vp, MEMORY_DEPOSITS, calls.to_deposit, now)
    calls.to_deposit = 0
    call_for_maps(w, partition, now)


@part
def call_for_balanced(w: Tables, m: Memory, until: int) -> int:  # noqa: ARG001 - all kernels of a step take the same
    """Make the root's calls for the last balancing: unmap what it took from each partition, map what it gave.

    Returns OK, or BUFFER_FULL when a trace must be drained first, after which it goes on with the next partition.
    """
    now = w.clock[0].now_ns
    for host in range(len(w.hosts)):
        s = w.host_states[host]
        while s.next_caller >= 0:
            if not traces_have_room(w):
                return BUFFER_FULL
            partition = w.residents[s.first_resident + s.next_caller]
            call_for_unmaps(w, partition, now)
            call_for_maps(w, partition, now)
            s.next_caller += 1
            if s.next_caller == s.residents:
                s.next_caller = NOBODY
    return OK


@rare
def call_for_maps(w: Tables, partition: int, now: int) -> None:
    """Make the root's call that maps what `partition` was given."""
    calls = w.memory_calls[partition]
    _call(w, calls.root_vp, GPA_MAPS, calls.to_map, now)
    w.guest_times[partition].gpa_modifications += calls.to_map
    calls.to_map = 0


@rare
def call_for_unmaps(w: Tables, partition: int, now: int) -> None:
    """Make the root's call that unmaps what was taken from `partition`."""
    calls = w.memory_calls[partition]
    _call(w, calls.root_vp, GPA_UNMAPS, calls.to_unmap, now)
    w.guest_times[partition].gpa_modifications += calls.to_unmap
    calls.to_unmap = 0


@part
def call_for_stop(w: Tables, partition: int, now: int) -> None:
    """Make the root's calls for a stop: unmap what `partition` held, withdraw what was deposited for it."""
    call_for_unmaps(w, partition, now)
    calls = w.memory_calls[partition]
    _call(w, calls.root_vp, MEMORY_WITHDRAWALS, calls.to_withdraw, now)
    calls.to_withdraw = 0


@part
def _call(w: Tables, vp: int, call: int, elements: int, now: int) -> None:
    if elements == 0:
        return
    call_for_elements(w, vp, call, elements, now)
    if w.vps[vp].state == IDLE and w.trap_state[vp].put_off_ns > 0:
        leave_idle(w, vp)
        make_ready(w, vp, now)


class Hypercalls(System):
    """Lets guests and root call the hypervisor: calls of many elements in continuations, the root's for memory once a step."""

    why_here = "before anything happens in the step: the root calls for the memory that balancing moved at the end of the last"
    kernel = staticmethod(call_for_balanced)
    reads = components("Clock PartitionLayout SchedulingParameters VpIdentity")
    writes = components(
        "GuestScheduler GuestTimes HostState InterceptRecord MemoryCalls SchedulerState TrapState VpState"
    )
