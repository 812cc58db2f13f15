"""When the requests of open workloads arrive: by the rate that profiles, traces and events give them, and once their guest is up."""

from components.declare import NEVER, NOBODY
from systems.guest.tasks import draw
from systems.kernels.jit import part, small
from systems.state.lives import free_task
from systems.state.tables import Tables
from systems.state.timers import cancel_timer, set_arrival_timer


@part
def draw_first_arrival(w: Tables, row: int, start_ns: int) -> None:
    """Draw when the first request of open workload `row` arrives, counted from the start of its partition."""
    w.open[row].step = 0
    w.open[row].next_arrival_ns = next_arrival(w, row, start_ns)


@part
def next_arrival(w: Tables, row: int, after_ns: int) -> int:
    """Draw when the first request of open workload `row` after `after_ns`, not before the last call's, arrives."""
    o = w.open[row]
    if o.interarrival < 0:  # a guest of tiers: what comes is sent by their balancers
        return NEVER
    gap = max(1, draw(w, o.interarrival, w.keys[0].arrival, o.stable_id, o.draws))
    return after_ns + gap if o.relative else _after(w, row, after_ns, gap)


@part
def _after(w: Tables, row: int, after_ns: int, gap_ns: int) -> int:
    """Return when a request of open workload `row` arrives, at its own rate `gap_ns` after the one that arrives at `after_ns`.

    Where the rate changes, the time between the two passes as many times as fast as the rate is a multiple of its own; a
    Poisson process stays one so, and nothing before a change depends on it. NEVER if the rate is 0 from some time on.
    """
    o = w.open[row]
    if o.steps == 0:
        return after_ns + gap_ns
    at, o.step = arrives_at(w, o.first_step, o.steps, o.step, after_ns, gap_ns)
    return at


@part
def arrives_at(w: Tables, first: int, steps: int, step: int, after_ns: int, gap_ns: int) -> tuple[int, int]:
    """Return when the next request arrives by a rate of `steps` rows from `first` on, `step` holding before, and which holds then."""
    left, at = 1.0 * gap_ns, after_ns
    while True:
        times = w.rate_steps[first + step].times
        end = w.rate_steps[first + step + 1].at_ns if step + 1 < steps else NEVER
        if at < end and left <= (end - at) * times:
            return max(after_ns + 1, at + int(left / times + 0.5)), step
        if end == NEVER:
            return NEVER, step
        left -= max(0, end - at) * times
        at = max(at, end)
        step += 1


@part
def hold_arrivals(w: Tables, row: int) -> None:
    """Count the arrivals of open workload `row`, of which none is drawn yet, at its own rate from the end of its guest's boot, which is not known yet."""
    w.open[row].relative = 1
    w.open[row].next_arrival_ns = next_arrival(w, row, 0)


@small
def last_to_draw(w: Tables, row: int, until: int) -> int:
    """Return up to when requests of open workload `row` must be drawn for the step that ends at `until`.

    For a guest that boots, and may be up at any time within the step, as long after that as the step is long, at the highest rate.
    """
    o = w.open[row]
    if not o.relative:
        return until
    step = until - w.clock[0].stepped_ns
    return step if o.steps == 0 else int(step * o.most_times) + 1


@part
def release_arrivals(w: Tables, row: int, now: int) -> None:
    """Begin the arrivals of open workload `row` at `now`, when its guest is up; those after its stop never come."""
    o = w.open[row]
    o.relative = 0
    o.step = 0
    stop = w.lifetimes[o.owner].stop_ns
    at, passed, before = now, 0, NOBODY
    request = o.first_future
    while request >= 0:
        r = w.requests[request]
        at = _after(w, row, at, r.arrival_ns - passed)
        passed = r.arrival_ns
        r.arrival_ns = at
        if at >= stop:
            o.next_arrival_ns = at
            _drop_from(w, row, before, request)
            break
        before = request
        request = w.tasks[request].next_task
    if request < 0:
        o.next_arrival_ns = _after(w, row, at, o.next_arrival_ns - passed)
    if o.first_future >= 0:
        set_arrival_timer(w, row, w.requests[o.first_future].arrival_ns)


@part
def forget_arrivals(w: Tables, row: int) -> None:
    """Cancel the arrivals of open workload `row`, whose guest is turned off, that were to come when it is up."""
    if w.open[row].relative:
        w.open[row].relative = 0
        w.open[row].next_arrival_ns = NEVER
        _drop_from(w, row, NOBODY, w.open[row].first_future)


@part
def drop_arrivals(w: Tables, row: int) -> None:
    """Cancel the arrivals of open workload `row` that have not come; its stream goes on with them when its guest starts later."""
    o = w.open[row]
    o.relative = 0
    o.next_arrival_ns = NEVER
    cancel_timer(w, w.schedule.arrival, row)
    _drop_from(w, row, NOBODY, o.first_future)


@part
def _drop_from(w: Tables, row: int, before: int, request: int) -> None:
    """Return `request` and all drawn after it to the pool, as if they were not drawn; `before` is the one before it, NOBODY if it is the first."""
    o = w.open[row]
    o.last_future = before
    if before >= 0:
        w.tasks[before].next_task = NOBODY
    else:
        o.first_future = NOBODY
    while request >= 0:
        following = w.tasks[request].next_task
        free_task(w, request)
        o.draws -= 1
        request = following
