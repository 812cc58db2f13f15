from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hvecs.spec.bounds import MOST_DATA_BYTES, MOST_DATA_LINES
from hvecs.spec.distributions import MOST_VALUES, Drawn, FileNumbers, FileValues
from hvecs.spec.files import decoded, reason
from hvecs.spec.kinds import Wrong
from hvecs.spec.load_file import Load, Unreadable, Wanted, read_load
from hvecs.spec.memory import MOST_POINTS
from hvecs.spec.memory_trace import TraceLines, trace_lines
from hvecs.spec.nodes import Node, Place, is_array, is_table
from hvecs.spec.problems import Fault, Problem, Steps, show
from hvecs.spec.reading import TooLarge, read_bounded, size_text
from hvecs.spec.table import kind_of
from hvecs.spec.tier import RateTrace
from hvecs.spec.units import EIB, LONGEST
from hvecs.spec.workload import MOST_DEMAND, TraceWorkload

_MOST_PROBLEMS = 10
_UNREAD = FileValues((1,))
_NO_LOAD = Load([0, LONGEST], [0.0], "%")
"""Stands for a load that cannot be read: no rule finds fault with it, repeated or stretched."""
_UNREAD_LINES = TraceLines(FileValues((0,)), FileValues((0,)))


class _Unreadable(Exception):  # noqa: N818 - it never leaves this module: it becomes a Fault
    """A data file cannot be read at all; the text says why."""


class DataFiles:
    """Reads the data files that a scenario names, each once.

    `faults` are about the keys that name them, `problems` about their lines.
    """

    def __init__(self) -> None:
        self.faults: list[Fault] = []
        self.problems: list[Problem] = []
        self._read: dict[Path, FileValues] = {}
        self._traces: dict[Path, TraceLines] = {}
        self._loads: dict[tuple[Path, Wanted], Load] = {}

    def filled_in(self, node: Node, steps: Steps = ()) -> Node:
        """Copy the tree with the values of each empirical distribution's file in place of its name."""
        if is_array(node):
            inner = (self.filled_in(each, (*steps, i)) for i, each in enumerate(node.value))
            return Node(tuple(inner), node.place)
        if not is_table(node):
            return node
        table = {key: self.filled_in(each, (*steps, key)) for key, each in node.value.items()}
        if "distribution" in table and table["distribution"].value == "empirical":
            self._fill_in(table, node.place, steps)
        if is_table(table.get("memory_demand")):
            self._fill_in_demand(table, steps)
        if is_table(table.get("workload")):
            self._fill_in_load(table, steps)
        if steps[:1] == ("tier",) and is_table(table.get("trace")):
            self._fill_in_rates(table, steps)
        return Node(table, node.place)

    def _fill_in(self, table: dict[str, Node], place: Place, steps: Steps) -> None:
        """Put values in place of the file, after a problem stand-in values."""
        name = table.pop("file", None)
        if name is not None and "values" in table:
            self.faults.append(Fault((*steps, "file"), "given beside values; expected one of them"))
        elif name is not None:
            table["values"] = Node(self._values(name, (*steps, "file")), name.place)
        elif "values" not in table:
            self.faults.append(Fault((*steps, "values"), "missing; expected values or file"))
            table["values"] = Node(_UNREAD, place)

    def _fill_in_demand(self, block: dict[str, Node], steps: Steps) -> None:
        """Put times and sizes in place of the file of a trace of memory demand."""
        given = self._file_of_trace(block, "memory_demand", ("times", "committed"), steps)
        if given is None:
            return
        table, name, at = given
        if isinstance(name.value, str) and name.value.lower().endswith(".parquet"):
            vm = table.get("vm")
            chosen = None
            if vm is not None and isinstance(vm.value, str):
                chosen = table.pop("vm").value
            wanted = Wanted("committed_bytes", "cpus", chosen, _name(block), None, EIB)
            load = self._load(name, wanted, at)
            sizes = FileValues(int(each) for each in load.demand)
            lines = TraceLines(FileValues(load.times[:-1]), sizes)
        else:
            lines = self._demand(name, at)
        table |= {key: Node(column, name.place) for key, column in lines._asdict().items()}
        block["memory_demand"] = Node(table, block["memory_demand"].place)

    def _fill_in_load(self, block: dict[str, Node], steps: Steps) -> None:
        """Put times and demand in place of the file of a trace of processor time."""
        given = self._file_of_trace(block, "workload", ("times", "demand"), steps)
        if given is None:
            return
        table, name, at = given
        wanted = self._wanted(table, block)
        load = _NO_LOAD if wanted is None else self._load(name, wanted, at)
        found: dict[str, Any] = {"times": FileValues(load.times), "demand": FileNumbers(load.demand)}
        if wanted is not None:  # else the model says what is wrong with one of them
            for key in ("column", "vm", "interval"):
                table.pop(key, None)
            found["unit"] = load.unit
        table |= {key: Node(value, name.place) for key, value in found.items()}
        block["workload"] = Node(table, block["workload"].place)

    def _fill_in_rates(self, tier: dict[str, Node], steps: Steps) -> None:
        """Put times and rates in place of the file of a tier's trace."""
        given = self._file_beside(tier, "trace", ("times", "rates"), steps)
        if given is None:
            return
        table, name, at = given
        fields = RateTrace.model_fields
        keys = {key: table[key].value for key in ("column", "interval") if key in table}
        load = _NO_LOAD
        try:
            read = {key: kind_of(fields[key]).read(value) for key, value in keys.items()}  # type: ignore[union-attr]
            column = read.get("column", fields["column"].default)
            load = self._load(
                name, Wanted(column, "1/s", None, _name(tier), read.get("interval"), MOST_DEMAND), at
            )
            table.pop("interval", None)
        except Wrong:  # the model says what is wrong with the key
            pass
        found = {"times": FileValues(load.times), "rates": FileNumbers(load.demand)}
        table |= {key: Node(value, name.place) for key, value in found.items()}
        tier["trace"] = Node(table, tier["trace"].place)

    def _file_of_trace(
        self, block: dict[str, Node], of: str, columns: tuple[str, str], steps: Steps
    ) -> tuple[dict[str, Node], Node, Steps] | None:
        """Give the keys of a trace without its file, the name of that, and its path; None if it names none, or columns beside it."""
        kind = block[of].value.get("kind")
        if kind is None or kind.value != "trace":
            return None
        return self._file_beside(block, of, columns, steps)

    def _file_beside(
        self, block: dict[str, Node], of: str, columns: tuple[str, str], steps: Steps
    ) -> tuple[dict[str, Node], Node, Steps] | None:
        """Give the same of the table `of`, whatever it is."""
        table: dict[str, Node] = dict(block[of].value)
        if "file" not in table:
            return None
        name, at = table.pop("file"), (*steps, of, "file")
        given = next((key for key in columns if key in table), None)
        if given is not None:
            self.faults.append(Fault(at, f"given beside {given}; expected one of them"))
            block[of] = Node(table, block[of].place)
            return None
        return table, name, at

    def _wanted(self, table: Mapping[str, Node], block: Mapping[str, Node]) -> Wanted | None:
        """Say what is wanted of a file; None where a key is of the wrong kind, which the model will say."""
        fields = TraceWorkload.model_fields
        given = {key: table[key].value for key in ("column", "vm", "interval", "unit") if key in table}
        try:
            read = {key: kind_of(fields[key]).read(value) for key, value in given.items()}  # type: ignore[union-attr]
        except Wrong:
            return None
        return Wanted(
            read.get("column", fields["column"].default),
            read.get("unit", fields["unit"].default),
            read.get("vm"),
            _name(block),
            read.get("interval"),
            MOST_DEMAND,
        )

    def _load(self, name: Node, wanted: Wanted, steps: Steps) -> Load:
        """Read the file of a trace, once for what is wanted; after a problem, give a stand-in."""
        if not isinstance(name.value, str):
            self.faults.append(Fault(steps, f"expected the name of a file; got {show(name.value)}"))
            return _NO_LOAD
        path = name.place.folder / name.value
        if (path, wanted) not in self._loads:
            self._loads[path, wanted] = _NO_LOAD
            try:
                self._loads[path, wanted] = read_load(path, wanted)
            except Unreadable as error:
                if error.line is None:
                    self.faults.append(Fault(steps, str(error)))
                else:
                    self.problems.append(error.at(path))
        return self._loads[path, wanted]

    def _demand(self, name: Node, steps: Steps) -> TraceLines:
        """Read the file of a trace, once; after a problem, give a stand-in line."""
        if not isinstance(name.value, str):
            self.faults.append(Fault(steps, f"expected the name of a file; got {show(name.value)}"))
            return _UNREAD_LINES
        path = name.place.folder / name.value
        if path in self._traces:
            return self._traces[path]
        try:
            content = _content(path, "a duration, a comma and a size on each line")
            lines, bad = trace_lines(path, content, _MOST_PROBLEMS)
        except _Unreadable as error:
            self.faults.append(Fault(steps, str(error)))
            return _UNREAD_LINES
        if len(lines.times) > MOST_POINTS:
            message = f"{show(path.name)} has more than {MOST_POINTS} lines; expected at most so many"
            self.faults.append(Fault(steps, message))
            return _UNREAD_LINES
        self.problems += bad
        self._traces[path] = _UNREAD_LINES if bad else lines
        return self._traces[path]

    def _values(self, name: Node, steps: Steps) -> FileValues:
        """Read the file that a key names; after a problem, give stand-in values."""
        if not isinstance(name.value, str):
            self.faults.append(Fault(steps, f"expected the name of a file; got {show(name.value)}"))
            return _UNREAD
        path = name.place.folder / name.value
        try:
            if path not in self._read:
                self._read[path] = self._durations(path, _content(path, "one duration a line"))
        except _Unreadable as error:
            self.faults.append(Fault(steps, str(error)))
            return _UNREAD
        return self._read[path]

    def _durations(self, path: Path, text: str) -> FileValues:
        """Read one duration a line; blank lines and those that start with # are left out."""
        bad = 0
        values: list[int] = []
        for number, line in enumerate(text.splitlines(), 1):
            content = line.strip().strip('"')
            if not content or content.startswith("#"):
                continue
            try:
                values.append(int(Drawn.read(content)))
            except Wrong as wrong:
                self.problems.append(Problem(str(path), number, "", str(wrong)))
                bad += 1
                if bad == _MOST_PROBLEMS:
                    break
            if len(values) > MOST_VALUES:
                raise _Unreadable(
                    f"{show(path.name)} has more than {MOST_VALUES} durations; expected 1 to {MOST_VALUES}"
                )
        if bad:
            return _UNREAD
        if not values:
            raise _Unreadable(f"{show(path.name)} has 0 durations; expected 1 to {MOST_VALUES}")
        return FileValues(values)


def _name(block: Mapping[str, Node]) -> str:
    return str(block["name"].value) if "name" in block else ""


def _content(path: Path, what: str) -> str:
    expected = f"expected a text file with {what}"
    try:
        if path.exists() and not path.is_file():
            raise _Unreadable(f"{show(path.name or str(path))} is not a file; {expected}")
        content = read_bounded(path, MOST_DATA_BYTES)
        if content.count(b"\n") > MOST_DATA_LINES:
            raise _Unreadable(f"{show(path.name)} has more than {MOST_DATA_LINES} lines; {expected}")
        return decoded(content)
    except TooLarge:
        raise _Unreadable(
            f"{show(path.name)} is larger than {size_text(MOST_DATA_BYTES)}; {expected}"
        ) from None
    except UnicodeDecodeError:
        raise _Unreadable(f"{show(path.name)} is not UTF-8 text; {expected}") from None
    except (OSError, ValueError) as error:
        raise _Unreadable(f"cannot read {show(str(path))}: {reason(error)}; {expected}") from None
