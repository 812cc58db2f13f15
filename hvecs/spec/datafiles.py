from pathlib import Path

from hvecs.spec.bounds import MOST_DATA_BYTES, MOST_DATA_LINES
from hvecs.spec.distributions import MOST_VALUES, FileValues
from hvecs.spec.files import decoded, reason
from hvecs.spec.kinds import Wrong
from hvecs.spec.memory import MOST_POINTS
from hvecs.spec.memory_trace import TraceLines, trace_lines
from hvecs.spec.nodes import Node, Place, is_array, is_table
from hvecs.spec.problems import Fault, Problem, Steps, show
from hvecs.spec.reading import TooLarge, read_bounded, size_text
from hvecs.spec.units import Duration

_MOST_PROBLEMS = 10
_UNREAD = FileValues((1,))
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
        elif steps[-1:] == ("memory_demand",) and "file" in table and "kind" in table:
            self._fill_in_demand(table, steps)
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

    def _fill_in_demand(self, table: dict[str, Node], steps: Steps) -> None:
        """Put times and sizes in place of the file of a trace of memory demand."""
        if table["kind"].value != "trace":
            return
        name = table.pop("file")
        given = next((key for key in ("times", "committed") if key in table), None)
        if given is not None:
            self.faults.append(Fault((*steps, "file"), f"given beside {given}; expected one of them"))
            return
        lines = self._demand(name, (*steps, "file"))
        for key, column in lines._asdict().items():
            table[key] = Node(column, name.place)

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
        kind, bad = Duration(), 0
        values: list[int] = []
        for number, line in enumerate(text.splitlines(), 1):
            content = line.strip().strip('"')
            if not content or content.startswith("#"):
                continue
            try:
                values.append(int(kind.read(content)))
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


def _content(path: Path, what: str) -> str:
    expected = f"expected a text file with {what}"
    try:
        if path.exists() and not path.is_file():
            raise _Unreadable(f"{show(path.name)} is not a file; {expected}")
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
