"""Each way to honour a reserve against an oracle of its own, in plain Python: two VPs that share an LP, one of them now and then idle.

The oracles say what each VP has of its LP from moment to moment, as if slices were as short as one wished; a run may stray from that by
three slices: what is left of the slice in progress when a VP wakes, and a turn more or less of each. They share no code with the scheduler.
"""

from itertools import combinations, product
from typing import NamedTuple

import numpy as np
import pytest

from tests.simulation import MS, S, always_runnable, fixed, guest, opened, run, scenario

TICK = MS // 4
END = 2 * S
STRAY = 3
"""So many slices may a run stray from its oracle."""


def reserve_first(reserves, weights, wanting, _lacking):
    """Reserves of those that want the LP, then what is left by weight."""
    present = [vp for vp in (0, 1) if wanting[vp]]
    left = 1 - sum(reserves[vp] for vp in present)
    total = sum(weights[vp] for vp in present)
    return [reserves[vp] + left * weights[vp] / total if vp in present else 0.0 for vp in (0, 1)]


def floor(reserves, weights, wanting, _lacking):
    """The fair share by weight, or the reserve where that is more; the other has the rest."""
    if not all(wanting):
        return [float(want) for want in wanting]
    fair = weights[0] / sum(weights)
    first = min(max(fair, reserves[0]), 1 - reserves[1])
    return [first, 1 - first]


def period_budget(_reserves, _weights, wanting, lacking):
    """Whoever lacks most of the period's reserve alone; where nobody lacks any, turns of equal length."""
    present = [vp for vp in (0, 1) if wanting[vp]]
    short = [vp for vp in present if lacking[vp] > 0]
    if len(short) == 2 and lacking[0] == lacking[1]:
        return [0.5, 0.5]
    chosen = [max(short, key=lambda vp: lacking[vp])] if short else present
    return [1 / len(chosen) if vp in chosen else 0.0 for vp in (0, 1)]


ORACLES = {"reserve-first": reserve_first, "floor": floor, "period-budget": period_budget}


class Pair(NamedTuple):
    """Two VPs that share an LP, and what the first of them wants; times in ms."""

    reserves: tuple[float, float]
    weights: tuple[int, int]
    period: int
    slice: int
    every: int
    work: int


def expected(mode, pair):
    """LP time (ns) of both VPs at every tick; VP 0 wants it for bursts that come at fixed times, VP 1 always."""
    had, lacking, work = np.zeros(2), np.zeros(2), 0.0
    course = []
    for now in range(0, END, TICK):
        if now % (pair.period * MS) == 0:
            lacking = np.array(pair.reserves) * pair.period * MS
        if now > 0 and now % (pair.every * MS) == 0:
            work += pair.work * MS
        shares = ORACLES[mode](pair.reserves, pair.weights, (work > 0, True), lacking)
        first = min(shares[0] * TICK, work)
        used = np.array([first, TICK - first])
        had += used
        lacking = np.maximum(0, lacking - used)
        work -= first
        course.append(had.copy())
    return np.array(course)


def simulated(mode, pair, lps):
    """The same of a run: on each of `lps` LPs two VPs, kept there by their affinity."""
    blocks = []
    for lp, vp in product(range(lps), (0, 1)):
        bursts = opened(fixed(pair.every * MS), fixed(pair.work * MS))
        reserve = f"{100 * pair.reserves[vp]:g} %"
        processor = {"reserve": reserve, "weight": pair.weights[vp], "affinity": [lp]}
        load = always_runnable() if vp else bursts
        blocks.append(guest(f"g{lp}-{vp}", 1, load, processor=processor))
    scheduling = {"reserve": mode, "slice": f"{pair.slice} ms", "cap_period": f"{pair.period} ms"}
    rows = run(scenario(END, lps, blocks, scheduling=scheduling, trace=["dispatch"])).dispatches
    times = np.arange(TICK, END + 1, TICK)
    return [np.stack([_service(rows, f"g{lp}-{vp}", times) for vp in (0, 1)], axis=1) for lp in range(lps)]


def _service(rows, partition, times):
    """LP time (ns) that a partition has had by each of `times`."""
    rows = rows[rows.partition == partition]
    starts, ends = rows.start_ns.to_numpy(), rows.end_ns.to_numpy()
    return np.array([(np.minimum(ends, time) - np.minimum(starts, time)).sum() for time in times])


PAIRS = [
    Pair((0.5, 0.0), (100, 100), period=100, slice=1, every=200, work=80),
    Pair((0.5, 0.0), (100, 100), period=100, slice=5, every=230, work=70),
    Pair((0.3, 0.0), (100, 300), period=100, slice=2, every=170, work=40),
    Pair((0.2, 0.4), (300, 100), period=50, slice=1, every=110, work=30),
    Pair((0.6, 0.2), (100, 100), period=200, slice=4, every=330, work=90),
    Pair((0.4, 0.1), (100, 900), period=40, slice=1, every=90, work=20),
]


@pytest.mark.parametrize("mode", ORACLES)
@pytest.mark.parametrize("pair", PAIRS)
def test_a_mode_is_what_its_oracle_says(mode, pair):
    wanted = expected(mode, pair)
    for found in simulated(mode, pair, lps=2):
        assert np.abs(found - wanted).max() <= STRAY * pair.slice * MS


@pytest.mark.parametrize(("one", "other"), list(combinations(ORACLES, 2)))
def test_the_modes_differ(one, other):
    """With two pairs at least by more than twice what a run may stray: no run passes for both."""
    apart = [
        np.abs(expected(one, pair) - expected(other, pair)).max() > 2 * STRAY * pair.slice * MS
        for pair in PAIRS
    ]
    assert sum(apart) >= 2
