"""The report of a run."""

import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa

from hvecs.output.manifest import Manifest, read_manifest
from hvecs.report.drawing import time_named
from hvecs.report.happenings import happenings
from hvecs.report.host_sources import AllHosts, open_run
from hvecs.report.hosts import hosts_lead, hosts_section, in_full
from hvecs.report.moves import moves
from hvecs.report.page import Lead, Page
from hvecs.report.sections import Section, sections_of, sections_of_hosts
from hvecs.report.source import RunSource
from hvecs.report.verdict import verdict_leads, verdict_of
from hvecs.verdict import Verdict


def report_run(folder: Path) -> Page:
    """Make the page of the run in `folder`.

    Raises:
        ManifestError: it holds no finished run.
        ReportError: a file of it cannot be read.
    """
    manifest = read_manifest(folder)
    run = open_run(folder, manifest)
    verdict = verdict_of(run)
    with time_named(run.time_name):
        sections = tuple(_sections(run, verdict))
    return Page(
        title=str(run.resolved["scenario"]["name"]),
        purpose=str(run.resolved["scenario"].get("purpose", "")),
        facts=tuple(_facts(run, manifest.seed)),
        lead=tuple(_leads(run, verdict, manifest.warnings)),
        sections=sections,
        origin=tuple(_origin(manifest)),
        command=shlex.join(manifest.argv),
        version=manifest.version,
    )


def _sections(run: RunSource, verdict: Verdict) -> Iterator[Section]:
    if isinstance(run, AllHosts):
        yield from hosts_section(run)
        yield from sections_of_hosts(run, in_full(run.hosts, verdict))
    else:
        yield from sections_of(run)


def _facts(run: RunSource, seed: int) -> Iterator[str]:
    scenario, host = run.resolved["scenario"], run.resolved["host"]
    if isinstance(run, AllHosts):
        yield f"{len(host)} hosts"
        host = host[0]
    yield f"{simulated(run)} simulated"
    if run.warm_up_ns:
        yield f"{scenario['warm_up']} of them warm-up"
    yield f"a sample each {scenario['sample']}"
    if "scheduler" in host:
        yield f"{host['scheduler']} scheduler"
    yield f"seed {seed}"


def simulated(run: RunSource) -> str:
    """Say how long a run simulated, or a capture was."""
    table = run.read("runs", ["simulated_ns"])
    seconds = 0.0 if table is None else float(table["simulated_ns"][0].as_py()) / 1e9
    unit, length = next(((u, s) for u, s in (("h", 3600.0), ("min", 60.0)) if seconds >= 2 * s), ("s", 1.0))
    return f"{seconds / length:.4g} {unit}"


def _leads(run: RunSource, verdict: Verdict, warnings: Sequence[str]) -> Iterator[Lead]:
    yield from verdict_leads(verdict)
    if isinstance(run, AllHosts):
        yield hosts_lead(run.hosts, verdict)
    told = [each for each in warnings if each not in verdict.warnings]
    if told:
        yield Lead("Warnings", tuple(told), "warn")
    table = run.read("job", ["partition", "elapsed_ns"])
    if table is not None:
        yield _jobs(table)
    yield from happenings(run)
    yield from moves(run)


def _jobs(table: pa.Table) -> Lead:
    rows = [
        (row["partition"], "not finished" if row["elapsed_ns"] is None else _clock(row["elapsed_ns"]))
        for row in table.to_pylist()
    ]
    return Lead("Closed workloads", (), "plain", ("guest", "elapsed"), tuple(rows))


def _clock(time_ns: int) -> str:
    seconds = time_ns / 1e9
    return f"{seconds / 60:,.1f} min" if seconds >= 120 else f"{seconds:,.2f} s"  # noqa: PLR2004 - two minutes


def _origin(manifest: Manifest) -> Iterator[str]:
    yield f"Run {manifest.run}, made by hvecs {manifest.version}{_commit(manifest.git_commit)}, {manifest.start[:19].replace('T', ' ')} UTC."
    for path, digest in manifest.inputs.items():
        yield f"{Path(path).name}, SHA-256 {digest}"


def _commit(commit: str | None) -> str:
    return f" (commit {commit[:12]})" if commit else ""
