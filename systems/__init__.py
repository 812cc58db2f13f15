"""The verbs of the model: the one list of what runs. What one reads here is what runs, on every path.

The systems stand in the order in which a step calls them. The events that happen inside a step stand in an order of their own: at one
instant they happen in this order, and each belongs to a system. All of them happen at the turn of the last system that owns any,
Scheduling, in the event loop (`systems.loop`), which belongs to none.
"""

from components import task
from systems.administration.changes import change_event
from systems.administration.system import Administration
from systems.cluster.balancing import balancing_event
from systems.cluster.copying import migration_event
from systems.cluster.failover import failover_event
from systems.cluster.system import Migrations
from systems.cluster.work import end_chunk, lose_chunk
from systems.counters.counters import Counters
from systems.counters.traces import Traces
from systems.declarations import Account, Event, FollowUp, TaskKind
from systems.guest.closed_workload import CLOSED_WORKLOAD
from systems.guest.demand import Demand
from systems.guest.open_workload import OPEN_WORKLOAD
from systems.guest.requests import end_step, lose_request
from systems.guest.system import Guests
from systems.guest.threads import end_burst, lose_thread
from systems.hypercalls.continuations import go_on_calling
from systems.intercepts.first_touches import touch_pages
from systems.intercepts.settlement import settle_traps
from systems.intercepts.system import Intercepts
from systems.interrupts.system import Interrupts
from systems.io.devices import device_event
from systems.io.network import link_event
from systems.io.page_path import lose_page, page_in_event, pass_page_on
from systems.io.storage import place_event, quota_event
from systems.io.system import Io
from systems.loop import run_events
from systems.memory.admission import Admission
from systems.memory.balancing import Balancing
from systems.memory.demand import MemoryDemand
from systems.memory.paging import Paging
from systems.schedule import Schedule
from systems.scheduling.boot import boot_event
from systems.scheduling.deferred import end_answer, give_page, reach_guest, reach_root
from systems.scheduling.idle_timers import tick_event
from systems.scheduling.interrupted import interrupt_window_event
from systems.scheduling.lifetime import lifetime_event, restart_event
from systems.scheduling.memory_calls import Hypercalls
from systems.scheduling.parent import end_message, lose_message, reach_parent, resume_vp
from systems.scheduling.periods import cap_event, group_event, reserve_event
from systems.scheduling.rebalance import guest_rebalance_event, rebalance_event
from systems.scheduling.running import burst_event, processor_event
from systems.scheduling.system import Scheduling
from systems.scheduling.tier_requests import leave_network, reach_member
from systems.scheduling.wake_ups import arrival_event, wake_up_event
from systems.system import Every, System
from systems.tiers.arrivals import tier_arrival_event
from systems.tiers.calls import go_on
from systems.tiers.scaling import scaling_event
from systems.tiers.system import Tiers
from systems.tiers.tries import timeout_event, try_again

SYSTEMS: tuple[type[System], ...] = (
    Demand,  # what arrives within the step must be known before anyone is scheduled
    Admission,  # a guest that gets no memory does not start within the step
    Administration,  # settings of memory that change within the step; all else in events
    Interrupts,  # in events
    Intercepts,  # in events
    Hypercalls,  # the root calls for what balancing moved, before anything else happens; otherwise in events
    Guests,  # in events
    Io,  # in events
    Tiers,  # in events
    Migrations,  # guests of a failed host that are restarted within the step; otherwise in events
    Scheduling,  # everything that happens inside the step happens here
    MemoryDemand,  # what guests commit at the end of the step, if the run has not ended before
    Paging,  # guests notice what the last balancing gave or took
    Balancing,  # moves memory by what guests report at the end of the step
    Counters,  # after everything that counts
    Traces,  # keeps the sample that the counters have just taken
)

EVENTS = (
    Event("change", "change", change_event, Administration),
    Event("failover", "host", failover_event, Migrations),
    Event("balancing", "simulation", balancing_event, Migrations),
    Event("lifetime", "partition", lifetime_event, Scheduling),
    Event("restart", "partition", restart_event, Scheduling),
    Event("boot", "partition", boot_event, Guests),
    Event("cap_period", "simulation", cap_event, Scheduling),
    Event("reserve", "host", reserve_event, Scheduling),
    Event("cpu_group", "CPU group", group_event, Scheduling),
    Event("burst_end", "code clock", burst_event, Guests),
    Event("processor", "logical processor", processor_event, Scheduling),
    Event("wake_up", "guest thread", wake_up_event, Guests),
    Event("arrival", "open guest", arrival_event, Demand),
    Event("tier_scaling", "tier", scaling_event, Tiers),
    Event("tier_timeout", "tier", timeout_event, Tiers),
    Event("tier_arrival", "tier", tier_arrival_event, Tiers),
    Event("page_in", "partition", page_in_event, Io),
    Event("tick", "virtual processor", tick_event, Interrupts),
    Event("device", "device server", device_event, Io),
    Event("storage_place", "storage place", place_event, Io),
    Event("quota", "virtual disk", quota_event, Io),
    Event("link", "network link", link_event, Io),
    Event("migration", "moving guest", migration_event, Migrations),
    Event("rebalance", "host", rebalance_event, Scheduling),
    Event("interrupt_window", "logical processor", interrupt_window_event, Scheduling),
    Event("guest_rebalance", "partition", guest_rebalance_event, Guests),
)
"""What happens inside a step; events of one instant in this order."""

FOLLOW_UPS = (
    FollowUp(task.ARRIVED, reach_guest, Io),
    FollowUp(task.BACK, reach_guest, Io),
    FollowUp(task.PAGE_BACK, give_page, Io),
    FollowUp(task.ANSWERED, end_answer, Io),
    FollowUp(task.POSTED, reach_parent, Intercepts),
    FollowUp(task.RESUMED, resume_vp, Intercepts),
    FollowUp(task.SENT, reach_member, Tiers),
    FollowUp(task.SERVED, go_on, Tiers),
    FollowUp(task.LOST, try_again, Tiers),
    FollowUp(task.DROPPED, leave_network, Tiers),
    *(
        FollowUp(stage, reach_root, Io)
        for stage in (
            task.ARRIVING,
            task.SUBMITTING,
            task.COMPLETING,
            task.PAGE_ASKED,
            task.PAGE_READ,
            task.ANSWERING,
        )
    ),
)
"""What a deferred task does when the event that deferred it is over, by its stage; tasks in the order in which they were deferred."""

TASKS = (
    TaskKind(task.THREAD, end_burst, lose_thread, Guests),  # a burst of a thread, of a guest or of the root
    TaskKind(task.REQUEST, end_step, lose_request, Guests),  # in its guest; in the root a step of its path
    TaskKind(task.PAGE, pass_page_on, lose_page, Io),  # a step of a page's way from the disk
    TaskKind(task.MESSAGE, end_message, lose_message, Intercepts),  # what the root does for an intercept
    TaskKind(task.CHUNK, end_chunk, lose_chunk, Migrations),  # what it does for a chunk of migrating memory
)
"""What is done when a VP has done the present work of a task, or its machine is turned off, by its kind."""

WORKLOADS = (CLOSED_WORKLOAD, OPEN_WORKLOAD)
"""The kinds of workloads of guests, each in a file of its own."""

ACCOUNTS = (
    Account(settle_traps, Intercepts),  # what the guest code has trapped since it was last settled
    Account(go_on_calling, Hypercalls),  # the next entry of a long hypercall
    Account(touch_pages, Intercepts),  # some of the pages that the guest has touched for the first time
)
"""What a VP that stops running guest code passes through, before it pays for all of it."""

SCHEDULE = Schedule(SYSTEMS, EVENTS, FOLLOW_UPS, TASKS, WORKLOADS, ACCOUNTS, run_events)
"""What runs. `hvecs show systems` prints it."""

__all__ = ["ACCOUNTS", "EVENTS", "FOLLOW_UPS", "SCHEDULE", "SYSTEMS", "TASKS", "WORKLOADS", "Every", "System"]
