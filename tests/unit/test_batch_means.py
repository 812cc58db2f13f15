"""Intervals of single runs: batch means by hand and by coverage, and those that a simulated run gives."""

import math

import numpy as np
import pytest
from scipy.special import stdtrit

from hvecs.engine.intervals import CONFIDENCE, half_width, half_widths, of_elapsed, t_quantile
from tests.simulation import MS, S, closed, exponential, guest, opened, run, scenario


def test_half_a_width_by_hand():
    """Three batches of 2 each with sums 2, 4, 6: the ratio is 2, the residuals -2, 0, 2, the error sqrt(3 / 2 x 8) / 6."""
    assert half_width([2, 4, 6], [2, 2, 2]) == pytest.approx(4.30265 * math.sqrt(12) / 6, rel=1e-5)
    assert half_width([2, 4, 8], [1, 2, 4]) == 0
    assert math.isnan(half_width([2], [1]))
    assert math.isnan(half_width([0, 0], [0, 0]))


def test_the_quantiles_of_students_t_are_those_of_scipy():
    """Those of whole degrees that runs have stand in a table, all others are worked out."""
    degrees = [*range(1, 40), 2.5, 30.5, 31.5]
    assert [t_quantile(each) for each in degrees] == pytest.approx(
        stdtrit(degrees, (1 + CONFIDENCE) / 2), rel=1e-9
    )


def test_rows_of_several_have_the_widths_that_each_has_alone():
    """Rows that are joined once, twice, not at all and that count nothing, beside each other, to the bit."""
    rng = np.random.default_rng(5)
    y = np.cumsum(rng.normal(size=(50, 21)) * rng.integers(0, 2, (50, 1)), axis=1) + rng.normal(size=(50, 21))
    x = rng.integers(0, 4, (50, 21)) * rng.integers(0, 5, (50, 1))
    alone = [half_width(*each) for each in zip(y, x, strict=True)]
    np.testing.assert_array_equal(half_widths(y, x), alone)
    assert 0 < np.isnan(alone).sum() < 50


def test_batches_that_follow_each_other_are_joined():
    """Sixteen batches that rise steadily are joined to eight and to four: sums of 4 batches each, 6, 22, 38, 54 around 30."""
    expected = t_quantile(3) * math.sqrt(4 / 3 * (24**2 + 8**2 + 8**2 + 24**2)) / 16
    assert half_width(np.arange(16), np.ones(16)) == pytest.approx(expected)


def test_of_independent_batches_95_percent_hold_the_ratio():
    """Batches of random length; of 4,000 repetitions the share is 95 % within 1.5 %, as 5 % of series are joined by chance."""
    rng = np.random.default_rng(3)
    lengths = rng.integers(50, 150, (4000, 24))
    sums = 3.0 * lengths + np.sqrt(lengths) * rng.normal(size=lengths.shape)
    pairs = zip(sums, lengths, strict=True)
    held = [abs(y.sum() / x.sum() - 3) <= half_width(y, x) for y, x in pairs]
    assert np.mean(held) == pytest.approx(0.95, abs=0.015)


def test_elapsed_time_goes_as_the_inverse_of_the_rate():
    done, times = [9.0, 11.0, 10.0], [1.0, 1.0, 1.0]
    half = half_width(done, times)
    assert of_elapsed(100, done, times) == pytest.approx((1000 / (10 + half), 1000 / (10 - half)))
    assert all(map(math.isnan, of_elapsed(100, [1.0, 30.0], [1.0, 1.0])))


def queue(seed):
    """A queue at 60 % of its one processor: 300 requests a second of 2 ms."""
    web = guest("web", 1, opened(exponential(S / 300), exponential(2 * MS)))
    batch = guest("batch", 1, closed(1, 2 * S, exponential(5 * MS), exponential(5 * MS)))
    return run(scenario(12 * S, 2, [web, batch], sample="250 ms", warm_up="1 s", seed=seed)).outcome


def test_a_run_has_intervals_around_its_mean_percentiles_waits_and_elapsed_time():
    web, batch = (next(p for p in queue(1).partitions if p.name == name) for name in ("web", "batch"))
    assert web.intervals.keys() == {
        "wait_per_dispatch_ns",
        "response_mean_ns",
        *(f"response_p{p}_ns" for p in (50, 95, 99)),
    }
    for name, (low, high) in web.intervals.items():
        value = web.wait_ns / web.dispatches if name == "wait_per_dispatch_ns" else getattr(web, name)
        assert 0 <= low <= value <= high
        if name != "response_p99_ns":  # too few requests lie beyond it for a high end
            assert high <= 3 * value
    low, high = batch.intervals["elapsed_ns"]
    assert low < batch.elapsed_ns < high < 1.2 * batch.elapsed_ns


def test_intervals_of_runs_hold_what_many_runs_find():
    """Of 40 runs, 34 (three standard errors below 95 %) or more hold the mean, and the median, over all of them."""
    found = [next(p for p in queue(seed).partitions if p.name == "web") for seed in range(40)]
    for name in ("response_mean_ns", "response_p50_ns", "response_p95_ns"):
        true = np.mean([getattr(web, name) for web in found])
        held = [web.intervals[name][0] <= true <= web.intervals[name][1] for web in found]
        assert sum(held) >= 34


def test_a_run_of_one_sample_has_no_interval():
    web = guest("web", 1, opened(exponential(S / 300), exponential(2 * MS)))
    outcome = run(scenario(S, 1, [web])).outcome
    (found,) = [p for p in outcome.partitions if p.name == "web"]
    assert all(map(math.isnan, found.intervals["response_mean_ns"]))
