import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hvecs.cli import summary, text
from hvecs.cli.text import aligned, counted, digits, listed, percent, shortened, span


@pytest.mark.parametrize(
    ("time_ns", "text"),
    [
        (None, "-"),
        (math.nan, "-"),
        (0, "0 ns"),
        (0.34159, "0.342 ns"),
        (725, "725 ns"),
        (1163, "1.16 us"),
        (1_000_000, "1 ms"),
        (12_345_678, "12.3 ms"),
        (999_960_000, "1000 ms"),
        (59_400_000_000, "59.4 s"),
        (59_600_000_000, "1 min"),
        (3_600_000_000_000, "1 h"),
        (12_065_000_000_000, "3 h 21 min 5 s"),
        (86_400_000_000_000, "24 h"),
    ],
)
def test_spans(time_ns, text):
    assert span(time_ns) == text


@pytest.mark.parametrize(
    ("count", "said"), [(0, "0 runs"), (1, "1 run"), (2, "2 runs"), (1234, "1,234 runs")]
)
def test_one_of_something_is_no_plural(count, said):
    assert counted(count, "run") == said


@given(st.floats(1e-6, 1e15))
def test_digits_keep_three_figures_and_no_exponent(value):
    text = digits(value)
    assert "e" not in text
    assert float(text) == pytest.approx(value, rel=0.0051)


def test_none_is_a_dash():
    assert (digits(None), digits(math.nan), percent(None), percent(math.nan)) == ("-",) * 4
    assert percent(12.345) in {"12.34", "12.35"}


def test_a_long_first_column_gives_way_in_its_middle():
    rows = [["name", "value"], ["a-very-long-name-of-a-guest-0", "1"]]
    assert aligned(rows, right=[1], most=25) == "name                value\na-very-lo…-guest-0      1"


@given(st.text(max_size=40), st.integers(3, 30))
def test_shortened_text_keeps_its_ends(text, most):
    short = shortened(text, most)
    assert len(short) == min(len(text), most)
    assert short == text or (text.startswith(short.split("…")[0]) and text.endswith(short.rsplit("…")[-1]))


def test_listed_wraps_under_the_second_column():
    assert (
        listed([("a", "one two three"), ("bcd", "")], indent=" ", most=14)
        == " a    one two\n      three\n bcd"
    )


def test_a_table_that_is_too_wide_for_a_terminal_is_written_some_columns_at_a_time(monkeypatch):
    """The columns that name the rows, those not flush right before the first that is, stand beside each part."""
    rows = [["guest", "at", "first", "second", "third"], ["a", "x", "1", "2", "3"]]
    whole = "guest  at  first  second  third\na      x       1       2      3"
    assert aligned(rows, right=[2, 3, 4]) == whole
    monkeypatch.setattr(text, "terminal_width", lambda: 24)
    assert aligned(rows, right=[2, 3, 4]) == (
        "guest  at  first  second\na      x       1       2\n\nguest  at  third\na      x       3"
    )
    monkeypatch.setattr(text, "terminal_width", lambda: 31)
    assert aligned(rows, right=[2, 3, 4]) == whole


def test_long_lines_are_wrapped_on_a_terminal_alone(monkeypatch):
    line = "  one two three"
    assert text.fitted(line) == line
    monkeypatch.setattr(text, "terminal_width", lambda: 10)
    assert text.fitted(line) == "  one two\n    three"
    assert text.fitted("a-word-that-is-too-long") == "a-word-that-is-too-long"


def open_workload(name, failed, dropped):
    responses = dict.fromkeys((f"response_{part}_ns" for part in ("mean", "p50", "p95", "p99")), 2_000_000)
    return {
        "name": name,
        "completions_per_sec": 100.0,
        "in_system": 3,
        "failed": failed,
        "dropped": dropped,
    } | responses


def test_requests_that_were_lost_have_a_column_where_any_were():
    assert summary._requests([open_workload("web", 0, 0)], set()).splitlines() == [
        "open workload  per second  in system  mean  median  95 %  99 %",
        "web                   100          3  2 ms    2 ms  2 ms  2 ms",
    ]
    assert summary._requests([open_workload("web", 4, 8), open_workload("db", 0, 0)], set()).splitlines() == [
        "open workload  per second  lost  in system  mean  median  95 %  99 %",
        "web                   100    12          3  2 ms    2 ms  2 ms  2 ms",
        "db                    100     0          3  2 ms    2 ms  2 ms  2 ms",
    ]
