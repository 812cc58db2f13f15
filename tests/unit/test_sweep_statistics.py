"""Intervals, paired differences, and outcomes reduced from rows."""

import numpy as np
import pytest
from scipy import stats

from hvecs.spec.sweep import SweepOutcome
from hvecs.sweep.reduction import Reduction
from hvecs.sweep.statistics import estimate, independent, replications_for


def test_the_interval_by_t_is_that_of_scipy():
    values = np.array([3.0, 5.0, 4.0, 9.0, np.nan])
    found = estimate(values)
    low, high = stats.t.interval(0.95, 3, loc=5.25, scale=stats.sem(values[:4]))
    assert (found.n, found.mean) == (4, 5.25)
    assert (found.low, found.high) == pytest.approx((low, high))


def test_welch_is_that_of_scipy():
    a, b = np.array([1.0, 2.0, 4.0]), np.array([5.0, 5.5, 7.0, 9.0])
    interval = stats.ttest_ind(b, a, equal_var=False).confidence_interval()
    found = independent(a, b)
    assert (found.low, found.high) == pytest.approx((interval.low, interval.high))


def test_too_few_values_have_no_interval():
    assert estimate(np.array([np.nan])).mean is None
    assert estimate(np.array([2.0])).low is None
    assert estimate(np.array([2.0, 2.0])).half_width == 0


def test_the_bootstrap_repeats_itself_and_covers_the_mean():
    """Of 200 samples of 30 exponential values, 95 % hold the mean; 88 % allow for skew and chance."""
    rng = stats.expon.rvs(size=(200, 30), random_state=1)
    found = [estimate(row, "bootstrap") for row in rng]
    assert found[0] == estimate(rng[0], "bootstrap")
    assert 0.88 <= np.mean([each.low <= 1 <= each.high for each in found]) <= 0.99


def test_the_bootstrap_of_a_difference_covers_it():
    """Of 200 pairs of samples of 30 exponential values, whose means differ by 1, 85 % hold that; the skew costs coverage."""
    a = stats.expon.rvs(size=(200, 30), random_state=1)
    b = stats.expon.rvs(size=(200, 30), random_state=2, scale=2)
    found = [independent(*rows, "bootstrap") for rows in zip(a, b, strict=True)]
    assert found[0] == independent(a[0], b[0], "bootstrap")
    assert 0.85 <= np.mean([each.low <= 1 <= each.high for each in found]) <= 0.99
    same = independent(a[0], a[0], "bootstrap")
    assert same.high > same.low  # two samples that happen to be alike are drawn from apart


def test_replications_grow_with_the_square_of_the_width():
    values = np.array([9.0, 11.0] * 5)
    width = estimate(values).relative_width
    assert replications_for([estimate(values)], width / 2) == 40


def reduced(columns, warm_up=0, **given):
    outcome = SweepOutcome(**{"name": "x", "table": "guest", "column": "v", "aggregate": "max"} | given)
    reduction = Reduction(outcome, warm_up)
    reduction.add({name: np.ma.asarray(values) for name, values in columns.items()})
    return reduction.value()


TIMED = {
    "time_ns": [10, 20, 30],
    "interval_ns": [10, 10, 10],
    "v": [7.0, 3.0, 5.0],
    "partition": ["a", "b", "a"],
}


def test_the_warm_up_is_left_out():
    assert reduced(TIMED) == 7
    assert reduced(TIMED, warm_up=10) == 5
    assert reduced(TIMED, warm_up=5) == 5
    assert reduced(TIMED, warm_up=30) is None


def test_only_chosen_rows_count():
    assert reduced(TIMED, where={"partition": "b"}) == 3
    assert reduced(TIMED, where={"partition": "c"}) is None
    assert reduced(TIMED, aggregate="sum") == 15
    assert reduced(TIMED, aggregate="p50") == 5


def test_a_missing_value_is_left_out_of_samples_but_not_of_jobs():
    assert reduced(TIMED | {"v": [np.nan, 3.0, 5.0]}) == 5
    assert reduced({"v": [np.nan, 3.0]}) is None
    assert reduced({"v": np.ma.masked_array([1, 3], [True, False])}) is None
