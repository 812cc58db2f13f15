"""Bursts: guest code makes progress, at the speed of its cache domain, or spins for a lock."""

from components.declare import NEVER
from components.processor import GUEST, SPINNING
from systems.kernels.heap import push, remove
from systems.kernels.jit import part
from systems.scheduling.cache_domain import advance, schedule_burst_end
from systems.scheduling.faults import cut_at_fault
from systems.scheduling.locks import begin_spin, stop_spin, take_lock
from systems.tables import Tables


@part
def resume_burst(w: Tables, lp: int, now: int) -> None:
    """Let the VP on `lp` make progress with its task, or spin if that waits for a lock that is still held."""
    vp = w.lps[lp].vp
    if w.vps[vp].waits and not take_lock(w, vp, now):
        begin_spin(w, lp)
    else:
        make_progress(w, lp, now)


@part
def make_progress(w: Tables, lp: int, now: int) -> None:
    """Let the VP on `lp`, whose task waits for nothing, make progress with it."""
    domain = w.lp_topology[lp].domain
    advance(w, domain, now)
    p = w.lps[lp]
    p.phase = GUEST
    if w.guests[w.vp_identity[p.vp].owner].fault_every_ns < NEVER:
        cut_at_fault(w, p.vp)
    first = _first_end(w, domain)
    end = w.domains[domain].work_ns + w.vps[p.vp].remaining_ns
    push(w.bursts, domain, lp, end, lp)
    if end < first:
        schedule_burst_end(w, domain)


@part
def suspend_burst(w: Tables, lp: int, now: int) -> None:
    """Note what is left of the burst on `lp`; nothing if it makes no progress now."""
    if w.lps[lp].phase != GUEST:
        if w.lps[lp].phase == SPINNING:
            stop_spin(w, lp)
        return
    domain = w.lp_topology[lp].domain
    advance(w, domain, now)
    end = w.bursts.key[lp]
    first = _first_end(w, domain)
    remove(w.bursts, domain, lp)
    w.vps[w.lps[lp].vp].remaining_ns = end - w.domains[domain].work_ns
    if end == first:
        schedule_burst_end(w, domain)


@part
def _first_end(w: Tables, domain: int) -> int:
    if w.bursts.length[domain] == 0:
        return NEVER
    return w.bursts.key[w.bursts.items[w.bursts.start[domain]]]
