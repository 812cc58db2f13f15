"""Which rows count for the figures of a verdict, by hand."""

import numpy as np

from hvecs.verdict.observer import ALL, Observer
from tests.observing import judged, rows

S = 1_000_000_000
LP = "Hv LP 0"


def observed(warm_up_s, *given):
    """Give the figures of one LP, of rows of (time (s), interval (s), % of time busy)."""
    time, interval, busy = (np.array(column, float) for column in zip(*given, strict=True))
    observer = Observer(warm_up_s * S)
    observer.write(
        "logical_processor",
        {
            "time_ns": (time * S).astype(np.int64),
            "interval_ns": interval * S,
            "instance": np.full(len(given), LP, object),
            "total_run_pct": busy,
        },
    )
    return observer.observed().values


def test_rows_that_begin_within_the_warm_up_do_not_count():
    """That which ends at 20 begins at 10, where the warm-up ends."""
    found = observed(10, (10, 10, 90), (15, 10, 80), (20, 10, 30), (40, 20, 60))
    assert found["lp_busy"] == {LP: 50}
    assert found["lps_busy"] == {ALL: 50}


def test_rows_without_a_value_or_a_length_do_not_count():
    found = observed(0, (10, 10, np.nan), (20, np.nan, 80), (30, 10, 20), (40, 10, 40))
    assert found["lp_busy"] == {LP: 30}
    assert observed(0, (10, 10, np.nan), (20, np.nan, 80))["lp_busy"] == {}


def test_minutes_are_counted_from_the_end_of_the_warm_up():
    """The one whole minute after it has 10 and 20; the rows of 60 to 120 s would have 20 and 90."""
    found = observed(30, (30, 30, 99), (60, 30, 10), (90, 30, 20), (120, 30, 90))
    assert found["lps_worst_minute"] == {ALL: 15}


def test_what_all_guests_read_is_counted_over_the_time_of_the_host():
    """`a` reads 100 pages a second for 2 s, all the time; `b` 300 for 1 s, and then is elsewhere: 500 pages in 2 s."""
    a, b = rows(["a"], 2, S, pages_input_per_sec=100), rows(["b"], 1, S, pages_input_per_sec=300)
    order = [0, 2, 1]  # by time
    guests = {name: np.concatenate([a[name], b[name]])[order] for name in a}
    assert judged({"guest": guests}).host["pages_input_per_sec"] == 250
    alone = {"guest": b, "logical_processor": rows(["Hv LP 0"], 4, S, total_run_pct=50)}
    assert judged(alone).host["pages_input_per_sec"] == 75
    assert judged({"guest": rows(["a"], 2, S, processor_queue_mean=0)}).host["pages_input_per_sec"] is None
