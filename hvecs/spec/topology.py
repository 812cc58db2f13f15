"""Rules of cores, NUMA nodes and schedulers: what a host cannot be, and what Hyper-V would refuse."""

from collections.abc import Iterator
from itertools import chain, pairwise

from hvecs.spec.capacity import LP_KEYS, known_lps
from hvecs.spec.limits import LIMITS
from hvecs.spec.partition import Processor
from hvecs.spec.problems import Fault, Steps, show
from hvecs.spec.scenario import Scenario
from hvecs.spec.table import kind_of
from hvecs.spec.units import GIB

WAIT_EDGES = 13
MOST_VPS_UNDER_ROOT = 1024
_SCHEDULER: Steps = ("host", "scheduler")
_SPANNING: Steps = ("host", "numa_spanning")
_NODES: Steps = ("host", "numa_nodes")
_NOT_UNDER_ROOT = ("reserve", "cap", "weight", "group")


def topology_faults(scenario: Scenario) -> Iterator[Fault]:
    """Find cores and nodes that do not come out even, and settings that the scheduler or NUMA rules out."""
    yield from chain(_cores(scenario), _wait_buckets(scenario), _root_vps(scenario))
    yield from chain(_virtual_smt(scenario), _root_scheduler(scenario))
    if not scenario.host.numa_spanning and _lps_per_node(scenario):
        yield from _one_node(scenario)


def _cores(scenario: Scenario) -> Iterator[Fault]:
    host, lps = scenario.host, known_lps(scenario)
    if lps is None:
        return
    if lps % host.threads_per_core:
        message = f"{lps} LPs make no whole cores of {host.threads_per_core} threads; expected an even number"
        yield Fault(("host", "logical_processors"), message, LP_KEYS)
    elif (cores := lps // host.threads_per_core) % host.numa_nodes:
        message = f"the {cores} cores cannot be shared out evenly; expected a number that divides {cores}"
        yield Fault(_NODES, message, LP_KEYS)


def _lps_per_node(scenario: Scenario) -> int:
    lps, host = known_lps(scenario) or 0, scenario.host
    return 0 if lps % (host.numa_nodes * host.threads_per_core) else lps // host.numa_nodes


def _wait_buckets(scenario: Scenario) -> Iterator[Fault]:
    edges = scenario.host.scheduling.wait_buckets
    at: Steps = ("host", "scheduling", "wait_buckets")
    if len(edges) != WAIT_EDGES:
        yield Fault(at, f"expected the {WAIT_EDGES} edges of 14 buckets; got {len(edges)}")
    elif any(low >= high for low, high in pairwise(edges)):
        yield Fault(at, "expected edges in ascending order")


def _root_vps(scenario: Scenario) -> Iterator[Fault]:
    """Check the root's own limit [WSD manage-hyper-v-minroot]: beyond it, minroot is needed."""
    limits, lps, vps = LIMITS.get(scenario.host.limits), known_lps(scenario), scenario.root.virtual_processors
    most = None if limits is None else limits.root_vps
    wanted = lps if vps == "all" else int(vps)
    if most is not None and wanted is not None and wanted > most:
        message = f'beyond limits = "{scenario.host.limits}": {wanted} VPs of the root; expected at most {most} (minroot)'
        yield Fault(("root", "virtual_processors"), message, (*LP_KEYS, ("host", "limits")))


def _virtual_smt(scenario: Scenario) -> Iterator[Fault]:
    host = scenario.host.threads_per_core
    for index, block in enumerate(scenario.partition):
        wanted = block.processor.threads_per_core
        if wanted > host:
            at: Steps = ("partition", index, "processor", "threads_per_core")
            message = f"{wanted} is more than the threads of a core of the host (HwThreadCountPerCore); expected at most {host}"
            yield Fault(at, message, (("host", "threads_per_core"),))


def _root_scheduler(scenario: Scenario) -> Iterator[Fault]:
    if scenario.host.scheduler != "root" or scenario.host.hypervisor == "none":
        return
    usual = Processor()
    for index, block in enumerate(scenario.partition):
        at: Steps = ("partition", index)
        for key in _NOT_UNDER_ROOT:
            if getattr(block.processor, key) == getattr(usual, key):
                continue
            kind = kind_of(Processor.model_fields[key])
            expected = show(kind.write(getattr(usual, key))) if kind else "none"
            message = f"the root scheduler has no {key} of a VM [WSD scheduler types]; expected {expected}"
            yield Fault((*at, "processor", key), message, (_SCHEDULER,))
        if block.virtual_processors > MOST_VPS_UNDER_ROOT:
            message = (
                f"the root scheduler runs at most {MOST_VPS_UNDER_ROOT} VPs of a guest [LNX-GDK DispatchVp]"
            )
            yield Fault((*at, "virtual_processors"), f"{message}; expected no more", (_SCHEDULER,))


def _one_node(scenario: Scenario) -> Iterator[Fault]:
    """Check that each guest has room on one node, which it keeps to without spanning [WSD non-uniform-memory-access]."""
    host, per_node = scenario.host, _lps_per_node(scenario)
    memory = (host.memory - host.root_reserve_bytes) // host.numa_nodes
    needs: tuple[Steps, ...] = (_SPANNING, _NODES, ("host", "memory"), *LP_KEYS)
    for index, block in enumerate(scenario.partition):
        at: Steps = ("partition", index)
        if len({lp // per_node for lp in block.processor.affinity}) > 1:
            message = "the LPs lie on several NUMA nodes, and host.numa_spanning is false; expected those of one node"
            yield Fault((*at, "processor", "affinity"), message, needs)
        if block.memory > memory:
            message = (
                f'"{block.memory / GIB:.6g} GiB" does not fit one NUMA node, and host.numa_spanning is false'
            )
            yield Fault((*at, "memory"), f'{message}; expected at most "{memory / GIB:.6g} GiB"', needs)
