import re
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from hvecs.spec.files import name_of
from hvecs.spec.host_paths import NoHostError, hosts_named, set_on_hosts
from hvecs.spec.host_tables import HOST
from hvecs.spec.nodes import (
    DEEPEST,
    Node,
    NoElementError,
    NotATableError,
    Place,
    grafted,
    is_array,
    is_table,
    plant,
    too_deep,
)
from hvecs.spec.partition import MOST_VPS
from hvecs.spec.paths import key_text, read_path, split_setting
from hvecs.spec.problems import Problem, Steps, did_you_mean, path_text, show

_PARTITION = "partition"
_NAMED = {"event": "events", "tier": "tiers", "storage": "volumes", "network": "networks"}
"""Arrays whose tables are found by their name, or by their index, beside that of partitions; and what several are."""


class _Bad(Exception):  # noqa: N818 - it never leaves this module: it becomes a Problem
    """A `--set` cannot be applied; the text says why."""


class Setting(NamedTuple):
    """A `path=value` whose file names are relative to `folder`; a plain string is one of the present folder."""

    text: str
    folder: Path


class _Set(NamedTuple):
    path: str
    value: Any
    folder: Path

    def node(self, depth: int) -> Node:
        return plant(self.value, Place(f"--set {self.path}", None, self.folder, depth), {})


class Overrides:
    """Lays `--set path=value` over a tree, in order.

    A block keeps its index and name for later settings even after one of its guests was split off; `origins`
    gives, for each partition of the resulting tree, the index of the block that it comes from.
    """

    def __init__(self, root: Node) -> None:
        self._root = root
        blocks = root.value.get("partition")
        self._blocks: Node | None = blocks if is_array(blocks) else None
        self._names = [name_of(block) for block in self._blocks.value] if self._blocks else []
        self._pieces: list[list[Node]] = [[block] for block in self._blocks.value] if self._blocks else []

    @property
    def tree(self) -> Node:
        """The tree with everything set so far."""
        if self._blocks is None:
            return self._root
        pieces = tuple(piece for pieces in self._pieces for piece in pieces)
        return Node({**self._root.value, "partition": Node(pieces, self._blocks.place)}, self._root.place)

    @property
    def origins(self) -> tuple[int, ...]:
        """For each partition of the tree, the index of its block before any was split."""
        return tuple(index for index, pieces in enumerate(self._pieces) for _ in pieces)

    def apply(self, sets: Sequence[str | Setting]) -> list[Problem]:
        """Apply settings in order; those that cannot be applied become problems."""
        problems = []
        for each in sets:
            text, folder = each if isinstance(each, Setting) else (each, Path())
            path, value = split_setting(text)
            try:
                self._apply(_Set(path, _value(value), folder))
            except _Bad as bad:
                place = path if path.isprintable() else show(path)
                problems.append(Problem(f"--set {place}", None, "", str(bad)))
        return problems

    def _apply(self, setting: _Set) -> None:
        array, block, steps = _block_and_keys(setting.path, self._root)
        if len(steps) > DEEPEST:
            raise _Bad(f"nested too deeply; expected at most {DEEPEST} keys")
        try:
            if array == HOST:
                self._root = set_on_hosts(self._root, block, steps, setting.node)
                return
            if block is None:
                self._root = grafted(self._root, steps, setting.node(len(steps)))
                return
            if array in _NAMED:
                self._set_named(array, block, steps, setting)
                return
            at, only = self._chosen(block)
            pieces = self._pieces[at]
            for each in range(len(pieces)) if only is None else [only]:
                pieces[each] = grafted(pieces[each], steps, setting.node(len(steps) + 2))
        except NotATableError as error:
            raise _Bad(f"{path_text(error.steps) or 'the block'} is not a table; expected one") from None
        except (NoElementError, NoHostError) as error:
            raise _Bad(str(error)) from None

    def _set_named(self, array: str, which: str | int, steps: Steps, setting: _Set) -> None:
        """Lay a setting over the table of an index, or of a name, of an array whose tables stand for one thing each."""
        tables = self._root.value.get(array)
        found = tables.value if is_array(tables) else ()
        names = [name_of(each) for each in found]
        if isinstance(which, str) and which not in names:
            known = [name for name in names if name]
            hint = (
                did_you_mean(which, known) or f"; expected {array}[0] for the first, or a name that one has"
            )
            raise _Bad(f"there is no {array} {show(which)}{hint}")
        index = names.index(which) if isinstance(which, str) else which
        if index >= len(found):
            raise _Bad(f"there is no {array}[{index}]; the scenario has {len(found)} {_NAMED[array]}")
        new = grafted(found[index], steps, setting.node(len(steps) + 2))
        together = Node((*found[:index], new, *found[index + 1 :]), tables.place)
        self._root = Node({**self._root.value, array: together}, self._root.place)

    def _chosen(self, name: str | int) -> tuple[int, int | None]:
        """Find the block that a name or an index means, and the one piece of it, or None for all."""
        if isinstance(name, int):
            if name < len(self._pieces):
                return name, None
            raise _Bad(f"there is no partition[{name}]; the scenario has {len(self._pieces)} blocks")
        if name in self._names:
            return self._names.index(name), None
        for index in range(len(self._pieces)):
            self._split(index, name)
            for piece, node in enumerate(self._pieces[index]):
                if name_of(node) == name:
                    return index, piece
        raise _Bad(f"there is no partition {show(name)}" + self._hint(name))

    def _split(self, index: int, name: str) -> None:
        """Split a counted block into single guests if one of them has this name."""
        block, *others = self._pieces[index]
        own = self._names[index]
        count = block.value.get("count") if is_table(block) else None
        if own is None or others or count is None or type(count.value) is not int or count.value > MOST_VPS:
            return
        guests = range(count.value)
        number = name.removeprefix(f"{own}-")
        if number == name or not re.fullmatch("0|[1-9][0-9]{0,8}", number) or int(number) not in guests:
            return
        place = block.value["name"].place
        alone = {key: node for key, node in block.value.items() if key != "count"}
        self._pieces[index] = [
            Node({**alone, "name": Node(f"{own}-{guest}", place)}, block.place) for guest in guests
        ]

    def _hint(self, name: str) -> str:
        names = [own for own in self._names if own is not None]
        longer = next((own for own in names if own.startswith(f"{name}.")), None)
        if longer is not None:
            return f"; expected its name in quotes, as in partition.{key_text(longer)}.memory"
        near = did_you_mean(name, names)
        known = ", ".join(map(key_text, names[:20]))
        return near or (f"; expected one of {known}" if names else "; the scenario has none")


def _block_and_keys(path: str, tree: Node) -> tuple[str, str | int | None, Steps]:
    """Cut a path into the array, of partitions or hosts say, and the one in it that it begins with, if it does, and the keys after it."""
    steps = read_path(path) or ()
    array, block = "", None
    if steps[:1] == (HOST,) and len(steps) > 1:
        array, (block, steps) = HOST, hosts_named(tree, steps)
    if steps[:1] and steps[0] in (_PARTITION, *_NAMED):
        array, block, steps = str(steps[0]), (steps[1] if len(steps) > 1 else None), steps[2:]
    if not steps or not isinstance(steps[0], str) or steps == ("extends",):
        raise _Bad("not a path; expected one such as host.costs.context_switch or partition.NAME.memory")
    return array, block, steps


def _value(text: str | None) -> Any:
    """Read a value as TOML, else take it as a string."""
    if text is None:
        raise _Bad("no value; expected path=value")
    try:
        found = tomllib.loads(f"value = {text}")
    except (ValueError, RecursionError):
        return text
    if too_deep(found):
        raise _Bad("nested too deeply; expected a simple value")
    return found["value"] if found.keys() == {"value"} else text
