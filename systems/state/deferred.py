"""Errands: what must go on elsewhere once the present event is over; see systems.scheduling.deferred for what they do."""

from components.declare import NOBODY
from systems.kernels.jit import part
from systems.state.tables import Tables


@part
def run_errand_later(w: Tables, request: int, stage: int) -> None:
    """Let `request` go on with `stage` when the present event is over."""
    scheduler = w.scheduler[0]
    w.requests[request].stage = stage
    w.requests[request].next_task = NOBODY
    if scheduler.last_errand >= 0:
        w.requests[scheduler.last_errand].next_task = request
    else:
        scheduler.first_errand = request
    scheduler.last_errand = request
