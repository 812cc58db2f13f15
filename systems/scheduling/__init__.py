"""Scheduling, the mechanism: virtual processors (VPs) on logical processors (LPs). Who is next, where and for how long, a policy decides.

The way of a dispatch, from wake-up to its row in the trace, file by file in the order of time. "-> 4" goes on there at once, "~> 7" by a
timer, at an event. All events and what follows them are declared in systems/__init__.py. What a policy decides is asked by hooks
(`systems.policy`), which call back into placement, run_lists and reserves: read policies/classic.py first. Everything else that is called
stands in the rooms below: guest, io, tiers, interrupts, intercepts, hypercalls, state.

 1. wake_ups      A thread's sleep ends (wake_up_event), or a request arrives (arrival_event). Its task joins the ready tasks of the guest. -> 2
                  From a network it first goes through the root (deferred.come_from_network), and then from reach_guest there -> 2
 2. outranking    call_guest raises an interrupt for the guest. An idle VP, which the guest's operating system chooses, is kicked -> 3. Without
                  one a busy VP looks whether the task stands above its own (look_up): the task waits, and the way ends here.
                  (change_task and end_quantum, for step 7, are here as well.)
 3. handover      make_ready. A root VP claims its own LP (claim_own_lp): that is idle -> 5; a guest VP leaves it (8) -> 6; or it is in the
                  middle of a cost, and turns to the root when that is paid. A guest VP resumes (Policy.resume), and find_lp finds it an LP:
                  held back, until its cap is renewed or its group has a place (ready.hold_back, ~> periods, -> find_lp);
                  else it is ready (ready.become_ready), and gets a busy LP, whose VP is preempted (Policy.taken_from): that leaves (8) -> 6;
                  or an idle one (Policy.idle_lp) -> 5; or none -> 4, as does one that waits for its last LP (_waits_for_last).
                  (next_vp, by which an LP that is free turns to the next VP, is here as well.)
 4. line          stand_in_line: it joins the run queue (Policy.enqueue), and LPs that doze end their slices again (dozing.rouse). It leaves the
                  queue (leave_line) when an LP that is free turns to it (handover.next_vp, Policy.first_in_line) -> 6, or 5 if that is idle,
                  or when a slice ends and it is the successor (7) -> 6. Less often: a spinner yields to it (long_spin), its group
                  loses its place (mates), caps are renewed (periods), its LP is kept from guests (interrupted), its guest stops (ending).
 5. waking        wake_lp: the idle LP takes its time to wake ~> processor_event of step 7, whose first case (_awake) leads to 6, unless the
                  root claims the LP or a cap holds the VP back meanwhile. Where waking takes no time -> 6
 6. dispatch      step_on: the VP is dispatched. Its wait is counted, costs are owed, and its slice begins (Policy.begin_slice), or goes on
                  where it was preempted; a root VP has none. ~> 7, when what it owes is paid; at once where that is nothing.
 7. running       processor_event: it pays (paying), takes its interrupts and runs its task; each time something may end that, this event comes
                  again (lp_timer). burst_event: its task's burst is done. At the end of a quantum it changes its task and stays.
                  It leaves the LP (8), for a reason of components.trace: the root claims the LP; a cap is used up (_leave_if_due); its slice
                  is over and there is a successor (_end_slice); it has nothing to run (paying.halt, and once that is paid go_idle);
                  it yields (long_spin); it waits for its parent (parent), moves to another LP (rebalance), or is paused or stopped (pausing, ending).
 8. leaving       step_off: what its code has trapped is settled, and record_dispatch writes the row, if dispatches are traced; rows of
                  those that still run when the run ends are written by systems/loop.py. Its new state is the caller's: it goes idle, is held
                  back, or looks for an LP again (handover.find_other_lp: as find_lp, but it takes none from others). The LP turns to
                  the next: handover.next_vp.

Other ways to 3: ticks of idle VPs (handover.tick_event), interrupts that want an answer (calls), the parent's answer (parent), boots (boot), the
end of a pause (pausing), work that moves inside a guest (rebalance). Dispatches are counted in step 6, reasons in step 8.

Words:
ready          wants an LP; one that is waking may be its own already.
run queue      the guest VPs that wait for an LP, in the policy's order; to stand in line is to be in it. It is made of *run lists*, one a home
               LP and affinity set, and of a heap of VPs that are *entitled*: below their reserve.
home           the LP in whose run list a VP waits; *ideal LP*: the one that it ran on last; *tied LP*: that of a root VP.
virtual time   LP time by weight; a VP that sleeps earns no *credit*. A waiting VP is *overdue* where another LP has come further than it by
               more than its *slack*; that LP may take it (run_lists).
aside          just woken, and not in its place until those that it found in its run list have had their turn; *ripe* from then on.
successor      the VP whose turn it is where a slice is over.
slice          what a VP may run until another has its turn; *quantum*: what a task may run on a VP until another of the guest has.
dispatch       a VP's beginning on an LP; as a row of the trace, its stay there until it leaves.
preempted      off its LP with part of its slice left, for another VP; it goes on with that part.
displaced      the VP that has lost its LP to another.
held back      by its cap, or by that of its CPU group, which has only so many *places* (CAPPED). *Mates*: VPs of one group.
kicked         woken for a task of its guest.
companion      of an LP: the other LP of its core, where the policy lets only VPs of one virtual core share a core; *fellow* of a VP: the other
               thread of its virtual core.
dozes          an LP whose slices end without an event, for nobody waits who could follow; *roused* when somebody does.
kept off       an LP that takes so many interrupts that guests may not use it for now.
"""
