"""Company: how many other VPs of its guest run, or are busy, beside the code of a VP.

What a VP does to others costs what it does by how many of them there are: an interrupt goes to VPs that the guest takes for busy, those
that have an LP or wait for one; a flush by hypercall reaches those that have one. Both numbers are integrated over time for each guest, and
over its own code for each VP, so that what happens at a rate is counted exactly, whenever that is done. A VP that its parent holds counts as
idle. Integrals are kept modulo 2^62: only their differences count.
"""

from components.processor import GUEST, REFILL
from components.virtual_processor import CAPPED, READY, RUNNING
from systems.kernels.jit import part, small
from systems.state.tables import Tables

_ALL = 2**62 - 1


@small
def _advance(w: Tables, guest: int, now: int) -> None:
    c = w.company[guest]
    elapsed = now - c.updated_ns
    c.updated_ns = now
    c.running_ns = (c.running_ns + c.running * elapsed) & _ALL
    c.busy_ns = (c.busy_ns + c.busy * elapsed) & _ALL


@small
def note_company(w: Tables, vp: int, new_state: int, now: int) -> None:
    """Count `vp`, which enters another state, among those of its guest that run, and that are busy."""
    guest = w.vp_identity[vp].owner
    if not w.guest_traps[guest].company:
        return
    _advance(w, guest, now)
    c = w.company[guest]
    old_state = w.vps[vp].state
    c.running += int(new_state == RUNNING) - int(old_state == RUNNING)
    c.busy += int(new_state in (READY, RUNNING, CAPPED)) - int(old_state in (READY, RUNNING, CAPPED))
    if new_state == RUNNING:
        w.trap_state[vp].seen_running_ns = c.running_ns
        w.trap_state[vp].seen_busy_ns = c.busy_ns


@part
def count_company(w: Tables, lp: int, vp: int, elapsed: int, now: int) -> None:
    """Count the company of `vp`, which has had `lp` in its present phase for `elapsed` ns."""
    guest = w.vp_identity[vp].owner
    _advance(w, guest, now)
    c, state = w.company[guest], w.trap_state[vp]
    phase = w.lps[lp].phase
    if phase in (GUEST, REFILL):
        state.code_ns += elapsed
        state.beside_running_ns += ((c.running_ns - state.seen_running_ns) & _ALL) - elapsed
        state.beside_busy_ns += ((c.busy_ns - state.seen_busy_ns) & _ALL) - elapsed
    if phase == GUEST:
        state.call_left_ns -= elapsed
    state.seen_running_ns = c.running_ns
    state.seen_busy_ns = c.busy_ns
