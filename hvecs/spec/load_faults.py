"""What can be wrong with loads over time: profiles of rates, and traces of processor time."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

from hvecs.spec.problems import Fault, Steps, show
from hvecs.spec.rates import ProfilePoint
from hvecs.spec.scenario import Scenario
from hvecs.spec.units import Duration
from hvecs.spec.workload import OpenWorkload, TraceWorkload, Workload

MOST_STEPS: Final = 4_000_000
"""Of one workload in a run."""


def load_faults(scenario: Scenario, workload: Workload | None, vps: int, at: Steps) -> Iterator[Fault]:
    """Find what is wrong with the load over time of the workload at `at`, of a partition with `vps` VPs."""
    match workload:
        case OpenWorkload() as load:
            faults, place = list(profile_faults(load.profile, at)), (*at, "profile")
        case TraceWorkload() as load:
            faults, place = list(_trace(load, at)), (*at, "times")
        case _:
            return
    yield from faults
    rates = None if faults else load.rates(vps)
    if rates is not None and rates.steps(scenario.scenario.duration) > MOST_STEPS:
        message = f"changes more than {MOST_STEPS} times in the run; expected fewer"
        yield Fault(place, message, (("scenario", "duration"),))


def profile_faults(profile: tuple[ProfilePoint, ...], at: Steps) -> Iterator[Fault]:
    """Find points of the profile of what is at `at` that are not in order of time."""
    for index, (one, other) in enumerate(pairwise(profile), 1):
        if other.at <= one.at:
            message = f"expected later than {_time(one.at)}; got {_time(other.at)}"
            yield Fault((*at, "profile", index, "at"), message)


def _trace(load: TraceWorkload, at: Steps) -> Iterator[Fault]:
    faults = list(times_faults(load.times, load.demand, load.stretch, at, "demand"))
    yield from faults
    if faults:
        return
    if load.vm is not None or load.interval is not None:
        key = "interval" if load.vm is None else "vm"
        yield Fault((*at, key), "is of a file; expected it left out beside times and demand")
    elif load.unit == "cpu-seconds":
        yield Fault((*at, "unit"), 'is of a file; expected "%" or "cpus"')


def times_faults(
    times: Sequence[int], values: Sequence[float], stretch: float, at: Steps, key: str
) -> Iterator[Fault]:
    """Find what is wrong with the times of what is at `at`, from each of which but the last one of the values of `key` holds."""
    if not times:
        yield Fault((*at, "file"), f"missing; expected file, or times and {key}")
    elif len(times) < 2 or len(times) != len(values) + 1:  # noqa: PLR2004
        message = f"expected one fewer than times, {len(times) - 1}; got {len(values)}"
        yield Fault((*at, key), message, ((*at, "times"),))
    elif any(other <= one for one, other in pairwise(times)):
        yield Fault((*at, "times"), "expected times in order, each once")
    elif len({round(time * stretch) for time in times}) < len(times):
        yield Fault((*at, "stretch"), "brings times together; expected more")


def _time(duration_ns: int) -> str:
    return show(Duration().write(duration_ns))
