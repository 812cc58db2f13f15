"""Hypercalls of many elements: broken into continuations, so that none stays in the hypervisor for long.

At most 50 us are meant to pass before control returns to the caller; a rep call that is not done by then is entered again, and
between two entries interrupts are taken and other VPs may run [TLFS-md hypercall-interface.md]. Each entry attempts one element at
least.
"""

from components.traps import REP_ELEMENTS
from systems.kernels.jit import part, small
from systems.state.charges import owe
from systems.state.tables import Tables


@part
def call_for_elements(w: Tables, vp: int, call: int, elements: int, now: int) -> None:
    """Make the rep hypercall `call` on `vp` for so many elements (pages, ranges), in as many entries as it takes.

    The VP pays in stays of the longest length allowed, between which it takes its interrupts, runs other guest code if it has any for
    as long, and others get their turn.
    """
    state = w.trap_state[vp]
    before = state.unpaid_ns
    row = w.trap_state[vp].cost_row
    element_ns = w.charge_ns[row, REP_ELEMENTS]
    most = elements
    if element_ns > 0:
        most = max(
            1, (w.parameters[w.vp_identity[vp].host].longest_stay_ns - w.charge_ns[row, call]) // element_ns
        )
    owe(w, vp, call, (elements + most - 1) // most, now)
    owe(w, vp, REP_ELEMENTS, elements, now)
    state.put_off_ns += state.unpaid_ns - before
    state.unpaid_ns = before


@small
def go_on_calling(w: Tables, vp: int, now: int) -> None:  # noqa: ARG001 - an account takes the time
    """Charge `vp` for the next entry of its long hypercalls."""
    state = w.trap_state[vp]
    entry = min(state.put_off_ns, w.parameters[w.vp_identity[vp].host].longest_stay_ns)
    state.put_off_ns -= entry
    state.unpaid_ns += entry
