"""A guest is paused, and resumed: its VPs are suspended where they are, its memory stays [PS Suspend-VM].

What comes to it from outside meanwhile waits: requests arrive, sleeps end, pages and I/Os come back, and all of them find a VP when it is
resumed. It sends no reports of its memory, and gives up none of it. Its clock has stood still: of the ticks that it has missed it
catches up as many as after any other wait. Interrupts that were pending are delivered then; of a slice that a VP had begun nothing is left. A
checkpoint holds a guest up in the same way, for as long as it says.
"""

from components.change import DONE, NOT_RUNNING
from components.trace import PAUSED
from components.virtual_processor import IDLE, RUNNING, SUSPENDED
from systems.guest.boot import has_task, is_booting
from systems.kernels.jit import part
from systems.scheduling.ending import withdraw
from systems.scheduling.handover import find_lp, kick, make_ready, next_vp
from systems.scheduling.idle_timers import set_tick_timer
from systems.scheduling.leaving import step_off
from systems.state.accounting import charge_lp, enter
from systems.state.idle_vps import is_idle_vp, leave_idle
from systems.state.tables import Tables
from systems.state.timers import cancel_timer
from systems.tiers.health import note_health


@part
def pause(w: Tables, partition: int, now: int) -> int:
    """Suspend all VPs of `partition`, with their tasks. Return DONE, or NOT_RUNNING."""
    lifetime = w.lifetimes[partition]
    if not lifetime.running or lifetime.paused:
        return NOT_RUNNING
    lifetime.paused = 1
    note_health(w, partition, now)
    w.guests[partition].idle_vps = 0  # nobody comes for a task
    layout = w.layouts[partition]
    vps = range(layout.first_vp, layout.first_vp + layout.vps)
    for vp in vps:  # those that wait first, so that no LP turns to one of them when another leaves it
        if w.vps[vp].state not in (RUNNING, SUSPENDED):
            cancel_timer(w, w.schedule.tick, vp)
            withdraw(w, vp)
            w.vps[vp].slice_left_ns = 0
            enter(w, vp, SUSPENDED, now)
    for vp in vps:
        if w.vps[vp].state == RUNNING:
            lp = w.vps[vp].lp
            charge_lp(w, lp, now)
            step_off(w, lp, PAUSED, now)
            enter(w, vp, SUSPENDED, now)
            next_vp(w, lp, now)
    return DONE


@part
def resume(w: Tables, partition: int, now: int) -> int:
    """Resume all VPs of the paused `partition` where they were. Return DONE, or NOT_RUNNING."""
    lifetime = w.lifetimes[partition]
    if not lifetime.running or not lifetime.paused or lifetime.saved:
        return NOT_RUNNING
    lifetime.paused = 0
    layout = w.layouts[partition]
    vps = range(layout.first_vp, layout.first_vp + layout.vps)
    for vp in vps:
        if is_idle_vp(w, vp):
            enter(w, vp, IDLE, now)
            w.guests[partition].idle_vps += 1
    for vp in vps:
        if w.vps[vp].state == IDLE:
            _wake_if_interrupted(w, vp, now)
        elif w.vps[vp].state == SUSPENDED and not w.trap_state[vp].intercepted:
            w.policy.resume(w, vp)
            find_lp(w, vp, now)
    w.schedule.go_on_with_work(w, partition, now)
    wanted = 1 if has_task(w, partition) else 0  # of a boot, one at a time
    if not is_booting(w, partition):
        wanted = w.guests[partition].ready
    for _ in range(min(wanted, w.guests[partition].idle_vps)):
        kick(w, partition, now)
    note_health(w, partition, now)
    return DONE


@part
def _wake_if_interrupted(w: Tables, vp: int, now: int) -> None:
    """Wake the idle `vp` for the interrupts that came while it was paused; without any it stays idle."""
    if w.trap_state[vp].pending:
        leave_idle(w, vp)
        make_ready(w, vp, now)
    else:
        set_tick_timer(w, vp, now)
