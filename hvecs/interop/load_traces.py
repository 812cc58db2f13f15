"""Public traces of VMs as load over time, in one layout of our own: one row an interval and VM.

A mean over five minutes says nothing of how the load came within them: that is for whoever plays the trace.
"""

import csv
import io
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final, TextIO

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from hvecs.interop.faults import BadFile, Skipped
from hvecs.interop.opening import decompressed
from hvecs.output.errors import disk

_S: Final = 1_000_000_000
STEP_S: Final = 300
"""Both archives have five-minute samples [D1, D4]."""
_FAR: Final = 1e11
"""A stamp beyond this is in milliseconds, whatever the heading says [D1]."""
_KB: Final = 1024


def _field(name: str, kind: Any, unit: str, doc: str) -> Any:
    return pa.field(name, kind, metadata={"unit": unit, "doc": doc})


SCHEMA: Final = pa.schema(
    [
        _field("partition", pa.string(), "text", "name of the VM"),
        _field("time_ns", pa.int64(), "ns", "end of the interval, since the first sample of all VMs began"),
        _field("interval_ns", pa.int64(), "ns", "length of the interval"),
        _field("virtual_processors", pa.int64(), "count", "VPs of the VM; null when the trace does not say"),
        _field("cpu_pct", pa.float64(), "%", "CPU time, mean over the interval, as a share of all its VPs"),
        _field(
            "cpu_max_pct", pa.float64(), "%", "highest reading within the interval, where the trace has it"
        ),
        _field("committed_bytes", pa.int64(), "B", "memory in use, where the trace has it"),
        _field("memory_bytes", pa.int64(), "B", "memory that the VM has, where the trace has it"),
        _field(
            "disk_bytes_per_sec",
            pa.float64(),
            "B/s",
            "read from and written to disks, where the trace has it",
        ),
        _field("network_bytes_per_sec", pa.float64(), "B/s", "received and sent, where the trace has it"),
    ],
    metadata={"format": "hvecs-trace", "version": "1"},
)

Sample = tuple[
    int, "int | None", float, "float | None", "int | None", "int | None", "float | None", "float | None"
]
"""The start of an interval (s) and the columns from virtual_processors on."""


@dataclass
class Traces:
    """The samples of VMs, by name, and what was left out."""

    vms: dict[str, list[Sample]]
    skipped: Skipped


def read_bitbrains(files: Sequence[Path]) -> Traces:
    """Read files of the Bitbrains archive, one a VM, named after the file.

    Raises:
        BadFile: a file has another heading, or no sample, or cannot be decompressed.
        OSError: it cannot be read.
    """
    traces = Traces({}, Skipped())
    for path in files:
        with _text(path) as file:
            rows = csv.reader(file, delimiter=";")
            names = [cell.strip().lower() for cell in next(rows, [])]
            at = _places(path, names)
            read = partial(_bitbrains, at)
            found = list(_samples(path, rows, traces.skipped, read, first=2))
        if not found:
            raise BadFile(path, 2, "no sample; expected lines of eleven numbers, separated by semicolons")
        traces.vms[path.stem] = _in_seconds(found)
    return traces


_BITBRAINS: Final = {
    "time": "timestamp",
    "cores": "cpu cores",
    "cpu": "cpu usage [%]",
    "memory": "memory capacity provisioned",
    "used": "memory usage",
    "read": "disk read throughput",
    "written": "disk write throughput",
    "received": "network received throughput",
    "sent": "network transmitted throughput",
}


def _places(path: Path, names: Sequence[str]) -> dict[str, int]:
    found = {
        key: next((at for at, name in enumerate(names) if name.startswith(start)), -1)
        for key, start in _BITBRAINS.items()
    }
    missing = [_BITBRAINS[key] for key, at in found.items() if at < 0]
    if missing:
        raise BadFile(
            path,
            1,
            f"no column {missing[0]!r}; expected the heading of the Bitbrains archive, separated by semicolons",
        )
    return found


def _bitbrains(at: dict[str, int], row: Sequence[str]) -> Sample:
    value = {key: float(row[place]) for key, place in at.items()}
    return (
        int(value["time"]),
        int(value["cores"]),
        value["cpu"],
        None,
        int(value["used"] * _KB),
        int(value["memory"] * _KB),
        (value["read"] + value["written"]) * _KB,
        (value["received"] + value["sent"]) * _KB,
    )


def read_azure(readings: Sequence[Path], vmtable: Path | None, wanted: frozenset[str]) -> Traces:
    """Read CPU readings of the Azure public dataset, V1 or V2: files are slices of time, each with all VMs.

    Args:
        readings: files without heading: time (s), VM, lowest, highest and mean CPU %.
        vmtable: the table of VMs, for cores and memory; buckets of V2 such as ">24" are taken as their bound.
        wanted: the VMs to keep; empty for all.

    Raises:
        BadFile: there is no reading, or a file cannot be decompressed.
        OSError: a file cannot be read.
    """
    traces = Traces({}, Skipped())
    sizes = {} if vmtable is None else _azure_sizes(vmtable, wanted, traces.skipped)
    for path in readings:
        with _text(path) as file:
            for name, sample in _samples(
                path, csv.reader(file), traces.skipped, lambda row: _azure(row, sizes)
            ):
                if not wanted or name in wanted:
                    traces.vms.setdefault(name, []).append(sample)
    if not traces.vms:
        raise BadFile(
            readings[0], 1, "no reading; expected lines of time, VM, lowest, highest and mean CPU %"
        )
    return traces


def _azure(row: Sequence[str], sizes: dict[str, tuple[int | None, int | None]]) -> tuple[str, Sample]:
    time, name, _low, high, mean = row[:5]
    cores, memory = sizes.get(name, (None, None))
    return name, (int(float(time)), cores, float(mean), float(high), None, memory, None, None)


def _azure_sizes(
    path: Path, wanted: frozenset[str], skipped: Skipped
) -> dict[str, tuple[int | None, int | None]]:
    with _text(path) as file:
        rows = _samples(
            path, csv.reader(file), skipped, lambda row: (row[0], _bucket(row[9]), _bucket(row[10]))
        )
        return {
            name: (None if cores is None else int(cores), None if memory is None else round(memory * 2**30))
            for name, cores, memory in rows
            if not wanted or name in wanted
        }


def _bucket(text: str) -> float | None:
    """Read a number or a bucket; the bound of an open one."""
    number = text.strip().lstrip("<>= ")
    if not number:
        return None
    value = float(number)
    if not math.isfinite(value):
        raise ValueError(text)
    return value


def _samples(
    path: Path,
    rows: Iterable[Sequence[str]],
    skipped: Skipped,
    read: Callable[[Sequence[str]], Any],
    first: int = 1,
) -> Iterator[Any]:
    """Read rows one by one, from line `first` on; those that are none are counted."""
    lines = iter(enumerate(rows, first))
    while True:
        try:
            number, row = next(lines)
        except StopIteration:
            return
        except csv.Error:
            skipped.add("line that is no sample", str(path))
            continue
        try:
            if row:
                yield read(row)
        except (ValueError, IndexError, OverflowError):
            skipped.add("line that is no sample", f"{path}:{number}")


def _in_seconds(samples: list[Sample]) -> list[Sample]:
    """Bring stamps to seconds: the heading of the archive says ms where its files have s [D1]."""
    if float(np.median([sample[0] for sample in samples])) < _FAR:
        return samples
    return [(sample[0] // 1000, *sample[1:]) for sample in samples]


@contextmanager
def _text(path: Path) -> Iterator[TextIO]:
    with (
        decompressed(path) as file,
        io.TextIOWrapper(file, encoding="utf-8-sig", errors="replace", newline="") as text,
    ):
        yield text


def write_traces(traces: Traces, out: Path) -> int:
    """Write the layout, VM by VM, each in order of time, into a new file; gives the number of rows.

    Raises:
        Unwritable: the system refuses.
    """
    origin = min(sample[0] for samples in traces.vms.values() for sample in samples)
    rows = 0
    partial = out.with_name(out.name + ".partial")
    try:
        with disk(out), pq.ParquetWriter(partial, SCHEMA, compression="zstd") as writer:
            for name, samples in traces.vms.items():
                columns = _columns(name, samples, origin, traces.skipped)
                rows += len(columns[0])
                writer.write_table(
                    pa.Table.from_arrays(
                        [pa.array(each, field.type) for each, field in zip(columns, SCHEMA, strict=True)],
                        schema=SCHEMA,
                    )
                )
        with disk(out):
            partial.rename(out)
    finally:
        partial.unlink(missing_ok=True)
    return rows


def _columns(name: str, samples: list[Sample], origin: int, skipped: Skipped) -> list[list[Any]]:
    """Give the columns of one VM: a sample lasts until the next, and as long as its fellows where none follows soon."""
    by_time = {sample[0]: sample for sample in reversed(samples)}
    skipped.add("sample of a time that another has", name, len(samples) - len(by_time))
    times = sorted(by_time)
    gaps = np.diff(times)
    usual = int(np.median(gaps)) if len(gaps) else STEP_S
    ends = [
        time + min(usual, following - time)
        for time, following in zip(times, [*times[1:], times[-1] + usual], strict=True)
    ]
    rest = zip(*(by_time[time][1:] for time in times), strict=True)
    intervals = [(end - time) * _S for time, end in zip(times, ends, strict=True)]
    return [[name] * len(times), [(end - origin) * _S for end in ends], intervals, *map(list, rest)]
