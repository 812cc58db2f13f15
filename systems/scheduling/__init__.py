"""Scheduling, the mechanism: virtual processors (VPs) on logical processors (LPs). Who is next, where and for how long, a policy decides.

The way of a dispatch, from wake-up to its row in the trace, file by file in the order of time. "-> 4" goes on there at once, "~> 7" by a
timer, at an event. All events and what follows them are declared in systems/__init__.py. What a policy decides is asked by hooks
(`systems.policy`): read policies/classic.py first; policies/root.py alone takes busy LPs. One hook stands behind every charge of time:
Policy.charge moves virtual time, and may end a slice. All else that is called stands in the rooms below: guest, io, tiers, interrupts, intercepts,
hypercalls, state, kernels.

 1. wake_ups      A thread's sleep ends (wake_up_event), or a request arrives (arrival_event). Its task joins the ready tasks of the guest. -> 2
                  From a network it first goes through the root (deferred.come_from_network), then from reach_guest there -> 2, or by message -> 3
 2. outranking    call_guest raises an interrupt for the guest. An idle VP, which the guest's operating system chooses, is kicked -> 3; so is one
                  that has halted at a lock. Without one a busy VP looks whether the task stands above its own (look_up), which it then
                  changes for it ~> 7 (change_task, here as well as end_quantum); else the task waits, and the way ends here.
 3. handover      make_ready. A root VP claims its own LP (claim_own_lp): that is idle -> 5; a guest VP leaves it (8) -> 6; or it is in the
                  middle of a cost, and turns to the root when that is paid. A guest VP resumes (Policy.resume), and find_lp finds it an LP:
                  held back (ready.hold_back), until its cap is renewed or its group has a place: periods and mates then put it in line -> 4;
                  else it is ready (ready.become_ready), and gets a busy LP, whose VP is preempted (Policy.taken_from): that leaves (8) -> 6;
                  or an idle one (Policy.idle_lp) -> 5; or none -> 4, as does one that waits for its last LP (_waits_for_last).
                  (Here as well: next_vp, by which an LP that is free turns to the next VP, and find_other_lp, for steps 4 and 8.)
 4. line          stand_in_line: it joins the run queue (Policy.enqueue), and LPs that doze end their slices again (dozing.rouse). It leaves the
                  queue (leave_line) when an LP that is free turns to it (handover.next_vp, Policy.first_in_line) -> 6, or 5 if that is idle,
                  or when a slice ends and it is the successor (7) -> 6. Less often: a spinner yields to it (long_spin), its group loses its
                  place (periods), its LP is kept from guests (interrupted), its reserve is granted anew (periods), settings change
                  (administration), or it is paused or stopped (pausing, ending).
 5. waking        wake_lp: the idle LP takes its time to wake ~> processor_event of step 7, whose first case (_awake) leads to 6, unless
                  meanwhile the root claims the LP, a cap holds the VP back, or it is withdrawn. Where waking takes no time -> 6
 6. dispatch      step_on: the VP is dispatched. Its wait is counted, costs are owed, and its slice begins (Policy.begin_slice), cut to what was
                  left of it where it was preempted; a root VP has none. ~> 7 when the costs are paid; without any its task begins here.
                  (Here as well: go_on, with its caches to refill before its task, and stay_in_hypervisor, in which it pays, for step 7.)
 7. running       processor_event comes each time something may end what the VP does (lp_timer says when): a cost is paid (paying.pay), caches are
                  refilled, the guest's quantum is over, a task stands above its own, its slice is over, a cap is used up. In between
                  the burst of its task makes progress (guest.bursts) on a clock that LPs with the same caches share
                  (guest.cache_domain.schedule_burst_end) ~> burst_event: the burst is done, other VPs may be kicked for it (-> 3), and the
                  VP goes on with the next task, or halts (paying.halt): when that is paid, end_halt, first of all in processor_event,
                  finds a task that has come meanwhile, or goes idle. It leaves the LP (8):
                      the root claims the LP, a cap or its group's place is used up (_leave_if_due); its slice, which a lock may have
                      extended (lock_extension), is over, and there is a successor, or guests are kept off the LP (_end_slice); it has
                      nothing to run (paying.go_idle); it yields (long_spin); it waits for its parent (parent); it moves to another LP
                      (rebalance); another's companion must be free (handover.clear_companion); it is paused or stopped (pausing, ending).
 8. leaving       step_off: what its code has trapped is settled, and record_dispatch writes the row, if dispatches are traced; rows of those
                  that still run when the run ends are written by systems/loop.py. Its new state is the caller's: idle, held back, suspended,
                  on the LP that it has moved to, or looking for one (handover.find_other_lp: an idle one, else -> 4). The LP turns to the
                  next (handover.next_vp), unless the caller has its successor -> 6.

Other ways to 3: ticks of idle VPs (handover.tick_event), interrupts that want an answer (calls), the parent's answer (parent), boots (boot), the
end of a pause (pausing), work that moves inside a guest (rebalance), what the root does for others (deferred, memory_calls, and migrations in
systems/cluster). Step 6 counts dispatches, and step 8 writes why they ended; what an idle root does by itself is counted in bulk
(state.root_activity). Where counters are declared and shown: CONTRIBUTING, Adding a counter.

Words:
ready          wants an LP; one that is waking may be its own already.
run queue      the guest VPs that wait for an LP, in the policy's order; to stand in line is to be in it. It is made of *run lists*, one a home
               LP and affinity set, and of a heap, one an affinity set, of VPs that are *entitled*: below their reserve.
home           the LP in whose run list a VP waits; *ideal LP*: the one that it ran on last; *tied LP*: that of a root VP.
virtual time   LP time by weight; a VP that sleeps earns no *credit*. A waiting VP is *overdue* where another LP has come further than it by
               more than its *slack*; that LP may take it (run_lists).
aside          just woken, and not in its place until those that it found in its run list have had their turn; *ripe* from then on.
successor      the VP whose turn it is where a slice is over.
slice          what a VP may run until another has its turn; *quantum*: what a task may run on a VP until another of the guest has.
dispatch       a VP's beginning on an LP; as a row of the trace, its stay there until it leaves.
preempted      off its LP with part of its slice left, with which it goes on (VpState.slice_left_ns): for another VP, or moved in mid-slice.
displaced      the VP that has lost its LP to another.
held back      by its cap, or by that of its CPU group, which has only so many *places* (CAPPED). *Mates*: VPs of one group.
kicked         woken for a task of its guest.
companion      of an LP: the other LP of its core, where the policy lets only VPs of one virtual core share a core; *fellow* of a VP: the other
               thread of its virtual core.
dozes          an LP whose slices end without an event, for nobody waits who could follow; *roused* when somebody does.
kept off       an LP that takes so many interrupts that guests may not use it for now.
"""
