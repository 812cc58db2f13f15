"""A run's tables as CSV files, for spreadsheets and for whoever reads no Parquet."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.csv as pcsv

from hvecs.interop.run_tables import RunTables
from hvecs.output.errors import disk

EXCEL_ROWS: Final = 1_048_575
"""Rows that a sheet of Excel holds beside the header."""
_BOM: Final = b"\xef\xbb\xbf"


def export_csv(run: RunTables, folder: Path, *, bom: bool = False) -> Iterator[tuple[Path, int]]:
    """Write `<table>.csv` for each table; gives the files and their rows as they are done.

    Numbers are written so that reading gives them back to the bit; what is missing is empty. With `bom`, files begin with the
    byte-order mark by which Excel knows UTF-8.
    """
    for table, written in run.manifest.tables.items():
        path = folder / f"{table}.csv"
        with disk(path), path.open("wb") as file, run.file(table) as source:
            if bom:
                file.write(_BOM)
            with pcsv.CSVWriter(pa.PythonFile(file, "w"), source.schema_arrow) as writer:
                for group in range(source.num_row_groups):
                    writer.write_table(source.read_row_group(group, use_threads=False))
        yield path, written.rows
