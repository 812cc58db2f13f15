"""Working sets in caches: what a VP finds of its own when it runs again, and what it must fetch from memory.

While a VP runs, its working set (`workload.working_set`) is in the cache of the domain, or as much of it as the cache holds
(`host.cache.size`). What it fetches into a full cache displaces what others hold, of each the same share. So a VP that comes back finds all
that nobody has displaced since, and fetches the rest, in guest time (`host.costs.cache_refill`), before it makes progress; a VP that
comes back undisturbed loses nothing, and one that comes to another domain finds nothing there.

A domain counts in `displaced` the logarithm of the share that is left of what was there from the start; so what is left of a VP's working set follows
from the count when it was last known, and no event costs more on a larger host.

Left out: caches of a single core, which are refilled in microseconds; what threads of one guest displace of each other's; what VPs that run at
the same time displace of each other's while they run, which is part of their waiting for memory.
"""

import math

from components.declare import NOBODY
from systems.kernels.jit import part, rare, small
from systems.state.tables import Tables

_MIB_BITS = 20
_LOG_BITS = 24
_ONE = 1.0 * 2**_LOG_BITS
_ALL = 40 << _LOG_BITS  # e^-40 of the largest cache is less than a byte


@part
def fetch_working_set(w: Tables, vp: int, domain: int) -> int:
    """Bring the working set of `vp` into the cache of `domain`, in which it runs; return how much of it (bytes) was not there."""
    if w.costs[w.vp_identity[vp].host].cache_refill_ns == 0:
        return 0
    d, state = w.domains[domain], w.vps[vp]
    wanted = min(w.guests[w.vp_identity[vp].owner].working_set_bytes, d.cache_bytes)
    if state.cache_domain != domain:
        forget_working_set(w, vp)
        state.cache_domain = domain
    elif state.displaced_before == d.displaced and state.cached_bytes == wanted:
        return 0
    held = _still_held(w, vp)
    missing = wanted - held
    _displace(w, domain, missing, d.held_bytes - held)
    state.cached_bytes = wanted
    state.displaced_before = d.displaced
    return missing


@part
def drop_unfetched(w: Tables, vp: int, refill_ns: int) -> None:
    """Count as not fetched what `vp`, which leaves its LP, would have fetched in `refill_ns` more of guest time."""
    state = w.vps[vp]
    if refill_ns <= 0 or state.cache_domain < 0:
        return
    lost = min(
        state.cached_bytes, (refill_ns << _MIB_BITS) // w.costs[w.vp_identity[vp].host].cache_refill_ns
    )
    state.cached_bytes -= lost
    w.domains[state.cache_domain].held_bytes -= lost


@rare
def forget_working_set(w: Tables, vp: int) -> None:
    """Leave what is left of the working set of `vp` in the cache in which it is to others."""
    state = w.vps[vp]
    if state.cache_domain < 0:
        return
    d = w.domains[state.cache_domain]
    d.held_bytes = max(0, d.held_bytes - _still_held(w, vp))
    state.cache_domain = NOBODY
    state.cached_bytes = 0


@small
def refill_time(w: Tables, host: int, missing_bytes: int) -> int:
    """Return the guest time (ns) in which `missing_bytes` are fetched."""
    return missing_bytes * w.costs[host].cache_refill_ns >> _MIB_BITS


@part
def _still_held(w: Tables, vp: int) -> int:
    """Return how much (bytes) is left of the working set of `vp` in the cache in which it was last."""
    state = w.vps[vp]
    if state.cached_bytes == 0:
        return 0
    gone = w.domains[state.cache_domain].displaced - state.displaced_before
    return int(state.cached_bytes * math.exp(-gone / _ONE)) if gone > 0 else state.cached_bytes


@part
def _displace(w: Tables, domain: int, fetched: int, others: int) -> None:
    """Count `fetched` bytes that a VP that runs in `domain` brings into its cache, of which others hold `others`."""
    d = w.domains[domain]
    excess = min(others, d.held_bytes + fetched - d.cache_bytes)
    d.held_bytes += fetched
    if excess <= 0:
        return
    d.held_bytes -= excess
    if excess < others:
        d.displaced += int(-math.log(1.0 - excess / others) * _ONE + 0.5)
    else:
        d.displaced += _ALL
