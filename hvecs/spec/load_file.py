"""The file of a trace of processor time: one row an interval, as Parquet or as CSV with a heading.

Times count from where the first interval that is read began. What a file leaves out (a gap, an empty cell, NaN) is as it was before.
"""

import csv
import io
import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from hvecs.spec.bounds import MOST_DATA_BYTES, MOST_DATA_LINES
from hvecs.spec.files import decoded
from hvecs.spec.problems import Problem, did_you_mean, listing, show
from hvecs.spec.reading import TooLarge, in_sentence, read_bounded

_TIME, _LENGTH, _VM, _VPS = "time_ns", "interval_ns", "partition", "virtual_processors"
_FURTHER: Final = (_TIME, _LENGTH, _VM, _VPS)
_SEPARATORS: Final = ";\t,"
_PERFMON: Final = ("(PDH-CSV", "(PDH-TSV")
"""How the heading of a log of PerfMon begins."""
_NS_PER_S: Final = 1e9
_MOST_NAMED: Final = 8
_MOST_VPS: Final = 1_000_000
_FAR_NS: Final = 1 << 62


class Wanted(NamedTuple):
    """What is read of a file: a column, of the rows of one VM, each of so long an interval (ns) where the file does not say it."""

    column: str
    unit: str
    vm: str | None
    own_name: str
    interval_ns: int | None
    most: float


class Load(NamedTuple):
    """When the demand changes (ns), the last being the end, and the demand from each but the last on; in this unit."""

    times: list[int]
    demand: list[float]
    unit: str


class Unreadable(Exception):  # noqa: N818 - it becomes a fault of the key, or a problem of a line
    """A file of a trace cannot be used; the text says why, with the line where there is one."""

    def __init__(self, message: str, line: int | None = None) -> None:
        super().__init__(message)
        self.line = line

    def at(self, path: Path) -> Problem:
        """Give it as a problem of its line."""
        return Problem(str(path), self.line, "", str(self))


Row = tuple[int, Any]
"""The number of a line, and its cells by column."""


def read_load(path: Path, wanted: Wanted) -> Load:
    """Read what is wanted of a file.

    Raises:
        Unreadable: it cannot be read, or has not what is wanted.
    """
    rows = _parquet(path, wanted) if path.suffix.lower() == ".parquet" else _csv(path, wanted)
    return _load(_of_one_vm(list(rows), wanted), wanted)


def _content(path: Path) -> bytes:
    try:
        if path.exists() and not path.is_file():
            raise Unreadable(f"{show(str(path))} is not a file; expected Parquet, or CSV with a heading")
        return read_bounded(path, MOST_DATA_BYTES)
    except TooLarge:
        raise Unreadable(f"{show(path.name)} is larger than {MOST_DATA_BYTES >> 20} MiB") from None
    except (OSError, ValueError) as error:
        reason = in_sentence(getattr(error, "strerror", None))
        raise Unreadable(f"cannot read {show(str(path))}: {reason}") from None


def _columns(found: Sequence[str], wanted: Wanted) -> list[str]:
    """Name the columns to be read of those that a file has."""
    for name in (wanted.column, *_FURTHER):
        if list(found).count(name) > 1:
            raise Unreadable(f"{list(found).count(name)} columns {show(name)}; expected one")
    if wanted.column not in found:
        names = [name for name in found if name not in _FURTHER][:_MOST_NAMED]
        known = did_you_mean(wanted.column, found) or f"; it has {', '.join(map(show, names)) or 'none'}"
        raise Unreadable(f"no column {show(wanted.column)}{known}")
    if wanted.interval_ns is None and not {_TIME, _LENGTH} <= set(found):
        raise Unreadable("no columns time_ns and interval_ns; expected them, or the key interval")
    return [wanted.column, *(name for name in _FURTHER if name in found and name != wanted.column)]


def _parquet(path: Path, wanted: Wanted) -> Iterator[Row]:
    import pyarrow as pa  # noqa: PLC0415 - most scenarios have no trace, and it takes time
    import pyarrow.parquet as pq  # noqa: PLC0415

    try:
        file = pq.ParquetFile(io.BytesIO(_content(path)), pre_buffer=False)
        if file.metadata.num_rows > MOST_DATA_LINES:
            raise Unreadable(f"{file.metadata.num_rows} rows; expected at most {MOST_DATA_LINES}")
        names = _columns(file.schema_arrow.names, wanted)
        table = file.read(columns=names, use_threads=False)
        columns = [table[name].to_pylist() for name in names]
    except (pa.ArrowException, OSError, ValueError, NotImplementedError) as error:
        text = next(iter(str(error).splitlines()), "")
        raise Unreadable(f"{show(path.name)} is not a Parquet file that can be read: {text}") from None
    for number, cells in enumerate(zip(*columns, strict=True), 1):
        yield number, dict(zip(names, cells, strict=True))


def _csv(path: Path, wanted: Wanted) -> Iterator[Row]:
    try:
        text = decoded(_content(path))
    except UnicodeDecodeError:
        raise Unreadable(f"{show(path.name)} is not UTF-8 text; expected CSV with a heading") from None
    heading = text.partition("\n")[0]
    separator = max(_SEPARATORS, key=heading.count)
    try:
        rows = csv.reader(io.StringIO(text), delimiter=separator)
        found = [cell.strip() for cell in next(rows, [])]
        names = _columns(found, wanted)
        places = [found.index(name) for name in names]
        empty: list[int] = []
        begins = found[0].startswith(_PERFMON)
        for row in rows:
            says_when, begins = begins and not any(cell.strip() for cell in row[1:]), False
            if says_when:  # the log began, and nothing else
                continue
            if rows.line_num > MOST_DATA_LINES:
                raise Unreadable(f"more than {MOST_DATA_LINES} lines")
            if not any(row):
                if wanted.interval_ns is not None and (row or len(found) == 1):
                    empty.append(rows.line_num)
                continue
            if len(row) <= max(places):
                raise Unreadable(f"{len(row)} cells; expected {len(found)}, as in the heading", rows.line_num)
            yield from ((line, dict.fromkeys(names, "")) for line in empty)  # intervals without a value
            empty.clear()
            yield rows.line_num, {name: row[at].strip() for name, at in zip(names, places, strict=True)}
    except csv.Error as error:
        raise Unreadable(f"not CSV: {error}") from None


def _of_one_vm(rows: list[Row], wanted: Wanted) -> list[Row]:
    if not rows:
        raise Unreadable("has no rows; expected one an interval")
    if _VM not in rows[0][1]:
        if wanted.vm is not None:
            raise Unreadable(f"no column {show(_VM)}, so that the key vm means nothing; expected it left out")
        return rows
    names = dict.fromkeys(str(cells[_VM]) for _, cells in rows)
    chosen = wanted.vm or (wanted.own_name if wanted.own_name in names else None)
    if chosen is None and len(names) == 1:
        chosen = next(iter(names))
    if chosen not in names:
        more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
        told = (
            f"no rows of a VM {show(chosen)}"
            if chosen
            else "several VMs, and none is named as the partition is"
        )
        raise Unreadable(
            f"{told}; it has {listing(list(names)[:_MOST_NAMED])}{more}: expected one of them in the key vm"
        )
    return [(number, cells) for number, cells in rows if str(cells[_VM]) == chosen]


def _load(rows: list[Row], wanted: Wanted) -> Load:
    vps = _first(rows, _VPS) if wanted.unit == "%" else None
    unit = "cpus" if vps is not None or wanted.unit == "cpu-seconds" else wanted.unit
    times: list[int] = []
    demand: list[float] = []
    origin, end = None, 0
    for number, cells in rows:
        start, stop = _interval(number, cells, wanted, end)
        origin = start if origin is None else origin
        if start - origin < end:
            raise Unreadable("begins before the one before it ends; expected rows in order of time", number)
        end = stop - origin
        value = _number(number, cells, wanted.column)
        if value is None:
            continue
        if not 0 <= value <= wanted.most:
            raise Unreadable(f"{wanted.column}: expected 0 to {wanted.most:g}; got {value:g}", number)
        if vps is not None:
            own = _number(number, cells, _VPS)
            vps = vps if own is None else own
            if not 0 < vps <= _MOST_VPS:
                raise Unreadable(f"{_VPS}: expected 1 to {_MOST_VPS}; got {vps:g}", number)
            value = value / 100 * vps
        elif wanted.unit == "cpu-seconds":
            value = value * _NS_PER_S / (stop - start)
        times.append(start - origin)
        demand.append(value)
    if not times:
        raise Unreadable(f"no value in column {show(wanted.column)}")
    return Load([*times, end], demand, unit)


def _first(rows: list[Row], name: str) -> float | None:
    """Give the first value of a column; None if it has none."""
    return next(
        (found for number, cells in rows if (found := _number(number, cells, name)) is not None), None
    )


def _interval(number: int, cells: Mapping[str, Any], wanted: Wanted, end: int) -> tuple[int, int]:
    """Give when the interval of a row begins and ends."""
    if wanted.interval_ns is not None:
        return end, end + wanted.interval_ns
    found, length = (_whole(cells.get(name)) for name in (_TIME, _LENGTH))
    if found is None or length is None or not 0 < length <= _FAR_NS or not 0 <= found <= _FAR_NS:
        raise Unreadable("expected whole numbers of ns: time_ns from 0, interval_ns above 0", number)
    return found - length, found


def _whole(cell: Any) -> int | None:
    try:
        return int(cell)
    except (TypeError, ValueError, OverflowError):
        return None


def _number(number: int, cells: Mapping[str, Any], name: str) -> float | None:
    """Give a cell as a number; None where there is none."""
    cell = cells.get(name)
    if cell is None or cell == "":
        return None
    try:
        value = float(cell)
    except (TypeError, ValueError):
        raise Unreadable(f"{name}: expected a number; got {show(cell)}", number) from None
    if math.isinf(value):
        raise Unreadable(f"{name}: expected a number; got {value:g}", number)
    return None if math.isnan(value) else value
