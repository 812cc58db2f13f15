"""The report of a capture: what the counters of a real host say, as of a run."""

import shlex
from collections.abc import Iterator
from pathlib import Path

from hvecs.output.capture import CaptureManifest, read_capture_manifest
from hvecs.report.capture_source import open_capture
from hvecs.report.drawing import time_named
from hvecs.report.of_run import simulated
from hvecs.report.page import Lead, Page
from hvecs.report.sections import sections_of
from hvecs.report.verdict import verdict_leads, verdict_of


def report_capture(folder: Path) -> Page:
    """Make the page of the capture in `folder`.

    Raises:
        ManifestError: it holds no capture.
        ReportError: a file of it cannot be read.
    """
    manifest, capture = read_capture_manifest(folder), open_capture(folder)
    with time_named(capture.time_name):
        sections = tuple(sections_of(capture))
    leads = [*verdict_leads(verdict_of(capture)), *_left_out(manifest)]
    return Page(
        title=_title(manifest) or folder.resolve().name,
        purpose="What the counters of its logs say; what they do not tell is left out.",
        facts=(
            f"{simulated(capture)} captured",
            f"from {manifest.start}",
            f"time zone {manifest.zone}",
            _logs(manifest),
        ),
        lead=tuple(leads),
        sections=sections,
        origin=tuple(_origin(manifest)),
        command=shlex.join(("hvecs", "report", str(folder))),
        version=manifest.version,
    )


def _title(manifest: CaptureManifest) -> str:
    """Name a capture after its host, or the only guest whose log it has; nothing where guests are all that there is."""
    of_guests = set(manifest.tables) <= {"guest", "runs"}
    return "" if of_guests and len(manifest.machines) > 1 else next(iter(manifest.machines), "")


def _logs(manifest: CaptureManifest) -> str:
    """Say how many logs there were, and of how many machines."""
    files, machines = len(manifest.inputs), len(manifest.machines)
    counted = f"{files} log{'s' * (files > 1)}"
    return f"{counted} of {machines} machines" if machines > 1 else counted


def _left_out(manifest: CaptureManifest) -> Iterator[Lead]:
    lines = [f"{count:,} x {reason}" for reason, count in manifest.skipped.items()]
    if manifest.unknown:
        lines.append(f"{len(manifest.unknown):,} x counter that hvecs has not")
    if lines:
        yield Lead("Left out of the logs", tuple(lines))


def _origin(manifest: CaptureManifest) -> Iterator[str]:
    yield f"Capture {manifest.capture}, imported by hvecs {manifest.version}."
    for path, digest in manifest.inputs.items():
        yield f"{Path(path).name}, SHA-256 {digest}"
