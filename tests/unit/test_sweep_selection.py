"""Outcomes by the names that users give them."""

import pytest

from hvecs.sweep.selection import NoSuchOutcome, known_outcomes, selected

KNOWN = [
    "elapsed",
    "web-0.response_p95_ns",
    "web-1.response_p95_ns",
    "SQL 01.response_p95_ns",
    "SQL 01.arrivals",
]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("elapsed", ["elapsed"]),
        ("web-1.response_p95_ns", ["web-1.response_p95_ns"]),
        ("web-1.response_p95", ["web-1.response_p95_ns"]),
        ("web.response_p95", ["web-0.response_p95_ns", "web-1.response_p95_ns"]),
        ('"SQL 01".response_p95', ["SQL 01.response_p95_ns"]),
        ("SQL 01.arrivals", ["SQL 01.arrivals"]),
        ("*.response_p95", ["web-0.response_p95_ns", "web-1.response_p95_ns", "SQL 01.response_p95_ns"]),
    ],
)
def test_a_name_stands_for_outcomes(text, found):
    assert selected([text], KNOWN) == found


def test_outcomes_named_twice_are_given_once():
    assert selected(["web.response_p95", "web-0.response_p95"], KNOWN) == KNOWN[1:3]


def test_what_has_no_name_is_refused_with_what_is_near():
    with pytest.raises(NoSuchOutcome, match='there is no outcome "elapse"; did you mean "elapsed"'):
        selected(["elapse"], KNOWN)
    with pytest.raises(NoSuchOutcome, match='there is no outcome "q"; there are elapsed, web-0'):
        selected(["q"], KNOWN)


def test_parameters_and_ends_of_intervals_are_no_outcomes():
    columns = [
        "run",
        "partition.a.count",
        "a.response_p95_ns",
        "a.response_p95_low_ns",
        "a.response_p95_high_ns",
    ]
    assert known_outcomes(["x"], columns, ["partition.a.count"]) == ["x", "a.response_p95_ns"]
