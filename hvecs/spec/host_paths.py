"""Which hosts a path names: those of a name or an index, or all where it names none."""

from collections.abc import Callable

from hvecs.spec.files import name_of
from hvecs.spec.host import Host
from hvecs.spec.host_tables import HOST
from hvecs.spec.nodes import Node, grafted, is_array
from hvecs.spec.problems import Steps, did_you_mean, listing, show


class NoHostError(Exception):
    """A path names a host that there is not; the text says which there are."""


def host_and_keys(steps: Steps) -> tuple[str | int | None, Steps]:
    """Cut the steps of a path that begins with `host` into the host that it names, None for all of them, and the keys after it.

    A step that is a key of [host] is never the name of a host: such names are refused.
    """
    first = steps[1] if len(steps) > 1 else None
    if first is None or first in Host.model_fields:
        return None, steps[1:]
    return first, steps[2:]


def hosts_named(tree: Node, steps: Steps) -> tuple[str | int | None, Steps]:
    """Cut a path as `host_and_keys` does; of one table [host], what is neither its name nor 0 is a key of it, if an unknown one."""
    which, keys = host_and_keys(steps)
    hosts = tree.value.get(HOST)
    if is_array(hosts) or which is None or which == 0:
        return which, keys
    return (which, keys) if hosts is not None and which == name_of(hosts) else (None, steps[1:])


def set_on_hosts(tree: Node, which: str | int | None, keys: Steps, value: Callable[[int], Node]) -> Node:
    """Copy the tree with a value at a path of keys of one host, or of all; `value` makes its node for a path of so many steps.

    Raises NoHostError, NotATableError or NoElementError.
    """
    hosts = tree.value.get(HOST)
    if not is_array(hosts):
        return grafted(tree, (HOST, *keys), value(len(keys) + 1))
    names = [name_of(each) for each in hosts.value]
    if isinstance(which, int) and which >= len(names):
        raise NoHostError(f"there is no host[{which}]; the scenario has {len(names)} hosts")
    if isinstance(which, str) and which not in names:
        known = [name for name in names if name is not None]
        near = did_you_mean(which, [*known, *Host.model_fields])
        raise NoHostError(f"there is no host {show(which)}{near or f'; expected one of {listing(known)}'}")
    new = value(len(keys) + 2)
    tables = (
        grafted(each, keys, new) if which in (None, index, name) else each
        for index, (name, each) in enumerate(zip(names, hosts.value, strict=True))
    )
    return Node({**tree.value, HOST: Node(tuple(tables), hosts.place)}, tree.place)
