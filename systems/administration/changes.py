"""What is changed at a time that is known before the run, and what becomes of it."""

from components import change as kinds
from components.declare import NEVER
from systems.administration.caps import set_cap
from systems.administration.group_caps import set_group_cap
from systems.administration.reserves import set_reserve
from systems.administration.weights import set_weight
from systems.cluster.asking import drain, undrain
from systems.cluster.failing import recover_host
from systems.kernels.jit import part
from systems.scheduling.lifetime import restart_event
from systems.scheduling.pausing import pause, resume
from systems.state.migrations import ask_to_migrate, hold_up, is_held_up
from systems.state.tables import Tables
from systems.state.timers import set_timer


@part
def schedule_changes(w: Tables) -> None:
    """Set the timer of every change; those of one time happen in the order of their rows."""
    for row in range(len(w.changes)):
        if w.changes[row].at_ns < NEVER:
            set_timer(w, w.schedule.change, row, w.changes[row].at_ns)


@part
def change_event(w: Tables, row: int, now: int) -> None:
    """Make change number `row`, or note that it is made elsewhere: rates by what draws requests, memory by `memory_settings`, starts and stops by `lifetime`."""
    change = w.changes[row]
    result = change.result if change.kind in (kinds.STATIC_MEMORY, kinds.SAVE, kinds.RESTORE) else kinds.DONE
    if change.kind == kinds.WEIGHT:
        set_weight(w, change.target, change.amount, now)
    elif change.kind == kinds.CAP:
        set_cap(w, change.target, change.amount, now)
    elif change.kind == kinds.RESERVE:
        result = set_reserve(w, change.target, change.amount, now)
    elif change.kind == kinds.GROUP_CAP:
        set_group_cap(w, change.target, change.amount, now)
    elif change.kind == kinds.MIGRATE:
        result = ask_to_migrate(w, change.target, change.amount, row, now)
    elif change.kind == kinds.DRAIN:
        result = drain(w, change.target, now)
    elif change.kind == kinds.UNDRAIN:
        result = undrain(w, change.target, now)
    elif change.kind == kinds.FAIL:
        w.cluster[0].failing = change.target
        w.cluster[0].asked = 1
    elif change.kind == kinds.RECOVER:
        recover_host(w, change.target, now)
    elif change.kind in (kinds.PAUSE, kinds.RESUME) and is_held_up(w, change.target):
        result = hold_up(w, change.target, change.kind == kinds.PAUSE)
    elif change.kind == kinds.PAUSE:
        result = pause(w, change.target, now)
    elif change.kind == kinds.SAVE:
        if result == kinds.DONE:
            pause(w, change.target, now)  # unless it is paused already
    elif change.kind == kinds.RESUME:
        result = resume(w, change.target, now)
    elif change.kind == kinds.RESTART and not w.lifetimes[change.target].running:
        result = kinds.NOT_RUNNING
    elif change.kind == kinds.RESTART:
        restart_event(w, change.target, now)
    elif change.kind == kinds.START and w.lifetimes[change.target].denied:
        result = kinds.NOT_STARTED
    change.result = result
