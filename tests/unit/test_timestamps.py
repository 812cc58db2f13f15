from datetime import UTC, datetime, timedelta, timezone

import numpy as np
import pytest

from hvecs.output.timestamps import Stamped
from hvecs.spec.kinds import Wrong
from hvecs.spec.moments import Moment, microseconds

START = datetime(2026, 11, 25, 8, tzinfo=UTC)


class Kept:
    def __init__(self):
        self.rows = {}

    def write(self, table, columns):
        self.rows[table] = columns


def test_time_stamps_are_the_start_and_simulated_time():
    kept = Kept()
    Stamped(kept, START).write("guest", {"time_ns": np.array([0, 1_999, 10_000_000_000])})
    stamps = kept.rows["guest"]["timestamp"].astype("datetime64[us]").astype(str).tolist()
    assert stamps == [
        "2026-11-25T08:00:00.000000",
        "2026-11-25T08:00:00.000001",
        "2026-11-25T08:00:10.000000",
    ]


def test_without_a_start_all_are_missing_and_without_time_there_are_none():
    kept = Kept()
    stamped = Stamped(kept, None)
    stamped.write("guest", {"time_ns": np.array([1, 2])})
    stamped.write("job", {"work_ns": np.array([1])})
    assert np.ma.getmaskarray(kept.rows["guest"]["timestamp"]).tolist() == [True, True]
    assert list(kept.rows["job"]) == ["work_ns"]


@pytest.mark.parametrize(
    ("value", "moment"),
    [
        ("2026-11-25T08:00:00Z", START),
        ("2026-11-25T09:00+01:00", START),
        ("2026-11-25 08:00:00.25Z", START + timedelta(milliseconds=250)),
        (datetime(2026, 11, 25, 3, tzinfo=timezone(timedelta(hours=-5))), START),
    ],
)
def test_a_moment_is_text_or_a_date_time_with_an_offset(value, moment):
    found = Moment().read(value)
    assert found == moment
    assert Moment().read(Moment().write(found)) == moment
    assert microseconds(found) == round(moment.timestamp() * 1e6)


@pytest.mark.parametrize(
    "value",
    ["2026-11-25T08:00:00", "2026-11-25", "2026-13-25T08:00:00Z", "now", 5, datetime(2026, 1, 1), "1969-01-01T00:00Z", "0001-01-01T00:00+10:00"],  # noqa: DTZ001
)  # fmt: skip
def test_what_is_no_moment_is_refused(value):
    with pytest.raises(Wrong, match="expected a date and time with its offset from UTC"):
        Moment().read(value)
