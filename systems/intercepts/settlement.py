"""Settlement in arrears: what guest code does at a rate is counted when its VP next has an event of its own.

The rates hold per second of guest time, or of that without spinning, or of that for each other VP of the guest that runs, or is busy, beside
it (`systems.state.company`). They are kept in whole numbers of 2^-44 per ns; what does not make up a whole intercept is carried. So counts
depend on these times alone, not on when or how often they are settled.

Interrupts at a rate, between VPs and of flushes by hypercall, are symmetric: a VP gets as many from others as it sends, and those sent
come to those received over the VPs of a guest.
"""

from components.traps import (
    BUSY_OTHERS,
    CODE,
    FLUSHED,
    FLUSHES,
    IPI,
    RECEIVES,
    RUNNING_OTHERS,
    SENDS,
    TIME,
    TO_PARENT,
)
from systems.interrupts.delivery import deliver
from systems.interrupts.ticks import take_ticks
from systems.kernels.jit import part, rare, small
from systems.state.charges import owe
from systems.state.tables import Tables

RATE_BITS = 44
_LOW_BITS = 20
_LOW = 2**_LOW_BITS - 1
_REST = 2**RATE_BITS - 1
_HIGH_BITS = RATE_BITS - _LOW_BITS
_HIGH = 2**_HIGH_BITS - 1
_LONGEST = 2**32


def short_time(rate: int) -> int:
    """Return the longest time (ns) of which the product with `rate` is added to a rest in 63 bits."""
    return (2**63 - 1 - _REST) // max(1, rate)


@part
def settle_traps(w: Tables, vp: int, now: int) -> None:
    """Count what `vp`, which has an LP and is charged up to `now`, has caused since it was last settled."""
    state = w.trap_state[vp]
    ran = w.vp_times[vp].guest_run_ns - state.settled_ns
    if ran == 0:
        return
    state.settled_ns += ran
    guest = w.guest_traps[w.vp_identity[vp].owner]
    w.counted_ns[TIME] = ran
    w.counted_ns[CODE] = state.code_ns
    w.counted_ns[RUNNING_OTHERS] = state.beside_running_ns
    w.counted_ns[BUSY_OTHERS] = state.beside_busy_ns
    if max(ran, state.beside_running_ns, state.beside_busy_ns) <= guest.short_ns:
        due = _accrue_short(w, vp, guest.first_rate, guest.rates)
    else:
        due = _accrue_long(w, vp, guest.first_rate, guest.rates)
    for i in range(due):
        _settle(w, vp, guest.first_rate + w.due_rates[i], w.due_times[i], now)
    state.code_ns = 0
    state.beside_running_ns = 0
    state.beside_busy_ns = 0
    take_ticks(w, vp, now)


@small
def _accrue_short(w: Tables, vp: int, first: int, rates: int) -> int:
    """Note which of the `rates` rates of `vp`, from row `first` on, have come to whole times, and how many; return how many have.

    The times in Tables.counted_ns are at most GuestTraps.short_ns: no product overflows. There is no branch: which rates are due is not to be
    foretold.
    """
    due = 0
    for i in range(rates):
        rate = w.rates[first + i]
        total = w.rate_rests[vp, i] + rate.rate * w.counted_ns[rate.beside]
        w.rate_rests[vp, i] = total & _REST
        times = total >> RATE_BITS
        w.due_rates[due] = i
        w.due_times[due] = times
        due += int(times > 0)
    return due


@rare
def _accrue_long(w: Tables, vp: int, first: int, rates: int) -> int:
    """Do as `_accrue_short` for times of any length."""
    due = 0
    for i in range(rates):
        rate = w.rates[first + i]
        times = _accrue(w, vp, i, rate.rate, w.counted_ns[rate.beside])
        if times > 0:
            w.due_rates[due] = i
            w.due_times[due] = times
            due += 1
    return due


@part
def _accrue(w: Tables, vp: int, place: int, rate: int, ran: int) -> int:
    """Return how often something that happens at `rate` has happened in `ran` ns; the rest of one is carried."""
    times = 0
    while ran > 0:
        span = min(ran, _LONGEST)
        ran -= span
        high = (span >> _LOW_BITS) * rate
        low = ((high & _HIGH) << _LOW_BITS) + (span & _LOW) * rate + w.rate_rests[vp, place]
        times += (high >> _HIGH_BITS) + (low >> RATE_BITS)
        w.rate_rests[vp, place] = low & _REST
    return times


@part
def _settle(w: Tables, vp: int, row: int, times: int, now: int) -> None:
    rate = w.rates[row]
    if rate.charge >= 0:
        owe(w, vp, rate.charge, times, now)
    lp = w.vps[vp].lp
    if rate.kind == SENDS:
        w.vp_traps[vp].ipis_sent += times
        w.lp_traps[lp].ipis_sent += times
    elif rate.kind == TO_PARENT:
        w.vp_traps[vp].io_messages += times
        w.trap_state[vp].messages += times
    elif rate.kind == RECEIVES:
        w.vp_traps[vp].interrupts_raised += times
        w.lp_traps[lp].ipis += times
        deliver(w, vp, IPI, times, times, now)
    elif rate.kind == FLUSHES:
        w.lp_traps[lp].ipis_sent += times
    elif rate.kind == FLUSHED:
        w.lp_traps[lp].ipis += times
