"""Sweeps for Python: `hvecs.sweep`, and what one came to."""

import shutil
import tempfile
import weakref
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from hvecs.frames import Framed
from hvecs.spec import Scenario, resolved_toml
from hvecs.spec.policy_file import policy_of
from hvecs.spec.sweep_loading import SweepFile, load_sweep, with_replications
from hvecs.spec.sweep_points import inline
from hvecs.spec.sweep_texts import sweep_of
from hvecs.sweeps.choice import moved_most
from hvecs.sweeps.ending import finish
from hvecs.sweeps.execution import Order, SweepFolder, run_sweep
from hvecs.sweeps.manifest import COMPLETE, SweepManifest
from hvecs.sweeps.plan import Plan, make_plan
from hvecs.sweeps.pool import StartError
from hvecs.sweeps.results import Results, sweep_results
from hvecs.sweeps.store import LocalStore
from hvecs.user_code import leave

_GUARD: Final = """; a script sweeps below `if __name__ == "__main__":`, for each process imports it"""
_NOT_TABLES = frozenset({"outcomes"})


@dataclass(frozen=True)
class SweepResult(Framed):
    """What a sweep came to; `result[name]` is a table of all its runs, `runs` the one with parameters and outcomes.

    `results` has the outcomes by point and seed, `results.estimate(name, point)` a mean with its 95 % interval.
    """

    out: Path
    manifest: SweepManifest = field(repr=False)
    results: Results = field(repr=False)
    _held: "_Held | None" = field(default=None, repr=False)

    @property
    def verdicts(self) -> Mapping[tuple[Any, ...], str]:
        """The gravest verdict of each point, by the values of its axes."""
        return {self.results.points[point]: each for point, each in self.results.verdicts.items()}

    @property
    def failed(self) -> tuple[str, ...]:
        """What each run that failed has failed of."""
        return tuple(f"{each.run}: {each.error}" for each in self.results.failed)

    @property
    def tables(self) -> tuple[str, ...]:
        """The names of the tables."""
        return tuple(sorted({name.split("/")[0] for name in self.manifest.files} - _NOT_TABLES))

    def __getitem__(self, table: str) -> pa.Table:
        if table not in self.tables:
            raise KeyError(table)
        files = sorted(name for name in self.manifest.files if name.startswith(f"{table}/"))
        return pa.concat_tables(
            [pq.read_table(self.out / name, partitioning=None) for name in files], promote_options="default"
        )

    def _repr_html_(self) -> str:
        """Show the sweep in a notebook: the outcomes that were asked for, else the three that moved most."""
        from hvecs.notebook import sweep_html  # noqa: PLC0415 - few results are shown

        declared = [str(each["name"]) for each in self.manifest.sweep["outcome"]]
        return sweep_html(self.results, declared or moved_most(self.results))


class _Held:
    """A folder that is there until nobody holds this any more, or the process ends."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="hvecs-"))
        self.clear = weakref.finalize(self, shutil.rmtree, self.folder, ignore_errors=True)


class _Silent:
    """Is told of a sweep, and says nothing."""

    def on_run(self, run: str, error: object) -> None:
        """Take note that a run has ended."""

    def on_batch(self, batch: str, failed: int) -> None:
        """Take note that a batch is complete."""

    def on_compiling(self) -> None:
        """Take note that kernels are being compiled."""

    def on_death(self, batch: str) -> None:
        """Take note that a worker died."""

    def on_desertion(self) -> None:
        """Take note that there are no workers."""


def sweep(  # noqa: PLR0913 - what may be asked of a sweep
    scenario: Scenario | str | Path,
    axes: Mapping[str, str | Sequence[object]] | None = None,
    out: str | Path | None = None,
    *,
    outcomes: Sequence[str] = (),
    replications: int | None = None,
    seed: int | None = None,
    set: Mapping[str, object] | Sequence[str] = (),  # noqa: A002 - as --set
    jobs: int | None = None,
    resume: bool = False,
    allow_code: bool = False,
) -> SweepResult:
    """Make all runs of a sweep, in processes of their own, and print nothing.

    Args:
        scenario: a sweep file; or, with `axes`, a scenario or the file of one.
        axes: what is varied: {"partition.web.processor.weight": [50, 100]}, or "1..8" for a range.
        out: the folder to be written, as `hvecs sweep` does; none keeps it as long as the result.
        outcomes: outcomes to be computed, as --outcome has them: "peak = max of guest.processor_queue_length".
        replications: runs of each point; none for those of the file, or 1.
        seed: what the seeds of all runs are derived from; none for that of the file.
        set: settings that hold for every point.
        jobs: the number of processes; none for all processors.
        resume: whether a sweep that is at `out` is continued.
        allow_code: whether files that the scenario names may be executed.

    Raises:
        SpecError: the sweep or a point of it has problems.
        PermissionError: the scenario names code, and that is not allowed.
        ValueError: axes are missing, or are given for a sweep file; a number is too small; an outcome is a name alone.
        OSError: the file cannot be read.
        ChangedError: another sweep than this is to be resumed.
        OutputError: the folder is not a sweep's, or cannot be written.
        StartError: its processes die before they can make a run, as those of a script that sweeps whenever it is imported do.
    """
    _check(replications=(replications, 1), jobs=(jobs, 1), seed=(seed, 0))
    held = _Held()
    try:
        file = _file(scenario, axes, outcomes, replications, held.folder)
        place = held.folder / "sweep" if out is None else Path(out)
        order = Order(LocalStore(place), jobs, argv=("hvecs.sweep",), inputs={}, resume=resume)
        with leave(allow_code):
            plan = make_plan(file, settings_of(set), seed=seed, replications=replications)
            _check_code(plan, allow_code)
            manifest, results = _made(plan, order)
    except BaseException:
        held.clear()
        raise
    if out is not None:
        held.clear()
    return SweepResult(place, manifest, results, held)


def _check(**given: tuple[int | None, int]) -> None:
    """Refuse numbers, given with their least, as the options of the command do."""
    for name, (value, least) in given.items():
        if value is not None and value < least:
            raise ValueError(f"{name}: expected at least {least}; got {value}")


def settings_of(given: Mapping[str, object] | Sequence[str]) -> list[str]:
    """Give settings as `path=value`, as --set takes them."""
    if isinstance(given, Mapping):
        return [
            f"{name}={value if isinstance(value, str) else inline(value)}" for name, value in given.items()
        ]
    return list(given)


def _file(
    scenario: Scenario | str | Path,
    axes: Mapping[str, str | Sequence[object]] | None,
    outcomes: Sequence[str],
    replications: int | None,
    folder: Path,
) -> SweepFile:
    """Read the sweep file, or make a sweep of a scenario, which is written to `folder` if it is none of a file."""
    if isinstance(scenario, Scenario):
        path = folder / "scenario.toml"
        path.write_text(resolved_toml(scenario), encoding="utf-8")
    else:
        path = Path(scenario)
    if axes is not None:
        texts = [f"{name}={_values(given)}" for name, given in axes.items()]
        file = sweep_of(path, texts, outcomes, replications or 1)
        if len(file.sweep.outcome) < len(outcomes):
            raise ValueError(
                "outcomes: expected what is to be computed, each as NAME = …; what all runs have has a name already"
            )
        return file
    if isinstance(scenario, Scenario):
        raise ValueError("a sweep of a scenario needs axes")  # noqa: TRY004 - it is not the type that is wrong
    if outcomes:
        raise ValueError("a sweep file has outcomes of its own; `outcomes` belong to a scenario with axes")
    found = load_sweep(path)
    return found if replications is None else with_replications(found, replications)


def _values(given: str | Sequence[object]) -> str:
    """Write the values of an axis as --axis takes them: a text as it is, others as an array of TOML."""
    return given if isinstance(given, str) else inline(list(given))


def _check_code(plan: Plan, allow_code: bool) -> None:
    named = [each for each in plan.schedulers if policy_of(each)]
    named += plan.scenario(0).host.systems
    if named and not allow_code:
        raise PermissionError(
            f"the scenario names code, {named[0]}: give allow_code=True to have it executed"
        )


def _made(plan: Plan, order: Order) -> tuple[SweepManifest, Results]:
    """Make what is missing, and write the summary."""
    with SweepFolder(plan, order) as folder:
        fresh = folder.manifest.status != COMPLETE or bool(folder.missing())
        try:
            run_sweep(folder, order, _Silent())
        except StartError as error:
            raise StartError(f"{error}{_GUARD}") from None
        results = sweep_results(order.store, folder.manifest)
        finish(order.store, folder, results, None, fresh=fresh)
        return folder.manifest, results
