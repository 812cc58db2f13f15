"""The columns of a table, worked out of many samples at once.

How is said by a program: a table of whole numbers, a row an operation, its first number one of those below, its second the register that it
fills. Registers below `columns` are the columns of the table, samples one after the other and in each the rows of the table by instance;
those beyond are for results in between. All operations are done for one tile after the other, whose values stay in the cache.
"""

import math
from typing import Any

from systems.kernels.jit import njit, part, small

Array = Any

TILE = 128
"""Rows of the table for which the program is carried out at a time: so few that what it works out of them stays in the cache meanwhile."""

FIELD, GAIN, FIELD_SUM, GAIN_SUM, OF_INSTANCE, OF_SAMPLE, CONSTANT = range(7)
"""A field of an entity, or what it gained: its start in a snapshot, which of the tables of entities, or IN_ORDER; summed over several entities;
a row of what is known of instances, or of samples; a number."""

IN_ORDER = -1
"""The entities follow each other, the first of them that at the start."""

ADD, TIMES, PRODUCT, ADD_PRODUCT, TIMES_REAL, RATE, PERCENT, RATIO = range(7, 15)
"""The sum of two registers; the product with a number, and of two registers; that added to what there is; the product with a real number;
a register for each second of another, as a percentage of another, and divided by another, NaN where that is 0."""

WIDTH = 4
"""Numbers of an operation."""

_NS_PER_S = 1e9


@njit
def fill_columns(
    program: Array,
    numbers: Array,
    snapshots: Array,
    samples: int,
    first: Array,
    last: Array,
    of_instances: Array,
    of_samples: Array,
    columns: int,
    out: Array,
    real: Array,
) -> int:
    """Carry out `program` for the samples in the buffer.

    Args:
        program: operations x WIDTH.
        numbers: the real numbers of TIMES_REAL.
        snapshots: as in `systems.state.samples`.
        samples: how many there are.
        first: the first entity that each instance stands for, tables of entities x instances.
        last: one after the last of them.
        of_instances: what is known of each instance, a row each.
        of_samples: what is known of each sample, a row each.
        columns: registers that are columns.
        out: the columns, one after the other, then TILE numbers for each further register.
        real: the same memory, as real numbers.
    """
    instances = first.shape[1]
    together = max(1, TILE // max(1, instances))
    for begin in range(0, samples, together):
        end = min(begin + together, samples)
        for left in range(0, instances, TILE):
            right = min(left + TILE, instances)
            at, length = begin * instances + left, samples * instances
            for step in range(len(program)):
                operation, a, b = program[step, 0], program[step, 2], program[step, 3]
                to = _start(program[step, 1], columns, length, at)
                if operation <= GAIN:
                    _read(operation, snapshots, begin, end, a, first, b, left, right, out, to)
                elif operation <= GAIN_SUM:
                    _sum(operation, snapshots, begin, end, a, first, last, b, left, right, out, to)
                elif operation == OF_INSTANCE:
                    for _ in range(begin, end):
                        for instance in range(left, right):
                            out[to] = of_instances[a, instance]
                            to += 1
                elif operation == OF_SAMPLE:
                    for sample in range(begin, end):
                        for _ in range(left, right):
                            out[to] = of_samples[a, sample]
                            to += 1
                else:
                    count = (end - begin) * (right - left)
                    x = _start(a, columns, length, at)
                    y = _start(b, columns, length, at)
                    _calculate(operation, numbers, a, b, x, y, to, count, out, real)
    return 0


@small
def _start(register: int, columns: int, length: int, at: int) -> int:
    """Return where the values of a register for a tile begin, that which begins with row `at` of the table."""
    if register < columns:
        return register * length + at
    return columns * length + (register - columns) * TILE


@part
def _read(
    operation: int,
    snapshots: Array,
    begin: int,
    end: int,
    start: int,
    first: Array,
    whose: int,
    left: int,
    right: int,
    out: Array,
    to: int,
) -> None:
    """Read a field, or its gain, of the instances from `left` to `right` in the samples from `begin` to `end`."""
    if whose == IN_ORDER:
        for sample in range(begin, end):
            for instance in range(left, right):
                word = start + instance
                before = snapshots[sample, word] if operation == GAIN else 0
                out[to + instance - left] = snapshots[sample + 1, word] - before
            to += right - left
        return
    if operation == FIELD:
        for sample in range(begin, end):
            for instance in range(left, right):
                out[to] = snapshots[sample + 1, start + first[whose, instance]]
                to += 1
        return
    for sample in range(begin, end):
        for instance in range(left, right):
            word = start + first[whose, instance]
            out[to] = snapshots[sample + 1, word] - snapshots[sample, word]
            to += 1


@part
def _sum(
    operation: int,
    snapshots: Array,
    begin: int,
    end: int,
    start: int,
    first: Array,
    last: Array,
    whose: int,
    left: int,
    right: int,
    out: Array,
    to: int,
) -> None:
    """Sum a field, or its gain, over the entities that each instance stands for."""
    for sample in range(begin, end):
        for instance in range(left, right):
            total = 0
            for entity in range(first[whose, instance], last[whose, instance]):
                word = start + entity
                total += snapshots[sample + 1, word]
                if operation == GAIN_SUM:
                    total -= snapshots[sample, word]
            out[to] = total
            to += 1


@part
def _calculate(
    operation: int,
    numbers: Array,
    a: int,
    b: int,
    x: int,
    y: int,
    to: int,
    count: int,
    out: Array,
    real: Array,
) -> None:
    """Fill the `count` values from `to` on: of the registers that begin at `x` and `y`, or of the operands `a` and `b` themselves."""
    if operation == CONSTANT:
        for k in range(count):
            out[to + k] = a
    elif operation == ADD:
        for k in range(count):
            out[to + k] = out[x + k] + out[y + k]
    elif operation == TIMES:
        for k in range(count):
            out[to + k] = out[x + k] * b
    elif operation == PRODUCT:
        for k in range(count):
            out[to + k] = out[x + k] * out[y + k]
    elif operation == ADD_PRODUCT:
        for k in range(count):
            out[to + k] += out[x + k] * out[y + k]
    elif operation == TIMES_REAL:
        for k in range(count):
            real[to + k] = out[x + k] * numbers[b]
    elif operation == RATE:
        for k in range(count):
            real[to + k] = out[x + k] * _NS_PER_S / out[y + k]
    elif operation == PERCENT:
        for k in range(count):
            real[to + k] = 100 * out[x + k] / out[y + k]
    else:
        for k in range(count):
            real[to + k] = math.nan if out[y + k] == 0 else out[x + k] / out[y + k]
