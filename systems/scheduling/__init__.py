"""Scheduling, the mechanism: virtual processors (VPs) on logical processors (LPs). Who is next, where and for how long, a policy decides.

The way of a dispatch, from wake-up to record. Each step calls the next; of other rooms it only calls those below (guest, interrupts, intercepts,
hypercalls, state).

 1. wake_ups.wake_up_event     a thread's sleep ends, or a request arrives: its task joins the guest's queue (guest.tasks.enqueue), an
    wake_ups.arrival_event     interrupt is raised for a VP of the guest (interrupts.delivery).
 2. handover.kick              The idle VP that the guest's system chooses (state.idle_vps) comes for the task.
 3. handover.make_ready        A root VP claims its own LP (claim_own_lp); a guest VP resumes as the policy says (Policy.resume).
 4. handover.find_lp           Held back by a cap, it waits for the next period; else it becomes ready (dispatch.become_ready), and the
                               policy may give it a busy LP (Policy.taken_from) or an idle one (Policy.idle_lp).
 5. line.stand_in_line         Without an LP it joins the run queue (Policy.enqueue), until an LP turns to it: handover.next_vp when one is
                               free, running.processor_event when a slice ends there (Policy.successor).
 6. dispatch.wake_lp           An idle LP takes its time to wake; then running.processor_event goes on.
 7. dispatch.step_on           The VP is dispatched: its wait is counted, the costs of the dispatch are owed, its slice begins
                               (Policy.begin_slice).
 8. running.processor_event    It pays (paying), takes its interrupts and enters guest code, until the slice, the guest's quantum, a cap or
                               the root ends that; running.burst_event when the task's burst is done.
 9. paying.halt                With nothing left to run it pays for its transition to idle, and goes.
10. dispatch.step_off          It leaves the LP: its traps are settled (intercepts.settlement), and
11. dispatch.record_dispatch   the dispatch is written to the trace.

Words: a VP is *ready* when it wants an LP and has none; the *run queue* (or line) holds the ready VPs in the policy's order; the
*successor* is the VP whose turn it is where a slice is over; the *companion* of an LP is the other LP of its core, where the policy lets only
VPs of one partition share a core; the *fellow* of a VP is the other thread of its virtual core; *held back* is a VP whose cap, or whose
group's, is used up (CAPPED). A VP is *kicked* when it is woken for a task of its guest.
"""
