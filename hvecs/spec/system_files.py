import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from re import fullmatch

from hvecs.spec.bounds import MOST_CODE_BYTES
from hvecs.spec.kinds import Kind, Wrong
from hvecs.spec.nodes import Node, is_array, is_table
from hvecs.spec.problems import Fault, show
from hvecs.spec.reading import read_bounded


@dataclass(frozen=True)
class SystemFile(Kind):
    """A system of the user's own: a Python file and the name of a class in it."""

    @property
    def words(self) -> str:
        """Say what is expected, in words."""
        return '"FILE.py:CLASS"'

    def read(self, value: object) -> str:
        """Turn a TOML string into a system; whether its file is there is looked at by `found_systems`."""
        if isinstance(value, str) and _is_system(value):
            return value
        raise Wrong(str(self.refuse(value)))


def _is_system(value: str) -> bool:
    return fullmatch(r".+[.]py:[A-Za-z_][A-Za-z0-9_]*", value) is not None


def system_of(named: str) -> tuple[Path, str]:
    """Give the file of a system of the user's own and the name of its class in there."""
    file, _, name = named.rpartition(":")
    return Path(file), name


def system_digests(named: Sequence[str]) -> dict[str, str]:
    """Give the SHA-256 of the file of each system. Raises OSError."""
    return {
        each: hashlib.sha256(read_bounded(system_of(each)[0], MOST_CODE_BYTES)).hexdigest() for each in named
    }


def found_systems(tree: Node) -> tuple[Node, list[Fault]]:
    """Write the names of the systems' files as absolute paths: they are looked for beside the file that names them."""
    host = tree.value.get("host") if is_table(tree) else None
    named = host.value.get("systems") if host is not None and is_table(host) else None
    if host is None or named is None or not is_array(named):
        return tree, []
    found, faults = [], []
    for index, each in enumerate(named.value):
        found.append(each)
        if isinstance(each.value, str) and _is_system(each.value):
            file, name = system_of(each.value)
            path = (each.place.folder / file).absolute()
            found[-1] = Node(f"{path}:{name}", each.place)
            if not path.is_file():
                message = f"there is no file {show(str(file))}; expected a Python file"
                faults.append(Fault(("host", "systems", index), message))
    table = host.value | {"systems": Node(tuple(found), named.place)}
    return Node(tree.value | {"host": Node(table, host.place)}, tree.place), faults
