"""Scaling: a tier looks at its load in even steps of time, and has one more of its guests started, or one stopped, as its limits say.

The guests that are on are the first of the tier; the last of them is stopped first. One that is to be stopped gets no more requests; what it has
not answered when it is turned off is lost to it. After each start or stop there is a time in which there is no other [AZA, AZQ].
"""

from components.declare import NEVER
from components.tier import REQUESTS
from systems.kernels.jit import part, rare
from systems.state.accounting import charge_up_to
from systems.state.orders import STARTS, STOPS, order
from systems.state.tables import Tables
from systems.state.timers import set_timer
from systems.tiers.health import note_health
from systems.tiers.load import count_load


@part
def begin_scaling(w: Tables) -> None:
    """Set the time at which each tier looks at its load first."""
    for tier in range(len(w.tiers)):
        if w.tier_scaling[tier].every_ns < NEVER:
            set_timer(w, w.schedule.tier_scaling, tier, w.tier_scaling[tier].every_ns)


@rare
def scaling_event(w: Tables, tier: int, now: int) -> None:
    """Look at the load of `tier` since the last time, and decide."""
    s = w.tier_scaling[tier]
    load = _load(w, tier, now)
    if now > s.quiet_until_ns:
        if load > s.above and s.on < s.most:
            _start_one(w, tier, now)
        elif load < s.below and s.on > s.least:
            _stop_one(w, tier, now)
    set_timer(w, w.schedule.tier_scaling, tier, now + s.every_ns)


@part
def _load(w: Tables, tier: int, now: int) -> float:
    """Return the load since the last look, and begin to count anew: means of both, and of one guest at least where none is up."""
    s, t = w.tier_scaling[tier], w.tiers[tier]
    count_load(w, tier, now)
    held, up, elapsed = s.held_ns, s.up_ns, now - s.looked_ns
    s.held_ns = 0
    s.up_ns = 0
    s.looked_ns = now
    busy, on = 0, 0
    for member in range(t.first_member, t.first_member + t.members):
        more, off, vps = _spent(w, member, now)
        busy += more
        on += vps * elapsed - off
    if s.metric == REQUESTS:
        return 1.0 * held / max(elapsed, up)
    return 100.0 * busy / max(1, on)


@part
def _spent(w: Tables, member: int, now: int) -> tuple[int, int, int]:
    """Return what the VPs of `member` have run, and for how long they were suspended, since the last look (ns, summed), and how many they are."""
    m = w.members[member]
    layout = w.layouts[m.guest]
    busy, off = 0, 0
    for vp in range(layout.first_vp, layout.first_vp + layout.vps):
        charge_up_to(w, vp, now)
        times = w.vp_times[vp]
        busy += times.guest_run_ns + times.hypervisor_run_ns
        off += times.suspended_ns - times.intercepted_ns
    more, longer = busy - m.busy_ns, off - m.off_ns
    m.busy_ns, m.off_ns = busy, off
    return more, longer, layout.vps


@part
def _start_one(w: Tables, tier: int, now: int) -> None:
    s = w.tier_scaling[tier]
    m = w.members[w.tiers[tier].first_member + s.on]
    s.on += 1
    m.draining = 0
    at = now + s.delay_ns
    s.quiet_until_ns = max(at, now + s.cooldown_ns)
    order(w, m.guest, STARTS, at)


@part
def _stop_one(w: Tables, tier: int, now: int) -> None:
    s = w.tier_scaling[tier]
    s.on -= 1
    m = w.members[w.tiers[tier].first_member + s.on]
    m.draining = 1
    note_health(w, m.guest, now)
    at = now + s.drain_ns
    s.quiet_until_ns = max(at, now + s.cooldown_ns)
    order(w, m.guest, STOPS, at)
