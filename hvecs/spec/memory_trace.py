"""The file of a trace of memory demand: a time, a comma and a size on each line."""

from pathlib import Path
from typing import NamedTuple

from hvecs.spec.distributions import FileValues
from hvecs.spec.kinds import Wrong
from hvecs.spec.problems import Problem, show
from hvecs.spec.units import Duration, Size


class TraceLines(NamedTuple):
    """The two columns of the file: simulated times (ns), and memory (bytes)."""

    times: FileValues
    committed: FileValues


def trace_lines(path: Path, text: str, most_problems: int) -> tuple[TraceLines, list[Problem]]:
    """Read the lines, and find what is wrong with them, up to so many; blank ones and those that start with # are left out."""
    duration, size = Duration(), Size()
    times: list[int] = []
    sizes: list[int] = []
    problems: list[Problem] = []
    for number, line in enumerate(text.splitlines(), 1):
        content = line.strip()
        if not content or content.startswith("#"):
            continue
        try:
            time, amount = _parts(content)
            time_ns, size_bytes = int(duration.read(time)), int(size.read(amount))
            _check_order(time_ns, times, time)
            times.append(time_ns)
            sizes.append(size_bytes)
        except Wrong as wrong:
            problems.append(Problem(str(path), number, "", str(wrong)))
            if len(problems) == most_problems:
                break
    if not times and not problems:
        problems.append(
            Problem(str(path), 1, "", "has no lines; expected a time, a comma and a size on each")
        )
    return TraceLines(FileValues(times), FileValues(sizes)), problems


def _parts(line: str) -> tuple[str, str]:
    parts = [part.strip().strip('"') for part in line.split(",")]
    if len(parts) != 2:  # noqa: PLR2004
        raise Wrong(f'expected a time, a comma and a size such as "10 min, 2 GiB"; got {show(line)}')
    return parts[0], parts[1]


def _check_order(time_ns: int, before: list[int], written: str) -> None:
    if before and time_ns <= before[-1]:
        raise Wrong(f"expected times in order, each once; got {show(written)}")
