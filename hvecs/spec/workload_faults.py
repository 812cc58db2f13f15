"""Rules that tie several keys of a workload together."""

from collections.abc import Iterator

from hvecs.spec.code import CODE
from hvecs.spec.distributions import Distribution, Uniform
from hvecs.spec.problems import Fault, Steps, show
from hvecs.spec.units import TIB, Duration, Percent, Size
from hvecs.spec.workload import ClosedWorkload, IdleWorkload, OpenWorkload, TraceWorkload, Workload

_CODE = {
    "memory_bound": Percent().read(CODE["compute"]["memory_bound"]),
    "working_set": Size(high=TIB).read(CODE["compute"]["working_set"]),
}
"""What these keys of a workload are where nobody gives them, and in resolved scenarios."""


def workload_faults(workload: Workload, at: Steps) -> Iterator[Fault]:
    """Find the rules that the workload at `at` breaks."""
    if isinstance(workload, ClosedWorkload):
        yield from distribution_faults(workload.compute, (*at, "compute"))
        yield from distribution_faults(workload.sleep, (*at, "sleep"), may_be_none=True)
    elif isinstance(workload, OpenWorkload):
        yield from distribution_faults(workload.service, (*at, "service"))
        if workload.arrivals is None:
            if workload.rate is None:
                yield Fault((*at, "rate"), "missing; expected rate or arrivals")
            return
        yield from distribution_faults(workload.arrivals, (*at, "arrivals"))
        if workload.rate is not None:
            yield Fault((*at, "arrivals"), "given beside rate; expected one of them")
    elif isinstance(workload, TraceWorkload):
        yield from distribution_faults(workload.burst, (*at, "burst"))


def root_workload_faults(workload: Workload | None) -> Iterator[Fault]:
    """Find what the workload of the root may not be, or what of it nothing would read."""
    at: Steps = ("root", "workload")
    if workload is None:
        return
    yield from workload_faults(workload, at)
    for name, unsaid in _CODE.items():
        if getattr(workload, name, unsaid) != unsaid:
            message = f"all code of the root is alike; expected root.{name} in its place"
            yield Fault((*at, name), message)
    if isinstance(workload, IdleWorkload):
        return
    if isinstance(workload, ClosedWorkload) and workload.lock is not None:
        yield Fault((*at, "lock"), "a lock of the root's threads is not supported yet; expected none")
    if workload.measured != "native":
        yield Fault((*at, "measured"), 'measured in a guest means nothing for the root; expected "native"')


def distribution_faults(found: Distribution, at: Steps, *, may_be_none: bool = False) -> Iterator[Fault]:
    """Find the rules that the distribution at `at` breaks."""
    if isinstance(found, Uniform) and found.low > found.high:
        low, high = (show(Duration().write(each)) for each in (found.low, found.high))
        yield Fault((*at, "high"), f"expected at least low, {low}; got {high}")
    elif found.average_ns == 0 and not may_be_none:
        keys = type(found).model_fields
        key = next(key for key in ("mean", "high", "values") if key in keys)
        yield Fault((*at, key), "expected a mean above zero")
