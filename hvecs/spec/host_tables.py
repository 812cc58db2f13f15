"""Where hosts are written: one table `[host]`, or a `[[host]]` each."""

from collections.abc import Callable
from typing import Final

from hvecs.spec.nodes import Node, is_array, is_table
from hvecs.spec.problems import Steps

HOST: Final = "host"


def each_host(tree: Node, change: Callable[[Node, Steps], Node]) -> Node:
    """Copy the tree with the table of each host changed; `change` takes it, and its path in the tree."""
    hosts = tree.value.get(HOST) if is_table(tree) else None
    if hosts is None:
        return tree
    if is_array(hosts):
        tables = (
            change(each, (HOST, index)) if is_table(each) else each for index, each in enumerate(hosts.value)
        )
        changed = Node(tuple(tables), hosts.place)
    else:
        changed = change(hosts, (HOST,)) if is_table(hosts) else hosts
    return Node(tree.value | {HOST: changed}, tree.place)


def indexed(steps: Steps) -> Steps:
    """Give a path with the index of its host: that of the first where a rule of one host gives none."""
    inside = len(steps) > 1 and steps[0] == HOST and isinstance(steps[1], str)
    return (HOST, 0, *steps[1:]) if inside else steps


def as_written(tree: Node, steps: Steps) -> Steps:
    """Give a path as the file has it: without the index of the host where that is one table, and with it where hosts are an array."""
    if steps[:1] != (HOST,) or len(steps) == 1:
        return steps
    if is_array(tree.value.get(HOST)):
        return indexed(steps)
    return (HOST, *steps[2:]) if isinstance(steps[1], int) else steps
