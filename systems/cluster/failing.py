"""A host fails: its guests are off at once, and what was under way in them and in its root is lost; then it comes back, empty.

Requests in its guests fail. A guest that was on its way from it has gone nowhere; one that was on its way to it stays where it is. What comes back for
one of its guests from a device or a network finds it off.
"""

from components.declare import NOBODY
from components.migration import ARRIVED, FAILED, UP
from components.partition import NOT_SAVED, SAVED
from systems.guest.arrivals import draw_first_arrival, drop_arrivals
from systems.guest.ends import end_bursts, fail_requests, forget_paging
from systems.guest.priorities import FIRST, LEVELS, forget_ready
from systems.io.network import drop_rings
from systems.kernels.jit import part
from systems.memory.admission import take_memory
from systems.memory.moving import cancel_move
from systems.memory.saving import forget_saved
from systems.memory.waiting import count_guest, end_waiting
from systems.scheduling.ending import end_life, suspend_vps
from systems.scheduling.pausing import resume
from systems.state.accounting import charge_lp, charge_queue
from systems.state.memory import Memory
from systems.state.migrations import RANKS, call_waiting, is_held_up, leave_drained, wait_elsewhere
from systems.state.reserved import change_reserved
from systems.state.tables import Tables
from systems.state.timers import cancel_timer, set_timer


@part
def fail_host(w: Tables, m: Memory, host: int, now: int) -> None:
    """Fail `host`."""
    w.migration_states[host].state = FAILED
    w.migration_states[host].tries = 0
    _break_off(w, m, host, w.cluster[0].first_under_way, now)
    _break_off(w, m, host, w.cluster[0].first_queued, now)
    s = w.host_states[host]
    for guest in w.residents[s.first_resident : s.first_resident + s.residents]:
        if guest != w.hosts[host].root:
            _fail_guest(w, m, guest, now)
    _fail_root(w, host, now)
    w.migration_states[host].failover_ns = now + w.cluster[0].detection_ns


@part
def _break_off(w: Tables, m: Memory, host: int, guest: int, now: int) -> None:
    """Break off the migrations from and to `host` of `guest` and those that follow it in its list; a guest that stood still for one to it goes on."""
    while guest >= 0:
        mig = w.migrations[guest]
        following = mig.following
        if host in (mig.source, mig.target):
            goes_on = mig.target == host and is_held_up(w, guest) and not mig.was_paused
            cancel_move(w, m, guest, now)
            if goes_on:
                resume(w, guest, now)
            if mig.target == host:
                leave_drained(w, guest, now)
        guest = following


@part
def _fail_guest(w: Tables, m: Memory, guest: int, now: int) -> None:
    """Turn `guest` off, of whose host nothing is left; one that waits to be started or restored waits for another host."""
    lifetime = w.lifetimes[guest]
    starts = not lifetime.running and lifetime.start_ns == now and m.partitions[guest].held > 0
    if lifetime.running and lifetime.stop_ns == now:
        return  # it stops at this instant: its memory is taken already
    if starts or (lifetime.running and lifetime.saved != SAVED):
        if starts:
            set_timer(w, w.schedule.lifetime, guest, lifetime.stop_ns)
        lifetime.running = 0
        lifetime.failed = 1
        w.migrations[guest].failed_ns = now
        w.migrations[guest].lack = ARRIVED
        if lifetime.saved != NOT_SAVED:
            forget_saved(w, m, guest)
        count_guest(m, guest, -1)
        change_reserved(w, guest, -1)
        take_memory(w, m, guest, now)
        calls = w.memory_calls[guest]
        calls.to_map, calls.to_unmap, calls.to_deposit, calls.to_withdraw = 0, 0, 0, 0
        w.schedule.drop_work(w, guest, now)
        _count_work(w, guest, starts)
        end_life(w, guest, now)
    elif lifetime.denied or (lifetime.saved == SAVED and m.partitions[guest].restore >= 0):
        end_waiting(m, guest)
        wait_elsewhere(w, guest, now)


@part
def _count_work(w: Tables, guest: int, starts: bool) -> None:
    """Have the run wait for the work of `guest` if that is restarted, and no more if it is not; one that `starts` late would be counted only then."""
    is_counted = not (starts and w.lifetimes[guest].late)
    is_restarted = w.migrations[guest].rank < RANKS
    if is_counted and not is_restarted:
        w.schedule.count_work(w, guest, -1)
    elif is_restarted and not is_counted:
        w.schedule.count_work(w, guest, 1)
        w.lifetimes[guest].late = 0


@part
def _fail_root(w: Tables, host: int, now: int) -> None:
    """Turn the root of `host` off: its tasks are lost, its VPs suspended, its threads have done nothing of what they were about."""
    root = w.hosts[host].root
    layout = w.layouts[root]
    _charge_lps(w, host, now)
    w.lifetimes[root].running = 0
    w.lifetimes[root].life += 1
    charge_queue(w, root, now)
    forget_paging(w, root)
    cancel_timer(w, w.schedule.page_in, root)
    for row in range(LEVELS * root, LEVELS * (root + 1)):
        task = w.ready_lists[row, FIRST]
        while task >= 0:
            following = w.tasks[task].next_task
            w.schedule.lose(w, w.tasks[task].kind, task)
            task = following
    forget_ready(w, root)
    for vp in range(layout.first_vp, layout.first_vp + layout.vps):
        task = w.vps[vp].task
        if task >= 0:
            w.schedule.lose(w, w.tasks[task].kind, task)
            w.vps[vp].task = NOBODY
    drop_rings(w, root)
    suspend_vps(w, root, now)
    for row in range(len(w.open)):
        if w.open[row].owner == root:
            drop_arrivals(w, row)
            fail_requests(w, row)
    if layout.job >= 0:
        end_bursts(w, root, layout.job)
        for thread in range(layout.first_thread, layout.first_thread + layout.threads):
            cancel_timer(w, w.schedule.wake_up, thread)


@part
def _charge_lps(w: Tables, host: int, now: int) -> None:
    """Charge all LPs of `host`: what an idle root does by itself depends on whether it is up."""
    first = w.hosts[host].first_lp
    for lp in range(first, first + w.hosts[host].lps):
        charge_lp(w, lp, now)


@part
def recover_host(w: Tables, host: int, now: int) -> None:
    """Bring `host` up again, with nothing on it but its root, which begins anew; try guests again that found no host."""
    w.migration_states[host].state = UP
    _charge_lps(w, host, now)
    root = w.hosts[host].root
    for row in range(len(w.open)):
        if w.open[row].owner == root:
            draw_first_arrival(w, row, now)
    w.lifetimes[root].start_ns = now
    set_timer(w, w.schedule.lifetime, root, now)
    call_waiting(w, now)
    w.cluster[0].asked = 1
