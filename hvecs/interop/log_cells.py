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
class Places:
    """Where the rows of a block stand; `data` are its lines that were read, `left_out` numbers, from 0, of those with cells that give no row."""

    block: Block
    data: bytes
    left_out: Sequence[int]

    def of(self, row: int) -> str:
        """Give the file and line of a row, from 0."""
        left_out = set(self.left_out)
        return self.of_line([each for each in range(row + len(left_out) + 1) if each not in left_out][row])

    def of_line(self, number: int) -> str:
        """Give the file and line of the line with cells of that number, from 0; empty lines have no cells."""
        lines = [at for at, each in enumerate(self.data.split(b"\n")) if each.strip(b"\r")]
        return self.block.place(lines[number])


@dataclass(frozen=True)
class Cells:
    """The stamps of the lines of a block, and their values: a row a column of the log, NaN where there is none."""

    stamps: list[str]
    values: Any
    places: Places


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
        wrong: list[int] = []
        try:
            table = self._parsed(data, wrong)
        except pa.ArrowInvalid:
            self._skipped.add("block that is no table", block.place(), block.data.count(b"\n"))
            return Cells([], np.empty((len(self._names) - 1, 0)), Places(block, data, ()))
        places = Places(block, data, wrong)
        if wrong:
            self._skipped.add(
                "line with another number of cells", lambda: places.of_line(wrong[0]), len(wrong)
            )
        stamps = [
            each.decode("ascii", "replace") for each in table[self._names[0]].cast(pa.binary()).to_pylist()
        ]
        return Cells(stamps, self._numbers(table, places), places)

    def _parsed(self, data: bytes, wrong: list[int]) -> Any:
        """Read the lines with as many cells as the log has columns; the numbers of the others, from 0, go to `wrong`."""

        def leave_out(row: Any) -> str:
            wrong.append((row.number or 1) - 1)
            return "skip"

        return pcsv.read_csv(
            pa.py_buffer(data),
            read_options=pcsv.ReadOptions(
                use_threads=False,
                block_size=len(data) + 1,
                column_names=[f"f{i}" for i in range(self._log.columns)],
            ),
            parse_options=pcsv.ParseOptions(delimiter=self._log.separator, invalid_row_handler=leave_out),
            convert_options=self._convert,
        )

    def _balanced(self, block: Block) -> bytes:
        """Leave out lines in which a quote is not closed: it would swallow the next line."""
        quotes, lines = block.data.count(b'"'), block.data.count(b"\n")
        if quotes in (0, 2 * self._log.columns * lines):
            return block.data
        kept = []
        for number, line in enumerate(block.data.split(b"\n")):
            if line.count(b'"') % 2:
                self._skipped.add("line with a quote that is not closed", block.place(number))
                kept.append(b"")
            else:
                kept.append(line)
        return b"\n".join(kept)

    def _numbers(self, table: Any, places: Places) -> Any:
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
            numbers = self._some(text, len(table), places)
        values = numbers.to_numpy(zero_copy_only=False)
        odd = ~np.isnan(values) & ~((values >= 0) & (values < np.inf))
        if odd.any():
            values = np.where(odd, np.nan, values)
            self._skipped.add(
                "value below zero or without end",
                lambda: places.of(_first_row(odd, len(table))),
                int(odd.sum()),
            )
        return values.reshape(len(names), len(table))

    def _some(self, text: Any, rows: int, places: Places) -> Any:
        """Read the cells that are numbers, those with a decimal comma too; count the others."""
        fits = pc.match_substring_regex(text, _NUMBER)
        odd = pc.fill_null(pc.invert(fits), False).to_numpy(zero_copy_only=False)
        self._skipped.add("cell that is no number", lambda: places.of(_first_row(odd, rows)), int(odd.sum()))
        plain = pc.replace_substring(pc.if_else(fits, text, pa.scalar(None, pa.string())), ",", ".")
        return pc.cast(pc.utf8_ltrim(plain, "+"), pa.float64())


def _first_row(odd: Any, rows: int) -> int:
    """Give the first of `rows` rows with a cell that is odd; `odd` holds the cells of one column after the other."""
    return int(np.argmax(odd.reshape(-1, rows).any(axis=0)))
