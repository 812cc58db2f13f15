"""A run from a scenario to its tables: what the command line and the Python API have in common."""

from dataclasses import dataclass, field, replace
from typing import Final

from hvecs.cli.results import MOST_COLUMNS, runs_row
from hvecs.engine import Outcome
from hvecs.engine.own_systems import own_tables
from hvecs.engine.run import Progress, Sink, Wanted, simulate
from hvecs.engine.stopwatch import Stopwatch
from hvecs.output.folder import Measured, RunFolder
from hvecs.output.judged import judged_columns
from hvecs.output.manifest import Manifest
from hvecs.output.table import Table
from hvecs.output.timestamps import Stamped
from hvecs.output.written import tables_of
from hvecs.spec import Scenario
from hvecs.verdict import Verdict, WithoutMemory
from hvecs.verdict.rules import SATURATED
from hvecs.verdict.watch import Watch
from systems import System
from systems.policy import Policy

_NO_OUTCOMES: Final = f"the table runs has no outcomes: they are more than {MOST_COLUMNS} columns"


@dataclass(frozen=True)
class Judged:
    """The outcome of a run, and the verdict on it."""

    outcome: Outcome
    verdict: Verdict

    @property
    def warnings(self) -> tuple[str, ...]:
        """What there is to warn of, the run's own warnings first, each once."""
        return tuple(dict.fromkeys((*self.outcome.warnings, *self.verdict.warnings)))

    @property
    def told(self) -> tuple[str, ...]:
        """Those of them that bear on what the other figures mean: the run's own, and that a guest did not keep up."""
        unsteady = (each.text for each in self.verdict.findings if each.rule == SATURATED)
        return tuple(dict.fromkeys((*self.outcome.warnings, *unsteady)))


@dataclass(frozen=True)
class Job:
    """What is simulated, with which systems and policy of one's own, and by which path."""

    scenario: Scenario
    systems: tuple[System, ...] = ()
    policy: Policy | None = None
    fused: bool = True
    stopwatch: Stopwatch = field(default_factory=Stopwatch)

    def tables(self) -> list[str | Table]:
        """Give the tables that the run writes, beside `runs`: of the schema, and of its own systems.

        Raises:
            ValueError: a system's table is none, or has a name that is taken.
        """
        return [*tables_of(self.scenario), *own_tables(self.systems)]

    def simulate(
        self, sink: Sink, on_progress: Progress | None = None, wanted: Wanted | None = None
    ) -> Judged:
        """Simulate into `sink`, and judge what went there; `wanted` as for `hvecs.engine.run.simulate`."""
        watch = Watch(self.scenario)
        outcome = simulate(
            self.scenario,
            Stamped(watch.over(sink), self.scenario.scenario.start_time),
            on_progress=on_progress,
            wanted=wanted,
            fused=self.fused,
            systems=self.systems,
            policy=self.policy,
            stopwatch=self.stopwatch,
        )
        verdict = watch.verdict(WithoutMemory.of(outcome.without_memory, outcome.not_started))
        return Judged(outcome.without_steady_state(verdict.saturated), verdict)

    def complete(self, folder: RunFolder, judged: Judged) -> tuple[Judged, Manifest]:
        """Write the table `runs` and the manifest; the folder is then under its final name."""
        outcome = judged.outcome
        row, declared = runs_row(self.scenario, outcome)
        if not declared:
            outcome = replace(outcome, warnings=(*outcome.warnings, _NO_OUTCOMES))
            judged = replace(judged, outcome=outcome)
        row |= judged.verdict.cells(outcome.warnings)
        with self.stopwatch.timing("write_s"):
            folder.write_runs(row, (*judged_columns([host.name for host in self.scenario.hosts]), *declared))

            def measured() -> Measured:
                return {"timings": self.stopwatch.rounded(), "dispatches": outcome.dispatches}

            return judged, folder.complete(warnings=judged.warnings, measured=measured)
