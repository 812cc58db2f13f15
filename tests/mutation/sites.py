"""Where the kernels can be changed in a small way: an operator, a comparison, a number, a condition, a loop."""

import random
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cosmic_ray.ast import Visitor, get_ast
from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator, operator_names
from parso.python.tree import Function

ROOMS = ("scheduling", "interrupts", "intercepts", "hypercalls", "memory")
"""The rooms of systems/ whose kernels are changed."""
_LEFT_OUT = ("RemoveDecorator", "VariableReplacer", "VariableInserter", "ExceptionReplacer", "_Is", "_IsNot")
"""Operators that change nothing in an uncompiled kernel, or want arguments; small integers that are equal are identical."""


@dataclass(frozen=True)
class Site:
    """One change: the operator's `occurrence` in the file, and the line (from 1) it is in."""

    path: str
    line: int
    operator: str
    occurrence: int

    def changed(self, text: str) -> str:
        """Return the text of the file with the change made."""
        changed = mutate_code(text, get_operator(self.operator)(), self.occurrence)
        assert changed is not None
        return changed


class _Positions(Visitor):
    """Collects where an operator can be applied, in the order in which it numbers its occurrences."""

    def __init__(self, operator):
        self.operator = operator
        self.found = []

    def visit(self, node):
        inside = _is_inside_a_function(node)
        self.found += [(start, inside) for start, _ in self.operator.mutation_positions(node)]
        return node


def _is_inside_a_function(node):
    """Tell whether a node stands in the body of a function: neither a constant of the module nor an annotation."""
    below = node
    while (above := below.parent) is not None:
        if isinstance(above, Function):
            return below is above.children[-1]
        below = above
    return False


def sites(root: Path) -> dict[tuple[str, tuple[int, int]], list[Site]]:
    """Return the changes that can be made below `root`, by file and position."""
    found = defaultdict(list)
    for room in ROOMS:
        for path in sorted((root / "systems" / room).glob("*.py")):
            name = path.relative_to(root).as_posix()
            for site, position in _of_file(name, path.read_text(encoding="utf-8")):
                found[name, position].append(site)
    return found


def _of_file(name: str, text: str) -> Iterator[tuple[Site, tuple[int, int]]]:
    tree = get_ast(text)
    for operator in sorted(operator_names()):
        if operator.endswith(_LEFT_OUT):
            continue
        positions = _Positions(get_operator(operator)())
        positions.walk(tree)
        for occurrence, (start, inside) in enumerate(positions.found):
            if inside:
                yield Site(name, start[0], operator, occurrence), start


def sample(root: Path, count: int, seed: int) -> list[Site]:
    """Draw positions, each as likely as any other, and a change for each."""
    found = sites(root)
    chance = random.Random(seed)  # noqa: S311 - the same sample each time, not a secret
    places = chance.sample(sorted(found), min(count, len(found)))
    return [chance.choice(found[place]) for place in places]
