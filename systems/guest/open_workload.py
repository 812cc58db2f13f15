"""Open workloads: what becomes of a guest's requests when it starts, boots, stops, or is paused."""

from components.partition import OPEN
from systems.declarations import Workload
from systems.guest.arrivals import (
    draw_first_arrival,
    drop_arrivals,
    forget_arrivals,
    hold_arrivals,
    release_arrivals,
)
from systems.guest.ends import fail_requests
from systems.guest.system import Guests
from systems.io.io_path import forget_io, submit_waiting
from systems.kernels.jit import rare
from systems.state.tables import Tables


@rare
def expect_requests(w: Tables, guest: int, start: int) -> None:
    """Draw when the first request of `guest`, which will be started at `start`, arrives."""
    draw_first_arrival(w, w.layouts[guest].requests, start)


@rare
def drop_requests(w: Tables, guest: int, now: int) -> None:  # noqa: ARG001 - all workloads are told alike
    """Cancel the requests to `guest`, which does not start."""
    drop_arrivals(w, w.layouts[guest].requests)


@rare
def hold_requests(w: Tables, guest: int, now: int) -> None:  # noqa: ARG001 - all workloads are told alike
    """Have requests come to `guest`, which begins to boot, once it is up."""
    hold_arrivals(w, w.layouts[guest].requests)


@rare
def release_requests(w: Tables, guest: int, now: int) -> None:
    """Begin the arrivals that `guest`, which is up, has been held for, if it has been."""
    if w.open[w.layouts[guest].requests].relative:
        release_arrivals(w, w.layouts[guest].requests, now)


@rare
def stop_requests(w: Tables, guest: int, now: int) -> None:  # noqa: ARG001 - all workloads are told alike
    """Forget the requests that were to come once `guest`, which stops, was up."""
    forget_arrivals(w, w.layouts[guest].requests)


@rare
def end_requests(w: Tables, guest: int, now: int) -> None:  # noqa: ARG001 - all workloads are told alike
    """Fail all requests that are in `guest`, whose life ends."""
    fail_requests(w, w.layouts[guest].requests)
    forget_io(w, w.layouts[guest].requests)


@rare
def submit_again(w: Tables, guest: int, now: int) -> None:
    """Submit the I/Os that have waited while `guest` was paused."""
    submit_waiting(w, w.layouts[guest].first_vp, w.layouts[guest].requests, now)


OPEN_WORKLOAD = Workload(
    OPEN,
    "open",
    Guests,
    expect_work=expect_requests,
    drop_work=drop_requests,
    hold_work=hold_requests,
    release_work=release_requests,
    stop_work=stop_requests,
    end_work=end_requests,
    go_on_with_work=submit_again,
)
