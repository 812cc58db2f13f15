"""Performance logs as a capture: our tables, as far as logs tell, in the layout of a run folder."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np

from hvecs import __version__
from hvecs.interop.capture_tables import CaptureTable, Outcomes, in_order_of_time
from hvecs.interop.faults import BadFile, Skipped
from hvecs.interop.log_cells import CellReader, Places
from hvecs.interop.log_plan import Log, Plan, plan_logs
from hvecs.interop.log_sources import Samples, Source
from hvecs.interop.log_text import LogText
from hvecs.interop.opening import opened
from hvecs.interop.sample_text import SampleText, is_json
from hvecs.interop.stamps import Order
from hvecs.output.capture import CAPTURE_SEED, CAPTURES, CaptureManifest, write_capture_manifest
from hvecs.output.errors import disk
from hvecs.output.judged import JUDGED
from hvecs.output.parquet import TableFile, TableWriter
from hvecs.output.runs import write_runs
from hvecs.output.schema import SCHEMA_VERSION, TABLES
from hvecs.output.staging import Staging, sync_tree
from hvecs.verdict import Observer, Verdict, judge
from hvecs.verdict.own import Own

OUT_OF_ORDER: Final = "line whose time stamp is none, or is not after the one before"
OVERLAP: Final = "sample of a table at a time that another log has"
_ROW_GROUP_ROWS: Final = 16_384
"""Of a capture, whose tables are written side by side."""
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

Progress = Callable[[int, int], None]


@dataclass
class Capture:
    """What was imported, and the verdict on it."""

    manifest: CaptureManifest
    skipped: Skipped
    verdict: Verdict
    set_back: int = 0


class PerfmonImport:
    """Reads logs into a capture.

    Args:
        files: the logs, in any order.
        order: of day, month and year in their stamps; None to go by these.
        machine: the host that is meant, where logs hold several.
        code_page: of headers that are not UTF-8.
        own: rules of the user's for the verdict.

    Raises:
        BadFile: a file is no log, or tells nothing.
        OSError: it cannot be read.
    """

    def __init__(
        self,
        files: Sequence[Path],
        order: Order | None = None,
        machine: str | None = None,
        code_page: str = "cp1252",
        own: Sequence[Own] = (),
    ) -> None:
        self.skipped = Skipped()
        self._files = list(files)
        self._plan: Plan = plan_logs(
            [SampleText(path) if is_json(path) else LogText(path, code_page) for path in files],
            order,
            machine,
            self.skipped,
        )
        first = self._plan.logs[0]
        self._origin_us = first.first_us - (0 if first.empty_start else first.step_us or 0)
        given: dict[str, set[str]] = {}
        for log in self._plan.logs:
            for target in log.targets.values():
                given.setdefault(target.table, set()).add(target.column)
        self._tables = {name: CaptureTable(name, given[name]) for name in TABLES if name in given}
        self._last: dict[tuple[str, str], int] = {}
        self._outcomes = Outcomes()
        self._kept: dict[str, list[dict[str, Any]]] = {}
        self._set_back = 0
        self._own = tuple(own)
        self._observer = Observer(further=[measure for _, measure in own])

    def write(self, out: Path, progress: Progress) -> Capture:
        """Read the logs and write the capture at `out`; `progress` is told the bytes read, and of how many.

        Raises:
            NotOurs: something else than a capture stands at `out`.
            Unwritable: the system refuses.
            BadFile: no line of values could be read.
        """
        staging = Staging(out, CAPTURES)
        staging.open()
        writers: dict[str, TableWriter] = {}
        try:
            digests = {str(path): _sha256(path) for path in self._files}
            name = _capture_id(digests)
            writers = {
                each: TableWriter(staging.path, name, table.table, _ROW_GROUP_ROWS)
                for each, table in self._tables.items()
            }
            end_ns = self._read_all(writers, progress)
            files = {each: writers.pop(each).close() for each in list(writers)}
            verdict = judge(self._observer.observed(), self._own)
            files["runs"] = self._write_runs(staging.path, name, end_ns, verdict)
            manifest = self._manifest(name, digests, files)
            write_capture_manifest(staging.path, manifest)
            with disk(staging.path):
                sync_tree(staging.path)
            staging.publish()
        finally:
            for writer in writers.values():
                writer.abort()
            staging.close()
        return Capture(manifest, self.skipped, verdict, self._set_back)

    def _read_all(self, writers: dict[str, TableWriter], progress: Progress) -> int:
        """Read every log; gives the end of the capture (ns)."""
        total = sum(log.text.path.stat().st_size for log in self._plan.logs)
        shared = {
            name
            for name in self._tables
            if len({log.machine for log in self._plan.logs if _feeds(log, name)}) > 1
        }
        self._kept = {name: [] for name in shared}
        done = end_ns = 0
        for log in self._plan.logs:
            for size, block_end_ns in self._read(log, writers):
                end_ns = max(end_ns, block_end_ns)
                progress(min(done + size, total), total)
            done += log.text.path.stat().st_size
        for name, parts in self._kept.items():
            for columns in in_order_of_time(parts):
                writers[name].write(columns)
                self._observer.write(name, columns)
        if not end_ns:
            raise BadFile(
                self._plan.logs[0].text.path,
                self._plan.logs[0].text.header_line + 1,
                "no line of values could be read",
            )
        self._outcomes.measured_ns = end_ns
        return end_ns

    def _read(self, log: Log, writers: dict[str, TableWriter]) -> Iterator[tuple[int, int]]:
        """Read a log block by block; gives the bytes read, and the time that the rows have come to (ns)."""
        wanted = sorted(log.targets)
        sources = self._sources(log, wanted)
        reader, clock = CellReader(log.text, wanted, self.skipped), log.clock()
        before: int | None = log.first_us if log.empty_start else None
        size = 0
        for block in log.text.blocks():
            cells = reader.read(block)
            moments = clock.read(cells.stamps)
            good = np.array([each is not None for each in moments], np.bool_)
            self.skipped.add(OUT_OF_ORDER, partial(_place_of_first, cells.places, ~good), int((~good).sum()))
            times = np.array([each for each in moments if each is not None], np.int64)
            size += len(block.data)
            values = cells.values[:, good]
            if before is not None and len(times) and times[0] == before:
                times, values = times[1:], values[:, 1:]  # the line that says only when sampling began
            if len(times):
                samples = Samples(self._frame(times, before, log.step_us), values)
                before = int(times[-1])
                for name, source in sources.items():
                    self._add(name, source, samples, writers)
                yield size, int(samples.frame["time_ns"][-1])
        self._set_back += clock.set_back

    def _sources(self, log: Log, wanted: Sequence[int]) -> dict[str, Source]:
        sources: dict[str, Source] = {}
        for row, at in enumerate(wanted):
            target = log.targets[at]
            source = sources.setdefault(
                target.table, Source(self._tables[target.table], log.machine.lower(), log.text.path, [])
            )
            source.columns[row] = (target.column, source.place_of(target.instance))
        return sources

    def _frame(self, times: Any, before: int | None, step_us: int | None) -> dict[str, Any]:
        """Give the leading columns of samples; the interval of a log's first line is that of its second."""
        first = times[0] - before if before is not None else step_us if step_us is not None else 0
        intervals = np.concatenate([[first], np.diff(times)]).astype(np.int64)
        return {
            "time_ns": (times - self._origin_us) * 1000,
            "interval_ns": np.where(intervals > 0, intervals * 1000, -1),
            "timestamp": times,
        }

    def _add(self, name: str, source: Source, samples: Samples, writers: dict[str, TableWriter]) -> None:
        """Add the samples of one machine to a table, but for times that an earlier log had already."""
        key = (name, source.machine)
        given = len(samples.frame["time_ns"])
        samples = samples.after(self._last.get(key, 0))
        self.skipped.add(OVERLAP, f"{source.log} ({name})", given - len(samples.frame["time_ns"]))
        if not len(samples.frame["time_ns"]):
            return
        self._last[key] = int(samples.frame["time_ns"][-1])
        columns = source.table.columns(samples.frame, source.instances, source.matrices(samples.values))
        self._outcomes.add(name, columns)
        if name in self._kept:
            self._kept[name].append(columns)
        else:
            writers[name].write(columns)
            self._observer.write(name, columns)

    def _write_runs(self, folder: Path, name: str, end_ns: int, verdict: Verdict) -> TableFile:
        row, declared = self._outcomes.row()
        fixed: dict[str, Any] = {
            "scenario": self._machine,
            "seed": CAPTURE_SEED,
            "status": "ok",
            "error": None,
        }
        fixed["simulated_ns"] = end_ns
        return write_runs(folder, name, fixed | verdict.cells() | row, (*JUDGED, *declared))

    @property
    def _machine(self) -> str:
        return self._plan.machines[0] or "capture"

    def _manifest(self, name: str, digests: dict[str, str], files: dict[str, TableFile]) -> CaptureManifest:
        return CaptureManifest(
            schema_version=SCHEMA_VERSION,
            version=__version__,
            capture=name,
            start=(_EPOCH + timedelta(microseconds=self._origin_us)).isoformat().replace("+00:00", "Z"),
            zone=self._plan.logs[0].text.signature.zone,
            machines=self._plan.machines,
            inputs=digests,
            tables=files,
            skipped=self.skipped.counts,
            unknown=self._plan.unknown,
        )


def _place_of_first(places: Places, rows: Any) -> str:
    """Name the first of the rows that are True."""
    return places.of(int(np.argmax(rows)))


def _feeds(log: Log, table: str) -> bool:
    return any(target.table == table for target in log.targets.values())


def _capture_id(digests: dict[str, str]) -> str:
    """Name a capture by what it is made from."""
    return f"c{hashlib.sha256(' '.join(sorted(digests.values())).encode()).hexdigest()[:12]}"


def _sha256(path: Path) -> str:
    with opened(path) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
