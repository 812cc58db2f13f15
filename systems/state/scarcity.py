"""Demand: when LPs are scarce, and so when running costs a VP its turn.

LP time that nobody else wanted is not held against a VP. LPs are scarce while a VP stands in line for one, or waits for a place in its
CPU group, or while the VPs that want to
run could, each up to its cap, use more than there is; that counts for all VPs that share LPs (a pool). A VP held back by its cap
wants to run: beside it, others use what water-filling gives them anyway. With reserves on the host all time counts, for they are earned by
all time.
"""

from components.virtual_processor import CAPPED, READY, RUNNING
from systems.kernels.jit import part, small
from systems.state.cpu_groups import group_of, set_group_timer
from systems.state.tables import Tables


@small
def _scarce_until(w: Tables, pool: int, now: int) -> int:
    """Return the time (ns) up to `now` in which LPs of `pool` were scarce."""
    p = w.affinity_sets[pool]
    if p.wanting > 0 or p.wanted_ns > p.room_ns:
        return p.scarce_ns + now - p.scarce_since_ns
    return p.scarce_ns


@small
def _advance(w: Tables, pool: int, now: int) -> None:
    p = w.affinity_sets[pool]
    p.scarce_ns = _scarce_until(w, pool, now)
    p.scarce_since_ns = now


@part
def note_state(w: Tables, vp: int, new_state: int, now: int) -> None:
    """Count what `vp`, about to enter `new_state`, wants; and its place in its CPU group, which another may take."""
    old_state = w.vps[vp].state
    wanted = old_state in (READY, RUNNING, CAPPED)
    wants = new_state in (READY, RUNNING, CAPPED)
    if wanted != wants:
        _change_demand(w, vp, w.vp_controls[vp].want_ns if wants else -w.vp_controls[vp].want_ns, now)
    group = group_of(w, vp)
    if group < 0:
        return
    had_place = old_state in (READY, RUNNING)
    has_place = new_state in (READY, RUNNING)
    if had_place != has_place:
        w.cpu_groups[group].admitted += 1 if has_place else -1
        if had_place and w.held.length[1 + group] > 0:
            set_group_timer(w, group, now)


@part
def _change_demand(w: Tables, vp: int, change: int, now: int) -> None:
    pool = w.vp_controls[vp].pool
    if pool < 0:
        return
    _advance(w, pool, now)
    group = group_of(w, vp)
    if group >= 0:
        g = w.cpu_groups[group]
        before = min(g.wanted_ns, g.budget_ns)
        g.wanted_ns += change
        change = min(g.wanted_ns, g.budget_ns) - before
    w.affinity_sets[pool].wanted_ns += change


@part
def change_want(w: Tables, vp: int, want_ns: int, now: int) -> None:
    """Set what `vp` can use in a cap period, for its cap has changed."""
    controls = w.vp_controls[vp]
    if w.vps[vp].state in (READY, RUNNING, CAPPED):
        _change_demand(w, vp, want_ns - controls.want_ns, now)
    controls.want_ns = want_ns


@part
def change_group_want(w: Tables, pool: int, change: int, now: int) -> None:
    """Count so much more, or less, as wanted in `pool`, for the cap of a group has changed."""
    if pool >= 0:
        _advance(w, pool, now)
        w.affinity_sets[pool].wanted_ns += change


@small
def note_line(w: Tables, vp: int, change: int) -> None:
    """Count one VP more, or less, that stands in line, or waits for a place in its group."""
    pool = w.vp_controls[vp].pool
    if pool >= 0:
        _advance(w, pool, w.clock[0].now_ns)
        w.affinity_sets[pool].wanting += change


@small
def begin_count(w: Tables, vp: int, now: int) -> None:
    """Count the LP time of `vp` from `now` on."""
    if w.vp_controls[vp].pool >= 0:
        w.vps[vp].counted_ns = _scarce_until(w, w.vp_controls[vp].pool, now)


@part
def count_time(w: Tables, vp: int, elapsed: int) -> int:
    """Return how much of the `elapsed` ns, which its LP is about to be charged for, costs the running `vp` its turn."""
    pool = w.vp_controls[vp].pool
    if pool < 0:
        return elapsed
    scarce = _scarce_until(w, pool, w.lps[w.vps[vp].lp].since_ns + elapsed)
    counted = scarce - w.vps[vp].counted_ns
    w.vps[vp].counted_ns = scarce
    return elapsed if w.host_states[w.vp_identity[vp].host].reserving > 0 else counted
