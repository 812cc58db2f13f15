"""What is drawn is a float: a time that no draw can have is refused, not cut."""

import pytest

from hvecs.spec import SpecError, load
from hvecs.spec.distributions import LONGEST_DRAWN
from hvecs.spec.units import DAY
from systems.kernels.distributions import LONGEST_NS

TEXT = """
[scenario]
name = "long"
[host]
logical_processors = 1
memory = "4 GiB"
[[partition]]
name = "a"
[partition.workload]
kind = "closed"
work = "366 d"
compute = {compute}
"""
EXPECTED = 'expected a duration from "0 s" to "104 d"; got "105 d"'


def loaded(folder, compute):
    (folder / "s.toml").write_text(TEXT.format(compute=compute), encoding="utf-8")
    return load(folder / "s.toml")


def test_the_bound_is_the_last_day_of_which_a_float_holds_every_nanosecond():
    assert LONGEST_DRAWN == 104 * DAY < LONGEST_NS < 105 * DAY


@pytest.mark.parametrize(
    ("compute", "key"),
    [
        ('{ distribution = "deterministic", mean = "105 d" }', "mean"),
        ('{ distribution = "exponential", mean = "105 d" }', "mean"),
        ('{ distribution = "uniform", low = "1 d", high = "105 d" }', "high"),
        ('{ distribution = "empirical", values = ["1 d", "105 d"] }', "values[1]"),
    ],
)
def test_a_longer_time_is_refused_with_its_place(tmp_path, compute, key):
    assert loaded(tmp_path, compute.replace("105 d", "104 d")).partition[0].workload.work == 366 * DAY
    with pytest.raises(SpecError) as caught:
        loaded(tmp_path, compute)
    (problem,) = caught.value.problems
    assert str(problem) == f"{tmp_path}/s.toml:12: partition[0].workload.compute.{key}: {EXPECTED}"


def test_in_a_file_it_is_refused_with_its_line(tmp_path):
    (tmp_path / "bursts.txt").write_text("1 d\n105 d\n", encoding="utf-8")
    with pytest.raises(SpecError) as caught:
        loaded(tmp_path, '{ distribution = "empirical", file = "bursts.txt" }')
    assert [str(each) for each in caught.value.problems] == [f"{tmp_path}/bursts.txt:2: {EXPECTED}"]
