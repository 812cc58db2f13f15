"""Handover: an LP that is free turns to the next VP, and the root takes its own.

Where the policy gives an LP a companion (see `systems.policy`), the two run VPs of one virtual core, or VPs of the root, at any time. So
before an LP changes hands its companion must be free of others' VPs, and afterwards it may have something new to run.
"""

from components.declare import NOBODY
from components.processor import HYPERVISOR, IDLE, WAKING
from components.trace import PREEMPTED, SLICE
from components.traps import EXTERNAL_INTERRUPTS
from components.virtual_processor import READY
from systems.guest.bursts import set_busy
from systems.interrupts.ticks import start_clock
from systems.kernels.jit import part, rare, small
from systems.scheduling.dispatch import step_on
from systems.scheduling.leaving import step_off
from systems.scheduling.line import leave_line, stand_in_line
from systems.scheduling.mates import admit_mate, call_fellow, send_back
from systems.scheduling.placement import may_use
from systems.scheduling.ready import become_ready, hold_back, is_held_back
from systems.scheduling.rebalance_timers import arm_rebalance
from systems.scheduling.run_lists import keep_turn
from systems.scheduling.waking import wake_lp
from systems.state.accounting import charge_lp
from systems.state.charges import owe
from systems.state.idle_vps import choose_idle, leave_idle
from systems.state.tables import Tables
from systems.state.timers import cancel_timer

CLEARED = 1
BUSY = 0
"""What becomes of a companion that is to be free."""


@part
def make_ready(w: Tables, vp: int, now: int) -> None:
    """Make the idle `vp` ready and find it an LP; a root VP takes its own from a guest at once [NE-CPU]."""
    guest = w.guest_traps[w.vp_identity[vp].owner]
    if guest.idle_ticks or guest.idle_wake_ns > 0:
        cancel_timer(w, w.schedule.tick, vp)
    if not guest.idle_ticks:
        start_clock(w, vp, now)
    if w.vp_identity[vp].tied_lp >= 0:
        charge_lp(w, w.vp_identity[vp].tied_lp, now)  # while both were idle
        become_ready(w, vp, now)
        claim_own_lp(w, vp, now)
    else:
        w.policy.resume(w, vp)
        find_lp(w, vp, now)


@part
def kick(w: Tables, guest: int, now: int) -> None:
    """Wake an idle VP of `guest`, if there is one, for a task."""
    if w.guests[guest].idle_vps > 0:
        vp = choose_idle(w, guest)
        leave_idle(w, vp)
        make_ready(w, vp, now)


@part
def find_lp(w: Tables, vp: int, now: int) -> None:
    """Find an LP for a guest VP: an idle one, a busy one if the policy says so, or a place in the run queue; with its cap used up it waits for the next period."""
    if is_held_back(w, vp, now):
        hold_back(w, vp, now)
        _join_fellow(w, vp, now)
        return
    become_ready(w, vp, now)
    lp = w.policy.taken_from(w, vp)
    if lp < 0 and _waits_for_last(w, vp, now):
        stand_in_line(w, vp)
        return
    if lp < 0:
        place(w, vp, now)
        return
    charge_lp(w, lp, now)
    displaced = w.lps[lp].vp
    step_off(w, lp, PREEMPTED, now)
    step_on(w, lp, vp, now)
    find_other_lp(w, displaced, now)


@rare
def _join_fellow(w: Tables, vp: int, now: int) -> None:
    """Give `vp`, which its cap or its group holds back, the LP beside its fellow, if that runs and there is a place for both."""
    fellow = w.vp_identity[vp].fellow
    if fellow >= 0 and w.vps[fellow].lp >= 0:
        turn_companion(w, w.vps[fellow].lp, now)


@part
def _waits_for_last(w: Tables, vp: int, now: int) -> bool:
    """Tell whether `vp`, which has just become ready, waits at its last LP, busy with others, though another may be idle.

    A VP that ran recently is queued on its last LP [P376, claim 3]: `host.scheduling.recent`. At the end of the slice there, the VP that ran
    goes to an idle LP if it may use one, else the two take turns. A VP does not wait for the root, which has no slices, nor where it would join
    its fellow, or go home to its node, nor one that lacks some of its reserve, which comes before others as soon as it needs it [SAV 104].
    """
    state = w.vps[vp]
    lp = state.ideal_lp
    if state.reserve_left_ns > 0:
        return False
    if (
        not state.ran_before
        or now - state.left_ns >= w.parameters[w.vp_identity[vp].host].recent_ns
        or lp != state.home_lp
    ):
        return False
    fellow = w.vp_identity[vp].fellow
    if w.policy.companion(w, lp) >= 0 and fellow >= 0 and w.vps[fellow].lp >= 0:
        return False
    present = w.lps[lp].vp
    if present < 0 and not shares_with(w, lp, vp):
        present = w.lps[w.policy.companion(w, lp)].vp
    by_guest = present >= 0 and w.vp_identity[present].tied_lp < 0
    return by_guest and not w.lps[lp].kept_off and may_use(w, vp, lp)


@part
def find_other_lp(w: Tables, vp: int, now: int) -> None:
    """Find an LP for a guest VP that has lost its own; it takes none from others."""
    if is_held_back(w, vp, now):
        hold_back(w, vp, now)
    else:
        become_ready(w, vp, now)
        place(w, vp, now)


@part
def place(w: Tables, vp: int, now: int) -> None:
    """Give a ready guest VP an idle LP, or a place in the run queue."""
    w.vps[vp].lp = NOBODY
    lp = w.policy.idle_lp(w, vp)
    if lp >= 0:
        wake_lp(w, lp, vp, now)
        turn_companion(w, lp, now)
    else:
        stand_in_line(w, vp)


@part
def claim_own_lp(w: Tables, root: int, now: int) -> None:
    """Give the ready root VP `root` its LP, unless a cost is in progress there or on the companion; it then gets the LP when that is paid."""
    lp = w.vp_identity[root].tied_lp
    if clear_companion(w, lp, root, now) == BUSY:
        return
    p = w.lps[lp]
    if p.phase == IDLE:
        wake_lp(w, lp, root, now)
    elif p.phase != WAKING and not _pays(w, lp, now):
        charge_lp(w, lp, now)
        displaced = p.vp
        w.lp_traps[lp].scheduler_interrupts += 1
        if p.phase != HYPERVISOR:
            owe(w, displaced, EXTERNAL_INTERRUPTS, 1, now)
        step_off(w, lp, PREEMPTED, now)
        step_on(w, lp, root, now)
        find_other_lp(w, displaced, now)
        keep_turn(w, displaced)
    turn_companion(w, lp, now)


@part
def root_that_wants(w: Tables, lp: int) -> int:
    """Return the root VP for which the guest VP on `lp` must leave it, or NOBODY."""
    if w.vp_identity[w.lps[lp].vp].tied_lp >= 0:
        return NOBODY
    root = _waiting_root(w, lp)
    other = w.policy.companion(w, lp)
    return root if root >= 0 or other < 0 else _waiting_root(w, other)


@small
def _waiting_root(w: Tables, lp: int) -> int:
    root = w.lp_topology[lp].root_vp
    return root if root >= 0 and w.vps[root].state == READY and w.vps[root].lp < 0 else NOBODY


@small
def _pays(w: Tables, lp: int, now: int) -> bool:
    """Tell whether `lp` is in a cost that is not cut."""
    return w.lps[lp].phase == HYPERVISOR and w.lps[lp].phase_end_ns > now


@part
def next_vp(w: Tables, lp: int, now: int) -> None:
    """Turn the free `lp` to its root VP if that is ready, else to the first guest VP in the run queue; without either it goes idle."""
    _turn_to_next(w, lp, now)
    turn_companion(w, lp, now)


@part
def _turn_to_next(w: Tables, lp: int, now: int) -> None:
    p = w.lps[lp]
    mate = admit_mate(w, p.last_vp, now)
    vp = take_next_in_line(w, lp)
    send_back(w, mate, now)
    if vp >= 0:
        step_on(w, lp, vp, now)
        return
    was_busy = p.phase != WAKING
    p.phase = IDLE
    p.vp = NOBODY
    p.since_ns = now
    w.lp_traps[lp].halts += 1
    w.policy.set_idle(w, lp, True)
    cancel_timer(w, w.schedule.processor, lp)
    arm_rebalance(w, lp, now)
    if was_busy:
        set_busy(w, lp, False, now)


@part
def take_next_in_line(w: Tables, lp: int) -> int:
    """Take the VP that `lp`, which holds none, should run out of the line; NOBODY if there is none. Root VPs come first."""
    root = _waiting_root(w, lp)
    if root >= 0:
        return root if shares_with(w, lp, root) else NOBODY
    other = w.policy.companion(w, lp)
    if w.lps[lp].kept_off or (other >= 0 and _waiting_root(w, other) >= 0):
        return NOBODY
    vp = w.policy.first_in_line(w, lp)
    if vp >= 0:
        leave_line(w, vp)
    return vp


@small
def shares_with(w: Tables, lp: int, vp: int) -> bool:
    """Tell whether the companion of `lp`, if it has one, is free of VPs that may not run beside `vp`."""
    other = w.policy.companion(w, lp)
    return other < 0 or w.lps[other].vp < 0 or w.lps[other].vp == w.vp_identity[vp].fellow


@part
def clear_companion(w: Tables, lp: int, vp: int, now: int) -> int:
    """Take VPs that may not run beside `vp` off the companion of `lp`: CLEARED, and `turn_companion` must follow.

    BUSY while a cost is in progress there, which is not cut. When it is paid, the companion asks in its turn.
    """
    if shares_with(w, lp, vp):
        return CLEARED
    other = w.policy.companion(w, lp)
    displaced = w.lps[other].vp
    if _pays(w, other, now):
        # for a root VP both LPs ask in any case, and their VPs keep their slices
        if w.vp_identity[vp].tied_lp < 0:
            w.lps[other].slice_end_ns = now
            w.lps[lp].slice_end_ns = w.lps[other].phase_end_ns
        return BUSY
    if w.lps[other].phase == WAKING:
        w.lps[other].vp = NOBODY
        place(w, displaced, now)
    else:
        charge_lp(w, other, now)
        by_root = w.vp_identity[vp].tied_lp >= 0
        step_off(w, other, PREEMPTED if by_root else SLICE, now)  # one slice is that of both threads
        find_other_lp(w, displaced, now)
    return CLEARED


@part
def turn_companion(w: Tables, lp: int, now: int) -> None:
    """Turn the companion of `lp`, which has changed hands, to what it may run now, if it is free."""
    other = w.policy.companion(w, lp)
    if other < 0 or w.lps[other].vp >= 0:
        return
    if w.lps[lp].vp >= 0 and not w.lps[other].kept_off:
        call_fellow(w, w.lps[lp].vp, other, now)
    if w.lps[other].phase == IDLE:
        turn_idle_lp(w, other, now)
    elif w.lps[other].phase != WAKING:
        _turn_to_next(w, other, now)


@part
def turn_idle_lp(w: Tables, lp: int, now: int) -> None:
    """Wake the idle `lp` for the VP that it should run, if there is one."""
    vp = take_next_in_line(w, lp)
    if vp >= 0:
        wake_lp(w, lp, vp, now)
