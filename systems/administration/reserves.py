"""A guest's reserve is changed: what it had earned stays, and from then on it earns by the new one.

With budgets, the period in progress gives it the difference for the part that is left of the period. A reserve of a running guest that
does not fit beside those of the others is not set, as its start would be refused [TLFS2 18.2: at most the LPs].
"""

from components.change import DONE, NOT_RESERVED
from components.host import FLOOR, PERIOD_BUDGET
from components.partition import SAVED
from components.virtual_processor import READY, RUNNING
from systems.administration.caps import set_timer_of
from systems.kernels.jit import part, small
from systems.scheduling.line import leave_line, stand_in_line
from systems.scheduling.reserves import earned, grant
from systems.scheduling.reserving import count_reserving
from systems.state.accounting import charge_up_to
from systems.state.migrations import is_moving
from systems.state.reserved import add_reserved, has_room_for
from systems.state.tables import Tables
from systems.state.timers import is_due


@part
def set_reserve(w: Tables, partition: int, reserve_ns: int, now: int) -> int:
    """Set the reserve of all VPs of `partition`: LP time (ns) in a cap period. Return DONE or NOT_RESERVED."""
    layout = w.layouts[partition]
    before = w.vp_controls[layout.first_vp].reserve_ns
    more = layout.vps * (reserve_ns - before)
    if _is_counted(w, partition, now):
        if more > 0 and not has_room_for(w, layout.host, more):
            return NOT_RESERVED
        if is_moving(w, partition):
            target = w.migrations[partition].target
            if more > 0 and not has_room_for(w, target, more):
                return NOT_RESERVED
            w.host_states[target].reserved_ns += more
        add_reserved(w, layout.host, partition, more)
    for vp in range(layout.first_vp, layout.first_vp + layout.vps):
        _set_reserve_of(w, vp, reserve_ns, now)
    come_or_go = layout.vps * ((1 if reserve_ns > 0 else 0) - (1 if before > 0 else 0))
    count_reserving(w, layout.host, come_or_go, now)
    return DONE


@small
def _is_counted(w: Tables, partition: int, now: int) -> bool:
    """Tell whether the reserve of `partition` is counted as taken: memory is given before, and taken before, a start and a stop happen."""
    lifetime = w.lifetimes[partition]
    if lifetime.running:
        return bool(lifetime.stop_ns != now and lifetime.saved != SAVED)
    return bool(lifetime.start_ns == now and lifetime.denied == 0)


@part
def _set_reserve_of(w: Tables, vp: int, reserve_ns: int, now: int) -> None:
    state, controls = w.vps[vp], w.vp_controls[vp]
    charge_up_to(w, vp, now)
    waits = state.state == READY and state.lp < 0
    if waits:
        leave_line(w, vp)
    mode, period = (
        w.parameters[w.vp_identity[vp].host].reserve_mode,
        w.parameters[w.vp_identity[vp].host].cap_period_ns,
    )
    if mode == PERIOD_BUDGET:
        if controls.reserve_ns == 0:
            earned(w, vp)
        rest = period - now % period
        if is_due(w, w.schedule.reserve, w.vp_identity[vp].host, now):
            rest = 0  # a period begins now, with a grant by what holds then
        change = (reserve_ns - controls.reserve_ns) * rest // period
        state.reserve_left_ns = max(0, state.reserve_left_ns + change)
    else:
        grant(w, vp)
    controls.reserve_ns = reserve_ns
    if reserve_ns == 0 and mode in (FLOOR, PERIOD_BUDGET):
        state.reserve_left_ns = 0
    if waits:
        stand_in_line(w, vp)
    if state.state == RUNNING:
        set_timer_of(w, vp, now)
