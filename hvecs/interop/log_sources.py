"""What a log adds to the tables of a capture: the rows of one machine in each, and samples as matrices."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from hvecs.interop.capture_tables import CaptureTable
from hvecs.interop.targets import Instance


@dataclass
class Source:
    """The rows that one machine adds to one table."""

    table: CaptureTable
    machine: str
    log: Path
    instances: list[Instance]
    columns: dict[int, tuple[str, int]] = field(default_factory=dict)
    _places: dict[Instance, int] = field(default_factory=dict)

    def place_of(self, instance: Instance) -> int:
        """Give the number of an instance; a new one gets the next."""
        place = self._places.setdefault(instance, len(self._places))
        if place == len(self.instances):
            self.instances.append(instance)
        return place

    def matrices(self, values: Any) -> dict[str, Any]:
        """Give a matrix for each column of the table: a row a sample, a column an instance."""
        shape = (values.shape[1], len(self.instances))
        found = {column: np.full(shape, np.nan) for column in self.table.given}
        for row, (column, place) in self.columns.items():
            found[column][:, place] = values[row]
        return found


@dataclass(frozen=True)
class Samples:
    """Samples of a log: their leading columns, and their values, a row a column of the log."""

    frame: dict[str, Any]
    values: Any

    def after(self, time_ns: int) -> "Samples":
        """Give those that end later."""
        later = self.frame["time_ns"] > time_ns
        if later.all():
            return self
        return Samples({name: column[later] for name, column in self.frame.items()}, self.values[:, later])
