"""Lists of rows by host, with room on each host for all of them where guests may move."""

from typing import Any

import numpy as np

from components import NOBODY


def with_room(rows: Any, states: Any, kind: str, *, moving: bool) -> Any:
    """Return `rows`, those of each host one after the other, so that each host has room for all; note in `states` where those of each begin.

    `kind` is the name of the field that says how many a host has; the first of them stands in `first_` and that without its s.
    """
    if not moving:
        return rows
    found = np.full(len(states) * len(rows), NOBODY)
    first = f"first_{kind.removesuffix('s')}"
    for host, state in enumerate(states):
        count, before = int(state[kind]), int(state[first])
        found[host * len(rows) : host * len(rows) + count] = rows[before : before + count]
        state[first] = host * len(rows)
    return found
