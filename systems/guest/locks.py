"""A guest's lock: who holds it, who spins for it.

A share of the bursts of a closed workload ends inside the guest's one critical section. A thread that finds the lock
held spins, or parks, as the lock's kind says.

A spin lock that is released goes to a thread that can notice at once: of those whose VP runs, the one that has spun
longest without a break. If there is none, it goes to the first that looks again. A thread whose VP has no LP, or is
in the hypervisor, cannot notice. So no lock waits for a VP that does not run.

A ticket lock is served in the order in which threads came to it. A released one is the next thread's alone: while that has no VP, or its VP no
LP, all behind it spin [Ouyang, Lange 2013].

Where spinners halt (`systems.scheduling.halting`), one that comes while the lock is free takes it, though others wait that do not run: Linux
lets a thread try that once, before it joins the queue [LNX-QSPIN].

A lock that threads park for is handed to the one that has been parked longest, which is runnable again from then on.

Whoever holds the lock keeps it when its VP loses the LP; that is what makes others wait.
"""

from components.declare import NOBODY
from components.processor import SPINNING
from components.workload import TICKET_LOCK
from systems.guest.peers import SPINNERS, join_peers, leave_peers
from systems.kernels.jit import part, rare
from systems.kernels.philox import uniform
from systems.state.tables import Tables


@rare
def draw_section(w: Tables, thread: int, row: int) -> None:
    """Draw whether the new burst of `thread` enters lock `row`; if so, set its end aside for that."""
    lock = w.locks[row]
    t = w.threads[thread]
    t.section_ns = 0
    if uniform(w.keys[0].lock, t.stable_id, t.draws) < lock.share:
        t.section_ns = min(lock.hold_ns, w.tasks[thread].remaining_ns)
        w.tasks[thread].remaining_ns -= t.section_ns


@part
def hold(w: Tables, row: int, thread: int, now: int) -> int:
    """Give `thread` the free lock `row`; return the work (ns) that it does inside."""
    lock = w.locks[row]
    t = w.threads[thread]
    lock.holder = thread
    lock.entries += 1
    lock.wait_ns += now - t.wanted_ns
    inside = t.section_ns
    t.section_ns = 0
    return inside


@part
def let_go(w: Tables, row: int) -> None:
    """Free lock `row`."""
    w.locks[row].holder = NOBODY


@part
def may_take(w: Tables, vp: int) -> bool:
    """Tell whether the lock that the thread on `vp` wants is free, and it is its turn."""
    lock = w.locks[w.guests[w.vp_identity[vp].owner].lock]
    if lock.holder >= 0:
        return False
    return bool(lock.kind != TICKET_LOCK or lock.first_parked == w.vps[vp].task)


@rare
def take_lock(w: Tables, vp: int, now: int) -> bool:
    """Give the thread on `vp` the lock that it wants, if it is free; tell whether it has it."""
    if not may_take(w, vp):
        return False
    row = w.guests[w.vp_identity[vp].owner].lock
    state = w.vps[vp]
    if w.locks[row].kind == TICKET_LOCK:
        _use_ticket(w, row)
    state.remaining_ns = hold(w, row, state.task, now)
    state.waits = 0
    return True


@part
def draw_ticket(w: Tables, row: int, thread: int) -> None:
    """Queue `thread` at ticket lock `row`, after all that came before."""
    lock = w.locks[row]
    w.threads[thread].next_ticket = NOBODY
    if lock.last_parked >= 0:
        w.threads[lock.last_parked].next_ticket = thread
    else:
        lock.first_parked = thread
    lock.last_parked = thread


@part
def _use_ticket(w: Tables, row: int) -> None:
    lock = w.locks[row]
    lock.first_parked = w.threads[lock.first_parked].next_ticket
    if lock.first_parked < 0:
        lock.last_parked = NOBODY


@rare
def begin_spin(w: Tables, lp: int) -> None:
    """Start spinning on `lp`: the VP is in guest code and makes no progress."""
    w.lps[lp].phase = SPINNING
    join_peers(w, SPINNERS, w.lps[lp].vp)


@rare
def stop_spin(w: Tables, lp: int) -> None:
    """Stop spinning on `lp`, which is charged up to now; the LP's new phase is the caller's."""
    leave_peers(w, w.lps[lp].vp)
