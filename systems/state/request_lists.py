"""Lists of requests that wait, the first served first: each keeps its first and its last, and the requests name the ones after them."""

from components.declare import NOBODY
from systems.kernels.jit import small
from systems.state.tables import Tables


@small
def append_request(w: Tables, first: int, last: int, request: int) -> int:
    """Put `request` behind `last`, NOBODY in an empty list; return the first of the list, which was `first`. The caller notes the new last."""
    w.tasks[request].next_task = NOBODY
    if last < 0:
        return request
    w.tasks[last].next_task = request
    return first
