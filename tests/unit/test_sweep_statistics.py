"""Intervals, paired differences, and outcomes reduced from rows."""

import re
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from hvecs.engine import Outcome
from hvecs.spec.sweep import SweepOutcome
from hvecs.sweeps.reduction import Reduction, in_words
from hvecs.sweeps.statistics import between, estimate, independent, of_one_run, replications_for
from systems.kernels.histogram import BUCKETS, bucket_of

GUIDE = (Path(__file__).parents[2] / "hvecs" / "guide" / "sweeps.md").read_text(encoding="utf-8")


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


def test_what_differs_in_the_last_digits_is_equal():
    found = estimate(np.array([0.1 + 0.2, 0.3]))
    assert (found.sd, found.half_width, found.relative_width) == (0, 0, 0)
    same = independent(np.array([0.1 + 0.2, 0.3]), np.array([0.3, 0.3]))
    assert (same.mean, same.low, same.high, same.excludes_zero) == (0, 0, 0, False)
    apart = independent(np.array([0.1 + 0.2, 0.3]), np.array([0.4, 0.4]))
    assert (apart.low, apart.high) == pytest.approx((0.1, 0.1))
    assert apart.excludes_zero


REPETITIONS = 10_000
LOGNORMAL_CV = 0.5
SAMPLES = {
    "normal": (lambda rng, n: rng.normal(5.0, 2.0, (REPETITIONS, n)), 5.0),
    "lognormal": (lambda rng, n: _lognormal(rng, (REPETITIONS, n)), 1.0),
    "exponential": (lambda rng, n: rng.exponential(1.0, (REPETITIONS, n)), 1.0),
}
ROOM = 0.0044
"""Two standard errors of a share of 95 % among as many repetitions."""


def _lognormal(rng, shape):
    variance = np.log(1 + LOGNORMAL_CV**2)
    return rng.lognormal(-variance / 2, np.sqrt(variance), shape)


def coverage(kind, n):
    """How often the interval of n values holds their mean, in 10,000 repetitions with seed n."""
    draw, mean = SAMPLES[kind]
    found = (estimate(row) for row in draw(np.random.default_rng(n), n))
    return np.mean([each.low <= mean <= each.high for each in found])


@pytest.mark.parametrize("n", [2, 3, 5, 10, 30])
def test_intervals_hold_the_mean_as_often_as_they_say(n):
    assert 0.94 <= coverage("normal", n) <= 0.96
    assert coverage("lognormal", n) >= 0.90


def test_the_coverage_on_exponential_values_is_what_the_guide_says():
    (line,) = re.findall(r"exponential values: (.+?)\. ", GUIDE.replace("\n", " "))
    said = {int(n): float(share) for share, n in re.findall(r"([\d.]+) % at n = (\d+)", line)}
    assert said.keys() == {2, 3, 5, 10, 30}
    for n, share in said.items():
        assert 100 * coverage("exponential", n) == pytest.approx(share, abs=0.05)


@pytest.mark.parametrize("n", [2, 5])
def test_the_interval_of_an_independent_difference_holds_it(n):
    """Welch's degrees of freedom are cautious: coverage is at least what it says, and exact only for many values."""
    rng = np.random.default_rng(n)
    pairs = zip(rng.normal(1, 1, (REPETITIONS, n)), rng.normal(4, 2, (REPETITIONS, n)), strict=True)
    found = [independent(a, b) for a, b in pairs]
    assert np.mean([each.low <= 3 <= each.high for each in found]) >= 0.95 - ROOM


def test_the_difference_of_two_intervals_is_that_of_two_independent_means():
    """Of two equal half-widths, the difference has the root of 2 times that; ends that are far on one side count on one side."""
    a, b = of_one_run(10.0, 9.0, 11.0), of_one_run(15.0, 14.0, 19.0)
    found = between(a, b)
    assert (found.mean, found.interval) == (5.0, "batch means")
    assert found.low == pytest.approx(5 - np.sqrt(2))
    assert found.high == pytest.approx(5 + np.sqrt(1 + 16))
    assert between(a, of_one_run(15.0, np.nan, np.nan)).low is None
    assert between(a, of_one_run(np.nan, np.nan, np.nan)).mean is None
    assert between(a, of_one_run(15.0, 14.0, np.inf)).half_width is None


def test_replications_grow_with_the_square_of_the_width():
    values = np.array([9.0, 11.0] * 5)
    width = estimate(values).relative_width
    assert replications_for([estimate(values)], width / 2) == 40


def finished(**responses):
    """The outcome of a run with these response times (ns) by partition."""
    counted = {}
    for name, times in responses.items():
        counted[name] = np.zeros(BUCKETS, np.int64)
        for time in times:
            counted[name][bucket_of(time)] += 1
    return Outcome(0, 0, (), (), (), (), (), (), responses=counted)


def outcome_of(**given):
    return SweepOutcome(**{"name": "x", "table": "guest", "column": "v", "aggregate": "max"} | given)


def reduced(columns, warm_up=0, run=None, **given):
    reduction = Reduction(outcome_of(**given), warm_up)
    reduction.add({name: np.ma.asarray(values) for name, values in columns.items()})
    return reduction.value(run or finished())


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


RESPONSES = {
    "time_ns": [10, 20],
    "interval_ns": [10, 10],
    "partition": ["a", "a"],
    "completions": [1, 3],
    "response_mean_ns": [8.0, 4.0],
    "response_p50_ns": [8.0, 4.0],
}


def test_a_mean_or_percentile_is_over_the_run_unless_an_aggregate_of_samples_is_asked_for():
    """One sample has a request of 8 ns, the other three of 4 ns: the mean is 5, that of samples 6; the median 4, that of samples 6."""
    run = finished(a=[8, 4, 4, 4], Root=[200] * 9)
    for column, over_run in (("response_mean_ns", 5), ("response_p50_ns", 4)):
        wanted = {"table": "request", "column": column, "run": run}
        assert reduced(RESPONSES, aggregate="auto", **wanted) == over_run
        assert reduced(RESPONSES, aggregate="run", **wanted) == over_run
        assert reduced(RESPONSES, aggregate="mean", **wanted) == 6
    assert reduced(TIMED, aggregate="auto") == 5


def test_a_percentile_over_the_run_is_of_the_chosen_partitions_together():
    run = finished(a=[1, 2, 3], b=[100, 100])
    wanted = {"table": "request", "column": "response_p50_ns", "aggregate": "run", "run": run}
    assert reduced(RESPONSES, **wanted) == 3
    assert reduced(RESPONSES, where={"partition": "a"}, **wanted) == 2
    assert reduced(RESPONSES, where={"partition": "c"}, **wanted) is None


def test_an_outcome_says_which_of_the_two_it_is():
    said = {
        aggregate: in_words(outcome_of(table="request", column="response_p95_ns", aggregate=aggregate))
        for aggregate in ("auto", "run", "mean", "max", "p95")
    }
    assert said == {
        "auto": "95th percentile of all requests of the run",
        "run": "95th percentile of all requests of the run",
        "mean": "mean of the samples' response_p95_ns",
        "max": "largest of the samples' response_p95_ns",
        "p95": "95th percentile of the samples' response_p95_ns",
    }
    wait = outcome_of(table="virtual_processor", column="wait_per_dispatch_ns", aggregate="auto")
    assert in_words(wait) == "virtual_processor.wait_per_dispatch_ns over the run, by its dispatches"
    assert in_words(outcome_of(table="job", column="work_ns", aggregate="auto")) == "mean of job.work_ns"
