"""Health: a guest takes requests of its tiers while it runs, is up, not paused and not about to be stopped. What it had when it was turned off or restarted is lost."""

from components.declare import NOBODY
from components.task import LOST
from systems.guest.boot import is_booting
from systems.kernels.jit import part
from systems.state.deferred import defer
from systems.state.lives import free_task
from systems.state.tables import Tables
from systems.tiers.balancing import first_attempt, give_up_attempt, leave_member, serve_queue
from systems.tiers.members import come_up, go_down


@part
def note_health(w: Tables, guest: int, now: int) -> None:
    """Tell the balancers of its tiers whether `guest` takes requests now."""
    member = w.layouts[guest].first_member
    if member < 0:
        return
    lifetime = w.lifetimes[guest]
    healthy = lifetime.running and not lifetime.paused and not is_booting(w, guest)
    while member >= 0:
        m = w.members[member]
        takes = healthy and not m.draining
        if takes and not m.up:
            come_up(w, member, now)
            serve_queue(w, m.tier, now)
        elif m.up and not takes:
            go_down(w, member, now)
        member = m.next_of_guest


@part
def lose_attempts(w: Tables, guest: int, now: int) -> None:
    """Take all attempts from `guest`, whose life ends; their requests try again after this event, or fail.

    Those that are in the guest, or on their way, return to the pool as its other requests do; here those that wait for a thread do. Those that
    wait for answers of other tiers do when they have them.
    """
    member = w.layouts[guest].first_member
    while member >= 0:
        m = w.members[member]
        if m.up:
            go_down(w, member, now)
        attempt = first_attempt(w, member)
        while attempt >= 0:
            a = w.attempts[attempt]
            a.gone = 1
            visit = a.visit
            leave_member(w, attempt)
            if visit >= 0:
                give_up_attempt(w, visit, now)
                defer(w, visit, LOST)
            attempt = first_attempt(w, member)
        waiting = m.first_waiting
        while waiting >= 0:
            following = w.tasks[waiting].next_task
            free_task(w, waiting)
            waiting = following
        m.first_waiting = NOBODY
        m.last_waiting = NOBODY
        m.busy = 0
        member = m.next_of_guest
