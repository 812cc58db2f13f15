"""Closed workloads: what becomes of a guest's threads when it starts and stops."""

from components.partition import CLOSED
from systems.declarations import Workload
from systems.guest.ends import give_back_bursts
from systems.guest.jobs import count_work
from systems.guest.system import Guests
from systems.kernels.jit import rare
from systems.state.tables import Tables
from systems.state.timers import cancel_timer


@rare
def count_job(w: Tables, guest: int, change: int) -> None:
    """Count the work of `guest`, which starts late or is off, among those the run waits for, or not any more.

    What is done is not waited for, and what the guest will be started for again always.
    """
    if w.closed[w.layouts[guest].job].finished_ns < 0 and w.lifetimes[guest].next_span < 0:
        w.clock[0].has_jobs += change
        w.clock[0].unfinished_jobs += change


@rare
def stop_job(w: Tables, guest: int, now: int) -> None:
    """Count what has been done of the work of `guest`, which stops, unless it is started again: then that is done once more."""
    if w.lifetimes[guest].next_span < 0:
        count_work(w, guest, now)


@rare
def end_threads(w: Tables, guest: int, now: int) -> None:  # noqa: ARG001 - all workloads are told alike
    """End all threads of `guest`, whose life ends."""
    layout = w.layouts[guest]
    for thread in range(layout.first_thread, layout.first_thread + layout.threads):
        cancel_timer(w, w.schedule.wake_up, thread)
    give_back_bursts(w, guest)


CLOSED_WORKLOAD = Workload(
    CLOSED, "closed", Guests, count_work=count_job, stop_work=stop_job, end_work=end_threads
)
