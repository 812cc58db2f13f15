"""A run from a scenario to its tables: what the command line and the Python API have in common."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Final

from hvecs.cli.results import MOST_COLUMNS, runs_row
from hvecs.engine import Outcome
from hvecs.engine.run import Progress, Sink, simulate
from hvecs.engine.stopwatch import Stopwatch
from hvecs.output.folder import Measured, RunFolder
from hvecs.output.manifest import Manifest
from hvecs.output.schema import TABLES
from hvecs.output.table import Table
from hvecs.output.timestamps import Stamped
from hvecs.output.written import tables_of
from hvecs.spec import Scenario
from systems import System
from systems.policy import Policy

_NO_OUTCOMES: Final = f"the table runs has no outcomes: they are more than {MOST_COLUMNS} columns"


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
        return [*tables_of(self.scenario), *_own_tables(self.systems)]

    def simulate(self, sink: Sink, on_progress: Progress | None = None) -> Outcome:
        """Simulate into `sink`."""
        return simulate(
            self.scenario,
            Stamped(sink, self.scenario.scenario.start_time),
            on_progress=on_progress,
            fused=self.fused,
            systems=self.systems,
            policy=self.policy,
            stopwatch=self.stopwatch,
        )

    def complete(self, folder: RunFolder, outcome: Outcome) -> tuple[Outcome, Manifest]:
        """Write the table `runs` and the manifest; the folder is then under its final name."""
        row, declared = runs_row(self.scenario, outcome)
        if not declared:
            outcome = replace(outcome, warnings=(*outcome.warnings, _NO_OUTCOMES))
        with self.stopwatch.timing("write_s"):
            folder.write_runs(row, declared)
            warnings = tuple(dict.fromkeys(outcome.warnings))

            def measured() -> Measured:
                return {"timings": self.stopwatch.rounded(), "dispatches": outcome.dispatches}

            return outcome, folder.complete(warnings=warnings, measured=measured)


def _own_tables(systems: Iterable[System]) -> list[Table]:
    found: list[Table] = []
    for system in systems:
        table, name = system.table, type(system).__name__
        if table is None:
            continue
        if not isinstance(table, Table) or not table.name.isidentifier() or not table.columns:
            raise ValueError(
                f"system {name}: table must be an hvecs.output.table.Table with columns and a plain name"
            )
        if table.name in TABLES or table.name in {each.name for each in found}:
            raise ValueError(f"system {name}: there is a table {table.name} already")
        found.append(table)
    return found
