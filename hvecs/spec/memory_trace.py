"""The file of a trace of memory demand: a time, a comma and a size on each line."""

from pathlib import Path

from hvecs.spec.kinds import Wrong
from hvecs.spec.problems import Problem, show
from hvecs.spec.units import Duration, Size


def trace_lines(path: Path, text: str) -> tuple[list[tuple[str, str]], list[Problem]]:
    """Read the lines as they are written, and find those that are wrong; blank ones and those that start with # are left out."""
    lines: list[tuple[str, str]] = []
    problems: list[Problem] = []
    last_ns = -1
    for number, line in enumerate(text.splitlines(), 1):
        content = line.strip()
        if not content or content.startswith("#"):
            continue
        try:
            time, size = _parts(content)
            last_ns = _later(time, last_ns)
            Size().read(size)
            lines.append((time, size))
        except Wrong as wrong:
            problems.append(Problem(str(path), number, "", str(wrong)))
    if not lines and not problems:
        problems.append(
            Problem(str(path), 1, "", "has no lines; expected a time, a comma and a size on each")
        )
    return lines, problems


def _parts(line: str) -> tuple[str, str]:
    parts = [part.strip().strip('"') for part in line.split(",")]
    if len(parts) != 2:  # noqa: PLR2004
        raise Wrong(f'expected a time, a comma and a size such as "10 min, 2 GiB"; got {show(line)}')
    return parts[0], parts[1]


def _later(time: str, last_ns: int) -> int:
    time_ns = int(Duration().read(time))
    if time_ns <= last_ns:
        raise Wrong(f"expected times in order, each once; got {show(time)}")
    return time_ns
