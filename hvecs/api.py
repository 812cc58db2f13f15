"""The public Python API: `hvecs.load`, `hvecs.run`, `hvecs.sweep`, and their results."""

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from hvecs import spec
from hvecs.engine import Outcome
from hvecs.engine.own_systems import load_systems
from hvecs.frames import Framed
from hvecs.output.folder import RunFolder
from hvecs.output.identity import RunSource
from hvecs.output.in_memory import MemorySink
from hvecs.output.manifest import Manifest
from hvecs.running import Job, Judged
from hvecs.spec import Scenario, resolved_toml
from hvecs.spec.policy_file import SCHEDULERS, policy_of
from hvecs.sweeping import SweepResult, settings_of, sweep
from hvecs.user_code import leave
from hvecs.verdict import Verdict
from hvecs.verdict.own import rule_faults
from systems import System
from systems.policy import Policy
from systems.schedule import digest_of

__all__ = ["Result", "SweepResult", "load", "run", "sweep"]


@dataclass(frozen=True)
class Result(Framed):
    """What a run has come to; `result[name]` is a table, read from the folder where there is one."""

    outcome: Outcome
    verdict: Verdict
    timings: Mapping[str, float]
    out: Path | None = None
    manifest: Manifest | None = None
    in_memory: Mapping[str, pa.Table] = field(default_factory=dict, repr=False)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What the run has to say beside its tables, and what the verdict warns of."""
        return Judged(self.outcome, self.verdict).warnings

    @property
    def tables(self) -> tuple[str, ...]:
        """The names of the tables."""
        return tuple(self.in_memory if self.manifest is None else self.manifest.tables)

    def __getitem__(self, table: str) -> pa.Table:
        if self.manifest is None or self.out is None:
            return self.in_memory[table]
        return pq.read_table(self.out / self.manifest.tables[table].path, partitioning=None)

    def _repr_html_(self) -> str:
        """Show the result in a notebook."""
        from hvecs.notebook import html_of  # noqa: PLC0415 - few results are shown

        return html_of(self.verdict, self.outcome, {name: self[name].num_rows for name in self.tables})


def load(path: str | Path, set: Mapping[str, object] | Sequence[str] = ()) -> Scenario:  # noqa: A002 - as --set
    """Read a scenario file, with settings laid over it: {"host.memory": "8 GiB"}, or texts as --set takes them.

    Raises:
        SpecError: with all problems at once.
        OSError: the file cannot be read.
    """
    return spec.load(Path(path), settings_of(set), rule_faults)


def run(  # noqa: PLR0913 - what may be asked of a run
    scenario: Scenario | str | Path,
    out: str | Path | None = None,
    *,
    systems: Sequence[System] = (),
    policy: Policy | str | None = None,
    fused: bool = True,
    allow_code: bool = False,
) -> Result:
    """Simulate a scenario, or the file of one.

    Args:
        scenario: the scenario, or its file.
        out: the folder to be written, as `hvecs run` does; none keeps the tables in memory.
        systems: systems of one's own, beside those that the scenario names.
        policy: a scheduling policy of one's own, or the name of one of the hypervisor's.
        fused: off, every system is called from Python at every step.
        allow_code: whether files that the scenario names may be executed.

    Raises:
        SpecError: the scenario has problems.
        PermissionError: the scenario names code, and that is not allowed.
        ValueError: a system or policy does not fit.
        OutputError: the folder is not a run's, or cannot be written.
    """
    if not isinstance(scenario, Scenario):
        scenario = load(scenario)
    if isinstance(policy, str):
        if policy not in SCHEDULERS:
            raise ValueError(f"no scheduler is named {policy!r}; there are {', '.join(SCHEDULERS)}")
        scenario = scenario.model_copy(
            update={"hosts": tuple(host.model_copy(update={"scheduler": policy}) for host in scenario.hosts)}
        )
        policy = None
    named = [
        *scenario.host.systems,
        *([scenario.host.scheduler] if policy_of(scenario.host.scheduler) else []),
    ]
    if named and not allow_code:
        raise PermissionError(
            f"the scenario names code, {named[0]}: give allow_code=True to have it executed"
        )
    if policy is not None:
        policy = policy._replace(name=f"{policy.name} {digest_of(filter(callable, policy))}")
    with leave(allow_code):
        job = Job(scenario, (*load_systems(scenario), *systems), policy, fused)
        return _in_memory(job) if out is None else _in_folder(job, Path(out))


def _in_memory(job: Job) -> Result:
    sink = MemorySink(job.tables())
    judged = job.simulate(sink)
    return Result(judged.outcome, judged.verdict, job.stopwatch.rounded(), in_memory=sink.tables())


def _in_folder(job: Job, out: Path) -> Result:
    with tempfile.NamedTemporaryFile("w", suffix=".toml", encoding="utf-8") as file:
        resolved = resolved_toml(job.scenario)
        file.write(resolved)
        file.flush()
        source = RunSource(scenario=Path(file.name), resolved=resolved, seed=job.scenario.scenario.seed)
        with RunFolder(out, source) as folder:
            judged = job.simulate(folder.open(job.tables()))
            judged, manifest = job.complete(folder, judged)
    return Result(judged.outcome, judged.verdict, manifest.timings, out, manifest)
