"""The links of shared NICs: how long the first message of one takes to cross it, beside what live migrations have of its bandwidth.

What is left of whole nanoseconds is kept while one message follows another, and when the rate changes.
"""

from systems.kernels.jit import part
from systems.state.tables import Tables
from systems.state.timers import set_timer

_NS_PER_S = 1_000_000_000


@part
def begin_crossing(w: Tables, link: int, now: int) -> None:
    """Send the first message of `link`, whose turn it is now, over it."""
    x = w.links[link]
    x.left = w.requests[x.first].io_bytes * _NS_PER_S + x.rest
    x.since_ns = now
    _set_end(w, link, now)


@part
def leave_to_messages(w: Tables, link: int, taken: int, now: int) -> None:
    """Give messages of the bandwidth of `link`, which has one, what is left beside `taken` (B/s) for migrations."""
    x = w.links[link]
    if taken == x.taken:
        return
    if x.first >= 0:
        x.left -= max(1, x.bandwidth - x.taken) * (now - x.since_ns)
        x.since_ns = now
    x.taken = taken
    if x.first >= 0:
        _set_end(w, link, now)


@part
def _set_end(w: Tables, link: int, now: int) -> None:
    """Set when the first message of `link` is over, at the present rate."""
    x = w.links[link]
    length = 0
    if x.bandwidth > 0:
        rate = max(1, x.bandwidth - x.taken)
        length, x.rest = x.left // rate, x.left % rate
    set_timer(w, w.schedule.link, link, now + length)
