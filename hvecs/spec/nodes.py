"""A parsed file as a tree in which every value knows where it was written."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from hvecs.spec.problems import Steps, path_text

DEEPEST = 32


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value was written: a file and line, or a `--set` whose path has `set_depth` steps.

    Problems inside a value that was set are shown with what follows those steps, those in a table made on the
    way with their whole path. File names written at a place are relative to `folder`.
    """

    file: str
    line: int | None
    folder: Path
    set_depth: int = 0


@dataclass(frozen=True, slots=True)
class Node:
    """A value and its place; a table holds nodes by key, an array a tuple of nodes."""

    value: Any
    place: Place


class NotATableError(Exception):
    """A path leads through a value that is no table."""

    def __init__(self, steps: Steps) -> None:
        self.steps = steps
        super().__init__(steps)


class NoElementError(Exception):
    """A path leads to an element that an array has not, or that of a value which is none; the text says which."""

    def __init__(self, steps: Steps, index: int, length: int | None) -> None:
        what = path_text(steps)
        super().__init__(
            f"{what} is not an array; expected one"
            if length is None
            else f"there is no {what}[{index}]; it has {length} {'element' if length == 1 else 'elements'}"
        )


def is_table(node: Node | None) -> bool:
    """Tell whether there is a node and it is a table."""
    return node is not None and isinstance(node.value, dict)


def is_array(node: Node | None) -> bool:
    """Tell whether there is a node and it is an array of nodes."""
    return node is not None and type(node.value) is tuple


def too_deep(value: Any, depth: int = 0) -> bool:
    """Tell whether tables and arrays are nested beyond DEEPEST, where recursion would become unsafe."""
    if depth > DEEPEST:
        return True
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return any(too_deep(each, depth + 1) for each in inner)


def plant(value: Any, place: Place, lines: Mapping[Steps, int], steps: Steps = ()) -> Node:
    """Make a tree of what tomllib gave; a path without a line of its own takes that of what holds it."""
    line = lines.get(steps)
    here = place if line is None or line == place.line else replace(place, line=line)
    if isinstance(value, dict):
        return Node({key: plant(each, here, lines, (*steps, key)) for key, each in value.items()}, here)
    if isinstance(value, list):
        return Node(tuple(plant(each, here, lines, (*steps, i)) for i, each in enumerate(value)), here)
    return Node(value, here)


def plain(node: Node) -> Any:
    """Give the tree's values alone: dicts, tuples and scalars."""
    if is_table(node):
        return {key: plain(each) for key, each in node.value.items()}
    return tuple(map(plain, node.value)) if is_array(node) else node.value


def place_of(root: Node, steps: Steps) -> Place:
    """Find where a path was written, or, if it was not, the table that it would stand in."""
    node = root
    for step in steps:
        inside = child(node, step)
        if inside is None:
            break
        node = inside
    return node.place


def child(node: Node, step: str | int) -> Node | None:
    """Take one step down the tree, if it exists."""
    if isinstance(step, str):
        return node.value.get(step) if is_table(node) else None
    return node.value[step] if is_array(node) and step < len(node.value) else None


def grafted(node: Node, steps: Steps, new: Node, gone: Steps = ()) -> Node:
    """Copy the tree with a new value at a path; missing tables are made at the new value's place.

    Raises NotATableError, or NoElementError where an array has no element of an index.
    """
    if not steps:
        return new
    first, rest = steps[0], steps[1:]
    if isinstance(first, int):
        if child(node, first) is None:
            raise NoElementError(gone, first, len(node.value) if is_array(node) else None)
        together = (
            grafted(each, rest, new, (*gone, first)) if at == first else each
            for at, each in enumerate(node.value)
        )
        return Node(tuple(together), node.place)
    if not is_table(node):
        raise NotATableError(gone)
    inside = node.value.get(first, Node({}, replace(new.place, set_depth=0)))
    return Node({**node.value, first: grafted(inside, rest, new, (*gone, first))}, node.place)
