"""The [[tier]] tables: streams of requests that a balancer spreads over guests, and what each request calls."""

from collections.abc import Iterator
from typing import Annotated, Final

from pydantic import BeforeValidator, WrapValidator

from hvecs.spec.distributions import Distribution, Exponential, read_already
from hvecs.spec.kinds import Choice, Count, Number, Switch, Text
from hvecs.spec.rates import ProfilePoint, Rates, named, rates_of
from hvecs.spec.table import Table, key
from hvecs.spec.units import LONGEST, US, Duration, Rate
from hvecs.spec.workload import MOST_DEMAND, MOST_SCALE

POLICIES: Final = ("round-robin", "random", "least-outstanding", "two-choices", "weighted")
MOST_TIMES: Final = 1000
MOST_OUTSTANDING: Final = 1_000_000
MOST_TRIES: Final = 100
NAME: Final = "[A-Za-z0-9_-]{1,60}"


class Call(Table):
    """What each request of a tier asks of another, between its work before and its work after."""

    tier: Annotated[str, Text("the name of a tier")] = key("the tier that is called")
    times: Annotated[int, Count(1, MOST_TIMES)] = key("how often", 1)
    mode: Annotated[str, Choice(("sequential", "parallel"))] = key(
        "one call after the other, or all at once; calls that follow each other and are parallel are all made at once",
        "sequential",
    )


class RateTrace(Table):
    """Requests per second over time, from a file or from the scenario itself."""

    file: Annotated[str | None, Text("the name of a file")] = key(
        "a Parquet or CSV file with one row an interval, in place of times and rates; relative to the scenario file",
        None,
    )
    column: Annotated[str, Text("the name of a column")] = key(
        "the column that is read, in requests per second", "requests_per_sec"
    )
    interval: Annotated[int | None, Duration(low=US)] = key(
        "the length of a row's interval; by default the file's column interval_ns says it, and time_ns when it ends",
        None,
    )
    times: Annotated[tuple[Annotated[int, Duration(high=LONGEST)], ...], WrapValidator(read_already)] = key(
        "when the rate changes; the last is the end; or give file", ()
    )
    rates: Annotated[
        tuple[Annotated[float, Number(0, MOST_DEMAND, or_low=True)], ...], WrapValidator(read_already)
    ] = key("requests per second from each of the times on", ())
    scale: Annotated[float, Number(0, MOST_SCALE, or_low=True)] = key("rates are multiplied by this", 1.0)
    stretch: Annotated[float, Number(0, MOST_SCALE)] = key(
        "times are multiplied by this: 0.1 plays a day in 2.4 hours", 1.0
    )
    repeat: Annotated[bool, Switch()] = key(
        "whether it begins again after its end, or nothing comes from then on", False
    )

    def over_time(self) -> Rates:
        """Give the rates in times of one request per second."""
        *starts, end = (round(at * self.stretch) for at in self.times)
        points = [(at, each * self.scale) for at, each in zip(starts, self.rates, strict=True)]
        if starts[0] > 0:
            points.insert(0, (0, 0.0))
        return Rates((*points, (end, 0.0)), end if self.repeat else None)


class Scaling(Table):
    """How a tier starts another of its guests when its load is high, and stops one when it is low."""

    metric: Annotated[str, Choice(("cpu", "requests"))] = key(
        "what the load is: run time of the VPs of its guests that are on, in per cent of their time, or requests in the tier, those that "
        "wait at the balancer included, for each guest that takes requests; the mean since the last look",
        "cpu",
    )
    above: Annotated[float, Number(0, 1_000_000_000)] = key(
        "load above which another guest is started, in per cent or requests"
    )
    below: Annotated[float, Number(0, 1_000_000_000, or_low=True)] = key("load below which one is stopped")
    min: Annotated[int, Count(1, MOST_OUTSTANDING)] = key("guests that are on at least", 1)
    max: Annotated[int | None, Count(1, MOST_OUTSTANDING)] = key(
        "guests that are on at most; without it all of the tier", None
    )
    start: Annotated[int | None, Count(1, MOST_OUTSTANDING)] = key(
        "guests that are on when the run begins, the first of the tier; without it min", None
    )
    every: Annotated[int, Duration(low=US)] = key(
        "time between two looks at the load; 15 s are usual for containers [HPA], a minute for machines [AZA]",
        "1 min",
    )
    cooldown: Annotated[int, Duration()] = key(
        "time after the decision to start or stop one in which there is no other; 1 or 5 min are usual [AZA, AZQ]",
        "5 min",
    )
    delay: Annotated[int, Duration(low=US)] = key(
        "time from the decision to the start of a guest, which then boots (guest.boot); at least the step; a parameter",
        "1 s",
    )
    drain: Annotated[int, Duration(low=US)] = key(
        "time from the decision to the stop of a guest, in which it gets no more requests; at least the step; a parameter",
        "30 s",
    )

    @property
    def first(self) -> int:
        """How many guests are on when the run begins."""
        return self.min if self.start is None else self.start


class Tier(Table):
    """A [[tier]]: requests that come whatever the host does, or from other tiers, and a balancer that spreads them over guests."""

    name: Annotated[str, Text("a name of 1 to 60 letters, digits, _ and -", NAME)] = key("name of the tier")
    rate: Annotated[float | None, Rate()] = key(
        "requests per time, as a Poisson process; or give arrivals; with neither, only other tiers call this one",
        None,
    )
    arrivals: Distribution | None = key("time between two requests; or give rate", None)
    profile: Annotated[tuple[ProfilePoint, ...], BeforeValidator(named)] = key(
        "how the rate, or one over the time between arrivals, changes, as in a workload of kind open", ()
    )
    trace: RateTrace | None = key(
        "the rate as it was measured, as a Poisson process; in place of rate, arrivals and profile", None
    )
    service: Distribution = key("CPU time of one request at a guest, at native speed, before its calls")
    service_after: Distribution = key(
        "CPU time after its calls; mean 0 means none", {"distribution": "deterministic", "mean": "0 ms"}
    )
    guests: tuple[Annotated[str, Text("the name of a partition block, or of a guest")], ...] = key(
        "the partition blocks, or single guests, that serve the requests; they have no workload of their own"
    )
    policy: Annotated[str, Choice(POLICIES)] = key(
        "which guest gets a request: each in turn, any, the one with the fewest outstanding requests, the better of two chosen at random, or "
        "each in turn as often as its weight says",
        "round-robin",
    )
    weights: tuple[Annotated[float, Number(0, 10_000)], ...] = key(
        'of policy = "weighted": how often a guest of each entry of guests has its turn, in proportion', ()
    )
    limit: Annotated[int, Count(0, MOST_OUTSTANDING)] = key(
        "requests outstanding at one guest at most, others wait at the balancer; 0 means no bound", 0
    )
    queue: Annotated[int | None, Count(0, 1_000_000_000)] = key(
        "requests that wait at the balancer at most, others fail at once; without it there is no bound", None
    )
    timeout: Annotated[int | None, Duration(low=1, high=LONGEST)] = key(
        "how long a try may take, its wait at the balancer included, before it is given up; its guest still does the work; without it there is "
        "no bound",
        None,
    )
    retries: Annotated[int, Count(0, MOST_TRIES)] = key(
        "further tries of a request whose try took too long, was dropped by a full ring of the network, or was lost when its guest was turned "
        "off or restarted; after the last it fails",
        0,
    )
    threads: Annotated[int, Count(0, MOST_OUTSTANDING)] = key(
        "requests of this tier that a guest serves at once, others wait in the guest; 0 means no bound", 0
    )
    holds_thread: Annotated[bool, Switch()] = key(
        "whether a request keeps its thread while it calls other tiers", default=True
    )
    order: Annotated[str, Choice(("fifo", "round-robin"))] = key(
        "how requests share a guest's VPs: in turn, or by the guest quantum; round-robin if any tier of a guest says so",
        "fifo",
    )
    scaling: Scaling | None = key("starts and stops guests by the load; without it all are on", None)
    calls: tuple[Call, ...] = key(
        "what a request asks of other tiers between service and service_after, in this order", ()
    )

    @property
    def interarrival(self) -> Distribution | None:
        """The time between requests, where the profile does not change it; None where only other tiers call."""
        if self.trace is not None:
            return Exponential.model_construct(mean=1e9)
        if self.arrivals is not None or self.rate is None:
            return self.arrivals
        return Exponential.model_construct(mean=1e9 / self.rate)

    @property
    def rates(self) -> Rates | None:
        """How the rate changes; None if it does not."""
        return rates_of(self.profile) if self.trace is None else self.trace.over_time()


def most_at_once(calls: tuple[Call, ...]) -> int:
    """Give how many calls a request makes at once at most."""
    return max((sum(run) for run in _runs(calls)), default=0)


def _runs(calls: tuple[Call, ...]) -> Iterator[list[int]]:
    run: list[int] = []
    for call in calls:
        if call.mode == "parallel":
            run.append(call.times)
        else:
            yield run
            run = []
            yield [1]
    yield run
