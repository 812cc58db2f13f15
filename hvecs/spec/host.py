from typing import Annotated, Any

from pydantic import model_validator

from hvecs.spec.code import CODE, MEMORY_BOUND, WORKING_SET, with_code
from hvecs.spec.costs import Costs
from hvecs.spec.distributions import Distribution
from hvecs.spec.intercepts import Intercepts, with_preset
from hvecs.spec.kinds import Choice, Count, Either, Number, Switch, Text
from hvecs.spec.limits import BEFORE_CORE, LIMITS
from hvecs.spec.live_migration import LiveMigration
from hvecs.spec.memory import LARGE_PAGE, SMALL_PAGE, Balancing, MemoryDemand
from hvecs.spec.names import HostName
from hvecs.spec.partition import MOST_LPS
from hvecs.spec.policy_file import AUTO, Scheduler
from hvecs.spec.profiles import DEFAULT_PROFILE, ROOT_PROFILES, with_root_profile
from hvecs.spec.sharing import Cache, MemoryBus
from hvecs.spec.system_files import SystemFile
from hvecs.spec.table import Table, key
from hvecs.spec.units import GIB, HOUR, MIB, MS, TIB, US, Bandwidth, Duration, OneSize, Percent, Rate, Size
from hvecs.spec.workload import Workload

_WAIT_EDGES_US = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000)
WAIT_EDGES = tuple(f"{edge} us" for edge in _WAIT_EDGES_US)


class Scheduling(Table):
    """Parameters of the hypervisor's scheduler that are not published for the product."""

    slice: Annotated[int, Duration(low=US)] = key("time slice of a VP", "10 ms")
    cap_period: Annotated[int, Duration(low=US)] = key(
        "each cap holds in each of its periods of this length, up to the cost in progress; those of VPs that share LPs are set off "
        "against each other (guide scheduling)",
        "100 ms",
    )
    reserve: Annotated[str, Choice(("reserve-first", "period-budget", "floor"))] = key(
        "how a reserve is honoured: reserves, then the rest by weight; at once at the start of each cap period, then round robin; "
        "or as a lower bound of the fair share",
        "reserve-first",
    )
    long_spin: Annotated[str, Choice(("partition", "yield", "ignore", "directed"))] = key(
        "what the hypervisor does with a VP that tells of a long spin: partition, it changes places with the VP of its partition that has waited "
        "longest for an LP, or goes behind others if none waits; yield, it goes behind others; ignore, nothing; or directed, an upper bound: it "
        "changes places with a ready VP of its partition that would not spin, the lock holder's first, which no hypervisor knows",
        "partition",
    )
    longest_stay: Annotated[int, Duration(low=US)] = key(
        "longest stay in the hypervisor before interrupts and other VPs get a turn [TLFS-md hypercall-interface.md]",
        "50 us",
    )
    slack: Annotated[int, Duration(high=HOUR)] = key(
        "how far a ready VP may fall behind those of other run lists before their LPs take it, in its LP time; not published, "
        "a parameter: more means fewer migrations, and shares that stray by as much for a while",
        "65 ms",
    )
    wake: Annotated[str, Choice(("tail", "fair", "head"))] = key(
        "where a VP that wakes and finds no idle LP joins a run list: behind all that wait, by its virtual time alone, or before all; "
        "not published, a parameter",
        "tail",
    )
    rebalance: Annotated[int, Duration(high=HOUR)] = key(
        "after what time at most a core that has become idle takes one of two VPs that share another core; not published, a parameter",
        "10 ms",
    )
    lock_extension: Annotated[int, Duration(high=HOUR)] = key(
        "how much longer at most a slice lasts that ends while its VP holds a spin lock: until the VP lets go; 0 s: no longer",
        "0 s",
    )
    recent: Annotated[int, Duration(high=HOUR)] = key(
        "a VP that wakes less than this after it last ran waits at its last LP if another guest has that, for the end of the slice there, though "
        "another LP is idle; 0 s: it takes the idle one",
        "0 s",
    )
    interrupt_threshold: Annotated[float, Rate(low=0)] = key(
        "an LP whose root VP has taken more device interrupts than this over the last window is given no guest's VP, where guests can use "
        "another; 0 means all are given some",
        "0 /s",
    )
    interrupt_window: Annotated[int, Duration(low=MS, high=HOUR)] = key(
        "over what time those interrupts are counted", "100 ms"
    )
    wake_boost: Annotated[int, Count(0, 31)] = key(
        "root scheduler: levels of priority that a VP gains when it wakes, and loses again with each slice", 1
    )
    wait_buckets: tuple[Annotated[int, Duration(low=1)], ...] = key(
        "the 13 edges, ascending, of the buckets X7 to X1 and 0 to 6 of waits for an LP; not published, a parameter",
        WAIT_EDGES,
    )


class CpuGroup(Table):
    """VMs with LPs and a cap in common [WSD manage-hyper-v-cpugroups]."""

    name: Annotated[
        str, Text("a name of 1 to 100 letters, digits, _ and -", "[A-Za-z0-9_][A-Za-z0-9_-]{0,99}")
    ] = key("name of the group")
    logical_processors: tuple[Annotated[int, Count(0, MOST_LPS - 1)], ...] = key(
        "LPs of the group; empty means all", ()
    )
    cap: Annotated[float, Percent(above=True)] = key(
        "share of its LPs that all VMs of the group together may not exceed", "100 %"
    )


class Host(Table):
    """The machine and its hypervisor."""

    name: Annotated[str | None, HostName()] = key("name of the host; required where there are several", None)
    logical_processors: Annotated[int | None, Count(1, MOST_LPS)] = key(
        "LPs of the host, on one socket; or give sockets and cores_per_socket", None
    )
    sockets: Annotated[int | None, Count(1, MOST_LPS)] = key(
        "processor packages, each a cache domain unless host.cache says otherwise", None
    )
    cores_per_socket: Annotated[int | None, Count(1, MOST_LPS)] = key("cores of each socket", None)
    threads_per_core: Annotated[int, Count(1, 2)] = key(
        "LPs of each core (SMT): LPs 2n and 2n + 1 are siblings", 1
    )
    numa_nodes: Annotated[int, Count(1, 1024)] = key(
        "NUMA nodes: each has an equal share of the cores, adjacent ones, and of the memory", 1
    )
    smt_yield: Annotated[float, Number(0, 2)] = key(
        "throughput of a core with both threads busy, against one [kernel build, xen-devel 2019-07-11]", 1.31
    )
    cache: Cache = key("the caches that LPs share", {})
    memory_bus: MemoryBus = key("the way to memory that LPs share", {})
    memory: Annotated[int, Size(low=MIB)] = key("physical memory")
    page: Annotated[int, OneSize((SMALL_PAGE, LARGE_PAGE))] = key("size of a memory-page entity", "2 MiB")
    hypervisor: Annotated[str, Choice(("hyper-v", "none"))] = key(
        '"none": the same workload on the bare machine, the native baseline', "hyper-v"
    )
    scheduler: Annotated[str, Scheduler()] = key(
        "which scheduler the hypervisor uses; auto: that of the version in limits, core with SMT from ws2019 on, else classic "
        '[WSD scheduler types]; "FILE.py:NAME" is a policy of your own',
        AUTO,
    )
    systems: tuple[Annotated[str, SystemFile()], ...] = key(
        'systems of your own that run beside those of the model, each "FILE.py:CLASS"; see hvecs guide systems',
        (),
    )
    numa_spanning: Annotated[bool, Switch()] = key(
        "guests may use LPs and memory of several NUMA nodes", default=True
    )
    root_reserve: Annotated[int | str, Either("auto", Size())] = key(
        "memory kept for the root; auto is 384 MiB and 30 MiB per GiB of memory", "auto"
    )
    limits: Annotated[str, Choice((*LIMITS, "none"))] = key(
        'the documented maxima of a Windows Server version; "none" lifts them', "ws2025"
    )
    scheduling: Scheduling = key("parameters of the scheduler", {})
    dynamic_memory: Balancing = key("parameters of Dynamic Memory", {})
    paging_channels: Annotated[int, Count(1, 4096)] = key(
        "pages that the paging disk, one for all guests, reads at once; not published, a parameter", 8
    )
    save_bandwidth: Annotated[int, Bandwidth()] = key(
        "how fast the memory of a guest is written when it is saved, and read when it is started again; not published, a parameter",
        "200 MiB/s",
    )
    live_migration: LiveMigration = key("how guests move from and to the host while they run", {})
    costs: Costs = key("every cost of the model", {})
    cpu_group: tuple[CpuGroup, ...] = key("CPU groups with a common cap", ())

    @property
    def lps(self) -> int:
        """The number of logical processors."""
        return self.socket_count * self.lps_per_socket

    @property
    def socket_count(self) -> int:
        """The number of sockets; one when only logical_processors is given."""
        return self.sockets or 1

    @property
    def lps_per_socket(self) -> int:
        """The number of LPs of each socket; LP n lies on socket n // lps_per_socket."""
        if self.logical_processors is not None:
            return self.logical_processors
        return (self.cores_per_socket or 1) * self.threads_per_core

    @property
    def lps_per_cache(self) -> int:
        """The number of LPs of each cache domain; the last of a socket may have fewer."""
        return min(self.lps_per_socket, self.cache.cores * self.threads_per_core or self.lps_per_socket)

    @property
    def scheduler_used(self) -> str:
        """The scheduler, with "auto" made out: core from Windows Server 2019 on where the host has SMT [WSD scheduler types]."""
        if self.scheduler != AUTO:
            return self.scheduler
        return "core" if self.threads_per_core > 1 and self.limits not in BEFORE_CORE else "classic"

    @property
    def root_reserve_bytes(self) -> int:
        """The memory kept for the root, with the published formula for "auto" [Virtualization-Documentation root-memory-reserve]."""
        if isinstance(self.root_reserve, int):
            return self.root_reserve
        return 384 * MIB + 30 * MIB * self.memory // GIB


class Root(Table):
    """The root partition and its own load."""

    virtual_processors: Annotated[int | str, Either("all", Count(1, MOST_LPS))] = key(
        'root VPs, one to an LP: "all" LPs, or a number (minroot)', "all"
    )
    background_cpu: Annotated[float, Percent(below=True)] = key(
        "CPU time of each root VP for work of its own, at native speed", "1 %"
    )
    measured_cpu: Annotated[float | None, Percent(below=True)] = key(
        "that load as % Guest Run Time of a root VP shows it, in place of background_cpu; without the root's work for guests, which comes on top",
        None,
    )
    background_burst: Annotated[int, Duration(low=US)] = key(
        "mean length of one piece of that work, exponential; not published, a parameter", "500 us"
    )
    workload: Workload | None = key(
        "what the root does of its own beside its other tasks, with a guest's keys: threads, as a backup or a scan has, or requests that come to it",
        None,
    )
    io_on_first: Annotated[float, Percent()] = key(
        "share of its work for guests' requests and I/Os that root VP 0 takes; the rest goes round all of its VPs",
        "0 %",
    )
    intercept_work: Distribution = key(
        "CPU time of the root for each intercept that it handles for a guest, at native speed; not published, a parameter",
        {"distribution": "exponential", "mean": "20 us"},
    )
    profile: Annotated[str, Choice(tuple(ROOT_PROFILES))] = key(
        'what the system of the root does by itself on each LP that is idle; "none": nothing', DEFAULT_PROFILE
    )
    idle_wakes: Annotated[float, Rate(low=0)] = key(
        "how often its own timers and devices wake a root VP while its LP is idle; settled as a rate, without events; 0 means never"
    )
    wake_hypercalls: Annotated[int, Count(0, 1000)] = key("hypercalls at each of these wake-ups")
    wake_accesses: Annotated[int, Count(0, 1000)] = key("accesses to MSRs at each of them")
    wakes_per_hlt: Annotated[int, Count(1, 1_000_000)] = key("one in so many of them ends with a HLT")
    wakes_per_interrupt: Annotated[int, Count(1, 1_000_000)] = key(
        "one in so many of them is a synthetic interrupt"
    )
    tick: Annotated[int, Duration()] = key(
        "period of the clock interrupt, which each root VP takes while it is busy; 0 means none", "15625 us"
    )
    memory_demand: MemoryDemand | None = key(
        "memory that the root commits over time, of its reserve; without it that is not modelled", None
    )
    commit_per_guest: Annotated[int, Size()] = key(
        "what the root commits for each guest that runs, beside that; not published, a parameter", "0 B"
    )
    page_file: Annotated[int | None, Size()] = key(
        "what the root may commit beyond its reserve, before starts of guests fail; without it there is no bound",
        None,
    )
    memory_bound: Annotated[float, Percent()] = key(MEMORY_BOUND, CODE["root"]["memory_bound"])
    working_set: Annotated[int, Size(high=TIB)] = key(WORKING_SET, CODE["root"]["working_set"])
    intercepts: Intercepts = key("what code of the root does that traps", {})

    @model_validator(mode="before")
    @classmethod
    def _mix(cls, given: Any) -> Any:
        mixed = with_preset(with_root_profile(given), "root")
        mix = mixed.get("intercepts") if isinstance(mixed, dict) else None
        return with_code(mixed, mix.get("preset")) if isinstance(mix, dict) else mixed
