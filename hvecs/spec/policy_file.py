import hashlib
from dataclasses import dataclass
from pathlib import Path
from re import fullmatch

from hvecs.spec.bounds import MOST_CODE_BYTES
from hvecs.spec.host_tables import each_host
from hvecs.spec.kinds import Kind, Wrong
from hvecs.spec.nodes import Node
from hvecs.spec.problems import Fault, Steps, did_you_mean, listing, show
from hvecs.spec.reading import read_bounded

AUTO = "auto"
SCHEDULERS = ("classic", "core", "root")


@dataclass(frozen=True)
class Scheduler(Kind):
    """One of the hypervisor's schedulers, or a policy of the user's own: a Python file and a name in it."""

    @property
    def words(self) -> str:
        """Say what is expected, in words."""
        return f'{listing((AUTO, *SCHEDULERS))}, or "FILE.py:NAME"'

    def read(self, value: object) -> str:
        """Turn a TOML string into a scheduler; whether its file is there is looked at by `found_policy`."""
        if isinstance(value, str) and (value in (AUTO, *SCHEDULERS) or _is_policy(value)):
            return value
        raise Wrong(f"{self.refuse(value)}{did_you_mean(value, SCHEDULERS)}")


def _is_policy(value: str) -> bool:
    return fullmatch(r".+[.]py:[A-Za-z_][A-Za-z0-9_]*", value) is not None


def policy_of(scheduler: str) -> tuple[Path, str] | None:
    """Give the file of a policy of the user's own and its name in there; None for the hypervisor's schedulers."""
    if scheduler in (AUTO, *SCHEDULERS):
        return None
    file, _, name = scheduler.rpartition(":")
    return Path(file), name


def policy_digest(scheduler: str) -> str:
    """Give the SHA-256 of the file of a policy; empty for the hypervisor's schedulers. Raises OSError."""
    found = policy_of(scheduler)
    return hashlib.sha256(read_bounded(found[0], MOST_CODE_BYTES)).hexdigest() if found else ""


def found_policy(tree: Node) -> tuple[Node, list[Fault]]:
    """Write the name of a policy's file as an absolute path: it is looked for beside the file that names it."""
    faults: list[Fault] = []

    def found(host: Node, at: Steps) -> Node:
        named = host.value.get("scheduler")
        if named is None or not isinstance(named.value, str) or not _is_policy(named.value):
            return host
        file, _, name = named.value.rpartition(":")
        path = (named.place.folder / file).absolute()
        if not path.is_file():
            faults.append(Fault((*at, "scheduler"), f"there is no file {show(file)}; expected a Python file"))
        return Node(host.value | {"scheduler": Node(f"{path}:{name}", named.place)}, host.place)

    return each_host(tree, found), faults
