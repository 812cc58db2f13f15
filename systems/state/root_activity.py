"""What an idle root does by itself, settled as a rate: counted and charged exactly, without an event.

A root that is little used is woken some hundred times a second on every LP [WSL-6982]. Where its LP is idle too that holds nobody
back. So the idle time of the LP, on a clock of its own, is divided into equal periods. Each begins with a wake-up: the LP wakes, the
root VP is dispatched, pays for that and for what it then asks of the hypervisor, and is idle again. All that has happened by a time is a
function of the clock, so that it does not depend on when it is charged. Another VP that wants the LP gets it at once; what the root VP
has still to pay then it pays when it is next dispatched.

Leaves out: an LP that runs guests is not woken; there the timers of the root coincide with its other work.
A wake-up counts as no context switch, neither that to the root VP nor that back.
"""

from components.traps import HLT_INSTRUCTIONS, MSR_ACCESSES, SIGNALLED_EVENTS
from components.virtual_processor import IDLE
from systems.kernels.jit import part, rare, small
from systems.state.charges import owe
from systems.state.tables import Tables
from systems.state.waits import bucket_of_wait


@rare
def settle_root(w: Tables, lp: int, elapsed: int, now: int) -> int:
    """Charge the root VP of the idle `lp`, if it is idle too, for what it did in the last `elapsed` ns; return how long the LP was not idle."""
    host = w.lp_topology[lp].host
    activity = w.root_activity[host]
    root = w.lp_topology[lp].root_vp
    if activity.period_ns == 0 or root < 0 or w.vps[root].state != IDLE:
        return 0
    p = w.lps[lp]
    before = p.idle_clock_ns
    after = before + elapsed
    p.idle_clock_ns = after
    dispatches = _dispatched(w, host, after) - _dispatched(w, host, before)
    if dispatches > 0:
        _count(w, lp, root, _dispatched(w, host, before), dispatches, now)
    ran = _run(w, host, after) - _run(w, host, before)
    waited = _waited(w, host, after) - _waited(w, host, before)
    times = w.vp_times[root]
    times.hypervisor_run_ns += ran
    times.ready_ns += waited
    times.idle_ns -= ran + waited
    w.trap_state[root].unpaid_ns -= ran
    return int(ran + waited)


@part
def end_root_wake(w: Tables, lp: int) -> None:
    """End the wake-up of the root VP that is under way on `lp`, charged up to now, as another VP gets it; what is unpaid stays so."""
    host = w.lp_topology[lp].host
    activity = w.root_activity[host]
    if activity.period_ns == 0:
        return
    p = w.lps[lp]
    wake = p.idle_clock_ns // activity.period_ns
    begun = wake * activity.period_ns
    if p.idle_clock_ns > begun:
        p.idle_clock_ns = max(p.idle_clock_ns, begun + w.costs[host].root_wake_up_ns + _cost(w, host, wake))


@small
def _cost(w: Tables, host: int, wake: int) -> int:
    """Return what the root VP pays for wake-up number `wake`."""
    activity = w.root_activity[host]
    return int(activity.cost_ns + (activity.hlt_ns if wake % activity.hlt_every == 0 else 0))


@small
def _dispatched(w: Tables, host: int, clock: int) -> int:
    """Return the dispatches up to `clock`."""
    period = w.root_activity[host].period_ns
    wake = clock // period
    return int(wake + (1 if clock - wake * period > w.costs[host].root_wake_up_ns else 0))


@small
def _run(w: Tables, host: int, clock: int) -> int:
    """Return the hypervisor time (ns) paid up to `clock`."""
    activity = w.root_activity[host]
    wake = clock // activity.period_ns
    paying = clock - wake * activity.period_ns - w.costs[host].root_wake_up_ns
    paid = wake * activity.cost_ns + _one_in(wake, activity.hlt_every) * activity.hlt_ns
    return int(paid + min(max(0, paying), _cost(w, host, wake)))


@small
def _waited(w: Tables, host: int, clock: int) -> int:
    """Return the time (ns) waited for the LP to wake up to `clock`."""
    period, wake_up = w.root_activity[host].period_ns, w.costs[host].root_wake_up_ns
    wake = clock // period
    return int(wake * wake_up + min(clock - wake * period, wake_up))


@small
def _one_in(wakes: int, every: int) -> int:
    """Return how many of the first `wakes` wake-ups have a number that `every` divides."""
    return (wakes + every - 1) // every


@small
def _skipped(w: Tables, host: int, wakes: int) -> int:
    """Return how many wake-ups did not take place, beside the first `wakes` that did."""
    activity = w.root_activity[host]
    return int(wakes * activity.period_ns // activity.wanted_ns - wakes)


@part
def _count(w: Tables, lp: int, root: int, first: int, dispatches: int, now: int) -> None:
    """Count so many dispatches of `root`, from number `first` on, with all that belongs to them, and let it owe what they cost."""
    host = w.lp_topology[lp].host
    activity = w.root_activity[host]
    last = first + dispatches
    hlts = _one_in(last, activity.hlt_every) - _one_in(first, activity.hlt_every)
    signals = _one_in(last, activity.signal_every) - _one_in(first, activity.signal_every)
    waited = w.costs[host].root_wake_up_ns
    times, traps = w.vp_times[root], w.vp_traps[root]
    times.dispatches += dispatches
    times.wait_ns += dispatches * waited
    times.wake_up_ns += dispatches * waited
    w.wait_buckets[root, bucket_of_wait(w, waited)] += dispatches
    w.lp_traps[lp].halts += dispatches
    traps.wakes_skipped += _skipped(w, host, last) - _skipped(w, host, first)
    traps.interrupts_raised += signals
    traps.virtual_interrupts += signals
    traps.synthetic_interrupts += signals
    w.trap_state[root].unpaid_ns += dispatches * w.costs[host].dispatch_ns
    owe(w, root, SIGNALLED_EVENTS, dispatches * activity.hypercalls, now)
    owe(w, root, MSR_ACCESSES, dispatches * activity.accesses, now)
    owe(w, root, HLT_INSTRUCTIONS, hlts, now)
