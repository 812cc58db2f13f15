"""Partitions start, stop and restart.

A guest that is started again, or restarted, begins anew: its VPs are idle, it boots, its requests of before have failed, and its threads do once
more what they had begun and not completed; work that was completed stays done.
"""

from components.declare import NEVER, NOBODY
from components.virtual_processor import IDLE
from systems.guest.boot import begin_boot
from systems.interrupts.ticks import start_clock
from systems.kernels.jit import part, rare
from systems.scheduling.boot import begin_work, boot_first
from systems.scheduling.ending import end_life
from systems.scheduling.idle_timers import set_tick_timer
from systems.scheduling.interrupted import begin_counting
from systems.scheduling.memory_calls import call_for_start, call_for_stop
from systems.scheduling.reserves import set_reserve_timer
from systems.state.accounting import enter
from systems.state.idle_vps import push_idle
from systems.state.migrations import RANKS, leave_drained
from systems.state.tables import Tables
from systems.state.timers import set_timer
from systems.tiers.health import note_health


@rare
def schedule_starts(w: Tables) -> None:
    """Set the timer of every partition's start and restart, of the first grant of reserves, and of the first count of interrupts."""
    for host in range(len(w.hosts)):
        set_reserve_timer(w, host, -1)
    begin_counting(w)
    for partition in range(len(w.lifetimes)):
        if w.lifetimes[partition].start_ns < NEVER:
            set_timer(w, w.schedule.lifetime, partition, w.lifetimes[partition].start_ns)
        if w.lifetimes[partition].restart_ns < NEVER:
            set_timer(w, w.schedule.restart, partition, w.lifetimes[partition].restart_ns)


@rare
def lifetime_event(w: Tables, partition: int, now: int) -> None:
    """Start `partition`, or stop it if it runs; one that got no memory does not start."""
    lifetime = w.lifetimes[partition]
    if lifetime.failed:
        _stay_off(w, partition)
    elif lifetime.denied and lifetime.stop_ns == now:
        _go_to_next_span(w, partition)
    elif lifetime.denied:
        _give_up(w, partition)
    elif lifetime.running:
        _stop(w, partition, now)
        leave_drained(w, partition, now)
    else:
        _start(w, partition, now)
        leave_drained(w, partition, now)


@part
def _stay_off(w: Tables, partition: int) -> None:
    """Stop `partition`, which the failure of its host has turned off: it is not restarted any more."""
    w.lifetimes[partition].failed = 0
    if w.migrations[partition].rank < RANKS:
        w.schedule.count_work(w, partition, -1)
    _go_to_next_span(w, partition)


@part
def _give_up(w: Tables, partition: int) -> None:
    """Discard the requests of a partition that does not start, and its job from those the run waits for.

    Of these requests none has arrived, so that their stream goes on with them when it starts later.
    """
    lifetime = w.lifetimes[partition]
    if lifetime.next_span >= 0:
        set_timer(w, w.schedule.lifetime, partition, lifetime.stop_ns)
    w.schedule.count_work(w, partition, -1)
    w.schedule.drop_work(w, partition, lifetime.start_ns)


@part
def _start(w: Tables, partition: int, now: int) -> None:
    lifetime = w.lifetimes[partition]
    lifetime.running = 1
    if lifetime.stop_ns < NEVER:
        set_timer(w, w.schedule.lifetime, partition, lifetime.stop_ns)
    w.guests[partition].queued_since_ns = now
    if lifetime.late:  # its work, which had been given up, counts, and arrives
        w.schedule.count_work(w, partition, 1)
        w.schedule.expect_work(w, partition, now)
    _let_vps_idle(w, partition, now)
    call_for_start(w, partition, now)
    if not boot_first(w, partition, now):
        begin_work(w, partition, now)
    note_health(w, partition, now)


@part
def _let_vps_idle(w: Tables, partition: int, now: int) -> None:
    """Make all VPs of `partition`, which are suspended, idle, with nothing to do yet."""
    layout = w.layouts[partition]
    for vp in range(layout.first_vp, layout.first_vp + layout.vps):
        enter(w, vp, IDLE, now)
        w.vps[vp].guest_idle = 1
        push_idle(w, vp)
        start_clock(w, vp, now)
        set_tick_timer(w, vp, now)


@part
def _stop(w: Tables, partition: int, now: int) -> None:
    lifetime = w.lifetimes[partition]
    lifetime.running = 0
    w.schedule.stop_work(w, partition, now)
    end_life(w, partition, now)
    w.schedule.count_work(w, partition, -1)
    call_for_stop(w, partition, now)
    _go_to_next_span(w, partition)


@part
def _go_to_next_span(w: Tables, partition: int) -> None:
    """Set when `partition`, which is off, is started and stopped next, if it is, and when its first request will then arrive."""
    lifetime = w.lifetimes[partition]
    if lifetime.next_span < 0:
        return
    span = w.spans[lifetime.next_span]
    lifetime.next_span = lifetime.next_span + 1 if lifetime.next_span < lifetime.last_span else NOBODY
    lifetime.start_ns, lifetime.stop_ns = span.start_ns, span.stop_ns
    lifetime.late = 0
    set_timer(w, w.schedule.lifetime, partition, lifetime.start_ns)
    w.schedule.expect_work(w, partition, lifetime.start_ns)


@rare
def restart_event(w: Tables, partition: int, now: int) -> None:
    """Restart `partition`, if it runs; its memory is new by now (`systems.memory.restarting`)."""
    if w.lifetimes[partition].running:
        end_life(w, partition, now)
        _let_vps_idle(w, partition, now)
        begin_boot(w, partition, now)
        leave_drained(w, partition, now)
