"""Axes and outcomes as commands take them, and the sweep that they make of a scenario without a file of its own."""

import re
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from hvecs.spec.files import name_of, read_tree
from hvecs.spec.kinds import Wrong
from hvecs.spec.nodes import Node, Place, child, plant
from hvecs.spec.paths import key_texts, split_setting
from hvecs.spec.problems import Problem, SpecError, show
from hvecs.spec.sweep import AGGREGATES
from hvecs.spec.sweep_loading import SweepFile, checked
from hvecs.spec.sweep_ranges import read_range

_OUTCOME: Final = re.compile(
    r"(?:(?P<name>[A-Za-z][A-Za-z0-9_-]*)\s*=\s*)?"
    rf"(?:(?P<aggregate>{'|'.join(AGGREGATES)})\s+of\s+)?"
    r"(?P<table>[a-z_]+)\.(?P<column>[a-z0-9_]+)"
    r"(?:\s+where\s+(?P<where>.+))?"
)
_CONDITION: Final = re.compile(
    r"""\s*(?P<column>\w+)\s*=\s*(?P<value>"(?:[^"\\]|\\.)*"|'[^']*'|[^\s"']+)(?:\s+and\s+(?=\S)|\s*$)"""
)
_RANGE: Final = re.compile(r"(.+?)\s*\.\.\s*(.+)")
_PART: Final = re.compile(r"""(?:"(?:[^"\\]|\\.)*"|'[^']*'|\[[^\]]*\]|\{[^}]*\}|[^,"'\[{])+""")
_NOT_IN_NAMES: Final = re.compile(r"[^A-Za-z0-9._-]+")
_LONGEST_NAME: Final = 100
_EXPECTED_AXIS: Final = "expected PATH=VALUE,VALUE… or PATH=LOW..HIGH"


def outcome_of(text: str) -> dict[str, Any] | None:
    """Read an outcome such as `peak = max of job.elapsed_ns where partition = "web-0"`; None for what is the name of one.

    Raises:
        Wrong: what stands after `where` cannot be read.
    """
    found = _OUTCOME.fullmatch(text.strip())
    if found is None or not (found["name"] or found["aggregate"] or found["where"]):
        return None
    aggregate = found["aggregate"] or "auto"
    name = found["name"] or f"{aggregate}_{found['table']}_{found['column']}"
    where = dict(_conditions(found["where"])) if found["where"] else {}
    return {
        "name": name,
        "table": found["table"],
        "column": found["column"],
        "where": where,
        "aggregate": aggregate,
    }


def sweep_of(
    path: Path, axes: Sequence[str], outcomes: Iterable[str] = (), replications: int = 1
) -> SweepFile:
    """Make a sweep of a scenario: a grid over `axes`, each `PATH=VALUE,VALUE…` or `PATH=LOW..HIGH`, and `outcomes` that are to be computed.

    Raises:
        SpecError: with all problems at once; their place is the option.
        OSError: the scenario cannot be read.
    """
    whole = Place(str(path), None, Path())
    problems: list[Problem] = []
    nodes: dict[str, list[Node]] = {"axis": [], "outcome": []}
    texts = [*(("axis", text) for text in axes), *(("outcome", text) for text in outcomes)]
    for kind, text in texts:
        place = Place(f"--{kind} {split_setting(text)[0] if kind == 'axis' else show(text)}", None, Path())
        try:
            found = _axis(text) if kind == "axis" else outcome_of(text)
        except Wrong as wrong:
            problems.append(Problem(place.file, None, "", str(wrong)))
            continue
        if found is not None:
            nodes[kind].append(plant(found, place, {}))
    if problems:
        raise SpecError(problems)
    paths = [str(axis.value["path"].value) for axis in nodes["axis"]]
    table = {"name": _name(path, paths), "scenario": path.name, "replications": replications}
    tree = {"sweep": plant(table, whole, {})} | {
        kind: Node(tuple(each), whole) for kind, each in nodes.items() if each
    }
    return checked(path, Path(), Node(tree, whole))


def _axis(text: str) -> dict[str, Any]:
    """Read `PATH=VALUES`. Raises Wrong."""
    path, values = split_setting(text)
    if not values:
        raise Wrong(f"no values; {_EXPECTED_AXIS}")
    ends = _RANGE.fullmatch(values)
    if ends is not None:
        pair = [_value(end) for end in ends.groups()]
        try:
            read_range(tuple(pair), log=False)
        except Wrong:
            if not any(isinstance(end, str) and "/" in end for end in pair):  # a path may lead through ".."
                raise
        else:
            return {"path": path, "range": pair}
    whole = _value(values)
    found = whole if isinstance(whole, list) else [_value(part.strip()) for part in _parts(values)]
    return {"path": path, "values": found}


def _parts(values: str) -> Iterator[str]:
    """Cut values at the commas that stand in no quotes, brackets or braces."""
    parts = _PART.findall(values)
    if ",".join(parts) != values:
        raise Wrong(f"{show(values)} cannot be read; {_EXPECTED_AXIS}")
    yield from parts


def _value(text: str) -> Any:
    """Read a value as TOML, else take it as a string."""
    try:
        found = tomllib.loads(f"value = {text}")
    except (ValueError, RecursionError):
        return text
    return found["value"] if found.keys() == {"value"} else text


def _conditions(text: str) -> Iterator[tuple[str, Any]]:
    """Read `KEY = VALUE and KEY = VALUE`. Raises Wrong."""
    at = 0
    while at < len(text):
        found = _CONDITION.match(text, at)
        if found is None:
            raise Wrong(f"{show(text)} is no condition; expected one such as partition = web-0")
        yield found["column"], _value(found["value"])
        at = found.end()


def _name(path: Path, paths: Sequence[str]) -> str:
    """Name the sweep by the scenario and what is varied."""
    tree, _ = read_tree(path)
    table = child(tree, "scenario")
    base = (name_of(table) if table is not None else None) or path.stem
    varied = "-".join(key_texts(each)[-1] for each in paths)
    return _NOT_IN_NAMES.sub("-", f"{base}-by-{varied}")[:_LONGEST_NAME].strip("-. ") or "sweep"
