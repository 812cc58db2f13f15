"""Scheduling, the mechanism: virtual processors (VPs) on logical processors (LPs). Who is next, where and for how long, a policy decides.

Words:
ready          wants an LP; one that is waking may be its own already. A VP is *idle* if its guest has nothing for it, or has halted it at a lock.
idle           an LP that sleeps, and takes its time to wake; *free*: one that a VP has just left. Any other is busy.
cost           time of a VP in the hypervisor. It is *owed* until it is paid. One that is being paid is cut only where its VP is paused or
               stopped; the rest stays owed.
task           what a VP of a guest, or of the root, works on: a burst of a thread, a request ... *Burst*: the work up to its next sleep or end.
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
kicked         woken for a task of its guest, if it was idle for want of one.
companion      of an LP: the other LP of its core, where the policy lets only VPs of one virtual core share a core; *fellow* of a VP: the other
               thread of its virtual core.
dozes          an LP whose slices end without an event, for nobody waits who could follow; *roused* when somebody does.
kept off       an LP that takes so many interrupts that guests may not use it for now.

The way of a dispatch, from wake-up to its row in the trace, file by file in the order of time. "-> 4" goes on there at once, "~> 8" by a
timer, at an event. All events, what follows them, and what is done at the end of a task (`w.schedule`) are declared in systems/__init__.py. What
a policy decides is asked by hooks (systems/policy.py): read systems/policies/classic.py first; a busy LP is found for a guest VP (Policy.taken_from)
in systems/policies/root.py alone. One hook stands behind every charge of time to a VP that runs (state.accounting.charge_lp): Policy.charge moves
virtual time, and may end a slice. All else that is called stands in the rooms below: guest, io, tiers, interrupts, intercepts, hypercalls, state,
kernels; or here, in files that call none of these steps: rebalance_timers, placement, reserves and run_lists (with aside, heap_of_list, list_trees),
of which the policies make their hooks.

 1. wake_ups      A thread's sleep ends (wake_up_event), or a request arrives (arrival_event). Its task joins the ready tasks of the guest. -> 2
                  The way ends where there is no work for the thread, or no room for the request. A request that comes by a network goes through the
                  root first, and those of tiers through their calls (deferred, tier_requests): a task of the root's, and at last -> 2 here.
 2. outranking    call_guest raises an interrupt for the guest. If any of its VPs is idle for want of a task, the one that the guest's operating
                  system chooses is kicked -> 3. If none is, the VP that had the task last, or that the request names, is interrupted: if it
                  has halted at a lock -> 3; if it runs guest code under a lower task, it looks for a higher (look_up) ~> 8, which then
                  changes it (is_to_change, change_task: here, as well as end_quantum). Else the task waits for a VP (8), and the way ends here.
 3. handover      make_ready. A root VP claims its own LP (claim_own_lp): that is idle -> 5; a guest VP leaves it (9) -> 7; or it wakes, or pays
                  a cost, and turns to the root then (6, 8). A guest VP resumes (Policy.resume), and find_lp finds it an LP:
                  held back (ready.hold_back), until its cap is renewed or its group has a place: periods and mates then put it in line -> 4;
                  else it is ready (ready.become_ready), and gets a busy LP, whose VP is preempted (Policy.taken_from): that leaves (9) -> 7;
                  or it waits for its last LP, though another may be idle (_waits_for_last) -> 4; else place finds it an idle one
                  (Policy.idle_lp, placement) -> 5, or none -> 4.
                  Here as well, for steps 6, 8 and 9: next_vp, by which an LP that is free turns to the next VP, or goes idle; find_other_lp;
                  root_that_wants; clear_companion and turn_companion.
 4. line          stand_in_line: it joins the run queue (Policy.enqueue), and LPs that doze end their slices again (dozing.rouse). It leaves the
                  queue (leave_line) when an LP that is free turns to it (handover.next_vp, Policy.first_in_line) -> 7, or an idle one that may
                  take it by now (handover.turn_idle_lp; where a cap is renewed, or a group has got places, periods.find_lps) -> 5, or when a
                  slice ends and it is the successor (8) -> 7. Less often: a spinner
                  yields to it (long_spin), its mate's turn is over (mates.send_back), its group loses its place (periods), its LP is kept from
                  guests (interrupted), its reserve is granted anew (periods), settings change (administration), or it is paused or stopped
                  (pausing, ending).
                  Here as well, for steps 3, 7, 8 and 9: dozing, by which lp_timer lets an LP doze, and the slices that end meanwhile are counted
                  before a cost and at other events (count_slices); mates, which puts one in line for the end of another's slice
                  (call_mate), in the place of one that has left (admit_mate), or of one in line where its fellow runs (call_fellow).
 5. waking        wake_lp: the idle LP takes its time to wake ~> 6. Where that takes no time -> 7
 6. woken         awake, to which processor_event of step 8 leads for an LP that wakes. It runs the VP -> 7, unless meanwhile its root has become
                  ready: that comes first -> 7, and the VP looks for another LP (handover.place); or the VP is held back, or has been taken
                  from it (paused, stopped, by a companion): the LP turns to the next.
 7. dispatch      step_on: the VP is dispatched. Its wait is counted, costs are owed, and its slice begins (Policy.begin_slice), cut to what was
                  left of it where it was preempted; a root VP has none. ~> 8 when the costs are paid, at this instant if there are none; but a
                  VP that owes nothing, and goes on with a task that nothing comes before, does so here (_start_guest).
                  Here as well, for step 8: go_on, with its caches to refill before its task; stay_in_hypervisor, in which it pays; refill_left.
 8. running       processor_event comes when a cost is paid, and in guest code whenever something may end what the VP does (lp_timer says when).
                  In order: a VP that was to go idle does (paying.end_halt), if there is still no task for it; it leaves the LP, if due; it pays
                  (paying.pay) what its guest code has caused; a spinner whose call is paid yields or halts (long_spin.give_way). Then it
                  enters guest code (_enter_guest): interrupts are delivered; a burst that was done before it paid ends; or it takes the first
                  of the guest's ready tasks if it has none (guest.tasks.take_task). Once its caches are refilled its burst goes on; it calls
                  other VPs, or waits for their answers (calls); its quantum is over, or a task stands above its own (2); it has spun for
                  long, and says so (long_spin.notify).
                  In between the burst of its task makes progress (guest.bursts), on a clock that LPs with the same caches share for such code
                  (guest.cache_domain) ~> burst_event: the burst is done, or so much of it as comes before a lock or the read of a page. A
                  task that needs a page leaves the VP at once (_page_in, io.page_path), until deferred brings it back -> 2. Else what it has
                  caused is paid, if anything ~> processor_event, and then (_end_burst) a task that has come to its lock goes in, spins or parks
                  (guest.sections), and any other ends (guest.tasks.complete_task, by its kind): a thread sleeps ~> 1, joins the ready
                  tasks with its next burst, waits at a barrier, or is finished. The VP goes on with the next task, or halts (paying.halt): when
                  that is paid it goes idle. Last, other VPs are kicked for the threads that this has released, from a barrier or the lock -> 3.
                  The VP leaves its LP (9)
                      when the root claims the LP, or a VP that has become ready takes it (at once: 3); when a cap or its group's place is used
                      up (_leave_if_due); when its slice, which a lock may have extended (lock_extension), is over, and there is a successor, its
                      credit cut to what it may keep (catching_up), or guests are kept off the LP (_end_slice); when it has nothing to run (paying.go_idle), halts at a lock (halting), or
                      yields (long_spin); when it waits for its parent (parent), moves to another LP (rebalance), or another's companion must
                      be free (handover.clear_companion); when its group has places for fewer (periods); when it is paused or stopped
                      (pausing, ending).
 9. leaving       step_off: what its code has trapped is settled, and record_dispatch writes the row, if dispatches are traced; rows of those
                  that still run when the run ends are written by systems/loop.py. Its new state is the caller's: idle, held back, suspended,
                  on the LP that it has moved to, or looking for one (handover.find_other_lp: an idle one -> 5, else -> 4). The LP goes to the
                  VP for which the caller has freed it -> 7, or, if there is none, to the next in line -> 7; else it goes idle.

Other ways to 2, or straight to 3: what the root does for others (deferred, systems/cluster), a message that reaches it (parent). To 3 alone: ticks
of idle VPs (idle_timers), interrupts that want an answer (calls), a lock that is let go (halting), the parent's answer (parent), boots
(boot), the end of a pause (pausing), work that moves inside a guest (rebalance), memory that is taken or given (memory_calls). Step 7 counts
dispatches, and step 9 writes why they ended; what an idle root does by itself is counted in bulk (state.root_activity). Where counters are declared
and shown: CONTRIBUTING, Adding a counter.
"""
