"""Rules of memory: the bounds of Dynamic Memory, what it excludes, and demands that make sense."""

from collections.abc import Iterator
from itertools import chain, pairwise

from hvecs.spec.memory import LARGE_PAGE, MOST_POINTS, Diurnal, MemoryDemand, Steps, Trace
from hvecs.spec.partition import DEFAULT_MEMORY, Partition
from hvecs.spec.problems import Fault, show
from hvecs.spec.problems import Steps as Path
from hvecs.spec.scenario import Scenario
from hvecs.spec.units import Duration, Size


def memory_faults(scenario: Scenario, block: Partition, at: Path) -> Iterator[Fault]:
    """Find what is wrong with the memory of a block."""
    yield from chain(
        _sizes(block, at),
        _dynamic(scenario, block, at),
        demand_faults(block.memory_demand, (*at, "memory_demand")),
    )


def _sizes(block: Partition, at: Path) -> Iterator[Fault]:
    """Check that static memory is a multiple of 2 MiB; Dynamic Memory moves in such blocks, and rounds its startup memory up."""
    below = block.memory // LARGE_PAGE * LARGE_PAGE
    if block.dynamic_memory is None and block.memory != below:
        near = _size(max(below, LARGE_PAGE))
        yield Fault(
            (*at, "memory"), f"expected a multiple of 2 MiB, such as {near}; got {_size(block.memory)}"
        )


def _dynamic(scenario: Scenario, block: Partition, at: Path) -> Iterator[Fault]:
    dynamic, inside = block.dynamic_memory, (*at, "dynamic_memory")
    if dynamic is None:
        return
    startup = (*inside, "startup")
    if dynamic.minimum > dynamic.startup:
        message = (
            f"expected at most the startup memory, {_size(dynamic.startup)}; got {_size(dynamic.minimum)}"
        )
        yield Fault((*inside, "minimum"), message, (startup,))
    if dynamic.maximum < dynamic.startup:
        message = (
            f"expected at least the startup memory, {_size(dynamic.startup)}; got {_size(dynamic.maximum)}"
        )
        yield Fault((*inside, "maximum"), message, (startup,))
    if block.memory != Size().read(DEFAULT_MEMORY):
        yield Fault((*at, "memory"), "given beside dynamic_memory; expected one of them", (inside,))
    if block.virtual_numa == "on":
        message = 'a guest with Dynamic Memory sees one NUMA node; expected "auto" or "off"'
        yield Fault((*at, "virtual_numa"), message, (inside,))
    if scenario.host.hypervisor == "none":
        message = 'means nothing in the native baseline (host.hypervisor = "none"); expected memory'
        yield Fault(inside, message, (("host", "hypervisor"),))


def demand_faults(demand: MemoryDemand | None, at: Path) -> Iterator[Fault]:
    """Find what is wrong with a demand for memory."""
    match demand:
        case Steps():
            if not demand.steps:
                yield Fault((*at, "steps"), "expected at least one step")
            for index, (one, other) in enumerate(pairwise(demand.steps), 1):
                if other.at <= one.at:
                    message = f"expected later than {_time(one.at)}; got {_time(other.at)}"
                    yield Fault((*at, "steps", index, "at"), message)
        case Diurnal():
            if demand.low > demand.high:
                message = f"expected at most high, {_size(demand.high)}; got {_size(demand.low)}"
                yield Fault((*at, "low"), message, ((*at, "high"),))
        case Trace():
            yield from _trace(demand, at)


def _trace(trace: Trace, at: Path) -> Iterator[Fault]:
    if trace.vm is not None:
        yield Fault((*at, "vm"), "is of a Parquet file alone; expected it left out")
    if not trace.times:
        yield Fault((*at, "file"), "missing; expected file, or times and committed")
    elif len(trace.times) != len(trace.committed):
        message = f"expected as many as times, {len(trace.times)}; got {len(trace.committed)}"
        yield Fault((*at, "committed"), message, ((*at, "times"),))
    elif len(trace.times) > MOST_POINTS:
        yield Fault((*at, "times"), f"expected at most {MOST_POINTS}; got {len(trace.times)}")
    elif any(other <= one for one, other in pairwise(trace.times)):
        yield Fault((*at, "times"), "expected times in order, each once")


def _size(size_bytes: int) -> str:
    return show(Size().write(size_bytes))


def _time(duration_ns: int) -> str:
    return show(Duration().write(duration_ns))
