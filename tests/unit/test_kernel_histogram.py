import math

import numpy as np
import pytest

from systems.kernels.histogram import BUCKETS, bucket_of, percentile, value_of

RNG = np.random.default_rng(20_240_601)
LARGEST = 2**54 - 1


def counted(values):
    counts = np.zeros(BUCKETS, np.int64)
    np.add.at(counts, [bucket_of(int(value)) for value in values], 1)
    return counts


def test_buckets_tile_all_times():
    edges = [2**k + d for k in range(1, 54) for d in (-1, 0, 1)] + [0, LARGEST]
    values = np.unique(np.concatenate([np.arange(5000), edges, RNG.integers(0, LARGEST, 5000)]))
    buckets = np.array([bucket_of(int(value)) for value in values])
    assert np.all(np.diff(buckets) >= 0)
    assert buckets[0] == 0
    assert buckets[-1] == BUCKETS - 1
    middles = np.array([value_of(int(bucket)) for bucket in buckets])
    assert np.all(np.abs(middles - values) <= values * 0.004)


def test_every_bucket_counts_its_own_middle():
    assert [bucket_of(int(value_of(bucket))) for bucket in range(BUCKETS)] == list(range(BUCKETS))


def test_short_times_are_exact():
    assert [value_of(bucket_of(value)) for value in range(256)] == list(range(256))


def test_times_beyond_the_range_count_as_its_ends():
    assert bucket_of(2**62) == BUCKETS - 1
    assert bucket_of(-5) == 0


@pytest.mark.parametrize("p", [0.0, 0.01, 0.5, 0.95, 0.99, 0.999, 1.0])
@pytest.mark.parametrize("size", [1, 7, 1000, 40_000])
def test_percentiles_agree_with_numpy(p, size):
    for values in (
        RNG.lognormal(15, 2, size).astype(np.int64),
        RNG.exponential(3e6, size).astype(np.int64),
        RNG.integers(0, 200, size),
    ):
        expected = np.quantile(values, p, method="inverted_cdf")
        assert percentile(counted(values), size, p) == pytest.approx(expected, rel=0.004)


def test_a_percentile_is_the_least_time_that_enough_times_do_not_exceed():
    counts = counted([10, 20, 30, 40])
    assert [percentile(counts, 4, p) for p in (0.0, 0.25, 0.26, 0.5, 0.75, 0.76, 1.0)] == [
        10,
        10,
        20,
        20,
        30,
        40,
        40,
    ]


def test_nothing_counted_has_no_percentile():
    assert math.isnan(percentile(np.zeros(BUCKETS, np.int64), 0, 0.5))
