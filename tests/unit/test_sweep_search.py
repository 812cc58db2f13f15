"""The search along an axis: its values, its bisection, and what a point says of the bound."""

import numpy as np
import pytest

from hvecs.spec.kinds import Wrong
from hvecs.spec.sweep import Axis
from hvecs.spec.until import Until, read_until
from hvecs.sweep.results import Results
from hvecs.sweep.search import Found, Reading, candidates, reading, search


def axis(**given):
    return Axis.model_validate({"path": "host.x", **given})


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"values": (1, 2, 4, 6)}, (1, 2, 3, 4, 5, 6)),
        ({"values": (6, 2)}, (6, 5, 4, 3, 2)),
        ({"range": (0, 3)}, (0, 1, 2, 3)),
        ({"values": (1, 6, 2)}, (1, 6, 2)),
        ({"values": ("50 %", "100 %")}, ("50 %", "100 %")),
        ({"values": (True, False)}, (True, False)),
    ],
)
def test_the_values_that_are_looked_at(given, expected):
    assert candidates(axis(**given)) == expected


def test_a_range_is_divided():
    found = candidates(axis(range=("1 ms", "3 ms")))
    assert (len(found), found[0], found[64], found[-1]) == (129, "1 ms", "2 ms", "3 ms")


class Line:
    """Readings along an axis: sure before `low`, passed from `first`, surely passed from `high`."""

    def __init__(self, low, first, high):
        self.known = {}
        self.low, self.first, self.high = low, first, high

    def look(self, indices):
        for index in indices:
            self.known[index] = Reading(index >= self.first, index < self.low, index >= self.high)
        return self.known


@pytest.mark.parametrize("width", [1, 2, 5])
def test_every_place_of_the_bound_is_found(width):
    for end in (1, 2, 7, 16):
        for first in range(end + 1):
            line = Line(first, first, first)
            assert search(end, line.look, width) == Found(first, first, first)


def test_the_interval_is_where_chance_leaves_room():
    line = Line(3, 5, 9)
    assert search(12, line.look) == Found(5, 3, 9)
    assert search(8, Line(3, 5, 9).look) == Found(5, 3, 8)


def test_a_bisection_looks_at_few_points():
    line = Line(700, 700, 700)
    search(1024, line.look)
    assert len(line.known) <= 2 + 10 + 1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("web.response_p95 > 2x", ("web.response_p95", ">", 2.0, "x")),
        ("web.response_p95>=1.5 x", ("web.response_p95", ">=", 1.5, "x")),
        ("web.response_p95 < 200 ms", ("web.response_p95", "<", 2e8, "ns")),
        ("web.in_system > 100", ("web.in_system", ">", 100.0, "")),
        ('max of job.elapsed_ns where partition = "a" > 2x', ('max of job.elapsed_ns where partition = "a"', ">", 2.0, "x")),
    ],
)  # fmt: skip
def test_conditions(text, expected):
    found = read_until(text)
    assert (found.outcome, found.operator, found.bound, found.unit) == expected


@pytest.mark.parametrize("text", ["web.response_p95", "web > ", "> 2x", "web > 2y", "web == 3"])
def test_what_is_no_condition(text):
    with pytest.raises(Wrong, match="expected one such as"):
        read_until(text)


def results(rows, absent=None):
    return Results(
        name="s", paths=("p",), points=tuple((n,) for n in range(len(rows))), seeds=tuple(range(len(rows[0]))),
        values={"a": np.asarray(rows, float)}, units={"a": "ns"}, meanings={"a": "a"}, failed=(), runs=0,
        not_started=absent or {},
    )  # fmt: skip


TWICE = read_until("a > 2x")


def test_the_bound_is_twice_the_first_value_seed_by_seed():
    """Runs with the same seed move together: 2 above twice each is sure, however far the seeds lie apart."""
    found = results([[10, 20, 60], [22, 42, 122], [21, 39, 121], [18, 38, 118]])
    assert reading(found, ["a"], TWICE, 0, 1) == Reading(True, False, True)
    assert reading(found, ["a"], TWICE, 0, 2) == Reading(True, False, False)
    assert reading(found, ["a"], TWICE, 0, 3) == Reading(False, True, False)
    assert reading(found, ["a"], TWICE, 0, 0) == Reading(False, True, False)


def test_a_bound_of_its_own_and_downwards():
    found = results([[300, 310], [100, 110]])
    below = Until("a", "<", 200.0, "ns", "< 200 ns")
    assert reading(found, ["a"], below, 0, 0) == Reading(False, True, False)
    assert reading(found, ["a"], below, 0, 1) == Reading(True, False, True)


def test_a_point_without_a_value_lies_beyond():
    found = results([[10, 10], [np.nan, np.nan]], {1: ("extra-5",)})
    assert reading(found, ["a"], TWICE, 0, 1) == Reading(True, False, True, ("extra-5",))


def test_single_runs_have_the_intervals_of_their_batches():
    found = results([[10], [25], [40]])
    ends = (np.array([[8.0], [24.0], [20.0]]), np.array([[12.0], [26.0], [60.0]]))
    found = Results(**{**found.__dict__, "ends": {"a": ends}})
    assert reading(found, ["a"], TWICE, 0, 1) == Reading(True, False, True)
    assert reading(found, ["a"], TWICE, 0, 2) == Reading(True, False, False)
