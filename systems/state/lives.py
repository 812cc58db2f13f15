"""The lives of a guest: it begins one when it is started, and another when it is restarted; what belongs to one before is lost."""

from systems.kernels.jit import part, small
from systems.state.tables import Tables


@small
def is_lost(w: Tables, request: int, guest: int) -> bool:
    """Tell whether `guest` is off, or has been off or restarted since `request` arrived there, or asked for its page."""
    lifetime = w.lifetimes[guest]
    return not lifetime.running or w.requests[request].life != lifetime.life


@part
def free_request(w: Tables, request: int) -> None:
    """Return `request` to the pool."""
    w.requests[request].next_task = w.scheduler[0].first_free_request
    w.scheduler[0].first_free_request = request
