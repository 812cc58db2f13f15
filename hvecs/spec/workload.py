from typing import Annotated, Any, ClassVar, Final, Literal, TypeAlias

from pydantic import BeforeValidator, Field, WrapValidator

from hvecs.spec.code import CODE, MEMORY_BOUND, WORKING_SET
from hvecs.spec.distributions import Deterministic, Distribution, Exponential, read_already
from hvecs.spec.kinds import Choice, Count, Number, Switch, Text
from hvecs.spec.rates import ProfilePoint, Rates, named, rates_of
from hvecs.spec.table import Table, key
from hvecs.spec.units import LONGEST, TIB, US, Bandwidth, Duration, Percent, Rate, Size

MOST_THREADS = 4_000_000
MOST_SCALE: Final = 1_000_000.0
MOST_DEMAND: Final = 1_000_000_000.0
MEASURED = ("native", "guest")
MEASURED_DOC = (
    "how the CPU times of this workload were measured: on the bare machine, or by a guest's own clock on an otherwise idle host with these "
    "costs; so they are not slowed twice"
)


class AnyWorkload(Table):
    """What every kind of workload has."""

    tag_key: ClassVar[str] = "kind"

    kind: str = key("what the guest does", "idle")
    memory_bound: Annotated[float, Percent()] = key(MEMORY_BOUND, CODE["compute"]["memory_bound"])
    working_set: Annotated[int, Size(high=TIB)] = key(WORKING_SET, CODE["compute"]["working_set"])
    dirty_rate: Annotated[int, Bandwidth(low=0, high=TIB)] = key(
        "memory that it writes, and that a live migration must send again, for each second of guest run time of each VP: a guest that waits "
        "for LPs writes less, one that is paused nothing",
        "0 B/s",
    )

    def lasting(self, vps: int) -> tuple[int, ...]:  # noqa: ARG002 - of a kind that has such tasks
        """Give the work (ns) of each task that a guest of so many VPs has as long as the run lasts, beside threads."""
        return ()


class Lock(Table):
    """The one critical section of a guest, entered at the end of a share of the bursts."""

    share: Annotated[float, Percent(above=True)] = key("share of the bursts that enter the section")
    hold: Annotated[int, Duration(low=1)] = key(
        "CPU time inside the section, the last of the burst's; a shorter burst is inside from its start"
    )
    kind: Annotated[str, Choice(("spin", "ticket", "park"))] = key(
        "what a thread does that finds the lock held: burn its VP's time until it gets it (spin), or until all that came before have had "
        "it (ticket), or leave the VP to others (park)",
        "spin",
    )


class ClosedWorkload(AnyWorkload):
    """A fixed amount of work by a fixed set of threads, which compute and sleep in turn."""

    kind: Literal["closed"] = key("a fixed amount of work by a fixed set of threads", "closed")
    threads: Annotated[int, Count(1, MOST_THREADS)] = key("threads of each guest", 1)
    work: Annotated[int, Duration(low=1)] = key(
        "CPU time at native speed (see measured): one pool shared by the guest's threads, each guest its own"
    )
    compute: Distribution = key(
        "CPU time of one burst, at native speed unless measured says otherwise",
        {"distribution": "exponential", "mean": "8 ms"},
    )
    sleep: Distribution = key(
        "sleep between bursts; mean 0 means none: the thread stays runnable",
        {"distribution": "deterministic", "mean": "0 ms"},
    )
    serial: Annotated[float, Percent()] = key(
        "share of the work that one thread alone can do: that of each phase, then the rest of the phase by all threads",
        "0 %",
    )
    serial_phases: Annotated[int, Count(1, 1_000_000)] = key(
        "phases of work that is partly serial; after each part of a phase the threads wait for each other; a parameter",
        10,
    )
    lock: Lock | None = key("a critical section that a share of the bursts enters", None)
    measured: Annotated[str, Choice(MEASURED)] = key(MEASURED_DOC, "native")


class OpenWorkload(AnyWorkload):
    """Requests that arrive whatever the host does; what waits is counted, and none is dropped but at a full ring of the network."""

    kind: Literal["open"] = key("requests arrive whatever the host does", "open")
    rate: Annotated[float | None, Rate()] = key(
        "requests per time at each guest, as a Poisson process; or give arrivals", None
    )
    arrivals: Distribution | None = key("time between two arrivals; or give rate", None)
    profile: Annotated[tuple[ProfilePoint, ...], BeforeValidator(named)] = key(
        "how the rate, or one over the time between arrivals, changes: points in order of time, which begin again each day, or each week if "
        'one is beyond a day; or the name of a shape, "diurnal", "office" or "office-week"; none: it does not',
        (),
    )
    service: Distribution = key("CPU time of one request, at native speed unless measured says otherwise")
    order: Annotated[str, Choice(("fifo", "round-robin"))] = key(
        "how requests share the guest's VPs: in turn, or by the guest quantum", "fifo"
    )
    threads: Annotated[int, Count(0, MOST_THREADS)] = key(
        "how many requests are served at once; 0 means no bound", 0
    )
    measured: Annotated[str, Choice(MEASURED)] = key(MEASURED_DOC, "native")

    @property
    def interarrival(self) -> Distribution:
        """The time between arrivals, where the profile does not change it."""
        if self.arrivals is not None:
            return self.arrivals
        assert self.rate is not None  # noqa: S101  # exactly one of the two is given
        return Exponential.model_construct(mean=1e9 / self.rate)

    def rates(self, vps: int) -> Rates | None:  # noqa: ARG002 - as of a trace
        """Give how the rate changes; None if it does not."""
        return rates_of(self.profile)


class TraceWorkload(AnyWorkload):
    """CPU time as it was measured: bursts that arrive so often that they ask for as much, whatever the host does."""

    kind: Literal["trace"] = key("processor time over time, from a file", "trace")
    file: Annotated[str | None, Text("the name of a file")] = key(
        "a Parquet or CSV file with one row an interval, in place of times and demand; relative to the scenario file",
        None,
    )
    column: Annotated[str, Text("the name of a column")] = key("the column that is read", "cpu_pct")
    vm: Annotated[str | None, Text("the name of a VM")] = key(
        "whose rows are read, of a file with a column partition; by default those of the partition's own name, or of the one VM that it has",
        None,
    )
    interval: Annotated[int | None, Duration(low=US)] = key(
        "the length of a row's interval; by default the file's column interval_ns says it, and time_ns when it ends",
        None,
    )
    unit: Annotated[str, Choice(("%", "cpu-seconds", "cpus"))] = key(
        "of what is read: per cent of all VPs, CPU time in each interval, or busy processors; where the file says how many VPs its VM had, "
        "per cent are of those",
        "%",
    )
    times: Annotated[tuple[Annotated[int, Duration(high=LONGEST)], ...], WrapValidator(read_already)] = key(
        "when the demand changes; the last is the end; or give file", ()
    )
    demand: Annotated[
        tuple[Annotated[float, Number(0, MOST_DEMAND, or_low=True)], ...], WrapValidator(read_already)
    ] = key(
        "the demand from each of the times on, in per cent of all VPs or, with unit cpus, in busy processors",
        (),
    )
    scale: Annotated[float, Number(0, MOST_SCALE, or_low=True)] = key("the demand is multiplied by this", 1.0)
    stretch: Annotated[float, Number(0, MOST_SCALE)] = key(
        "times are multiplied by this: 0.1 plays a day in 2.4 hours", 1.0
    )
    repeat: Annotated[bool, Switch()] = key(
        "whether it begins again after its end, or the guest is idle from then on", False
    )
    burst: Distribution = key(
        "CPU time of one burst: a mean over minutes does not tell how the load came within them; not published, a parameter",
        {"distribution": "exponential", "mean": "10 ms"},
    )
    spacing: Annotated[str, Choice(("random", "even"))] = key(
        "how bursts follow one another: as a Poisson process, or one as long after the other as the demand says; not published, a parameter",
        "random",
    )
    order: Annotated[str, Choice(("fifo", "round-robin"))] = key(
        "how bursts share the guest's VPs: in turn, or by the guest quantum", "fifo"
    )
    threads: Annotated[int, Count(0, MOST_THREADS)] = key("how many bursts run at once; 0 means no bound", 0)
    measured: Annotated[str, Choice(MEASURED)] = key(MEASURED_DOC, "native")

    @property
    def service(self) -> Distribution:
        """The CPU time of a burst."""
        return self.burst

    @property
    def interarrival(self) -> Distribution:
        """The time between bursts that keep one processor busy."""
        kind: Any = Exponential if self.spacing == "random" else Deterministic
        found: Distribution = kind.model_construct(mean=max(1.0, self.burst.average_ns))
        return found

    def rates(self, vps: int) -> Rates:
        """Give the demand in busy processors, for a guest of so many VPs."""
        times = self.scale * (vps / 100 if self.unit == "%" else 1.0)
        *starts, end = (round(at * self.stretch) for at in self.times)
        points = [(at, each * times) for at, each in zip(starts, self.demand, strict=True)]
        if starts[0] > 0:
            points.insert(0, (0, 0.0))
        return Rates((*points, (end, 0.0)), end if self.repeat else None)


class IdleWorkload(AnyWorkload):
    """Nothing to do."""

    kind: Literal["idle"] = key("nothing to do", "idle")


Workload: TypeAlias = Annotated[
    ClosedWorkload | OpenWorkload | TraceWorkload | IdleWorkload, Field(discriminator="kind")
]
"""What a guest does."""

RequestWorkload: TypeAlias = OpenWorkload | TraceWorkload
"""A workload whose work arrives whatever the host does."""


def has_spin_lock(workload: Workload) -> bool:
    """Tell whether the guest's threads spin for a lock."""
    return isinstance(workload, ClosedWorkload) and workload.lock is not None and workload.lock.kind != "park"


def is_ticket_lock(workload: Workload) -> bool:
    """Tell whether the guest's threads spin for a lock in the order in which they came to it."""
    return (
        isinstance(workload, ClosedWorkload) and workload.lock is not None and workload.lock.kind == "ticket"
    )
