"""A guest's own device: it serves as many I/Os at once as it has servers, first come first served."""

from components.declare import NOBODY
from components.task import AT_DEVICE
from systems.io.journeys import draw_step, leave_device
from systems.io.storage import submit_to_storage
from systems.kernels.jit import part
from systems.state.request_lists import append_request
from systems.state.tables import Tables
from systems.state.timers import set_timer


@part
def go_to_device(w: Tables, request: int, now: int) -> None:
    """Start the I/O of `request` at a free server of its device, or queue it."""
    r = w.requests[request]
    path = w.io_paths[r.workload]
    if path.disk >= 0:
        submit_to_storage(w, request, now)
        return
    w.tasks[request].stage = AT_DEVICE
    w.tasks[request].next_task = NOBODY
    if path.device_time < 0:
        leave_device(w, request, now)
    elif path.first_free_server >= 0:
        server = path.first_free_server
        path.first_free_server = w.servers[server].next_free
        _serve(w, server, request, now)
    else:
        path.first_waiting = append_request(w, path.first_waiting, path.last_waiting, request)
        path.last_waiting = request


@part
def _serve(w: Tables, server: int, request: int, now: int) -> None:
    w.servers[server].request = request
    device = w.io_paths[w.requests[request].workload].device_time
    set_timer(
        w,
        w.schedule.device,
        server,
        now + draw_step(w, request, device, w.keys[0].io_device),
    )


@part
def device_event(w: Tables, server: int, now: int) -> None:
    """Complete the I/O at `server`, and start the next."""
    request = w.servers[server].request
    path = w.io_paths[w.requests[request].workload]
    following = path.first_waiting
    if following >= 0:
        path.first_waiting = w.tasks[following].next_task
        if path.first_waiting < 0:
            path.last_waiting = NOBODY
        _serve(w, server, following, now)
    else:
        w.servers[server].request = NOBODY
        w.servers[server].next_free = path.first_free_server
        path.first_free_server = server
    leave_device(w, request, now)
