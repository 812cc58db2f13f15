"""What a search found, as text and as plain data."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from hvecs.cli.sweep_text import cells
from hvecs.cli.text import aligned, digits, listed, some
from hvecs.spec.paths import key_texts
from hvecs.spec.until import Until
from hvecs.sweep.finding import Room
from hvecs.sweep.results import Results


@dataclass(frozen=True)
class Answer:
    """Where along `values` the bound is passed: the indices of the first that passes it and of the ends of its interval.

    `room` says how many values have room for all guests, as far as is known without a run; `absent` are those that found no memory at
    the first. `places` has the index of each value that was made with its point in `results`, `names` the outcomes.
    """

    sweep: str
    path: str
    until: Until
    values: tuple[Any, ...]
    first: int
    low: int
    high: int
    room: Room
    names: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    places: Mapping[int, int] = field(default_factory=dict)
    results: Results | None = None

    @property
    def limit(self) -> str:
        """What ends it: "memory", the "bound", a value that is "missing" there, or "nothing"."""
        if self.absent:
            return "memory"
        if self.first >= len(self.values):
            return "nothing"
        return "missing" if self._is_missing(self.first) else "bound"

    @property
    def reason(self) -> str:
        """Why the guests at the first value find no memory, where that is known."""
        return (
            self.room.denied.reason
            if self.room.denied is not None and self.first == self.room.candidates
            else ""
        )

    def _is_missing(self, index: int) -> bool:
        """Say whether a value that was made lacks one of the outcomes."""
        found = self.results
        return found is not None and any(
            found.estimate(name, self.places[index]).mean is None for name in self.names
        )

    def before(self, index: int) -> Any:
        """Give the value before an index, None before the first."""
        return None if index == 0 else self.values[index - 1]


def answer_text(answer: Answer) -> str:
    """Write the answer, what ends it, and the points that were looked at."""
    key = key_texts(answer.path)[-1]
    first, last = answer.values[0], answer.values[-1]
    facts = [
        ("asked", f"{answer.until.outcome} {answer.until.text}, along {answer.path} from {first} to {last}"),
        ("answer", _answer(answer, key)),
        ("ended by", _ended_by(answer, key)),
    ]
    if answer.room.denied is not None and answer.limit != "memory":
        facts.append(("memory", _memory(answer, key)))
    if answer.results is not None:
        facts.append(("runs", f"{answer.results.runs}, {len(answer.results.seeds)} at each value"))
    parts = [listed(facts), *(_points(answer, name, key) for name in answer.names)]
    return "\n\n".join(parts)


def answer_data(answer: Answer) -> dict[str, Any]:
    """Give the answer as plain data; `interval` is that of `last_before`, None for what lies before the first value."""
    after = answer.values[answer.first] if answer.first < len(answer.values) else None
    return {
        "sweep": answer.sweep,
        "path": answer.path,
        "until": f"{answer.until.outcome} {answer.until.text}",
        "last_before": answer.before(answer.first),
        "first_at": after,
        "interval": [answer.before(answer.low), answer.before(answer.high)],
        "limit": answer.limit,
        "not_started": list(answer.absent),
        "reason": answer.reason,
        "memory": _memory_data(answer),
        "runs": answer.results.runs if answer.results else 0,
        "points": [
            {"value": answer.values[index], "outcome": name, **asdict(answer.results.estimate(name, point))}
            for name in answer.names
            for index, point in sorted(answer.places.items())
            if answer.results is not None
        ],
    }


def _memory_data(answer: Answer) -> dict[str, Any] | None:
    """Give where memory ends it, as far as is known without a run; None if it does not."""
    denied, fit = answer.room.denied, answer.room.candidates
    if denied is None:
        return None
    return {
        "last_with_room": answer.before(fit),
        "first_without": answer.values[fit],
        "partition": denied.name,
        "needed_bytes": denied.needed,
        "available_bytes": denied.available,
        "reason": denied.reason,
    }


def _answer(answer: Answer, key: str) -> str:
    if answer.first == 0:
        return f"none: {key} = {answer.values[0]}, the first value, is beyond it already"
    told = f"{key} = {answer.before(answer.first)} is the last value before"
    if answer.limit == "nothing":
        told = f"not up to {key} = {answer.values[-1]}, the last value"
    low, high = answer.before(answer.low), answer.before(answer.high)
    return f"{told}; 95 % interval {'none' if low is None else low} to {high}"


def _memory(answer: Answer, key: str) -> str:
    """Say where memory would end it."""
    denied, values, fit = answer.room.denied, answer.values, answer.room.candidates
    assert denied is not None  # noqa: S101 - it is asked where there is one
    return f"ends at {key} = {values[fit]}, where {denied.name} does not start: {denied.reason}"


def _ended_by(answer: Answer, key: str) -> str:
    at = f"at {key} = {answer.values[answer.first]}" if answer.first < len(answer.values) else ""
    match answer.limit:
        case "memory":
            why = f": {answer.reason}" if answer.reason else ""
            verb = "does" if len(answer.absent) == 1 else "do"
            return f"memory: {at} {some(answer.absent)} {verb} not start{why}"
        case "missing":
            return f"{at} {' or '.join(answer.names)} has no value: the work was not done within the run"
        case "nothing":
            return "nothing"
    return f"{answer.until.outcome} {answer.until.text} {at}"


def _points(answer: Answer, name: str, key: str) -> str:
    """Write the points that were made in the order of the axis, with what each is of the first."""
    results = answer.results
    assert results is not None  # noqa: S101 - there are names
    start = results.estimate(name, answer.places[0]).mean
    rows = [[key, name, "95 %", "of the first"]]
    for index, point in sorted(answer.places.items()):
        found = results.estimate(name, point)
        times = "-" if not start or found.mean is None else f"{digits(found.mean / start)}x"
        rows.append([str(answer.values[index]), *cells(found, results.units[name]), times])
    return aligned(rows, right=range(1, 4))
