"""Charges: what costs hypervisor time is counted and owed in one place, so that the two always agree."""

from components.traps import CHARGES
from systems.kernels.jit import rare, small
from systems.state.tables import Tables


@small
def owe(w: Tables, vp: int, charge: int, times: int, now: int) -> None:
    """Count `charge` so many times on `vp` and let the VP owe what that costs."""
    cost = times * w.charge_ns[w.trap_state[vp].cost_row, charge]
    w.trap_counts[vp, charge] += times
    w.trap_state[vp].unpaid_ns += cost
    if w.scheduler[0].intercept_room > 0:
        record_intercept(w, vp, charge, times, cost, now)


@rare
def record_intercept(w: Tables, vp: int, charge: int, times: int, cost: int, now: int) -> None:
    """Write a row of the intercept trace."""
    scheduler = w.scheduler[0]
    if scheduler.intercept_rows == scheduler.intercept_room:
        return  # the event loop keeps more room than an event takes
    row = w.intercepts[scheduler.intercept_rows]
    row.time_ns = now
    row.vp = vp
    row.host = w.vp_identity[vp].host
    row.charge = charge
    row.times = times
    row.cost_ns = cost
    scheduler.intercept_rows += 1


@small
def traces_have_room(w: Tables) -> bool:
    """Tell whether the buffers of both event traces hold all rows that one event may write."""
    scheduler = w.scheduler[0]
    most = len(w.lps) + 1
    if scheduler.dispatch_room > 0 and scheduler.dispatch_rows + most > scheduler.dispatch_room:
        return False
    intercepts = 2 * CHARGES * most + 4 * len(w.vps)
    return scheduler.intercept_room == 0 or scheduler.intercept_rows + intercepts <= scheduler.intercept_room
