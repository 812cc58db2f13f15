"""Outcomes out of what counters gained, by hand: the VPs of a partition summed, LPs numbered within their host."""

from pathlib import Path

import numpy as np
import pytest

from hvecs.engine.batches import Batches
from hvecs.engine.build import build
from hvecs.engine.intervals import t_quantile
from hvecs.engine.measurement import _jobs, _lps, _of_vps
from hvecs.spec import load
from systems.kernels.histogram import BUCKETS
from systems.state.samples import SAMPLED_COMPONENTS
from tests.simulation import S, always_runnable, guest, parsed, scenario

RUNS = Path(__file__).parents[2] / "runs"


def _gained(table, rows, **columns):
    """Return what the counters of a table gained, a row an entity: nothing but in `columns`, each a value a row."""
    names = SAMPLED_COMPONENTS[table].dtype.names
    matrix = np.zeros((rows, len(names)), np.int64)
    for name, values in columns.items():
        matrix[:, names.index(name)] = values
    return matrix


def test_the_vps_of_a_partition_are_summed_and_hypercalls_are_intercepts_too():
    """The root has two VPs, then come two of a and one of b."""
    w = build(
        parsed(scenario(S, 2, [guest("a", 2, always_runnable()), guest("b", 1, always_runnable())]))
    ).tables
    gained = {
        "vp_times": _gained("vp_times", 5, dispatches=[1, 2, 3, 4, 5], wait_ns=[10, 20, 30, 40, 50]),
        "vp_traps": _gained(
            "vp_traps",
            5,
            hlt_instructions=[1, 0, 2, 3, 4],
            local_flushes=[0, 10, 20, 0, 30],
            ticks_skipped=[0, 0, 5, 6, 7],
            context_switches=100,
        ),
    }
    names = ("dispatches", "wait_ns", "intercepts", "hypercalls", "ticks_skipped", "long_spin_waits")
    assert [tuple(each[name] for name in names) for each in _of_vps(w, gained)] == [
        (3, 30, 11, 10, 0, 0),
        (7, 70, 25, 20, 11, 0),
        (5, 50, 34, 30, 7, 0),
    ]


@pytest.mark.parametrize("study", ["two-hosts", "three-hosts"])
def test_lps_are_numbered_within_their_host(study):
    world = build(load(RUNS / f"{study}.toml"))
    lps = len(world.tables.lps)
    found = list(_lps(world, _gained("lp_times", lps, idle_ns=np.arange(lps), context_switches=7)))
    assert [each.idle_ns for each in found] == list(range(lps))
    assert {each.context_switches for each in found} == {7}
    for host in world.host_names:
        numbers = [each.lp for each in found if each.host == host]
        assert numbers == list(range(len(numbers)))
        assert numbers


def test_a_job_that_is_not_done_has_no_times():
    w = build(
        parsed(scenario(S, 2, [guest("a", 1, always_runnable()), guest("b", 1, always_runnable())]))
    ).tables
    w.closed.started_ns, w.closed.finished_ns, w.closed.done_ns = [5, 7], [-1, 100], [30, 40]
    assert _jobs(w) == [
        {"elapsed_ns": None, "finished_ns": None, "work_ns": 30},
        {"elapsed_ns": 93, "finished_ns": 100, "work_ns": 40},
    ]


def test_the_intervals_of_a_tier_are_of_its_own_requests():
    """Two batches of 10 requests, of 1000 and 3000 ns: around the mean of 200 the residuals are -1000 and 1000, the error sqrt(2 x 2e6) / 20."""
    world = build(load(RUNS / "shop.toml"))
    w = world.tables
    assert len(w.open) > 0  # whose requests are counted before those of tiers
    batches = Batches(world)
    histogram = np.zeros(BUCKETS, np.int64)
    histogram[3] = 20
    for completions, response_ns in ((10, 1000), (20, 4000)):
        w.tier_times[1].completions, w.tier_times[1].response_ns = completions, response_ns
        batches.note()
    found = batches.of_tier(1, {"completions": 20, "response_ns": 4000}, histogram)
    half = t_quantile(1) * np.sqrt(2 * 2e6) / 20
    assert found["response_mean_ns"] == pytest.approx((200 - half, 200 + half))
    assert batches.of_tier(0, {"completions": 0, "response_ns": 0}, histogram) == {}
