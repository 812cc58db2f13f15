"""Common random numbers: what they are worth, as a factor."""

import numpy as np
import pytest

from hvecs.spec.sweep_loading import load_sweep
from hvecs.sweeps.manifest import manifest_of
from hvecs.sweeps.plan import make_plan
from hvecs.sweeps.results import sweep_results
from hvecs.sweeps.statistics import estimate, independent
from hvecs.sweeps.store import open_store
from hvecs.sweeps.work import context_of, make_batch, task_of
from tests.sweeping import write

SWEEP = """\
[sweep]
name = "pairs"
scenario = "small.toml"
replications = 12

[[axis]]
path = "partition.web.processor.weight"
values = [100, 110]

[[outcome]]
name = "response"
table = "request"
column = "response_mean_ns"
"""

FACTOR = 1.5
"""The interval of a paired difference is narrower than that of two independent samples by this factor at least.

It is 1.9 at these weights, and 2.8 without a root that works and without intercepts: on a busy host the schedules of two points part soon.
"""


@pytest.fixture(scope="module")
def responses(tmp_path_factory):
    """The mean response times at two weights, a row a weight and a column a replication."""
    folder = tmp_path_factory.mktemp("pairs")
    plan = make_plan(load_sweep(write(folder, SWEEP)))
    store = open_store(str(folder / "out"))
    for batch in plan.batches:
        make_batch(context_of(plan, store.place), task_of(plan, batch), lambda *_: None)
    return sweep_results(store, manifest_of(plan, (), {})).values["response"]


def width(found):
    return found.high - found.low


def test_common_random_numbers_narrow_the_interval_of_a_difference(responses):
    paired = width(estimate(responses[1] - responses[0]))
    apart = width(independent(responses[0], responses[1]))
    assert apart > FACTOR * paired, apart / paired


def test_without_common_random_numbers_pairs_are_worth_nothing(responses):
    """Pairs of runs with different seeds: what the interval would be if points did not share theirs."""
    shifted = [width(estimate(np.roll(responses[1], shift) - responses[0])) for shift in range(1, 12)]
    apart = width(independent(responses[0], responses[1]))
    assert 0.6 * apart < np.median(shifted) < 1.6 * apart


def test_the_difference_itself_is_the_same_either_way(responses):
    assert estimate(responses[1] - responses[0]).mean == pytest.approx(
        independent(responses[0], responses[1]).mean
    )
