"""What is changed at a time that is known before the run, and what becomes of it."""

from components.change import (
    CAP,
    DONE,
    DRAIN,
    FAIL,
    GROUP_CAP,
    MIGRATE,
    NOT_RUNNING,
    NOT_STARTED,
    PAUSE,
    RECOVER,
    RESERVE,
    RESTART,
    RESTORE,
    RESUME,
    SAVE,
    START,
    STATIC_MEMORY,
    UNDRAIN,
    WEIGHT,
)
from components.declare import NEVER
from systems.administration.caps import set_cap
from systems.administration.group_caps import set_group_cap
from systems.administration.reserves import set_reserve
from systems.administration.weights import set_weight
from systems.cluster.asking import drain, undrain
from systems.cluster.failing import recover_host
from systems.kernels.jit import rare
from systems.scheduling.lifetime import restart_event
from systems.scheduling.pausing import pause, resume
from systems.state.migrations import ask_to_migrate, hold_up, is_held_up
from systems.state.tables import Tables
from systems.state.timers import set_timer


@rare
def schedule_changes(w: Tables) -> None:
    """Set the timer of every change; those of one time happen in the order of their rows."""
    for row in range(len(w.changes)):
        if w.changes[row].at_ns < NEVER:
            set_timer(w, w.schedule.change, row, w.changes[row].at_ns)


@rare
def change_event(w: Tables, row: int, now: int) -> None:
    """Make change number `row`, or note that it is made elsewhere: rates by what draws requests, memory by `memory_settings`, starts and stops by `lifetime`."""
    change = w.changes[row]
    result = change.result if change.kind in (STATIC_MEMORY, SAVE, RESTORE) else DONE
    if change.kind == WEIGHT:
        set_weight(w, change.target, change.amount, now)
    elif change.kind == CAP:
        set_cap(w, change.target, change.amount, now)
    elif change.kind == RESERVE:
        result = set_reserve(w, change.target, change.amount, now)
    elif change.kind == GROUP_CAP:
        set_group_cap(w, change.target, change.amount, now)
    elif change.kind == MIGRATE:
        result = ask_to_migrate(w, change.target, change.amount, row, now)
    elif change.kind == DRAIN:
        result = drain(w, change.target, now)
    elif change.kind == UNDRAIN:
        result = undrain(w, change.target, now)
    elif change.kind == FAIL:
        w.cluster[0].failing = change.target
        w.cluster[0].asked = 1
    elif change.kind == RECOVER:
        recover_host(w, change.target, now)
    elif change.kind in (PAUSE, RESUME) and is_held_up(w, change.target):
        result = hold_up(w, change.target, change.kind == PAUSE)
    elif change.kind == PAUSE:
        result = pause(w, change.target, now)
    elif change.kind == SAVE:
        if result == DONE:
            pause(w, change.target, now)  # unless it is paused already
    elif change.kind == RESUME:
        result = resume(w, change.target, now)
    elif change.kind == RESTART and not w.lifetimes[change.target].running:
        result = NOT_RUNNING
    elif change.kind == RESTART:
        restart_event(w, change.target, now)
    elif change.kind == START and w.lifetimes[change.target].denied:
        result = NOT_STARTED
    change.result = result
