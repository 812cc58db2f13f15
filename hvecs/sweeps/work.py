"""The work of a worker: the runs of one batch, one after the other, in one world each."""

import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from threading import Lock
from typing import Any, Final, Literal

from hvecs.engine import Outcome, simulate
from hvecs.engine.own_systems import load_systems
from hvecs.output.errors import OutputError
from hvecs.output.judged import VERDICT, WARNINGS
from hvecs.output.outcomes import NOT_STARTED, WITHOUT_MEMORY, names_cell
from hvecs.output.table import Table
from hvecs.output.timestamps import Stamped
from hvecs.spec import Scenario
from hvecs.spec.sweep import SweepOutcome
from hvecs.sweeps.batch import BatchWriter
from hvecs.sweeps.columns import outcome_cells, parameter_cell, with_run
from hvecs.sweeps.place import Store
from hvecs.sweeps.plan import Batch, Plan, Run
from hvecs.sweeps.reduction import Reduction
from hvecs.sweeps.stages import Stages
from hvecs.sweeps.store import open_store
from hvecs.user_code import is_allowed, leave
from hvecs.verdict import Verdict, WithoutMemory
from hvecs.verdict.watch import Watch

Cause = Literal["error", "killed", "memory", "interrupted"]
PASSING: Final[frozenset[Cause]] = frozenset({"killed", "memory", "interrupted"})
"""What a run may fail of that does not lie in the run: it is made again when the sweep is resumed."""

_WORLD: Final = Lock()
"""esper has one world a process: runs in threads of one process wait for each other."""

Tell = Callable[[str, "RunError | None"], None]
"""Is told the id of a run that has ended, and why it failed if it did."""


@dataclass(frozen=True)
class RunError:
    """Why a run failed: one line, where it happened, and of what kind that is.

    What killed its worker, took its memory or interrupted it may go another way next time; an error of its own does not.
    """

    error: str
    traceback: str
    cause: Cause = "error"


@dataclass(frozen=True)
class Context:
    """What all batches of a sweep have in common; it goes to each worker once."""

    place: str
    name: str
    tables: tuple[Table, ...]
    runs_table: Table
    paths: tuple[str, ...]
    outcomes: tuple[SweepOutcome, ...]
    schedulers: tuple[str, ...]
    allow_code: bool = False
    """Whether workers may execute files that a scenario names: what the process that plans may."""


@dataclass(frozen=True)
class Task:
    """A batch: its runs, and the scenario and parameters of each of their points.

    `broken` are runs that are known to fail, with the reason; they are not made.
    """

    name: str
    runs: tuple[Run, ...]
    seeds: Mapping[int, int]
    scenarios: Mapping[int, bytes] = field(repr=False)
    points: Mapping[int, Sequence[Any]] = field(repr=False)
    broken: Mapping[str, RunError] = field(default_factory=dict)


def context_of(plan: Plan, place: str) -> Context:
    """Give what the batches of a plan have in common."""
    return Context(
        place=place,
        name=plan.sweep.sweep.name,
        tables=plan.declared(),
        runs_table=plan.runs_table,
        paths=plan.paths,
        outcomes=tuple(plan.sweep.outcome),
        schedulers=plan.schedulers,
        allow_code=is_allowed(),
    )


def task_of(plan: Plan, batch: Batch, broken: Mapping[str, RunError] | None = None) -> Task:
    """Give one batch with all that it needs, and the runs of it that are known to fail."""
    runs = plan.runs[batch.start : batch.stop]
    points = {run.point for run in runs}
    return Task(
        batch.name,
        runs,
        {run.replication: plan.seeds[run.replication] for run in runs},
        {point: plan.scenarios[point] for point in points},
        {point: plan.points[point] for point in points},
        broken or {},
    )


def make_batch(
    context: Context, task: Task, tell: Tell, store: Store | None = None, stages: Stages | None = None
) -> int:
    """Make the runs of a batch and publish its files; gives the number of runs that failed.

    A run that fails leaves a row with its error, and nothing in the other tables. Whatever `tell` raises ends the batch.

    Args:
        context: what the batches of the sweep have in common.
        task: the batch.
        tell: is told of each run that has ended, again if the batch is begun again.
        store: where the files go, instead of the place of the context.
        stages: what was built for earlier batches of the sweep by this process, and is used again.

    Raises:
        OutputError: the files cannot be written; nothing of the batch is left.
    """
    broken = dict(task.broken)
    store = open_store(context.place) if store is None else store
    with _WORLD, leave(context.allow_code):
        runs = _Runs(context, task, stages or Stages())
        while not _made(runs, broken, tell, store):
            pass  # a long run failed with rows in the file already: again, without it
    return len(broken)


def _made(runs: "_Runs", broken: dict[str, RunError], tell: Tell, store: Store) -> bool:
    """Make a batch without the runs that are known to fail; False if one more must be left out."""
    writer = runs.writer(store)
    try:
        for run in runs.task.runs:
            error = broken.get(run.run)
            if error is None:
                error = runs.make(run, writer)
                if error is not None:
                    broken[run.run] = error
                    if not writer.take_back():
                        writer.abort()
                        return False
            if error is not None:
                writer.end_run(runs.row(run) | {"status": "failed", **asdict(error)})
            tell(run.run, error)
        writer.close()
    except BaseException:
        writer.abort()
        raise
    return True


class _Runs:
    """Makes the runs of one batch."""

    def __init__(self, context: Context, task: Task, stages: Stages) -> None:
        self.task = task
        self._context = context
        self._stages = stages
        columns = {column.name: column for column in context.runs_table.columns}
        self._parameters = [columns[path] for path in context.paths]

    def writer(self, store: Store) -> BatchWriter:
        """Begin the files of the batch."""
        tables = [with_run(table) for table in self._context.tables]
        return BatchWriter(store, self.task.name, tables, self._context.runs_table)

    def make(self, run: Run, writer: BatchWriter) -> RunError | None:
        """Simulate a run into the writer; gives the error if it fails."""
        point = self.task.scenarios[run.point]
        scenario = _seeded(self._stages.scenario(point), self.task.seeds[run.replication])
        found = [(each, Reduction(each, scenario.scenario.warm_up)) for each in self._context.outcomes]
        by_table: dict[str, list[Reduction]] = {}
        for outcome, reduction in found:
            by_table.setdefault(outcome.table, []).append(reduction)
        writer.begin_run(run.run, by_table)
        try:
            watch = Watch(scenario)
            sink = Stamped(watch.over(writer), scenario.scenario.start_time)
            systems, stage = load_systems(scenario), self._stages.stage(point)
            outcome_of_run = simulate(scenario, sink, systems=systems, stage=stage)
            absent = WithoutMemory.of(outcome_of_run.without_memory, outcome_of_run.not_started)
            row = self.row(run) | _cells(outcome_of_run, watch.verdict(absent))
            if not outcome_of_run.not_started:
                row |= {outcome.name: reduction.value(outcome_of_run) for outcome, reduction in found}
        except OutputError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever a run dies of, the others go on
            self._stages.leave(point)
            return RunError(_line(error), "".join(traceback.format_exception(error)), _cause(error))
        writer.end_run(row | {"status": "ok"})
        return None

    def row(self, run: Run) -> dict[str, Any]:
        """Give what is known of a run beforehand."""
        point = self.task.points[run.point]
        parameters = {
            column.name: parameter_cell(column, value)
            for column, value in zip(self._parameters, point, strict=True)
        }
        return {
            **run._asdict(),
            "scenario": self._context.name,
            "seed": self.task.seeds[run.replication],
            **parameters,
        }


def _seeded(scenario: Scenario, seed: int) -> Scenario:
    """Give a scenario with another seed."""
    return scenario.model_copy(update={"scenario": scenario.scenario.model_copy(update={"seed": seed})})


def _cells(outcome: Outcome, verdict: Verdict) -> dict[str, Any]:
    """Give the cells of a run; a point of which a guest did not start has no outcomes, as they would be those of another."""
    times = {
        "simulated_ns": outcome.simulated_ns,
        "measured_ns": outcome.measured_ns,
        NOT_STARTED.name: names_cell(outcome.not_started),
        WITHOUT_MEMORY.name: names_cell(outcome.without_memory),
    }
    judged = verdict.cells(outcome.warnings)
    if outcome.not_started:
        return times | {name: judged[name] for name in (VERDICT.name, WARNINGS.name)}
    return outcome_cells(outcome.without_steady_state(verdict.saturated)) | times | judged


def _cause(error: Exception) -> Cause:
    match error:
        case MemoryError():
            return "memory"
        case InterruptedError():
            return "interrupted"
    return "error"


def _line(error: Exception) -> str:
    text = next(iter(str(error).splitlines()), "")
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
