"""The report of a capture: what the counters of a real host say, as of a run."""

import shlex
from collections.abc import Iterator
from pathlib import Path

from hvecs.output.capture import CaptureManifest, read_capture_manifest
from hvecs.report.capture_source import open_capture
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
    leads = [*verdict_leads(verdict_of(capture)), *_left_out(manifest)]
    return Page(
        title=", ".join(manifest.machines[:1]) or folder.resolve().name,
        purpose="What the counters of its logs say; what they do not tell is left out.",
        facts=(f"{simulated(capture)} captured", f"from {manifest.start}", f"time zone {manifest.zone}"),
        lead=tuple(leads),
        sections=tuple(sections_of(capture)),
        origin=tuple(_origin(manifest)),
        command=shlex.join(("hvecs", "report", str(folder))),
        version=manifest.version,
    )


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
