"""Reserves: what a VP is sure of whenever it wants to run.

Microsoft documents the outcome, not the algorithm: a VP gets its reserve, what is left is divided by weight up to the cap, and
an unused reserve is lent [TLFS2 18.2; WIN32]. So three ways to honour it can be chosen:

reserve-first   Reserves, then the remainder by weight: time costs virtual time, and wanting to run earns it back at the rate of
                the reserve. Equal virtual times mean LP time = reserve + weight x one common factor.
floor           The larger of reserve and fair share: a VP that has had less than its reserve of the time that it wanted goes
                first, the one that lacks most before the others; all time costs virtual time.
period-budget   A VP below its reserve in the current period goes first, the one that lacks most before the others; the rest of the
                period goes round robin, whatever the weights.

The first two grant reserves once a slice, the last once a period. A reserve that is not wanted is lost. One that was wanted, and
that others with reserves of their own kept a VP from, is added to its next period.

The VPs of a CPU group are paid of its cap. Where their reserves come to more, each counts for its part of it; not published.
"""

from components.host import FLOOR, PERIOD_BUDGET, RESERVE_FIRST
from systems.kernels.jit import part, small
from systems.state.cpu_groups import group_of
from systems.state.tables import Tables
from systems.state.timers import set_timer

REFERENCE_WEIGHT = 100
_SLICES_KEPT = 2  # what a VP had beyond its reserve, floor: more is forgotten, for nobody may have wanted it


@small
def weight_of(w: Tables, vp: int) -> int:
    """Return the weight by which the LP time of `vp` is scaled; with budgets all VPs count the same."""
    if (
        w.parameters[w.vp_identity[vp].host].reserve_mode == PERIOD_BUDGET
        and w.host_states[w.vp_identity[vp].host].reserving > 0
    ):
        return REFERENCE_WEIGHT
    return w.vp_controls[vp].weight


@small
def at_weight(time_ns: int, weight: int) -> int:
    """Return the virtual time that `time_ns` of LP time are at `weight`; at the usual one without a division, which takes long."""
    return time_ns if weight == REFERENCE_WEIGHT else time_ns * REFERENCE_WEIGHT // weight


@small
def spend(w: Tables, vp: int, elapsed: int) -> int:
    """Take `elapsed` ns that `vp` ran from what it lacks; return how much of them costs virtual time.

    The turn of a VP that lacks nothing any more ends: others may now come before it.
    """
    mode = w.parameters[w.vp_identity[vp].host].reserve_mode
    state = w.vps[vp]
    if mode == RESERVE_FIRST or w.vp_controls[vp].reserve_ns == 0:
        return elapsed
    left = state.reserve_left_ns
    if 0 < left <= elapsed:
        w.lps[state.lp].slice_end_ns = 0
    if mode == FLOOR:
        state.reserve_left_ns = max(
            -_SLICES_KEPT * w.parameters[w.vp_identity[vp].host].slice_ns, left - elapsed
        )
        return elapsed
    state.reserve_left_ns = max(0, left - elapsed)
    return elapsed - min(left, elapsed)


@part
def set_reserve_timer(w: Tables, host: int, now: int) -> None:
    """Set the timer of the next grant on `host`, if anyone has a reserve there."""
    if w.host_states[host].reserving > 0:
        parameters = w.parameters[host]
        budget = parameters.reserve_mode == PERIOD_BUDGET
        every = parameters.cap_period_ns if budget else parameters.slice_ns
        set_timer(w, w.schedule.reserve, host, (now // every + 1) * every)


@part
def earned(w: Tables, vp: int) -> int:
    """Return the reserve (ns) of the time in which `vp`, whose times are up to date, has wanted an LP since the last call."""
    times, state = w.vp_times[vp], w.vps[vp]
    wanted = times.guest_run_ns + times.hypervisor_run_ns + times.ready_ns + state.lacked_place_ns
    new = wanted - state.granted_ns
    state.granted_ns = wanted
    return new * paid_reserve(w, vp) // w.parameters[w.vp_identity[vp].host].cap_period_ns


@small
def paid_reserve(w: Tables, vp: int) -> int:
    """Return the reserve (ns in a period) of `vp`, or the part of it that the cap of its group pays for."""
    reserve = w.vp_controls[vp].reserve_ns
    group = group_of(w, vp)
    if group < 0 or w.cpu_groups[group].reserved_ns <= w.cpu_groups[group].budget_ns:
        return reserve
    return reserve * w.cpu_groups[group].budget_ns // w.cpu_groups[group].reserved_ns


@part
def grant(w: Tables, vp: int) -> None:
    """Grant `vp` the reserve that it has earned, or, with budgets, that of the period that begins."""
    mode = w.parameters[w.vp_identity[vp].host].reserve_mode
    state = w.vps[vp]
    wanted = state.granted_ns
    reserve = earned(w, vp)
    if mode == FLOOR:
        state.reserve_left_ns += reserve
    elif mode == PERIOD_BUDGET:
        missed = min(state.reserve_left_ns, state.granted_ns - wanted)
        state.reserve_left_ns = paid_reserve(w, vp) + missed
    else:
        weight = w.vp_controls[vp].weight
        scaled = state.virtual_rest - reserve * REFERENCE_WEIGHT
        state.virtual_ns += scaled // weight
        state.virtual_rest = scaled % weight
