"""How many VPs of a host have a reserve: with any on it, time counts otherwise (see `systems.state.scarcity`), and grants begin."""

from components.host import PERIOD_BUDGET
from systems.kernels.jit import part
from systems.scheduling.dozing import rouse
from systems.scheduling.reserves import set_reserve_timer
from systems.scheduling.slacks import set_slacks
from systems.state.accounting import charge_lp
from systems.state.tables import Tables


@part
def count_reserving(w: Tables, host: int, change: int, now: int) -> None:
    """Count so many VPs with a reserve more, or less, on `host`, whose LPs have been charged by what held before."""
    s, h = w.host_states[host], w.hosts[host]
    first_or_last = change != 0 and s.reserving in (0, -change)
    if first_or_last:
        for lp in range(h.first_lp, h.first_lp + h.lps):
            charge_lp(w, lp, now)
    s.reserving += change
    if first_or_last:
        _begin_or_end(w, host, now)


@part
def _begin_or_end(w: Tables, host: int, now: int) -> None:
    """Begin to grant reserves on `host`, the first of which has just come, or end it; budgets change what slack and slices are."""
    set_reserve_timer(w, host, now)
    if w.parameters[host].reserve_mode == PERIOD_BUDGET:
        set_slacks(w, host)
        h = w.hosts[host]
        for affinity in range(h.first_set, h.first_set + h.sets):
            rouse(w, affinity)
