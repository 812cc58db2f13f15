"""What a figure is drawn from: samples as matrices, and bins that keep least, mean and greatest."""

import numpy as np
import pyarrow as pa
import pytest

from hvecs.report.series import Samples, binned, largest, samples_of
from hvecs.report.writing import quantity


def samples(values, lengths):
    ends = np.cumsum(lengths)
    return Samples(ends, np.asarray(lengths, float), ("a",), {"x": np.asarray(values, float)[:, None]})


def test_rows_of_any_order_become_a_matrix_and_absent_rows_nan():
    table = pa.table(
        {
            "time_ns": [2_000_000_000, 1_000_000_000, 2_000_000_000],
            "interval_ns": [1_000_000_000] * 3,
            "partition": ["b", "a", "a"],
            "x": [5, 1, 2],
        }
    )
    found = samples_of(table, "partition", ["x"])
    assert found.names == ("b", "a")
    assert found.end_s.tolist() == [1, 2]
    assert np.array_equal(found.columns["x"], [[np.nan, 1], [5, 2]], equal_nan=True)


def test_bins_keep_least_and_greatest_and_weigh_the_mean_by_time():
    # four samples in two bins; the second sample is three times as long as the first
    found = binned(samples([8, 0, 5, 7], [1, 3, 1, 1]), np.array([[8.0], [0], [5], [7]]), most=2)
    assert found.edges_s.tolist() == [0, 4, 6]
    assert found.low[:, 0].tolist() == [0, 5]
    assert found.mean[:, 0].tolist() == [2, 6]
    assert found.high[:, 0].tolist() == [8, 7]
    assert found.middles_s.tolist() == [2, 5]


def test_no_spike_is_lost_however_many_samples_there_are():
    values = np.zeros((36_000, 1))
    values[17_771] = 99
    found = binned(samples(values[:, 0], np.ones(36_000)), values)
    assert len(found.mean) <= 160
    assert found.high.max() == 99
    assert found.mean[:, 0] @ np.diff(found.edges_s) == pytest.approx(99)


def test_a_bin_without_any_value_has_none():
    values = np.array([[np.nan], [np.nan], [3.0], [np.nan]])
    found = binned(samples(values[:, 0], [1, 1, 1, 1]), values, most=2)
    assert np.array_equal(found.mean[:, 0], [np.nan, 3], equal_nan=True)


def test_a_hole_between_samples_is_a_bin_without_a_value():
    """Of the second log, from 9 s on; whose stamps are a little late does not count, nor who is measured beside another."""
    apart = Samples(np.array([1.0, 2, 3, 10, 11]), np.ones(5), ("a",), {})
    values = np.arange(5.0)[:, None]
    for most, edges, means in (
        (160, [0, 1, 2, 3, 9, 10, 11], [0, 1, 2, np.nan, 3, 4]),
        (2, [0, 2, 3, 9, 11], [0.5, 2, np.nan, 3.5]),
    ):
        found = binned(apart, values, most)
        assert found.edges_s.tolist() == edges
        for each in (found.low, found.mean, found.high):
            assert np.flatnonzero(np.isnan(each[:, 0])).tolist() == [np.flatnonzero(np.isnan(means))[0]]
        assert np.array_equal(found.mean[:, 0], means, equal_nan=True)
    late = Samples(np.array([1.0, 2.05, 3.05]), np.ones(3), ("a",), {})
    beside = Samples(np.array([3.0, 4, 6, 7]), np.full(4, 3.0), ("a",), {})
    for whole in (late, beside):
        assert not np.isnan(binned(whole, np.ones((len(whole.end_s), 1))).mean).any()


def test_holes_that_cannot_be_seen_do_not_fill_a_page():
    ends = np.cumsum(np.full(50_000, 2.0))
    each = Samples(ends, np.ones(50_000), ("a",), {})
    assert len(binned(each, np.ones((50_000, 1))).mean) <= 160


def test_a_sample_is_as_long_as_the_longest_of_its_rows():
    table = pa.table({"time_ns": [2 * 10**9] * 2, "interval_ns": [2 * 10**9, 10**9], "x": [1, 1]})
    assert samples_of(table, None, ["x"]).interval_s.tolist() == [2]


def test_the_largest_come_first_and_nan_last():
    assert largest("abcd", np.array([1.0, np.nan, 7, 1]), 3) == [2, 0, 3]


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (1_500, "ns", "1.50 us"),
        (90e9, "ns", "90.0 s"),
        (7.2e12, "ns", "2.00 h"),
        (3 * 2**30, "bytes", "3.00 GiB"),
        (1234.6, "count", "1,235"),
        (0, "%", "0 %"),
        (0.0123, "%", "0.0123 %"),
    ],
)
def test_quantities_have_three_digits_and_a_unit_one_reads(value, unit, text):
    assert quantity(value, unit) == text
