"""Deferred tasks: what must go on elsewhere goes on when the present event is over, so that no event begins inside another."""

from components.declare import NOBODY
from systems.kernels.jit import part
from systems.state.tables import Tables


@part
def defer(w: Tables, task: int, stage: int) -> None:
    """Defer `task`: with `stage` it goes on when the present event is over; the schedule says what each stage does."""
    scheduler = w.scheduler[0]
    w.tasks[task].stage = stage
    w.tasks[task].next_task = NOBODY
    if scheduler.last_deferred >= 0:
        w.tasks[scheduler.last_deferred].next_task = task
    else:
        scheduler.first_deferred = task
    scheduler.last_deferred = task


@part
def run_deferred(w: Tables, now: int) -> None:
    """Run what every deferred task does next, in the order in which they were deferred."""
    scheduler = w.scheduler[0]
    while scheduler.first_deferred >= 0:
        task = scheduler.first_deferred
        scheduler.first_deferred = w.tasks[task].next_task
        if scheduler.first_deferred < 0:
            scheduler.last_deferred = NOBODY
        w.schedule.follow(w, task, w.tasks[task].stage, now)
