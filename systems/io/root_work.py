"""What a step of a journey costs the root: work for a request, an I/O, a page, and for the packets of a message."""

from components.task import COMPLETING, PAGE
from systems.io.journeys import draw_step
from systems.io.network import switch_work
from systems.io.page_path import draw_root_work
from systems.kernels.jit import rare
from systems.state.tables import Tables


@rare
def root_work(w: Tables, request: int) -> int:
    """Return the root's work (ns) for the present stage of `request`, 1 at least."""
    r = w.requests[request]
    if w.tasks[request].kind == PAGE:
        return max(1, draw_root_work(w, request))
    path = w.io_paths[r.workload]
    if w.tasks[request].stage == COMPLETING:
        return max(1, draw_step(w, request, path.completion, w.keys[0].io_completion))
    return max(1, draw_step(w, request, path.work, w.keys[0].io_work) + switch_work(w, request))
