"""The steps of a journey through the root that every device shares: how long they take, and what comes after the device."""

from components.task import BACK, COMPLETING
from systems.interrupts.messages import post_message
from systems.kernels.distributions import draw_ns
from systems.kernels.jit import part
from systems.kernels.philox import uniform
from systems.state.deferred import defer
from systems.state.tables import Tables


@part
def begin_path(w: Tables, request: int) -> None:
    """Number a new journey of `request`, for the random streams."""
    path = w.io_paths[w.requests[request].workload]
    w.journeys[request].number = path.draws
    path.draws += 1


@part
def draw_step(w: Tables, request: int, distribution: int, key: int) -> int:
    """Return the length (ns) of a step of the journey of `request`."""
    d = w.distributions[distribution]
    u = uniform(key, w.io_paths[w.requests[request].workload].stable_id, w.journeys[request].number)
    return draw_ns(d.kind, d.a, d.b, d.first, d.values, w.values_ns, u)


@part
def leave_device(w: Tables, request: int, now: int) -> None:
    """Send the served I/O of `request` on: to the root, or, where its completion is no work, straight to the guest."""
    path = w.io_paths[w.requests[request].workload]
    if path.completion >= 0:
        defer(w, request, COMPLETING)
    elif path.by_message:
        host = w.layouts[w.open[w.requests[request].workload].owner].host
        layout = w.layouts[w.hosts[host].root]
        post_message(w, layout.first_vp + w.journeys[request].number % layout.vps, request, BACK, now)
    else:
        defer(w, request, BACK)
