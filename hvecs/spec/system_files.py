import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from re import fullmatch

from hvecs.spec.bounds import MOST_CODE_BYTES
from hvecs.spec.host_tables import each_host
from hvecs.spec.kinds import Kind, Wrong
from hvecs.spec.nodes import Node, is_array
from hvecs.spec.problems import Fault, Steps, show
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
    faults: list[Fault] = []

    def found(host: Node, at: Steps) -> Node:
        named = host.value.get("systems")
        if named is None or not is_array(named):
            return host
        systems = [_found(each, (*at, "systems", index), faults) for index, each in enumerate(named.value)]
        return Node(host.value | {"systems": Node(tuple(systems), named.place)}, host.place)

    return each_host(tree, found), faults


def _found(named: Node, at: Steps, faults: list[Fault]) -> Node:
    if not isinstance(named.value, str) or not _is_system(named.value):
        return named
    file, name = system_of(named.value)
    path = (named.place.folder / file).absolute()
    if not path.is_file():
        faults.append(Fault(at, f"there is no file {show(str(file))}; expected a Python file"))
    return Node(f"{path}:{name}", named.place)
