"""Components of traps: what guests make the hypervisor do, how often, and what is still to be paid for.

A charge (`components.charges`) is counted on its VP and costs count x cost. The charges are the first columns of VpTraps, by
their numbers; the other columns are only counted.
"""

from components.charges import *  # noqa: F403  # kernels find the numbers of the charges here, beside what holds their counts
from components.charges import EVERY_CHARGE
from components.declare import Component, flag, int64, key64, row_of

TIMER = 1
DEVICE = 2
IPI = 4
SIGNAL = 8

PLAIN, SENDS, RECEIVES, TO_PARENT, FLUSHES, FLUSHED = range(6)

TIME, CODE, RUNNING_OTHERS, BUSY_OTHERS = range(4)
"""What a rate is counted by: guest time; the part of it that is no spinning; and that times other VPs of the guest that run, or are busy."""


class VpTraps(Component, first={charge.column: int64(charge.doc, "count") for charge in EVERY_CHARGE}):
    """What a VP has made the hypervisor do since the start of the run."""

    interrupts_raised = int64("interrupts raised for the VP", "count")
    interrupts_coalesced = int64("interrupts that met one of their kind still pending", "count")
    interrupts_lost = int64("interrupts pending when the machine was turned off or restarted", "count")
    virtual_interrupts = int64("interrupts delivered, synthetic ones included", "count")
    synthetic_interrupts = int64("interrupts delivered through the SynIC", "count")
    hardware_interrupts = int64("interrupts of devices delivered to a root VP", "count")
    eoi_accesses = int64("ends of interrupt that exited", "count")
    ipis_sent = int64("inter-processor interrupts sent to other VPs", "count")
    message_errors = int64("messages that found no buffer free (INSUFFICIENT_BUFFERS)", "count")
    io_messages = int64("messages to the parent about accesses to I/O ports", "count")
    ticks_due = int64("ticks of the guest's periodic timer that fell due", "count")
    ticks_delivered = int64("ticks delivered", "count")
    ticks_skipped = int64("ticks skipped", "count")
    wakes_skipped = int64(
        "wake-ups of an idle root VP that did not take place, as those before took too long", "count"
    )


class TrapState(
    Component,
    hot="unpaid_ns settled_ns at_end halting pending messages put_off_ns cost_row code_ns beside_running_ns "
    "beside_busy_ns seen_running_ns seen_busy_ns call_left_ns next_tick_ns tick_backlog",
):
    """What a VP owes the hypervisor, and what waits to be delivered to it."""

    cost_row = int64("which costs hold: 0 those of guests, 1 those of the root", "")
    unpaid_ns = int64("hypervisor time counted and not yet run", "ns")
    put_off_ns = int64(
        "further such time, of long hypercalls, to be run between stretches of guest code", "ns"
    )
    settled_ns = int64("guest time up to which its intercepts are counted", "ns")
    at_end = int64("1 while its task's burst is done, but not yet what it owes", "")
    halting = int64("1 while it pays for its transition to idle", "")
    pending = int64("kinds of interrupt that wait for it: TIMER, DEVICE, IPI, SIGNAL added up", "")
    messages = int64("intercepts that the parent must handle before the VP goes on", "count")
    intercepted = int64("1 while it is suspended for that", "")
    message = row_of("the task that is its message to the parent")
    message_under_way = flag("1 while that is on its way to the root, or with it")
    stable_id = key64("names the VP in the random streams")
    draws = int64("intercepts drawn so far", "count")
    code_ns = int64("guest time without spinning since its intercepts were last counted", "ns")
    beside_running_ns = int64("that time, times other VPs of the guest that had an LP", "ns")
    beside_busy_ns = int64("that time, times other VPs of the guest that were not idle", "ns")
    seen_running_ns = int64("Company.running_ns up to which it is charged", "ns")
    seen_busy_ns = int64("Company.busy_ns up to which it is charged", "ns")
    call_left_ns = int64("guest code left before it next calls all other VPs for an answer", "ns")
    call = int64("number of its last call among those of its guest", "count")
    answers = int64("answers to it that are missing", "count")
    answer_due_ns = int64("when VPs that ran at its call have answered", "ns")
    answered = int64("number of the last call of its guest that it has answered", "count")
    slot_used = int64(
        "1 while its slot holds a message: of an intercept (root VPs, SINT0), or over VMBus", ""
    )
    promised = row_of("message that takes the slot next, once the present event is over")
    first_message = row_of("first message that waits for the slot")
    last_message = row_of("last such message")
    wake_phase_ns = int64("when its system's own timers first wake it, if it is idle", "ns")
    next_tick_ns = int64("when the next tick is due", "ns")
    tick_backlog = int64("ticks that fell due while it waited, to be caught up", "count")


class GuestTraps(
    Component,
    hot="company call_every_ns tick_ns idle_ticks idle_wake_ns first_rate rates short_ns",
):
    """How the VPs of a partition trap: its mix of instructions, its timer, its enlightenments."""

    modelled = int64("0 on the bare machine, where nothing traps", "", default=1)
    first_rate = int64("first of its rows in the table of rates", "index")
    rates = int64("how many rows", "count")
    short_ns = int64("longest time of which all products with these rates are kept in 63 bits", "ns")
    tick_ns = int64("period of the guest's clock; 0 without one", "ns")
    idle_ticks = int64("1 if the clock ticks while a VP is idle", "")
    one_shot_ticks = int64("1 if it arms its clock anew at every tick", "")
    idle_wake_ns = int64(
        "time between the wake-ups of an idle VP by the system's own timers; 0 without", "ns"
    )
    wake_accesses = int64("accesses to MSRs at each of them", "count")
    timer_writes = int64("accesses to MSRs that arm a one-shot timer", "count")
    most_backlog = int64("ticks caught up at most; further ones are skipped", "count")
    synthetic_timers = int64("1 if it uses the hypervisor's timers", "", default=1)
    timer_accesses = int64("accesses to I/O ports for each interrupt of an emulated timer", "count")
    eoi_exits = int64("1 if every end of an interrupt exits (no APIC assist)", "")
    root_vp = row_of(
        "the root VP that handles what its first VP asks of the parent; the next one that of the next VP, and so on"
    )
    ipi_charge = flag("what an interrupt to one VP is sent by: CLUSTER_IPIS or MSR_ACCESSES")
    company = flag("1 if what it does depends on how many of its VPs run, or are busy")
    call_every_ns = int64(
        "guest code between two interrupts to all other VPs that want an answer; 0 without", "ns"
    )


class Company(Component):
    """How many VPs of a guest run and are busy, over time; and the calls that they make to each other."""

    running = int64("VPs that have an LP", "count")
    busy = int64("VPs that have one, or wait for one: in the eyes of the guest they run", "count")
    running_ns = int64("running, integrated over time, modulo 2^62", "ns")
    busy_ns = int64("busy, integrated over time, modulo 2^62", "ns")
    updated_ns = int64("time up to which they are integrated", "ns")
    calls = int64("interrupts to all other VPs that wanted an answer, so far", "count")


class InterceptRate(Component):
    """One thing that guest code does at a rate, in exact arithmetic: what it costs and what it counts."""

    charge = row_of("the charge: a column of VpTraps; none if it costs nothing")
    kind = flag(
        "PLAIN; SENDS: inter-processor interrupts; RECEIVES: such interrupts; TO_PARENT: the parent handles it; FLUSHES: interrupts of the "
        "hypervisor to VPs whose translations are flushed; FLUSHED: by such interrupts"
    )
    beside = flag("what the rate is counted by: TIME, CODE, RUNNING_OTHERS or BUSY_OTHERS")
    rate = int64("how often", "1 / (2^44 ns) of that")


class LpTraps(Component):
    """Interrupts of an LP since the start of the run."""

    hardware_interrupts = int64("interrupts of devices", "count")
    ipis = int64("inter-processor interrupts received on behalf of guests", "count")
    ipis_sent = int64("inter-processor interrupts sent on behalf of guests", "count")
    scheduler_interrupts = int64("interrupts that made the LP choose a VP anew", "count")
    timer_interrupts = int64("ends of slices, and timers of guests", "count")
    halts = int64("entries to idle", "count")


class InterceptRecord(Component):
    """One row of the intercept trace: how often a VP caused a charge since the charge was last settled."""

    time_ns = int64("when it was counted", "ns")
    vp = row_of("the VP")
    host = int64("the host that it was on", "index")
    charge = flag("the charge: a column of VpTraps")
    times = int64("how often", "count")
    cost_ns = int64("what that costs", "ns")
