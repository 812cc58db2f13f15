"""How many requests a guest with an open workload gets in the mean: at the rate of its workload, and at those that events set."""

from itertools import pairwise
from typing import Final, NamedTuple

from hvecs.spec import Scenario
from hvecs.spec.changes import given
from hvecs.spec.rates import Rates
from hvecs.spec.workload import OpenWorkload

_ALWAYS: Final = Rates(((0, 1.0),))


class Arrivals(NamedTuple):
    """Means over part of a run: `times` the rate of the workload, 0 while a rate of an event holds, and `by_events` (1/s) at those."""

    times: float
    by_events: float

    def at(self, rate: float) -> float:
        """Give the mean rate (1/s) of requests, if that of the workload is `rate`."""
        return self.times * rate + self.by_events

    def rate_for(self, arrivals: float) -> float | None:
        """Give the rate of the workload at which requests arrive at `arrivals` (1/s); None if none does."""
        rate = (arrivals - self.by_events) / self.times if self.times > 0 else 0.0
        return rate if rate > 0 else None


def arrivals_of(
    scenario: Scenario, guest: str, workload: OpenWorkload, begin_ns: int, end_ns: int
) -> Arrivals:
    """Give the arrivals of a guest between two times of a run, by its profile and the events."""
    set_rates = [
        (each.at, float(each.value))
        for each in given(scenario, "workload", "rate")
        if each.target.lower() == guest.lower() and each.at < end_ns
    ]
    profile = workload.rates(1) or _ALWAYS
    times = by_events = 0.0
    for (at, rate), (until, _) in pairwise([(0, None), *set_rates, (end_ns, None)]):
        start, stop = max(at, begin_ns), max(until, begin_ns)
        share = (stop - start) / (end_ns - begin_ns)
        if share and rate is None:
            times += share * profile.mean(start, stop)
        elif share and rate is not None:
            by_events += share * profile.mean(start, stop) * rate
    return Arrivals(times, by_events)
