from typing import Annotated, ClassVar, Literal, TypeAlias

from pydantic import Field

from hvecs.spec.code import CODE, MEMORY_BOUND, WORKING_SET
from hvecs.spec.distributions import Distribution
from hvecs.spec.kinds import Choice, Count, Planned
from hvecs.spec.table import Table, key
from hvecs.spec.units import TIB, Duration, Percent, Rate, Size

MOST_THREADS = 4_000_000
MEASURED = ("native", "guest")
MEASURED_DOC = (
    "how the CPU times of this workload were measured: on the bare machine, or by a guest's own clock on an otherwise idle host with these "
    "costs; so they are not slowed twice"
)


class _Workload(Table):
    tag_key: ClassVar[str] = "kind"
    planned_tags: ClassVar[tuple[str, ...]] = ("trace",)

    kind: str = key("what the guest does", "idle")
    memory_bound: Annotated[float, Percent()] = key(MEMORY_BOUND, CODE["compute"]["memory_bound"])
    working_set: Annotated[int, Size(high=TIB)] = key(WORKING_SET, CODE["compute"]["working_set"])


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


class ClosedWorkload(_Workload):
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


class OpenWorkload(_Workload):
    """Requests that arrive whatever the host does; what waits is counted, and none is dropped but at a full ring of the network."""

    kind: Literal["open"] = key("requests arrive whatever the host does", "open")
    rate: Annotated[float | None, Rate()] = key(
        "requests per time at each guest, as a Poisson process; or give arrivals", None
    )
    arrivals: Distribution | None = key("time between two arrivals; or give rate", None)
    profile: Annotated[None, Planned("a name")] = key("how the rate changes over the day", None)
    service: Distribution = key("CPU time of one request, at native speed unless measured says otherwise")
    order: Annotated[str, Choice(("fifo", "round-robin"))] = key(
        "how requests share the guest's VPs: in turn, or by the guest quantum", "fifo"
    )
    threads: Annotated[int, Count(0, MOST_THREADS)] = key(
        "how many requests are served at once; 0 means no bound", 0
    )
    measured: Annotated[str, Choice(MEASURED)] = key(MEASURED_DOC, "native")


class IdleWorkload(_Workload):
    """Nothing to do."""

    kind: Literal["idle"] = key("nothing to do", "idle")


Workload: TypeAlias = Annotated[ClosedWorkload | OpenWorkload | IdleWorkload, Field(discriminator="kind")]
"""What a guest does."""


def has_spin_lock(workload: Workload) -> bool:
    """Tell whether the guest's threads spin for a lock."""
    return isinstance(workload, ClosedWorkload) and workload.lock is not None and workload.lock.kind != "park"
