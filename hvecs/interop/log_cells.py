"""A block of a log as numbers: cells that are none are counted, never guessed."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pcsv

from hvecs.interop.faults import Skipped
from hvecs.interop.log_text import Block, Text

_NUMBER: Final = r"^[+-]?(\d+([.,]\d*)?|[.,]\d+)([eE][+-]?\d+)?$"


@dataclass(frozen=True)
class Cells:
    """The stamps of the lines of a block, and their values: a row a column of the log, NaN where there is none."""

    stamps: list[str]
    values: Any


class CellReader:
    """Reads the blocks of one log; `wanted` are the numbers of its columns that become values, from 0 after the stamp."""

    def __init__(self, log: Text, wanted: Sequence[int], skipped: Skipped) -> None:
        self._log = log
        self._skipped = skipped
        self._names = [f"f{column}" for column in (0, *(each + 1 for each in wanted))]
        self._convert = pcsv.ConvertOptions(
            include_columns=self._names,
            column_types=dict.fromkeys(self._names, pa.string()),
            check_utf8=False,
            strings_can_be_null=False,
        )

    def read(self, block: Block) -> Cells:
        """Give the cells of a block; lines that are not of the log's shape are left out and counted."""
        data = self._balanced(block)
        try:
            table = self._parsed(data, block.line)
        except pa.ArrowInvalid:
            self._skipped.add("block that is no table", self._place(block.line), block.data.count(b"\n"))
            return Cells([], np.empty((len(self._names) - 1, 0)))
        stamps = [
            each.decode("ascii", "replace") for each in table[self._names[0]].cast(pa.binary()).to_pylist()
        ]
        return Cells(stamps, self._numbers(table, block.line))

    def _parsed(self, data: bytes, line: int) -> Any:
        wrong: list[int] = []

        def leave_out(row: Any) -> str:
            wrong.append(row.number or 0)
            return "skip"

        table = pcsv.read_csv(
            pa.py_buffer(data),
            read_options=pcsv.ReadOptions(
                use_threads=False,
                block_size=len(data) + 1,
                column_names=[f"f{i}" for i in range(self._log.columns)],
            ),
            parse_options=pcsv.ParseOptions(delimiter=self._log.separator, invalid_row_handler=leave_out),
            convert_options=self._convert,
        )
        if wrong:
            self._skipped.add(
                "line with another number of cells", self._place(line + wrong[0] - 1), len(wrong)
            )
        return table

    def _balanced(self, block: Block) -> bytes:
        """Leave out lines in which a quote is not closed: it would swallow the next line."""
        quotes, lines = block.data.count(b'"'), block.data.count(b"\n")
        if quotes in (0, 2 * self._log.columns * lines):
            return block.data
        kept = []
        for number, line in enumerate(block.data.split(b"\n")):
            if line.count(b'"') % 2:
                self._skipped.add("line with a quote that is not closed", self._place(block.line + number))
                kept.append(b"")
            else:
                kept.append(line)
        return b"\n".join(kept)

    def _numbers(self, table: Any, line: int) -> Any:
        """Give all cells as numbers in one go."""
        names = self._names[1:]
        if not names or not len(table):
            return np.empty((len(names), len(table)))
        chunks = [chunk for name in names for chunk in table[name].chunks]
        text = pc.ascii_trim_whitespace(pa.concat_arrays(chunks))
        text = pc.if_else(pc.equal(pc.binary_length(text), 0), pa.scalar(None, pa.string()), text)
        try:
            numbers = pc.cast(text, pa.float64())
        except pa.ArrowInvalid:
            numbers = self._some(text, line)
        values = numbers.to_numpy(zero_copy_only=False)
        odd = ~np.isnan(values) & ~((values >= 0) & (values < np.inf))
        if odd.any():
            values = np.where(odd, np.nan, values)
            self._skipped.add("value below zero or without end", self._place(line), int(odd.sum()))
        return values.reshape(len(names), len(table))

    def _some(self, text: Any, line: int) -> Any:
        """Read the cells that are numbers, those with a decimal comma too; count the others."""
        fits = pc.match_substring_regex(text, _NUMBER)
        self._skipped.add("cell that is no number", self._place(line), pc.sum(pc.invert(fits)).as_py() or 0)
        plain = pc.replace_substring(pc.if_else(fits, text, pa.scalar(None, pa.string())), ",", ".")
        return pc.cast(pc.utf8_ltrim(plain, "+"), pa.float64())

    def _place(self, line: int) -> str:
        return f"{self._log.path}:{line}"
