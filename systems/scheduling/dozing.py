"""Dozing: while nobody waits who could follow the VP on an LP, its slices end without an event.

The slices go on to be counted from where they began, so that whoever comes to wait finds the end of the slice where it would have been.
"""

from components.declare import NEVER
from components.host import PERIOD_BUDGET
from components.processor import HYPERVISOR
from systems.kernels.bits import WORD_BITS, bit_of, lowest_bit
from systems.kernels.jit import part, small
from systems.scheduling.placement import is_away
from systems.state.accounting import charge_lp
from systems.state.cpu_groups import group_of
from systems.state.tables import Tables
from systems.state.timers import bring_forward


@part
def doze_if_nobody_waits(w: Tables, lp: int) -> bool:
    """Have slices on `lp`, which runs a VP, end without an event if nobody waits who may run there and its VP is at home; tell whether they do.

    In a CPU group with a cap, a mate may wait for the place of the VP (see `mates`); and budgets of reserves end slices with the period
    (see `policies.classic`). A VP whose own cap is renewed stands in line, which rouses the LP.
    """
    p = w.lps[lp]
    if p.dozes:
        return True
    if p.slice_end_ns >= NEVER or p.kept_off or is_away(w, p.vp, lp) or group_of(w, p.vp) >= 0:
        return False
    if (
        w.parameters[w.lp_topology[lp].host].reserve_mode == PERIOD_BUDGET
        and w.host_states[w.lp_topology[lp].host].reserving > 0
    ):
        return False
    topology = w.lp_topology[lp]
    for i in range(topology.first_set, topology.first_set + topology.sets):
        if w.affinity_sets[w.sets_of_lp[i]].waiting > 0:
            return False
    p.dozes = 1
    w.dozing_lps[lp // WORD_BITS] |= bit_of(lp)
    return True


@small
def stop_dozing(w: Tables, lp: int) -> None:
    """Set the event again that ends slices on `lp`."""
    if w.lps[lp].dozes:
        w.lps[lp].dozes = 0
        w.dozing_lps[lp // WORD_BITS] &= ~bit_of(lp)


@part
def rouse(w: Tables, affinity: int) -> None:
    """Set the events again that end slices on the LPs of set `affinity`, for which a VP has come to wait."""
    host = w.hosts[w.affinity_sets[affinity].host]
    for at in range(host.first_lp // WORD_BITS, (host.first_lp + host.lps - 1) // WORD_BITS + 1):
        word = w.dozing_lps[at] & w.set_members[affinity, at]
        while word:
            bit = lowest_bit(word)
            word &= ~bit_of(bit)
            rouse_lp(w, at * WORD_BITS + bit)


@small
def slice_left(w: Tables, lp: int, now: int) -> int:
    """Return what is left (ns, 1 at least) of the slice on `lp`; 0 if slices have no end there."""
    p = w.lps[lp]
    end = p.slice_end_ns
    if end >= NEVER:
        return 0
    if p.dozes and 0 < end <= now:
        length = w.parameters[w.lp_topology[lp].host].slice_ns
        end += ((now - end) // length + 1) * length
    return int(max(1, end - now))


@part
def count_slices(w: Tables, lp: int, now: int) -> None:
    """Count the slices on `lp`, which dozes and is charged up to `now`, that have ended by then: the one that holds now began where the last of them ended."""
    p = w.lps[lp]
    if 0 < p.slice_end_ns <= now:
        length = w.parameters[w.lp_topology[lp].host].slice_ns
        begun = p.slice_end_ns + (now - p.slice_end_ns) // length * length
        p.slice_end_ns = w.policy.begin_slice(w, lp, p.vp, begun)
        w.vps[p.vp].extended = 0


@part
def rouse_lp(w: Tables, lp: int) -> None:
    """Rouse `lp`, which dozes: set the event again that ends its slices.

    One that ends now has ended if its event would have come before that which happens; else it ends after that, and who comes to wait
    by it is looked at. Where the slices of several LPs always end together nobody would be seen to wait otherwise.
    A cost in progress is not cut: the slices before it are counted already, and what ends during it ends with it.
    """
    now = w.clock[0].now_ns
    p = w.lps[lp]
    if p.phase != HYPERVISOR:
        charge_lp(w, lp, now)
        count_slices(w, lp, now if w.clock[0].event > w.schedule.processor else now - 1)
        p.slice_end_ns = max(now, p.slice_end_ns)  # what the VP lacked of its reserve (0) it has had
        bring_forward(w, w.schedule.processor, lp, p.slice_end_ns)
    stop_dozing(w, lp)
