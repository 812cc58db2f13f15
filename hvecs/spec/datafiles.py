from pathlib import Path

from hvecs.spec.distributions import MOST_VALUES, FileValues
from hvecs.spec.files import decoded, reason
from hvecs.spec.kinds import Wrong
from hvecs.spec.memory_trace import trace_lines
from hvecs.spec.nodes import Node, Place, is_array, is_table
from hvecs.spec.problems import Fault, Problem, Steps, show
from hvecs.spec.units import Duration

_MOST_PROBLEMS = 10
_MOST_BYTES = 64 << 20
_UNREAD = FileValues((1,))
_UNREAD_LINE = ("0 s", "0 B")


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
        for key, column in zip(("times", "committed"), zip(*lines, strict=True), strict=True):
            table[key] = Node(tuple(Node(value, name.place) for value in column), name.place)

    def _demand(self, name: Node, steps: Steps) -> list[tuple[str, str]]:
        """Read the file of a trace; after a problem, give a stand-in line."""
        if not isinstance(name.value, str):
            self.faults.append(Fault(steps, f"expected the name of a file; got {show(name.value)}"))
            return [_UNREAD_LINE]
        path = name.place.folder / name.value
        try:
            lines, bad = trace_lines(path, _content(path, "a duration, a comma and a size on each line"))
        except _Unreadable as error:
            self.faults.append(Fault(steps, str(error)))
            return [_UNREAD_LINE]
        self.problems += bad[:_MOST_PROBLEMS]
        return lines if lines and not bad else [_UNREAD_LINE]

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
        kind, values, bad = Duration(), [], 0
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
        if bad:
            return _UNREAD
        if not 0 < len(values) <= MOST_VALUES:
            raise _Unreadable(f"{show(path.name)} has {len(values)} durations; expected 1 to {MOST_VALUES}")
        return FileValues(values)


def _content(path: Path, what: str) -> str:
    expected = f"expected a text file with {what}"
    try:
        if path.exists() and not path.is_file():
            raise _Unreadable(f"{show(path.name)} is not a file; {expected}")
        if path.stat().st_size > _MOST_BYTES:
            raise _Unreadable(f"{show(path.name)} is larger than {_MOST_BYTES >> 20} MiB; {expected}")
        return decoded(path.read_bytes())
    except UnicodeDecodeError:
        raise _Unreadable(f"{show(path.name)} is not UTF-8 text; {expected}") from None
    except (OSError, ValueError) as error:
        raise _Unreadable(f"cannot read {show(str(path))}: {reason(error)}; {expected}") from None
