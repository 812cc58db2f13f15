"""Keys of memory: how Dynamic Memory balances, its settings in a guest, and what a guest demands."""

import math
from typing import Annotated, Any, ClassVar, Literal, TypeAlias

from pydantic import Field, WrapValidator, create_model

from hvecs.spec.distributions import read_already
from hvecs.spec.kinds import Choice, Count, Number, Text
from hvecs.spec.table import Table, key
from hvecs.spec.units import GIB, MIB, MINUTE, MS, Duration, Percent, Rate, Size

SMALL_PAGE = 4096
LARGE_PAGE = 2 * MIB
MOST_POINTS = 1_000_000

_DAY_POINTS = 96
_HALF = 0.5


class Balancing(Table):
    """Parameters of Dynamic Memory that are not published for the product, but for the reports' times."""

    period: Annotated[int, Duration(low=MS)] = key(
        "memory is balanced so often, by the guests' last reports; not published", "1 s"
    )
    report: Annotated[int, Duration(low=MS)] = key("time between two reports of a guest [LNX-BAL]", "1 s")
    first_report: Annotated[int, Duration()] = key(
        "first report of a guest after its start [LNX-BAL]; before it, memory is neither given nor taken",
        "45 s",
    )
    policy: Annotated[str, Choice(("pressure", "weight"))] = key(
        "how memory is shared when it is short: to each by what it has committed and its weight, so that equal weights have equal "
        "pressure, or its minimum and beyond that by weight alone",
        "pressure",
    )
    most_added: Annotated[int, Size(low=2 * MIB)] = key(
        "most that a guest is given at one balancing", "1 GiB"
    )
    most_removed: Annotated[int, Size(low=2 * MIB)] = key(
        "most that a guest loses at one balancing", "256 MiB"
    )
    hot_add: Annotated[int, Size(low=2 * MIB, high=64 * GIB)] = key(
        "what a guest is shown beyond all it has seen is a multiple of this [LNX-BAL]", "128 MiB"
    )
    online: Annotated[int, Duration()] = key(
        "time that a guest takes to bring one such chunk online; a guest waits 5 s for one at most [LNX-BAL], what it takes is not "
        "published",
        "125 ms",
    )
    surplus: Annotated[str, Choice(("kept", "taken"))] = key(
        "whether a guest keeps memory beyond its target as long as no other wants it; not published", "kept"
    )
    start_retry: Annotated[int, Duration(low=MS)] = key(
        "a start that found no memory is tried again after this; not published", "30 s"
    )
    start_policy: Annotated[str, Choice(("retry", "cluster", "once"))] = key(
        'how often: "retry" every start_retry, "cluster" three times more half a second apart, then once an hour [CLUS], "once" not again',
        "retry",
    )
    start_timeout: Annotated[int, Duration(low=MS)] = key(
        "how long a start waits for memory that others give up before it is refused; not published", "1 min"
    )
    low_buffer: Annotated[float, Percent()] = key(
        "a guest that has less than this share of its buffer left is Low in memory_status; with nothing left of it Warning; not published",
        "50 %",
    )
    deadband: Annotated[float, Percent(high=50)] = key(
        "a guest nearer to what it should hold is left alone", "0.5 %"
    )


class DynamicMemory(Table):
    """The settings of Dynamic Memory [WSD dynamic-memory.md]."""

    startup: Annotated[int, Size(low=32 * MIB)] = key("memory at the start")
    minimum: Annotated[int, Size(low=32 * MIB)] = key("least memory", "512 MiB")
    maximum: Annotated[int, Size(low=32 * MIB)] = key("most memory", "1 TiB")
    buffer: Annotated[float, Percent(low=5, high=2000)] = key(
        "memory beyond what is committed, where there is enough", "20 %"
    )
    weight: Annotated[int, Count(0, 10_000)] = key("share against others' when memory is short", 5000)


class _Demand(Table):
    tag_key: ClassVar[str] = "kind"
    example: ClassVar[str] = 'a demand such as { kind = "constant", committed = "1 GiB" }'

    working_set: Annotated[float, Percent()] = key(
        "share of the committed memory that is touched steadily", "80 %"
    )
    file_cache: Annotated[int, Size()] = key(
        "what the guest's file cache would like to have beyond that; it gives way to all else", "0 B"
    )
    cache_reads: Annotated[float, Rate()] = key(
        "reads of file data in each second of the guest's run time that miss where the page is not in the file cache; not published, a "
        "parameter",
        "200 /s",
    )
    modified: Annotated[float, Percent()] = key(
        "share of the file cache that has been changed and not yet written; not published, a parameter", "5 %"
    )
    access_rate: Annotated[float, Rate()] = key(
        "touches of the working set in each second of the guest's run time that miss where the page is not in memory; not "
        "published, a parameter",
        "1000 /s",
    )
    access: Annotated[str, Choice(("uniform", "zipf"))] = key(
        "which pages of the working set are touched: all alike, or some more than others", "uniform"
    )
    zipf_exponent: Annotated[float, Number(0, 4)] = key("exponent of the Zipf distribution", 1.0)
    changed: Annotated[float, Percent()] = key(
        "share of the pages that make way for another that must be written to disk first", "50 %"
    )

    def points(self) -> tuple[tuple[int, int], ...]:
        """Give the demand as points of simulated time (ns) and committed memory (bytes); it is linear between them."""
        raise NotImplementedError

    @property
    def cycle(self) -> int | None:
        """The time (ns) after which the points begin again, if they do."""
        return None


class Constant(_Demand):
    """Always the same."""

    kind: Literal["constant"] = key("always the same", "constant")
    committed: Annotated[int, Size()] = key("committed memory")

    def points(self) -> tuple[tuple[int, int], ...]:
        """Give one point."""
        return ((0, self.committed),)


class _RampBase(_Demand):
    def points(self) -> tuple[tuple[int, int], ...]:
        """Give the points where the change begins and ends."""
        first, last, start = getattr(self, "from"), self.to, self.start  # type: ignore[attr-defined]
        return ((start, first), (start + self.over, last))  # type: ignore[attr-defined]


_ramp_keys: dict[str, Any] = {
    "kind": (Literal["ramp"], key("from one amount to another", "ramp")),
    "from": (Annotated[int, Size()], key("committed memory at first")),
    "to": (Annotated[int, Size()], key("committed memory at last")),
    "over": (Annotated[int, Duration(low=1)], key("how long the change takes")),
    "start": (Annotated[int, Duration()], key("simulated time at which the change begins", "0 s")),
}
Ramp = create_model(  # `from` is no name in Python
    "Ramp",
    __base__=_RampBase,
    __doc__="From one amount to another, evenly.",
    __module__=__name__,
    **_ramp_keys,
)


class Step(Table):
    """A change of demand."""

    at: Annotated[int, Duration()] = key("simulated time")
    committed: Annotated[int, Size()] = key("committed memory from then on")


class Steps(_Demand):
    """Changes all at once."""

    kind: Literal["steps"] = key("changes all at once", "steps")
    steps: tuple[Step, ...] = key("the changes, in order of time; before the first, its amount holds")

    def points(self) -> tuple[tuple[int, int], ...]:
        """Give two points for each change, a nanosecond apart."""
        points = [(0, self.steps[0].committed)]
        for step in self.steps:
            if step.at > points[-1][0]:
                points += [(step.at - 1, points[-1][1]), (step.at, step.committed)]
        return tuple(points)


class Diurnal(_Demand):
    """Up and down once a day, as a sine."""

    kind: Literal["diurnal"] = key("up and down once a day, as a sine", "diurnal")
    low: Annotated[int, Size()] = key("least committed memory")
    high: Annotated[int, Size()] = key("most committed memory")
    peak: Annotated[int, Duration()] = key("simulated time of the first peak", "14 h")
    period: Annotated[int, Duration(low=MINUTE)] = key("length of a day", "24 h")

    def points(self) -> tuple[tuple[int, int], ...]:
        """Give 97 points of a cosine around the day: the straight lines between them err by at most 0.06 % of its height."""
        mean, height = (self.low + self.high) * _HALF, (self.high - self.low) * _HALF
        return tuple(
            (
                self.period * i // _DAY_POINTS,
                round(mean + height * math.cos(2 * math.pi * (i / _DAY_POINTS - self.peak / self.period))),
            )
            for i in range(_DAY_POINTS + 1)
        )

    @property
    def cycle(self) -> int | None:
        """The length of a day."""
        return self.period


class Trace(_Demand):
    """As measured: a text file with a duration and a size on each line, in order of time."""

    kind: Literal["trace"] = key("as measured, from a file", "trace")
    times: Annotated[tuple[Annotated[int, Duration()], ...], WrapValidator(read_already)] = key(
        "simulated times; or give file", ()
    )
    committed: Annotated[tuple[Annotated[int, Size()], ...], WrapValidator(read_already)] = key(
        "committed memory at each of the times; linear between them", ()
    )
    file: Annotated[str | None, Text("the name of a file")] = key(
        "in place of both: a text file with a simulated time, a comma and a size on each line, or the Parquet file of a public trace, with its "
        "column committed_bytes; relative to the scenario file",
        None,
    )
    vm: Annotated[str | None, Text("the name of a VM")] = key(
        "whose rows are read of a Parquet file, as of the workload's trace", None
    )

    def points(self) -> tuple[tuple[int, int], ...]:
        """Give the lines of the file."""
        return tuple(zip(self.times, self.committed, strict=True))


MemoryDemand: TypeAlias = Annotated[
    Constant | Ramp | Steps | Diurnal | Trace,  # type: ignore[valid-type]
    Field(discriminator="kind"),
]
"""What a guest commits over time."""
