"""Interrupts: raised for a VP, delivered when it runs guest code, pending until then.

A kind of interrupt has one pending bit a VP, as in the APIC: raised again before it is delivered, it coalesces. So interrupts
raised = delivered + pending + coalesced + lost; lost are those that are pending when the machine is turned off or restarted. An interrupt makes an idle VP ready (its caller sees to that); it does not move a waiting
one forward [Friedman].

Devices interrupt the root; whatever reaches a guest from the root comes over VMBus as a SIGNAL: an event flag, which has no buffer,
so that a flag that is set already coalesces [TLFS-md inter-partition-communication.md].

An end of interrupt exits unless the VP-assist page says that none is required: then only those after the first, when several are
delivered at once, exit [TLFS-md virtual-interrupts.md].
"""

import numpy as np

from components.processor import REFILL
from components.traps import (
    DEVICE,
    EXTERNAL_INTERRUPTS,
    IO_INSTRUCTIONS,
    IPI,
    MSR_ACCESSES,
    SIGNAL,
    TIMER,
)
from components.virtual_processor import RUNNING
from systems.interrupts.answers import answer
from systems.interrupts.messages import holds_message, take_message
from systems.kernels.bits import count_bits
from systems.kernels.jit import part, small
from systems.state.charges import owe
from systems.state.idle_vps import choose_idle
from systems.state.tables import Tables


@part
def interrupt(w: Tables, vp: int, kind: int, now: int) -> None:
    """Raise an interrupt of `kind` for `vp`: delivered at once if it runs guest code, else pending."""
    if not w.guest_traps[w.vp_identity[vp].owner].modelled:
        return
    w.vp_traps[vp].interrupts_raised += 1
    state = w.trap_state[vp]
    if runs_guest_code(w, vp):
        owe(w, vp, EXTERNAL_INTERRUPTS, 1, now)
        _count_on_lp(w, w.vps[vp].lp, kind, 1)
        deliver(w, vp, kind, 1, 1, now)
        if kind == IPI:
            answer(w, vp, now)
    elif state.pending & kind:
        w.vp_traps[vp].interrupts_coalesced += 1
    else:
        state.pending |= kind


@part
def interrupt_guest(w: Tables, guest: int, busy_vp: int, kind: int, now: int) -> None:
    """Raise an interrupt of `kind` for the idle VP of `guest` that comes for the next task, or else for `busy_vp`."""
    vp = choose_idle(w, guest) if w.guests[guest].idle_vps > 0 else busy_vp
    interrupt(w, vp, kind, now)


@small
def runs_guest_code(w: Tables, vp: int) -> bool:
    """Tell whether `vp` is running guest code now."""
    return bool(w.vps[vp].state == RUNNING and w.lps[w.vps[vp].lp].phase >= REFILL)


@part
def deliver_pending(w: Tables, vp: int, now: int) -> None:
    """Deliver all interrupts that wait for `vp`, which has an LP, one after the other."""
    state = w.trap_state[vp]
    nested = 0
    for kind in (TIMER, DEVICE, IPI, SIGNAL):
        if state.pending & kind:
            _count_on_lp(w, w.vps[vp].lp, kind, 1)
            deliver(w, vp, kind, 1, 1 - nested, now)
            nested = 1
    if state.pending & IPI:
        answer(w, vp, now)
    state.pending = 0


@part
def forget_interrupts(w: Tables, vp: int) -> None:
    """Count the interrupts that wait for `vp`, whose machine is off or begins anew, as lost."""
    w.vp_traps[vp].interrupts_lost += count_bits(np.uint64(w.trap_state[vp].pending))
    w.trap_state[vp].pending = 0


@part
def deliver(w: Tables, vp: int, kind: int, times: int, assisted: int, now: int) -> None:
    """Count interrupts of `kind` as delivered to `vp`; the APIC assist saves the exit at the end of `assisted` of them."""
    counts = w.vp_traps[vp]
    guest = w.guest_traps[w.vp_identity[vp].owner]
    counts.virtual_interrupts += times
    if kind == DEVICE:
        counts.hardware_interrupts += times
    elif kind == SIGNAL or (kind == TIMER and guest.synthetic_timers):
        counts.synthetic_interrupts += times
    if kind == TIMER and not guest.synthetic_timers and guest.timer_accesses > 0:
        owe(w, vp, IO_INSTRUCTIONS, times * guest.timer_accesses, now)
    if kind == SIGNAL and holds_message(w, vp):
        take_message(w, vp, now)
    exits = times if guest.eoi_exits else times - assisted
    if exits > 0:
        counts.eoi_accesses += exits
        owe(w, vp, MSR_ACCESSES, exits, now)


@small
def _count_on_lp(w: Tables, lp: int, kind: int, times: int) -> None:
    counts = w.lp_traps[lp]
    if kind == TIMER:
        counts.timer_interrupts += times
    elif kind == DEVICE:
        counts.hardware_interrupts += times
    else:
        counts.ipis += times


@part
def arm_timers(w: Tables, vp: int, times: int, now: int) -> None:
    """Count what it costs the guest on `vp` to set so many one-shot timers, one after the other."""
    guest = w.guest_traps[w.vp_identity[vp].owner]
    if guest.modelled and guest.synthetic_timers and guest.timer_writes > 0:
        owe(w, vp, MSR_ACCESSES, times * guest.timer_writes, now)


@part
def send_ipi(w: Tables, vp: int, target: int, now: int) -> None:
    """Send an interrupt from the guest on `vp` to its VP `target`: by hypercall, or by a write to the APIC that exits."""
    guest = w.guest_traps[w.vp_identity[vp].owner]
    if not guest.modelled or vp == target:
        return
    w.vp_traps[vp].ipis_sent += 1
    w.lp_traps[w.vps[vp].lp].ipis_sent += 1
    owe(w, vp, guest.ipi_charge, 1, now)
    interrupt(w, target, IPI, now)
