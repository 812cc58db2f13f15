"""What will be built: the partitions of a scenario, root and native baseline included, in one uniform shape."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from components import NEVER, NOBODY
from hvecs.engine.hosts import HostPlan
from hvecs.engine.traps import TrapPlan
from hvecs.spec.distributions import Distribution
from hvecs.spec.io import Io
from hvecs.spec.memory import DynamicMemory, MemoryDemand
from hvecs.spec.profiles import PROFILES, Profile
from hvecs.spec.rates import Rates
from hvecs.spec.scenario import Scenario
from hvecs.spec.workload import AnyWorkload, ClosedWorkload

ROOT = "Root"
ClosedPlan = ClosedWorkload


@dataclass(frozen=True)
class OpenPlan:
    """Requests that arrive and queue for at most `limit` places; with no `interarrival`, those that balancers of tiers send."""

    kind: ClassVar[str] = "open"
    interarrival: Distribution | None
    service: Distribution | None
    limit: int
    io: Io | None = None
    rates: Rates | None = None
    """How often requests arrive over time, in times of what interarrival says; None for always as often."""
    keeps_time: bool = False
    """Whether its work takes as long whatever the other thread of the core does."""


@dataclass(frozen=True)
class VpPlan:
    """One VP: its controls and where it may run (`lps` empty = anywhere on its host). LPs and node are numbers of the host until `placed`."""

    lps: tuple[int, ...] = ()
    tied_lp: int = NOBODY
    weight: int = 100
    cap_pct: float = 100.0
    reserve_pct: float = 0.0
    group: str = ""
    node: int = 0
    fellow: int = NOBODY
    """The number, in its partition, of the VP that is the other thread of its core."""


@dataclass(frozen=True)
class PartitionPlan:
    """One partition."""

    name: str
    kind: str
    workload: AnyWorkload | OpenPlan | None
    vps: tuple[VpPlan, ...]
    host: int = 0
    """The number of the host that it is on at first."""
    host_name: str = ""
    """The name of that host, if it has one."""
    quantum_ns: int = NEVER
    spin_retry_ns: int = NEVER
    spin_halts: bool = False
    start_ns: int = 0
    stop_ns: int = NEVER
    root_job: ClosedPlan | None = None
    """What the threads of the root do, beside its other tasks."""
    background: OpenPlan | None = None
    """What the root does in short pieces beside requests that come to it; without such requests that is its workload."""
    root_requests: bool = False
    """Whether requests come to the root."""
    traps: TrapPlan | None = None
    io: Io | None = None
    memory_bytes: int = 0
    dynamic_memory: DynamicMemory | None = None
    memory_demand: MemoryDemand | None = None
    virtual_numa: bool = False
    hot_add: bool = True
    restart_ns: int = NEVER
    boot_ns: int = 0
    boot_cpu_ns: int = 0
    page_file_bytes: int | None = None
    """What it may commit beyond the memory that it holds; None for no bound."""
    rebalance_ns: int = NEVER
    profile: Profile = PROFILES["none"]
    protect_ns: int = 0
    memory_bound_pct: float = 0.0
    working_set_bytes: int = 0
    rank: int = 0
    """Its place in the order in which guests of a failed host are restarted."""
    dirty_rate: int = 0
    """Bytes that it writes in a second of guest run time."""
    later: tuple[tuple[int, int], ...] = ()
    """When it is started and stopped again."""
    restarts: tuple[int, ...] = ()
    """When it is restarted (ns), by its own key or by events."""
    later_cap: tuple[int, float] | None = None
    """When an event first gives it a cap (ns), and which (%)."""
    most_memory: int = 0
    """The largest maximum of Dynamic Memory (bytes) that an event sets."""

    @property
    def is_paged(self) -> bool:
        """Whether it has a demand for memory, which may exceed what it holds."""
        return self.memory_demand is not None or self.dynamic_memory is not None

    @property
    def job(self) -> ClosedPlan | None:
        """The closed workload of its threads, if it has one."""
        return self.workload if isinstance(self.workload, ClosedPlan) else self.root_job

    @property
    def stream(self) -> str:
        """What names it in the random streams: its name; of the root of a host that has a name, that too, for roots are all called alike."""
        return f"{self.name}\n{self.host_name}" if self.kind == "root" and self.host_name else self.name

    def placed(self, host: HostPlan) -> "PartitionPlan":
        """Give the plan with rows of LPs and nodes in the place of their numbers on its host."""
        vps = tuple(
            replace(
                vp,
                lps=tuple(lp + host.first_lp for lp in vp.lps),
                tied_lp=NOBODY if vp.tied_lp < 0 else vp.tied_lp + host.first_lp,
                node=vp.node + host.first_node,
            )
            for vp in self.vps
        )
        return replace(self, vps=vps, host=host.number, host_name=host.host.name or "")

    @property
    def takes_requests(self) -> bool:
        """Whether requests come to it, of which tables tell; the short pieces of the root's own load are none."""
        return self.kind == "open" or self.root_requests


def open_workloads(plans: Sequence[PartitionPlan]) -> list[tuple[int, OpenPlan]]:
    """Return the open workloads in the order of their rows, each with the row of its partition: one each, then what roots do beside."""
    own = [(row, plan.workload) for row, plan in enumerate(plans) if isinstance(plan.workload, OpenPlan)]
    return own + [(row, plan.background) for row, plan in enumerate(plans) if plan.background is not None]


def is_native(scenario: Scenario) -> bool:
    """Tell whether the scenario runs on the bare machine."""
    return scenario.host.hypervisor == "none"
