import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from re import fullmatch
from typing import Final

from hvecs.spec.words import meant_by

Steps = tuple[str | int, ...]
"""The way to a value in a scenario: keys and indices, from the top."""

DIFFERENT: Final = "names that differ, in more than upper and lower case"
"""What is expected of names that are instances of counters: for Windows those that differ in case alone are one."""
_LONGEST = 60
_MOST_NAMES = 4


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with a scenario, and where: a file and line, or a `--set`."""

    file: str
    line: int | None
    path: str
    message: str

    def __str__(self) -> str:
        """Give the problem as one line: `file:line: path: what is wrong; what was expected`."""
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        return ": ".join(part for part in (place, self.path, self.message) if part)


@dataclass(frozen=True, slots=True)
class Fault:
    """Something wrong at a path, not yet located; it counts only if what it `needs` is itself valid."""

    steps: Steps
    message: str
    needs: tuple[Steps, ...] = ()


class SpecError(Exception):
    """A scenario is invalid: all its problems, in the order of the file."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems: tuple[Problem, ...] = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))


def path_text(steps: Steps) -> str:
    """Write steps as users do: `partition[1].processor.weight`."""
    text = ""
    for step in steps:
        if isinstance(step, int):
            text += f"[{step}]"
        else:
            bare = fullmatch(r"[A-Za-z0-9_-]{1,60}", step)
            text += ("." if text else "") + (step if bare else show(step))
    return text


def show(value: object) -> str:
    """Write a value found in a file on one short line, as TOML would."""
    match value:
        case str():
            return json.dumps(value if len(value) <= _LONGEST else value[:_LONGEST] + "…", ensure_ascii=False)
        case bool():
            return str(value).lower()
        case int() if value.bit_length() > _LONGEST * 2:
            return f"a number of about {math.floor(value.bit_length() * math.log10(2))} digits"
        case dict():
            return "a table"
        case list() | tuple():
            return "an array"
    return str(value)


def listing(choices: Sequence[str]) -> str:
    """Write choices as `"a", "b" or "c"`."""
    quoted = [f'"{choice}"' for choice in choices]
    return " or ".join([", ".join(quoted[:-1]), quoted[-1]] if len(quoted) > 1 else quoted)


def not_starting(names: Sequence[str], why: str) -> str:
    """Say that guests of a block will not start, and why the first of them will not."""
    more = f" and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else ""
    first = f"{names[0]}: " if len(names) > 1 else ""
    return f"{', '.join(names[:_MOST_NAMES])}{more} will not start: {first}{why}"


def by_host(reasons: Sequence[tuple[str, str]]) -> str:
    """Write what each of several hosts lacks, by its name: `a: why; b: why`."""
    more = f"; and {len(reasons) - _MOST_NAMES} more hosts" if len(reasons) > _MOST_NAMES else ""
    return "; ".join(f"{name}: {why}" for name, why in reasons[:_MOST_NAMES]) + more


def nearest(word: object, choices: Iterable[str]) -> str | None:
    """Find the choice that a mistyped word, or another word of the field, most likely stands for."""
    if not isinstance(word, str):
        return None
    choices = tuple(choices)
    meant = meant_by(word, choices)
    if meant is not None:
        return meant
    by_lower = {choice.lower(): choice for choice in choices}
    found = get_close_matches(word.lower(), by_lower, 1)
    return by_lower[found[0]] if found else None


def did_you_mean(word: object, choices: Iterable[str]) -> str:
    """Give `; did you mean "weight"?`, or nothing when no choice is near."""
    near = nearest(word, choices)
    return f'; did you mean "{near}"?' if near else ""
