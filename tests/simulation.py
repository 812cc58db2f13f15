"""How tests simulate: a scenario is a nested dict, its results are pandas frames and the outcome."""

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import tomli_w
from hypothesis import strategies as st

from hvecs.engine import Outcome, PartitionOutcome, simulate
from hvecs.spec import Scenario, load

US, MS, S = 1_000, 1_000_000, 1_000_000_000
FREE = {"preset": "none"}
IDLE = {"kind": "idle"}

Block = dict[str, Any]


def ns(value: float) -> str:
    """Write a duration as scenario files have it."""
    return f"{round(value)} ns"


def fixed(mean_ns: float) -> Block:
    """A distribution without spread."""
    return {"distribution": "deterministic", "mean": ns(mean_ns)}


def exponential(mean_ns: float) -> Block:
    return {"distribution": "exponential", "mean": ns(mean_ns)}


def lognormal(mean_ns: float, cv: float) -> Block:
    return {"distribution": "lognormal", "mean": ns(mean_ns), "cv": cv}


def closed(threads: int, work_ns: float, compute: Block, sleep: Block | None = None) -> Block:
    """A fixed amount of work; without `sleep` its threads stay runnable."""
    workload = {"kind": "closed", "threads": threads, "work": ns(work_ns), "compute": compute}
    return workload | ({} if sleep is None else {"sleep": sleep})


def opened(arrivals: Block, service: Block, **more: Any) -> Block:
    """Requests; `order` and `threads` may be added."""
    return {"kind": "open", "arrivals": arrivals, "service": service, **more}


def always_runnable(threads: int = 1) -> Block:
    """A workload that outlasts every test and never sleeps."""
    return closed(threads, 8_000 * 3_600 * S, fixed(7 * MS))


def guest(name: str, vps: int, workload: Block, **more: Any) -> Block:
    """A [[partition]] block, its system without a life of its own; `processor`, `guest`, `start`, `stop`, `count`, `memory` may be added."""
    block = {"name": name, "virtual_processors": vps, "memory": "64 MiB", "workload": workload, **more}
    return block | {"guest": {"profile": "none"} | block.get("guest", {})}


def mib(amount: float) -> str:
    """Write a size as scenario files have it."""
    return f"{amount} MiB"


def constant(committed_mib: float, **more: Any) -> Block:
    """A demand for memory that does not change."""
    return {"kind": "constant", "committed": mib(committed_mib), **more}


def dynamic(name: str, startup_mib: int, demand: Block, workload: Block = IDLE, **more: Any) -> Block:
    """A [[partition]] block with Dynamic Memory; of `more`, minimum, maximum, buffer and weight are its settings."""
    settings = {"startup": mib(startup_mib), "minimum": mib(min(startup_mib, 512))}
    settings |= {key: more.pop(key) for key in ("minimum", "maximum", "buffer", "weight") if key in more}
    block = guest(name, more.pop("vps", 1), workload, dynamic_memory=settings, memory_demand=demand, **more)
    del block["memory"]
    return block


def scenario(duration_ns: float, lps: int | Block, guests: Sequence[Block], **more: Any) -> Block:
    """A whole scenario; unless told otherwise without costs, root load and trace, and with one sample at the end.

    `lps` is a number or the keys of the topology. Of `more`, costs, scheduling, scheduler and hypervisor belong to the host, host
    has further keys of it, root is a table of its own, and the rest belongs to [scenario].
    """
    host = {"logical_processors": lps} if isinstance(lps, int) else dict(lps)
    host |= {"memory": "64 GiB", "limits": "none", "costs": FREE}
    host |= {key: more.pop(key) for key in ("costs", "scheduling", "hypervisor", "scheduler") if key in more}
    host |= more.pop("host", {})
    root = {"background_cpu": "0 %", "profile": "none"} | more.pop("root", {})
    times = {"name": "test", "duration": ns(duration_ns), "sample": ns(max(duration_ns, US))}
    return {"scenario": times | more, "host": host, "root": root, "partition": list(guests)}


def parsed(text: Block) -> Scenario:
    """The scenario as the program loads it from a file."""
    return _loaded(tomli_w.dumps(text))


@lru_cache(maxsize=4)
def _loaded(text: str) -> Scenario:
    """What is in the files that a text names does not count: no test changes them."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "scenario.toml"
        file.write_text(text, encoding="utf-8")
        return load(file)


_NO_DISPATCH = pd.DataFrame(
    {name: pd.Series(dtype="int64") for name in ("lp", "vp", "ready_ns", "start_ns", "end_ns")}
    | {name: pd.Series(dtype="object") for name in ("partition", "reason")}
)


@dataclass(frozen=True)
class Result:
    """What one run gave: its tables, and its outcome."""

    tables: Mapping[str, pd.DataFrame]
    outcome: Outcome

    def __getitem__(self, table: str) -> pd.DataFrame:
        return self.tables[table]

    def of(self, partition: str) -> PartitionOutcome:
        """The outcome of one partition."""
        return next(found for found in self.outcome.partitions if found.name == partition)

    @cached_property
    def vps(self) -> pd.DataFrame:
        """The VPs of guests and root together."""
        return pd.concat([self["virtual_processor"], self["root_virtual_processor"]], ignore_index=True)

    @property
    def dispatches(self) -> pd.DataFrame:
        """The dispatch trace; nothing is written of one without rows."""
        return self.tables.get("dispatch", _NO_DISPATCH)

    def same_as(self, other: "Result", *, tables: bool = True, intervals: bool = True) -> bool:
        """Tell whether the outcomes, with their intervals, and all tables are equal to the last digit."""
        mine, others = (
            found.outcome if intervals else _without_intervals(found.outcome) for found in (self, other)
        )
        if repr(mine) != repr(others):  # by repr, as NaN equals nothing
            return False
        return not tables or (
            self.tables.keys() == other.tables.keys()
            and all(frame.equals(other.tables[name]) for name, frame in self.tables.items())
        )


def _without_intervals(outcome: Outcome) -> Outcome:
    return replace(outcome, partitions=tuple(replace(each, intervals={}) for each in outcome.partitions))


class _Sink:
    """Keeps what it is given."""

    def __init__(self) -> None:
        self.parts: dict[str, list[Mapping[str, Any]]] = {}

    def write(self, table: str, columns: Mapping[str, Any]) -> None:
        kept = {name: np.array(each) if type(each) is np.ndarray else each for name, each in columns.items()}
        assert len({len(each) for each in kept.values()}) == 1, table
        self.parts.setdefault(table, []).append(kept)


class _Tables(Mapping[str, pd.DataFrame]):
    """The tables of a run: a frame is made of one when it is first asked for, which takes longer than many a run."""

    def __init__(self, parts: Mapping[str, list[Mapping[str, Any]]]) -> None:
        self._parts = parts
        self._frames: dict[str, pd.DataFrame] = {}

    def __getitem__(self, table: str) -> pd.DataFrame:
        if table not in self._frames:
            frames = [
                pd.DataFrame({name: _column(values) for name, values in columns.items()})
                for columns in self._parts[table]
            ]
            self._frames[table] = frames[0] if len(frames) == 1 else pd.concat(frames, ignore_index=True)
        return self._frames[table]

    def __iter__(self) -> Iterator[str]:
        return iter(self._parts)

    def __len__(self) -> int:
        return len(self._parts)


def _column(values: Any) -> Any:
    masked = hasattr(values, "mask")
    return pd.array(values.tolist(), dtype="Int64") if masked else np.asarray(values)


def run(text: Block, *, fused: bool = True, **more: Any) -> Result:
    """Simulate a scenario; `schedule` and `systems` of one's own may be added."""
    return collected(lambda sink: simulate(parsed(text), sink, fused=fused, **more))


def collected(simulated: Callable[[Any], Outcome]) -> Result:
    """What a simulation gives, and writes to the sink that it is given."""
    sink = _Sink()
    outcome = simulated(sink)
    return Result(_Tables(sink.parts), outcome)


_durations = st.one_of(
    st.sampled_from([50 * US, MS, 10 * MS]),
    st.integers(20 * US, 12 * MS),
    st.integers(200, 900).map(lambda n: n * US),
)
_distributions = st.one_of(
    st.builds(exponential, _durations),
    st.builds(fixed, _durations),
    st.builds(lognormal, _durations, st.sampled_from([0.5, 1.5])),
)
_closed = st.builds(
    closed, st.integers(1, 6), st.integers(MS, 400 * MS), _distributions, st.one_of(st.none(), _distributions)
)
_opened = st.builds(
    opened,
    st.builds(exponential, _durations),
    _distributions,
    order=st.sampled_from(["fifo", "round-robin"]),
    threads=st.integers(0, 3),
)


codes = st.fixed_dictionaries(
    {
        "memory_bound": st.sampled_from(["0 %", "12.5 %", "40 %", "100 %"]),
        "working_set": st.sampled_from(["0 B", "64 KiB", "1 MiB", "3 MiB"]),
    }
)
"""What the code of a guest is like."""

ENLIGHTENMENTS = ("synthetic_timers", "reference_tsc", "apic_assist", "flush_hypercall", "cluster_ipi")
mixes = st.one_of(
    st.sampled_from([{"preset": "none"}, {"preset": "compute"}, {"preset": "server"}]),
    st.dictionaries(
        st.sampled_from(
            [
                "cpuid",
                "msr",
                "emulated",
                "other",
                "remote_flushes",
                "ipis",
                "broadcasts",
                "cross_calls",
                "vtl_switches",
                "emulated_devices",
            ]
        ),
        st.integers(0, 20_000).map(lambda per_s: f"{per_s} /s"),
    ),
)


_io = st.fixed_dictionaries(
    {"network": st.booleans(), "per_request": st.integers(0, 2), "servers": st.integers(1, 3)},
    optional={
        "notify": st.just("message"),
        "buffers": st.integers(1, 3),
        "ring": st.integers(0, 3),
        "queue_depth": st.integers(1, 3),
        "device_class": st.sampled_from(["disk", "network", "other"]),
        "work": _distributions,
        "device": st.one_of(st.just(fixed(0)), _distributions),
        "completion": st.just(fixed(0)),
    },
)


@st.composite
def _guests(draw: st.DrawFn, name: str, lps: int, duration_ns: int) -> Block:
    processor: Block = {"weight": draw(st.one_of(st.just(100), st.integers(1, 10_000)))}
    if draw(st.booleans()):
        processor["cap"] = f"{draw(st.integers(1, 100))} %"
    if draw(st.booleans()):
        processor["affinity"] = sorted(draw(st.sets(st.integers(0, lps - 1), max_size=lps)))
    block = guest(
        name, draw(st.integers(1, 4)), draw(st.one_of(_closed, _opened, st.just(IDLE))), processor=processor
    )
    block["guest"] = {
        "profile": draw(st.sampled_from(["none", "linux", "windows-server-2022"])),
        "idle_wakes": draw(st.sampled_from(["0 /s", "300 /s", "9999 /s"])),
        "wake_accesses": draw(st.integers(0, 9)),
        "one_shot_ticks": draw(st.booleans()),
        "timer_writes": draw(st.integers(0, 3)),
        "quantum": ns(draw(st.sampled_from([100 * US, 1_234_567, 30 * MS]))),
        "tick": ns(draw(st.sampled_from([0, MS, 15_625 * US, 999_983]))),
        "idle_ticks": draw(st.integers(0, 3)) == 0,
        "tick_backlog": draw(st.integers(0, 9)),
    }
    if block["workload"]["kind"] == "open":
        block["io"] = draw(_io)
    if draw(st.booleans()):
        block["workload"] = block["workload"] | draw(codes)
    block["intercepts"] = draw(mixes)
    block["enlightenments"] = {name: draw(st.booleans()) for name in ENLIGHTENMENTS}
    if draw(st.booleans()):
        block["start"] = ns(start := draw(st.integers(0, duration_ns)))
        if draw(st.booleans()):
            block["stop"] = ns(start + draw(st.integers(1, duration_ns)))
    if draw(st.integers(0, 4)) == 0:
        block["memory"] = "40 GiB"  # the second of these does not fit and never starts
    return block


def _reserve(draw: st.DrawFn, guests: list[Block], lps: int) -> None:
    """Give some guests reserves, up to all of the host together."""
    even = 100 * lps // sum(block["virtual_processors"] for block in guests)
    for block in guests:
        most = min(even, int(block["processor"].get("cap", "100 %").split()[0]))
        block["processor"]["reserve"] = f"{draw(st.integers(0, most))} %"


_costs = st.one_of(
    st.just(FREE),
    st.just({"preset": "default", "root_wake_up": "1200 ns"}),
    st.fixed_dictionaries(
        {
            "context_switch": st.integers(0, 90 * US).map(ns),
            "dispatch": st.integers(0, 20 * US).map(ns),
            "lp_wake_up": st.integers(0, 20 * US).map(ns),
            "cache_refill": st.integers(0, 300 * US).map(ns),
            "interference": st.sampled_from(["0 %", "37 %", "250 %"]),
            "nested_paging": st.sampled_from(["0 %", "13 %", "90 %"]),
            "remote_memory": st.sampled_from(["0 %", "41 %"]),
            "hlt": st.integers(0, 90 * US).map(ns),
            "msr_access": st.integers(0, 9 * US).map(ns),
            "external_interrupt": st.integers(0, 5 * US).map(ns),
        }
    ).map(lambda costs: costs | {"root_wake_up": costs["lp_wake_up"]}),
)
"""Costs; LPs wake alike for guests and root, so that a trace can be checked without knowing for whom."""


@st.composite
def _hosts(draw: st.DrawFn, scheduler: str, threads_per_core: Sequence[int], *, numa: bool) -> Block:
    """The keys of a topology of 1 to 8 LPs, with and without SMT, and with several NUMA nodes if `numa`."""
    shapes = [
        *((1, n, 1) for n in range(1, 9)),
        *((2, 1, 1), (2, 2, 1), (2, 3, 1), (2, 4, 1), (4, 2, 1)),
        *((1, 1, 2), (1, 2, 2), (1, 3, 2), (1, 4, 2), (2, 1, 2), (2, 2, 2)),
    ]
    shapes = [shape for shape in shapes if shape[2] in threads_per_core]
    sockets, cores, threads = draw(st.sampled_from(shapes))
    host: Block = {"sockets": sockets, "cores_per_socket": cores, "threads_per_core": threads}
    host |= {"scheduler": scheduler, "smt_yield": draw(st.sampled_from([1.31, 1.0, 0.9999, 2.0]))}
    if draw(st.booleans()):
        host["cache"] = {"size": f"{draw(st.integers(1, 9))} MiB", "cores": draw(st.integers(0, 3))}
    host["memory_bus"] = {"bandwidth": draw(st.sampled_from(["10 GiB/s", "80 GiB/s"]))}
    if numa and sockets * cores % 2 == 0 and draw(st.booleans()):
        host |= {"numa_nodes": 2, "numa_spanning": draw(st.booleans())}
    return host


def lps_of(host: Block) -> int:
    """How many LPs the keys of a topology give."""
    if "logical_processors" in host:
        return int(host["logical_processors"])
    return int(host["sockets"] * host["cores_per_socket"] * host.get("threads_per_core", 1))


def _suits(block: Block, host: Block) -> Block:
    """Leave out of a guest what its host would refuse."""
    if host["scheduler"] == "root":
        kept = ("affinity", "threads_per_core")
        block["processor"] = {key: value for key, value in block["processor"].items() if key in kept}
    processor = block["processor"]
    if not host.get("numa_spanning", True):
        first = lps_of(host) // 2
        if "affinity" in processor:
            processor["affinity"] = [lp for lp in processor["affinity"] if lp < first]
        block["memory"] = "64 MiB"
    return block


_refinements = st.fixed_dictionaries(
    {},
    optional={
        "lock_extension": st.sampled_from(["50 us", "1 ms"]),
        "recent": st.sampled_from(["1 ms", "20 ms"]),
        "interrupt_threshold": st.sampled_from(["20 /s", "300 /s"]),
        "interrupt_window": st.sampled_from(["5 ms", "7777 us"]),
    },
)

ROOT_PROFILES = ("none", "windows-server-2022")
"""For tests that look at no dispatch trace: what an idle root does is settled as a rate, and is not in it."""


@st.composite
def scenarios(  # noqa: PLR0913 - each narrows what is drawn
    draw: st.DrawFn,
    costs: st.SearchStrategy[Block] = _costs,
    schedulers: Sequence[str] = ("classic", "core", "root"),
    threads_per_core: Sequence[int] = (1, 2),
    root_profiles: Sequence[str] = ("none",),
    *,
    numa: bool = True,
    refined: bool = False,
) -> Block:
    """Small hosts of every kind, with dispatches traced: 1 to 8 LPs, 1 to 4 guests, times that do not divide; with what is off by default if `refined`."""
    host = draw(_hosts(draw(st.sampled_from(schedulers)), threads_per_core, numa=numa))
    lps = lps_of(host)
    duration = draw(st.integers(20 * MS, 150 * MS))
    guests = [draw(_guests(f"g{i}", lps, duration)) for i in range(draw(st.integers(1, 4)))]
    for block in guests:
        if draw(st.booleans()):
            block["processor"]["threads_per_core"] = draw(st.integers(0, host["threads_per_core"]))
    if draw(st.booleans()):
        _reserve(draw, guests, lps)
    return scenario(
        duration,
        host,
        [_suits(block, host) for block in guests],
        costs=draw(costs),
        scheduling={
            "slice": ns(draw(st.sampled_from([10 * MS, MS, 3_333_333]))),
            "cap_period": ns(draw(st.sampled_from([100 * MS, 10 * MS, 1_700_001]))),
            "reserve": draw(st.sampled_from(["reserve-first", "period-budget", "floor"])),
            "longest_stay": draw(st.sampled_from(["50 us", "3 us"])),
        }
        | (draw(_refinements) if refined else {}),
        root={
            "background_cpu": f"{draw(st.sampled_from([0, 0, 1, 30]))} %",
            "profile": draw(st.sampled_from(root_profiles)),
            "intercepts": draw(mixes),
            "virtual_processors": draw(st.one_of(st.just("all"), st.integers(1, lps))),
        },
        step=ns(draw(st.sampled_from([10 * MS, 777_777, 13_000_001]))),
        sample=ns(draw(st.one_of(st.integers(duration // 20, 2 * duration), st.just(10 * MS)))),
        warm_up=ns(draw(st.one_of(st.just(0), st.integers(0, duration - 1)))),
        seed=draw(st.integers(0, 2**32)),
        trace=["dispatch", "intercept"],
    )
