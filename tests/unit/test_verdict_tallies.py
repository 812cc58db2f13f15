"""Tallies against values worked out by hand, and whatever way the rows are cut."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hvecs.output.labels import Labels
from hvecs.verdict.tallies import Names, Part, Tally


def part(*rows):
    """Rows of (instance, value, weight, time)."""
    codes, values, weights, times = map(np.array, zip(*rows, strict=True))
    return Part(codes, values.astype(float), weights.astype(float), weights.astype(float), times)


def test_a_mean_goes_by_weight():
    tally = Tally("mean")
    tally.add(part((0, 10, 1, 1), (1, 5, 2, 1)), 2)
    tally.add(part((0, 40, 2, 3)), 2)
    assert tally.values().tolist() == [30, 5]


def test_an_instance_without_rows_has_no_value():
    tally = Tally("max")
    tally.add(part((1, 5, 2, 1)), 2)
    assert np.isnan(tally.values()[0])
    assert tally.values()[1] == 5


@pytest.mark.parametrize(("aggregate", "expected"), [("max", 9), ("min", 1)])
def test_extremes_are_those_of_rows(aggregate, expected):
    tally = Tally(aggregate)
    tally.add(part((0, 9, 1, 1), (0, 1, 1, 2), (0, 5, 1, 3)), 1)
    assert tally.values().tolist() == [expected]


def test_extremes_of_means_over_a_length_of_time():
    """Windows of 10: (0 + 60) / 2 = 30 and (50 + 20) / 2 = 35; the third, 99, is not over."""
    tally = Tally("max", 10)
    tally.add(part((0, 0, 5, 5), (0, 60, 5, 10), (0, 50, 5, 15)), 1)
    tally.add(part((0, 20, 5, 20), (0, 99, 5, 25)), 1)
    assert tally.values().tolist() == [35]


def test_without_a_whole_length_of_time_the_mean_counts():
    tally = Tally("max", 100)
    tally.add(part((0, 10, 5, 5), (0, 20, 5, 10)), 1)
    assert tally.values().tolist() == [15]


def test_a_length_of_time_that_is_half_empty_does_not_count():
    """An instance that starts at 6 has no mean over the first 10."""
    tally = Tally("max", 10)
    tally.add(part((0, 90, 4, 10), (0, 10, 10, 20)), 1)
    assert tally.values().tolist() == [10]


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 2), st.floats(0, 100)), min_size=1, max_size=40),
    st.integers(1, 39),
    st.sampled_from([0, 3, 7]),
    st.sampled_from(["mean", "min", "max"]),
)
def test_it_does_not_matter_how_rows_are_cut(given_rows, cut, over, aggregate):
    together = [(code, value, 1, time) for time, (code, value) in enumerate(given_rows, 1)]
    whole, parts = Tally(aggregate, over), Tally(aggregate, over)
    whole.add(part(*together), 3)
    for piece in (together[:cut], together[cut:]):
        if piece:
            parts.add(part(*piece), 3)
    np.testing.assert_allclose(whole.values(), parts.values(), rtol=1e-12)


def test_names_are_numbered_as_they_come_however_they_are_held():
    names = Names()
    labels = Labels(np.array([1, 0, 1], np.int32), np.array(["a", "b"], object))
    assert [names.names[code] for code in names.codes(labels)] == ["b", "a", "b"]
    assert [names.names[code] for code in names.codes(np.array(["c", "a"], object))] == ["c", "a"]
    assert len(names) == 3


def test_a_length_of_time_is_covered_by_rows_whatever_their_weight():
    """Ten rows of a tenth of it each, of 1 to 9 dispatches."""
    tally = Tally("max", over_ns=100)
    codes, times = np.zeros(10, int), 10 * (1 + np.arange(10))
    tally.add(Part(codes, np.full(10, 90.0), np.array([1.0, 9] * 5), np.full(10, 10.0), times), 1)
    tally.add(Part(codes, np.full(10, 1.0), np.full(10, 500.0), np.full(10, 10.0), times + 100), 1)
    assert tally.values().tolist() == [90]
