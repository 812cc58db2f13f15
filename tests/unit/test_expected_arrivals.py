"""How many requests arrive in the mean, worked out by hand."""

import math

import pytest

from hvecs.agreement.arrivals import Arrivals, arrivals_of
from hvecs.spec import load

SCENARIO = """\
[scenario]
name = "s"
duration = "100 s"
[host]
logical_processors = 4
memory = "8 GiB"
[[partition]]
name = "Web"
count = 2
[partition.workload]
kind = "open"
rate = "100 /s"
service = { distribution = "exponential", mean = "2 ms" }
"""
EVENTS = """
[[event]]
at = "40 s"
set = { "partition.Web-1.workload.rate" = "300 /s" }
[[event]]
at = "70 s"
set = { "partition.Web.workload.rate" = "10 /s" }
"""
S = 10**9


@pytest.fixture
def arrivals(tmp_path):
    def found(text, guest, begin_s, end_s):
        (tmp_path / "s.toml").write_text(text, encoding="utf-8")
        scenario = load(tmp_path / "s.toml")
        workload = scenario.partition[0].workload
        return arrivals_of(scenario, guest, workload, begin_s * S, end_s * S)

    return found


@pytest.mark.parametrize(
    ("guest", "span_s", "expected"),
    [
        ("web-0", (0, 100), (0.7, 3)),  # 70 s of its own, 30 s of 10 /s
        ("web-1", (0, 100), (0.4, 93)),  # 40 s of its own, 30 s of 300 /s, 30 s of 10 /s
        ("web-1", (0, 40), (1, 0)),
        ("web-1", (20, 60), (0.5, 150)),
        ("web-1", (50, 60), (0, 300)),
        ("web-1", (80, 100), (0, 10)),
    ],
)
def test_rates_that_events_set_count_for_as_long_as_they_hold(arrivals, guest, span_s, expected):
    assert arrivals(SCENARIO + EVENTS, guest, *span_s) == pytest.approx(expected)


def test_a_profile_holds_for_the_rates_of_events_too(arrivals):
    """Twice as many in the first half: 80 s' worth of its own by 40 s, then 20 of 300 /s and 20 + 30 of them and of 10 /s."""
    text = SCENARIO + 'profile = [ { at = "0 s", times = 2 }, { at = "50 s", times = 1 } ]\n' + EVENTS
    assert arrivals(text, "Web-1", 0, 100) == pytest.approx((0.8, (20 * 300 + 20 * 300 + 30 * 10) / 100))


def test_an_event_may_set_the_profile(arrivals):
    """From 40 s on as at that hour of the run by "diurnal", 0.75 times at midnight by its sine; what is before stays."""
    event = '[[event]]\nat = "40 s"\nset = { "partition.Web.workload.profile" = "diurnal" }\n'
    found = arrivals(SCENARIO + 'profile = [ { at = "0 s", times = 2 } ]\n' + event, "web-0", 0, 100)
    midnight = round(1 - 0.5 * math.cos(2 * math.pi * -4 / 24), 3)
    assert found == pytest.approx((0.4 * 2 + 0.6 * midnight, 0))


def test_the_rate_of_the_workload_is_what_the_events_leave():
    assert Arrivals(0.5, 150).at(100) == 200
    assert Arrivals(0.5, 150).rate_for(200) == 100
    assert Arrivals(0.5, 150).rate_for(100) is None
    assert Arrivals(0, 300).rate_for(300) is None
