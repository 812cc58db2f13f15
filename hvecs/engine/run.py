"""Run: a scenario is built, stepped to its end, and drained into a sink."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Protocol

from hvecs.engine.changes import event_rows, refused
from hvecs.engine.left_off import left_off_warnings
from hvecs.engine.measurement import Measurement
from hvecs.engine.migrations import migration_rows
from hvecs.engine.outcome import Outcome
from hvecs.engine.plan import PartitionPlan
from hvecs.engine.rows import Rows
from hvecs.engine.stage import Stage
from hvecs.engine.starts import start_warnings
from hvecs.engine.stopwatch import Stopwatch
from hvecs.engine.world import World
from hvecs.spec.scenario import Scenario
from systems import SCHEDULE
from systems.guest.jobs import end_jobs
from systems.loop import record_running
from systems.policy import Policy
from systems.schedule import Schedule
from systems.state.migrations import end_migrations
from systems.system import System

_LONGEST_CALL_NS = 10_000_000_000
"""Simulated time of one call of a kernel: between calls, progress is shown and an interrupt is noticed."""


Progress = Callable[[int, int], None]
Wanted = Callable[[int, int], bool]


class Sink(Protocol):
    """Takes the rows of the output tables as they come."""

    def write(self, table: str, columns: Mapping[str, Any]) -> None:
        """Append rows to `table`: columns of equal length; NaN, or masked, where there is no value."""


def simulate(  # noqa: PLR0913 - what may be asked of it
    scenario: Scenario,
    sink: Sink,
    *,
    on_progress: Progress | None = None,
    wanted: Wanted | None = None,
    fused: bool = True,
    schedule: Schedule = SCHEDULE,
    systems: Sequence[System] = (),
    policy: Policy | None = None,
    stopwatch: Stopwatch | None = None,
    stage: Stage | None = None,
) -> Outcome:
    """Simulate `scenario`, write its tables to `sink`, and return its outcome.

    Args:
        scenario: what is simulated.
        sink: takes the rows.
        on_progress: is called with (now_ns, end_ns) every few seconds of simulated time.
        wanted: says, before `on_progress` is called, whether the sink is to have all samples up to then; otherwise it gets them later.
        fused: off, every system is called from Python at every step; the tables are the same to the byte.
        schedule: what runs.
        systems: systems of one's own, those that the scenario names included (see `load_systems`).
        policy: the scheduling policy; None for the one that the scenario names.
        stopwatch: counts the CPU time of it all.
        stage: what was built, schedule, systems and policy included, of a scenario that differs from this one in its seed alone.
    """
    stopwatch = stopwatch or Stopwatch()
    with stopwatch.timing("build_s"):
        stage = stage or Stage(scenario, schedule, systems, policy, stopwatch)
        world = stage.begun(scenario.scenario.seed, stopwatch)
    with stopwatch.timing("loop_s"):
        progress = None if on_progress is None else _told(world, on_progress, wanted)
        return _simulated(stage, scenario, _Timed(sink, stopwatch), progress, fused=fused)


def _told(world: World, on_progress: Progress, wanted: Wanted | None) -> Progress:
    """Return what tells of progress, once the sink has the samples that are wanted."""

    def tell(now_ns: int, end_ns: int) -> None:
        if wanted is not None and wanted(now_ns, end_ns):
            world.drain_samples()
        on_progress(now_ns, end_ns)

    return tell


class _Timed:
    """A sink whose time counts as writing."""

    def __init__(self, sink: Sink, stopwatch: Stopwatch) -> None:
        self._sink, self._stopwatch = sink, stopwatch

    def write(self, table: str, columns: Mapping[str, Any]) -> None:
        with self._stopwatch.timing("write_s"):
            self._sink.write(table, columns)


def _simulated(
    stage: Stage, scenario: Scenario, sink: Sink, on_progress: Progress | None, *, fused: bool
) -> Outcome:
    world, plans, rows = stage.world, stage.plans, stage.rows
    world.on_rows = sink.write
    world.on_samples = lambda: _write_samples(rows, sink)
    traces: dict[str, Callable[[], dict[str, Any]]] = {
        "dispatch": rows.of_dispatches,
        "intercept": rows.of_intercepts,
        "memory_operation": rows.of_operations,
        "migration": lambda: migration_rows(world, plans, scenario),
    }
    world.on_trace = lambda table: sink.write(table, traces[table]())
    measurement = _run(world, scenario.scenario.warm_up, fused, on_progress)
    if world.tables.scheduler[0].dispatch_room:
        record_running(world.tables, world.tables.clock[0].now_ns)
    end_migrations(world.tables, world.tables.clock[0].now_ns)
    world.drain_traces()
    world.drain_operations()
    world.drain_samples()
    end_jobs(world.tables, world.tables.clock[0].now_ns)
    sink.write("job", rows.of_jobs())
    if scenario.event:
        sink.write("event", event_rows(world, scenario))
    return measurement.take(world, plans, tuple(_warnings(world, plans, scenario)))


def _write_samples(rows: Rows, sink: Sink) -> None:
    for table, columns in rows.of_samples():
        sink.write(table, columns)


def _run(world: World, warm_up_ns: int, fused: bool, on_progress: Progress | None) -> Measurement:
    """Advance to the end of the run, sample by sample; return the measurement begun at the end of the warm-up."""
    clock = world.clock
    measurement = Measurement(world)
    step_to = world.advance if fused else world.step
    now, end_ns, sample_ns = clock.now_ns, clock.end_ns, clock.sample_ns
    while now < end_ns and not world.is_finished():
        until = min(_next_multiple(now, sample_ns), _next_multiple(now, _LONGEST_CALL_NS), end_ns)
        if now < warm_up_ns < until:
            until = warm_up_ns
        step_to(world.next_stop(until))
        now = clock.now_ns
        if now == warm_up_ns:
            measurement = Measurement(world)
        elif now == until or world.is_finished():  # not where a system of one's own alone has stopped it
            measurement.batches.note()
        if on_progress is not None:
            on_progress(now, end_ns)
    return measurement if now >= warm_up_ns else Measurement(world)


def _next_multiple(now: int, every: int) -> int:
    return (now // every + 1) * every


def _warnings(world: World, plans: tuple[PartitionPlan, ...], scenario: Scenario) -> Iterator[str]:
    """Say which guests did not start, were not restarted, or did not finish."""
    w = world.tables
    yield from start_warnings(world, plans, scenario)
    yield from left_off_warnings(world, plans, scenario)
    closed = [
        plan.name
        for plan, layout, no_memory in zip(plans, w.layouts, w.lifetimes.denied, strict=True)
        if plan.job is not None and not no_memory and w.closed[layout.job].finished_ns < 0
    ]
    if closed:
        yield f"the run ended before the work of {', '.join(closed)} was done"
    if w.clock[0].now_ns < scenario.scenario.warm_up:
        yield "the run ended within its warm-up: nothing was measured"
    yield from refused(world, scenario)
