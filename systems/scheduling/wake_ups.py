"""Wake-ups: a thread's sleep is over, or a request arrives, and its guest has something to run."""

from components.traps import DEVICE, SIGNAL, TIMER
from systems.guest.requests import admit, arrive
from systems.guest.threads import begin_burst, queue_burst
from systems.kernels.jit import part
from systems.scheduling.deferred import come_from_network
from systems.scheduling.outranking import call_guest
from systems.state.tables import Tables


@part
def wake_up_event(w: Tables, thread: int, now: int) -> None:
    """End the sleep of `thread`, which queues with its next burst if there is one."""
    if begin_burst(w, thread):
        guest = w.tasks[thread].owner
        queue_burst(w, thread, w.guests[guest].timer_boost, now)
        call_guest(w, guest, w.tasks[thread].vp, TIMER, now)


@part
def arrival_event(w: Tables, row: int, now: int) -> None:
    """Take the next arrival of open workload `row`."""
    enter(w, row, arrive(w, row), now)


@part
def enter(w: Tables, row: int, request: int, now: int) -> None:
    """Bring `request` of open workload `row` to its guest: from a network, through the root; otherwise at once."""
    if w.io_paths[row].network:
        come_from_network(w, row, request, now)
    else:
        join_guest(w, row, request, now)


@part
def join_guest(w: Tables, row: int, request: int, now: int) -> None:
    """Queue `request` of open workload `row` in its guest, which is interrupted for it, unless it must wait outside."""
    if admit(w, row, request, now):
        guest = w.open[row].owner
        layout = w.layouts[guest]
        busy_vp = layout.first_vp + w.request_times[row].arrivals % layout.vps
        is_root = guest == w.hosts[layout.host].root
        call_guest(w, guest, busy_vp, DEVICE if is_root else SIGNAL, now)
