"""How many requests a guest with an open workload gets in the mean: at the rate of its workload, and at those that events set."""

from collections.abc import Mapping
from itertools import pairwise
from typing import Any, Final, NamedTuple

from hvecs.spec import Scenario
from hvecs.spec.changes import given
from hvecs.spec.rates import Rates, named_rates
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
    rates = _by_time(scenario, guest, "rate")
    profiles = {0: workload.rates(1)}
    profiles |= {at: named_rates(name) for at, name in _by_time(scenario, guest, "profile").items()}
    between = (at for at in (*rates, *profiles) if begin_ns < at < end_ns)
    times = by_events = 0.0
    for start, stop in pairwise(sorted({begin_ns, *between, end_ns})):
        rate, profile = _at(start, rates), _at(start, profiles) or _ALWAYS
        requests = profile.mean(start, stop) * (stop - start) / (end_ns - begin_ns)
        if rate is None:
            times += requests
        else:
            by_events += requests * float(rate)
    return Arrivals(times, by_events)


def _by_time(scenario: Scenario, guest: str, key: str) -> dict[int, Any]:
    """Give what events set of a guest's workload, by time (ns)."""
    changes = given(scenario, "workload", key)
    return {each.at: each.value for each in changes if each.target.lower() == guest.lower()}


def _at(time_ns: int, values: Mapping[int, Any]) -> Any:
    """Give the value that holds at a time, None before the first."""
    since = max((at for at in values if at <= time_ns), default=None)
    return None if since is None else values[since]
