"""Rows of tables as tests of the verdict write them, without any simulation."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from hvecs.verdict import Observer, Verdict, WithoutMemory, judge
from hvecs.verdict.sufferers import NOBODY_WITHOUT

S = 1_000_000_000


def rows(names: Sequence[str], samples: int, step_ns: int, **columns: Any) -> dict[str, Any]:
    """The columns of a sampled table: a row a sample and name, samples first.

    A value may be a number, one a name, or a matrix of samples x names; `partition` is the name up to a colon unless it is given.
    """
    count = len(names)
    times = (1 + np.arange(samples)) * step_ns
    found: dict[str, Any] = {
        "time_ns": np.repeat(times, count),
        "interval_ns": np.full(samples * count, step_ns),
        "instance": np.tile(np.array(names, object), samples),
        "partition": np.tile(np.array([name.partition(":")[0] for name in names], object), samples),
    }
    for name, value in columns.items():
        given = np.array(value, object if isinstance(value, list) and isinstance(value[0], str) else None)
        found[name] = np.broadcast_to(given, (samples, count)).ravel()
    return found


def judged(
    tables: Mapping[str, Mapping[str, Any]],
    warm_up_ns: int = 0,
    own: Any = (),
    absent: WithoutMemory = NOBODY_WITHOUT,
) -> Verdict:
    """The verdict on rows by table."""
    observer = Observer(warm_up_ns, [measure for _, measure in own])
    for table, columns in tables.items():
        observer.write(table, columns)
    return judge(observer.observed(), own, absent)


def fired(verdict: Verdict) -> dict[str, str]:
    """The severity of each rule that holds, by its name."""
    return {each.rule: each.severity for each in verdict.findings}
