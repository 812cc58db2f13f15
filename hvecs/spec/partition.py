from typing import Annotated, Any

from pydantic import model_validator

from hvecs.spec.code import with_code
from hvecs.spec.enlightenments import Enlightenments
from hvecs.spec.intercepts import Intercepts, with_preset
from hvecs.spec.io import Io
from hvecs.spec.kinds import Choice, Count, Either, Switch, Text
from hvecs.spec.memory import DynamicMemory, MemoryDemand
from hvecs.spec.names import HostName, PartitionName
from hvecs.spec.profiles import DEFAULT_PROFILE, PROFILES, with_profile
from hvecs.spec.table import Table, key
from hvecs.spec.units import HOUR, MIB, US, Duration, Percent, Rate, Size
from hvecs.spec.workload import Workload, has_spin_lock, is_ticket_lock

MOST_VPS = 262_144
PRIORITIES = ("high", "medium", "low", "none")
MOST_LPS = 16_384
DEFAULT_MEMORY = "1 GiB"


class Processor(Table):
    """The settings that Hyper-V Manager shows; each applies to every VP of the partition [PS Set-VMProcessor]."""

    reserve: Annotated[float, Percent()] = key("share of an LP that each VP is sure of", "0 %")
    cap: Annotated[float, Percent(above=True)] = key("share of an LP that each VP may not exceed", "100 %")
    weight: Annotated[int, Count(1, 10_000)] = key(
        "share of each VP when LPs are short, against others'", 100
    )
    affinity: tuple[Annotated[int, Count(0, MOST_LPS - 1)], ...] = key(
        "LP numbers that the VPs may run on; empty means any", ()
    )
    threads_per_core: Annotated[int, Count(0, 2)] = key(
        "virtual SMT (HwThreadCountPerCore): 0 as the host, 1 each VP takes a core under the core scheduler",
        0,
    )
    group: Annotated[str, Text()] = key("a CPU group declared in [[host.cpu_group]]", "")


class GuestSystem(Table):
    """The guest's own operating system; what its profile decides is filled in from there where not given."""

    profile: Annotated[str, Choice(tuple(PROFILES))] = key(
        "what the system is: its quantum, how it raises threads that return from I/O, its clock, what it does when idle, and what its "
        'balloon leaves it (Linux keeps some memory free [LNX-BAL]); "none" is never woken by itself and raises threads after I/O as Windows does',
        DEFAULT_PROFILE,
    )
    boot: Annotated[int | str, Either("auto", Duration())] = key(
        "how long the guest boots when it is started, or restarted, after the beginning of the run, before it does its work; auto is what the "
        "profile says (guide memory); not published, a parameter",
        "auto",
    )
    boot_cpu: Annotated[int | str, Either("auto", Duration())] = key(
        "CPU time of that, one VP at a time, the rest of it is waits for the disk; auto is the share that the profile says",
        "auto",
    )
    quantum: Annotated[int, Duration(low=US)] = key("time slice of the guest's scheduler")
    spin_retry_time: Annotated[int, Duration(low=US)] = key(
        "how long a VP spins on a lock before it tells the hypervisor, or halts, and again: the retry count of the enlightenment "
        "(0xfff to 0x1fff in use; 10 to 140 cycles each by processor) as a time",
        "50 us",
    )
    long_spin: Annotated[str, Choice(("notify", "halt"))] = key(
        "what a VP then does: notify, it tells the hypervisor; or halt, as Linux does: if the lock is a ticket lock it halts until whoever lets "
        "go of it wakes it by an interrupt [LNX-SPIN], and one that comes while the lock is free takes it [LNX-QSPIN]"
    )
    rebalance: Annotated[int, Duration(high=HOUR)] = key(
        "after what time at most an idle virtual core takes one of two threads that share another; not published, a parameter",
        "10 ms",
    )
    tick: Annotated[int, Duration()] = key(
        "period of the clock interrupt, which each VP takes while it is busy; 0 means none"
    )
    one_shot_ticks: Annotated[bool, Switch()] = key(
        "whether the clock is a one-shot timer, which the guest arms anew at every tick"
    )
    timer_writes: Annotated[int, Count(0, 1000)] = key(
        "accesses to MSRs that arm a one-shot timer (of a guest with synthetic timers)", 1
    )
    idle_wakes: Annotated[float, Rate(low=0)] = key(
        "how often a timer of the system wakes each idle VP; 0 means never"
    )
    wake_accesses: Annotated[int, Count(0, 100_000)] = key(
        "accesses to MSRs at each of these wake-ups, beside those that arm the next timer"
    )
    idle_ticks: Annotated[bool, Switch()] = key(
        "whether idle VPs take clock interrupts too, in place of idle_wakes", default=False
    )
    tick_backlog: Annotated[int, Count(0, 1_000_000)] = key(
        "clock interrupts that a VP, late for them, catches up at twice the pace; what is beyond that is skipped",
        8,
    )
    hot_add: Annotated[bool, Switch()] = key(
        "whether the guest can bring online memory that it is shown while it runs; an old Linux cannot",
        default=True,
    )
    page_file: Annotated[int | None, Size()] = key(
        "what the guest may commit beyond the memory that it holds, before allocations fail and work is lost; without it there is no bound",
        None,
    )
    timer_accesses: Annotated[int, Count(0, 1000)] = key(
        "accesses to I/O ports for each interrupt of an emulated timer (a guest without synthetic timers)", 3
    )

    @model_validator(mode="before")
    @classmethod
    def _fill_in(cls, given: Any) -> Any:
        return with_profile(given)

    @property
    def boot_ns(self) -> int:
        """How long a boot takes without contention."""
        return PROFILES[self.profile].boot_ns if isinstance(self.boot, str) else self.boot

    @property
    def boot_cpu_ns(self) -> int:
        """The CPU time of a boot."""
        if isinstance(self.boot_cpu, int):
            return self.boot_cpu
        return round(self.boot_ns * PROFILES[self.profile].boot_cpu_pct / 100)


class Partition(Table):
    """A [[partition]] block: one guest, or `count` guests alike."""

    name: Annotated[str, PartitionName()] = key(
        "name of the guest, which differs from those of others in more than upper and lower case; with count, of all its guests"
    )
    count: Annotated[int | None, Count(0, MOST_VPS)] = key(
        "number of guests, named with -0, -1 … added, 0 while another block has some; without it the name stands alone",
        None,
    )
    host: Annotated[str | None, HostName()] = key(
        "name of the host that the guest is on when it is started first; without it as scenario.placement says",
        None,
    )
    priority: Annotated[str, Choice(PRIORITIES)] = key(
        "in which order guests of a host that has failed are restarted on others, and guests of one that is drained leave it; none: not restarted",
        "medium",
    )
    start: Annotated[int, Duration()] = key("when the guest is started", "0 s")
    stop: Annotated[int | None, Duration()] = key("when the guest is stopped; without it never", None)
    restart: Annotated[int | None, Duration()] = key(
        "when the guest is restarted, if it runs then: the requests in it fail, it boots with its startup memory, and then goes on with its work",
        None,
    )
    virtual_processors: Annotated[int, Count(1, MOST_VPS)] = key("VPs of each guest", 1)
    memory: Annotated[int, Size(low=MIB)] = key(
        "static memory of each guest; of no account where dynamic_memory is given", DEFAULT_MEMORY
    )
    virtual_numa: Annotated[str, Choice(("auto", "on", "off"))] = key(
        "whether a guest larger than a NUMA node sees several of them; auto: unless it has Dynamic Memory, with which it cannot",
        "auto",
    )
    processor: Processor = key("processor settings", {})
    workload: Workload = key("what the guest does", {"kind": "idle"})
    guest: GuestSystem = key("the guest's operating system", {})
    dynamic_memory: DynamicMemory | None = key("memory that follows demand, in place of memory", None)
    memory_demand: MemoryDemand | None = key("memory that the guest commits over time", None)
    enlightenments: Enlightenments = key("what the guest knows about Hyper-V", {})
    io: Io = key("how the requests of an open workload use the root", {})
    intercepts: Intercepts = key("what the guest's code does that traps", {})

    @model_validator(mode="before")
    @classmethod
    def _mix(cls, given: Any) -> Any:
        mixed = with_preset(given)
        if not isinstance(mixed, dict) or not isinstance(mixed.get("intercepts"), dict):
            return mixed
        workload = mixed.get("workload", {"kind": "idle"})
        return mixed | {"workload": with_code(workload, mixed["intercepts"].get("preset"))}

    @property
    def startup_memory(self) -> int:
        """The memory (bytes) that each guest needs to start."""
        return self.memory if self.dynamic_memory is None else self.dynamic_memory.startup

    @property
    def spins_long(self) -> bool:
        """Whether the guest does something about long spins."""
        return self.enlightenments.long_spin_wait and has_spin_lock(self.workload)

    @property
    def halts_at_locks(self) -> bool:
        """Whether its VPs halt then; otherwise they tell the hypervisor."""
        return self.spins_long and self.guest.long_spin == "halt" and is_ticket_lock(self.workload)

    @property
    def guests(self) -> int:
        """The number of guests that the block stands for."""
        return 1 if self.count is None else self.count
