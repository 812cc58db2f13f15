"""Small performance logs, and small runs, for the tests of import and export."""

from pathlib import Path

import pyarrow.parquet as pq

from hvecs.interop.perfmon_in import PerfmonImport

HOST = r"\\HV1"
LP = r"Hyper-V Hypervisor Logical Processor"
VP = r"Hyper-V Hypervisor Virtual Processor"
SIGNATURE = "(PDH-CSV 4.0) (W. Europe Standard Time)(-60)"
COLUMNS = (
    rf"{HOST}\{LP}(Hv LP 0)\% Total Run Time",
    rf"{HOST}\{LP}(_Total)\% Total Run Time",
    rf"{HOST}\{VP}(sv101 (linux):Hv VP 0)\% Guest Run Time",
    rf"{HOST}\{VP}(sv101 (linux):Hv VP 0)\CPU Wait Time Per Dispatch",
    rf"{HOST}\{VP}(sv101 (linux):Hv VP 0)\Logical Processor Dispatches/sec",
    rf"{HOST}\{VP}(web:Hv VP 0)\% Guest Run Time",
    rf"{HOST}\Some Other Set(x)\Some Counter",
)
ROWS = (
    ("11/25/2026 09:00:00.000", *[" "] * 7),
    ("11/25/2026 09:00:10.000", "12.5", "12.5", "10.25", "2000", "100", " ", "1"),
    ("11/25/2026 09:00:20.000", "25", "25", "50", "3000.5", "0", "5", "1"),
    ("11/25/2026 09:00:30.000", "0", "0", "0", "0", "0", "7.5", "1"),
)


def quoted(cells, separator=","):
    return separator.join(f'"{cell}"' for cell in cells)


def log(columns=COLUMNS, rows=ROWS, *, signature=SIGNATURE, separator=",", end="\r\n"):
    """The text of a log."""
    lines = [quoted((signature, *columns), separator), *(quoted(row, separator) for row in rows)]
    return end.join(lines) + end


def write(path: Path, text: str, encoding="utf-8") -> Path:
    path.write_bytes(text.encode(encoding))
    return path


def imported(folder, *files, **options):
    """Import logs; gives the capture and its tables as lists of rows."""
    capture = PerfmonImport(list(files), **options).write(folder / "capture", lambda _done, _of: None)
    return capture, {
        name: rows_of(folder / "capture" / table.path) for name, table in capture.manifest.tables.items()
    }


def rows_of(path):
    return pq.ParquetFile(path).read().to_pylist()
