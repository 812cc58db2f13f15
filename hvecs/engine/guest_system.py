"""What a guest's operating system does, as its plan has it."""

from components import NEVER
from hvecs.engine.traps import TrapPlan
from hvecs.spec.partition import Partition
from hvecs.spec.profiles import PROFILES
from hvecs.spec.scenario import Guest


def protection_of(block: Partition) -> int:
    """Return how long (ns) a task of the guest runs before one of a higher priority takes its VP."""
    return block.guest.quantum if PROFILES[block.guest.profile].protects else 0


def traps_of(block: Partition) -> TrapPlan:
    """Return what the guests of a block trap by."""
    system = block.guest
    return TrapPlan(
        block.intercepts,
        block.enlightenments,
        tick_ns=system.tick,
        idle_ticks=system.idle_ticks and system.tick > 0,
        one_shot_ticks=system.one_shot_ticks,
        timer_writes=system.timer_writes,
        idle_wakes=system.idle_wakes,
        wake_accesses=system.wake_accesses,
        tick_backlog=system.tick_backlog,
        timer_accesses=system.timer_accesses,
    )


def spin_retry_of(guest: Guest) -> int:
    """Return the spinning (ns) after which the guest notifies the hypervisor, or halts; NEVER if it does neither."""
    return guest.block.guest.spin_retry_time if guest.block.spins_long else NEVER
