"""When cores, and virtual cores, that have become idle look for something to take (see `rebalance`)."""

from components.processor import IDLE
from systems.kernels.jit import part, rare
from systems.state.idle_vps import first_idle_core
from systems.state.tables import Tables
from systems.state.timers import is_set, set_timer


@rare
def arm_rebalance(w: Tables, lp: int, now: int) -> None:
    """Set the timer for the core of `lp` to take one of two VPs that share a core, if it is wholly idle, and any are."""
    sibling, host = w.lp_topology[lp].sibling, w.lp_topology[lp].host
    if sibling < 0 or w.lps[sibling].phase != IDLE or w.host_states[host].shared_cores == 0:
        return
    if w.policy.companion(w, lp) < 0 and not is_set(w, w.schedule.rebalance, host):
        set_timer(w, w.schedule.rebalance, host, now + w.parameters[host].rebalance_ns)


@part
def arm_guest_rebalance(w: Tables, guest: int, now: int) -> None:
    """Set the timer for an idle virtual core of `guest` to take one of two threads that share another, if there are both."""
    if (
        w.guests[guest].shared_cores > 0
        and not is_set(w, w.schedule.guest_rebalance, guest)
        and first_idle_core(w, guest, 0) >= 0
    ):
        set_timer(w, w.schedule.guest_rebalance, guest, now + w.guests[guest].rebalance_ns)
